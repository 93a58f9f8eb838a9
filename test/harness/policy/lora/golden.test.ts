import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ops } from '../../../../harness/index.js';
import { Meter } from '../../../../harness/metrics/meter.js';
import { completionSums, packBatch, type TokenRow } from '../../../../harness/policy/batch.js';
import { readModelFolder } from '../../../../harness/policy/checkpoint/folder.js';
import { readSafetensors } from '../../../../harness/policy/checkpoint/safetensors.js';
import { adapterOn } from '../../../../harness/policy/lora/adapter.js';
import { baseOf } from '../../../../harness/policy/lora/adapter-config.js';
import { readAdapterFolder, writeAdapterFolder } from '../../../../harness/policy/lora/peft.js';
import { NetworkModule } from '../../../../harness/policy/module.js';
import { ModuleTrainer } from '../../../../harness/policy/trainer.js';
import { dpoLoss } from '../../../../plugins/dpo/loss.js';
import { splitPairs } from '../../../../plugins/shared/pairs.js';
import { tokenMeanLoss } from '../../../../plugins/sft/loss.js';
import { root, temporary } from '../../../support.js';
import { reference, traced } from '../../engine/support.js';

/** Made by test/peers/make_lora.py. */
const golden = join(root, 'test', 'golden', 'lora');
/** Of the largest number of an array, or of the loss: the bar against PEFT. */
const TOLERANCE = 1e-4;

interface Expected {
  readonly task: 'dpo' | 'sft' | 'reward';
  readonly beta: number;
  readonly rows: readonly TokenRow[];
  readonly loss: number;
  /** Log-probabilities of completions, or scores. */
  readonly sums: readonly number[];
}

function opened(name: string, engine = traced()) {
  const dir = join(golden, name);
  const expected = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8')) as Expected;
  const { architecture, body } = readModelFolder(baseOf(dir));
  const { spec, matrices, head } = readAdapterFolder(dir, architecture);
  const variables = engine.variables(body);
  const shape = { time: 12, completion: 6, padId: 0, eosId: null };
  const adapter = adapterOn(engine, architecture, spec, matrices);
  const scalar = head === null ? null : engine.variables(head);
  const module = (isPolicy: boolean): NetworkModule =>
    new NetworkModule(
      isPolicy ? 'policy' : 'reference',
      engine,
      architecture,
      variables,
      isPolicy ? scalar : null,
      shape,
      new Meter(),
      isPolicy,
      isPolicy ? adapter : null,
    );
  const tokens = packBatch(expected.rows, shape);
  return {
    dir,
    expected,
    architecture,
    spec,
    matrices,
    head,
    tokens,
    policy: module(true),
    start: module(false),
  };
}

async function learned(
  { expected, tokens, policy, start }: ReturnType<typeof opened>,
  microBatchRows?: number,
) {
  const { task, beta } = expected;
  const refLogps = Float32Array.from(completionSums(await start.tokenLogps(tokens)));
  const trainer = new ModuleTrainer(
    'golden',
    {
      modules: { policy },
      optimizer: { learningRate: 0 },
      feeds: { tokens: 'tokens', refLogps: 'tensor' },
      loss: ({ policy }, { tokens, refLogps }) => {
        if (task === 'reward') {
          const [chosen, rejected] = ops.halves(policy!.scores(tokens));
          return { loss: ops.neg(ops.mean(ops.logSigmoid(ops.sub(chosen, rejected)))) };
        }
        const logps = policy!.tokenLogps(tokens);
        if (task === 'sft') return { loss: ops.mean(tokenMeanLoss(logps, tokens.mask)) };
        return { loss: ops.mean(dpoLoss(splitPairs(ops.sum(logps, 1), refLogps), beta, 0)) };
      },
      ...(microBatchRows === undefined ? {} : { microBatchRows }),
    },
    new Meter(),
  );
  const feeds = { tokens, refLogps: { shape: [refLogps.length], data: refLogps } };
  const found = await trainer.gradient(feeds);
  return {
    loss: (await trainer.evaluate(feeds))['loss']!,
    gradients: new Map([...found.values()].flatMap((g) => [...g])),
  };
}

describe.each(readdirSync(golden))('PEFT: %s', (name) => {
  test.each([
    ['onnxruntime', traced, undefined],
    ['reference', reference, undefined],
    ['in parts of two rows', traced, 2],
  ] as const)('the same loss, log-probabilities and gradients: %s', async (_, engine, rows) => {
    const model = opened(name, engine());
    const { expected, policy, tokens, dir, architecture } = model;
    const sums =
      expected.task === 'reward'
        ? await policy.scores(tokens)
        : completionSums(await policy.tokenLogps(tokens));
    expected.sums.forEach((want, i) =>
      expect(Math.abs(sums[i]! - want)).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(want))),
    );
    const { loss, gradients } = await learned(model, rows);
    expect(Math.abs(loss - expected.loss)).toBeLessThan(TOLERANCE);
    const wanted = readSafetensors(join(dir, 'gradients.safetensors'));
    expect(gradients.size).toBe(wanted.size);
    for (const [array, got] of gradients) {
      const prefix = model.head?.has(array) === true ? '' : architecture.filePrefix;
      const want = wanted.get(`base_model.model.${prefix}${array}`)!.data as Float32Array;
      const size = Math.max(...want.map(Math.abs));
      expect(size).toBeGreaterThan(0);
      expect(Math.max(...want.map((x, i) => Math.abs(x - got[i]!))) / size, array).toBeLessThan(TOLERANCE);
    }
  });

  test('read as a model it is merged, to the same log-probabilities', async () => {
    const { dir, expected, tokens, policy, architecture } = opened(name);
    const merged = readModelFolder(dir);
    expect(merged.architecture.config()).toEqual(architecture.config());
    const engine = traced();
    const module = new NetworkModule(
      'merged',
      engine,
      merged.architecture,
      engine.variables(merged.body),
      merged.head === null ? null : engine.variables(merged.head),
      { time: 12, completion: 6, padId: 0, eosId: null },
      new Meter(),
      false,
    );
    const of = async (m: NetworkModule): Promise<ArrayLike<number>> =>
      expected.task === 'reward' ? m.scores(tokens) : completionSums(await m.tokenLogps(tokens));
    const [got, own] = [await of(module), await of(policy)];
    expected.sums.forEach((want, i) => {
      expect(Math.abs(got[i]! - want)).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(want)));
      expect(got[i]).toBeCloseTo(own[i]!, 3);
    });
  });

  test('written, it has the arrays of the file that PEFT wrote, under its names', () => {
    const { dir, architecture, spec, matrices, head } = opened(name);
    const out = temporary();
    writeAdapterFolder(out, { architecture, spec, matrices, head, base: 'base' });
    const file = 'adapter_model.safetensors';
    expect(readSafetensors(join(out, file))).toEqual(readSafetensors(join(dir, file)));
    const config = (folder: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
    const [own, theirs] = [config(out), config(dir)];
    for (const field of ['r', 'lora_alpha', 'use_rslora', 'task_type', 'fan_in_fan_out', 'peft_type', 'bias'])
      expect(own[field], field).toBe(theirs[field]);
  });
});
