import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Bench,
  type BenchOptions,
  bench,
  toyLanguage,
  trainAll,
  withDefaults,
} from '../../../../harness/conformance/bench.js';
import { loadPlugin } from '../../../../harness/conformance/index.js';
import { beforeSteps } from '../../../../harness/conformance/watched.js';
import { readSafetensors } from '../../../../harness/policy/checkpoint/safetensors.js';
import { packBatch } from '../../../../harness/policy/batch.js';
import type { LoraSpec } from '../../../../harness/store/spec.js';
import { temporary } from '../../../support.js';

const lora: LoraSpec = { rank: 2, alpha: 4, targets: 'all-linear', rslora: false };
const shape = { time: 6, completion: 4, padId: 7 };
const rows = [
  { prompt: [1, 2], completion: [3, 0, 6] },
  { prompt: [4], completion: [5, 5, 1, 6] },
];

async function trained(
  name: string,
  params: object,
  steps: number,
  options: BenchOptions = {},
): Promise<{ run: Bench; metrics: readonly object[] }> {
  const plugin = await loadPlugin(name);
  const run = bench(plugin, toyLanguage(), { lora, ...options });
  return { run, metrics: await trainAll(plugin, run, withDefaults(plugin, params as never), steps) };
}

const small = { batchSize: 8, learningRate: 0.01, schedule: 'constant' };

describe.each([
  ['sft', small],
  ['dpo', small],
  ['rloo', { ...small, batchSize: 4, groupSize: 2 }],
  ['ppo-rlhf', { ...small, value: 'head', epochs: 2 }],
  ['ppo-rlhf', { ...small, value: 'separate', epochs: 2, minibatches: 2 }],
])('%s with adapters, %o', (name, params) => {
  test('begins as its reference, and changes adapters alone', async () => {
    const plugin = await loadPlugin(name);
    const run = bench(plugin, toyLanguage(), { lora });
    const before = await run.policy.body.read();
    const start = await run.policy.arrays();
    const groups: string[] = [];
    beforeSteps(run, async (trainer) => void groups.push(...Object.keys(trainer.groups)));
    await trainAll(plugin, run, withDefaults(plugin, params as never), 3);
    expect(groups.every((group) => /\.(adapter|head)$/.test(group))).toBe(true);
    expect(await run.policy.body.read()).toEqual(before);
    const after = await run.policy.arrays();
    const changed = [...after].filter(([array, { data }]) => {
      return data.some((x, i) => x !== start.get(array)!.data[i]);
    });
    expect(changed.map(([array]) => array).sort()).toEqual(
      ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'].map((at) => `transformer.h.0.${at}.weight`),
    );
    run.dispose();
  });

  test('stopped and resumed equals uninterrupted; a checkpoint has no frozen weights', async () => {
    const { run: once, metrics: whole } = await trained(name, params, 4, { runDir: temporary() });
    const dir = temporary();
    const first = await trained(name, params, 2, { runDir: dir });
    await first.run.state.save(2, { steps: 2, evals: 0 }, 0);
    const saved = readSafetensors(join(dir, 'ckpt-000002', 'state.safetensors'));
    expect([...saved.keys()].filter((array) => !/lora_[AB]\.weight$|score\.weight$/.test(array))).toEqual([]);
    const second = await trained(name, params, 2, { runDir: dir });
    expect([...first.metrics, ...second.metrics]).toEqual(whole);
    expect(await second.run.policy.arrays()).toEqual(await once.policy.arrays());
  });
});

test('what is merged has the log-probabilities of what is adapted', async () => {
  const { run } = await trained('dpo', small, 5);
  const merged = bench(await loadPlugin('dpo'), {
    ...toyLanguage(),
    weights: await (async () => {
      const arrays = await run.policy.arrays();
      const body = new Map([...arrays].map(([name, array]) => [name.replace('transformer.', ''), array]));
      return { policy: body, reference: body };
    })(),
  });
  const batch = packBatch(rows, shape);
  const [a, b] = [await run.policy.tokenLogps(batch), await merged.policy.tokenLogps(batch)];
  const reference = await run.ctx.reference.tokenLogps(batch);
  expect(Math.max(...a.data.map((x, i) => Math.abs(x - reference.data[i]!)))).toBeGreaterThan(0.01);
  a.data.forEach((x, i) => expect(x).toBeCloseTo(b.data[i]!, 5)); // float32 products in another order
});

test('policy and reference stand on the same weights, which are there once', async () => {
  const { run } = await trained('dpo', small, 1);
  expect(run.ctx.reference).toMatchObject({ adapter: null });
  expect((run.ctx.reference as typeof run.policy).body).toBe(run.policy.body);
});

test('gradients are taken of adapters and the head alone', async () => {
  const whole = await trained('bt-reward', small, 2, { lora: undefined as never });
  const adapted = await trained('bt-reward', small, 2);
  const flops = ({ run }: typeof whole): number => run.meter.totals().flops.update;
  // Of a step's three products a matrix, forward, by input and by weight, the last is left out.
  expect(flops(adapted) / flops(whole)).toBeLessThan(0.95);
  const { run } = adapted;
  expect(Object.keys(run.rewardModel.trained)).toEqual(['adapter', 'head']);
});

test('a reward trains its head in full', async () => {
  const plugin = await loadPlugin('bt-reward');
  const run = bench(plugin, toyLanguage(), { lora });
  const head = (await run.rewardModel.head!.read()).get('score.weight')!;
  await trainAll(plugin, run, withDefaults(plugin, small), 3);
  const after = (await run.rewardModel.head!.read()).get('score.weight')!;
  expect(head.every((x, i) => x !== after[i])).toBe(true);
  run.dispose();
});

test('in parts the gradient of adapters is that of the whole batch', async () => {
  const gradientsOf = async (options: BenchOptions) => {
    const plugin = await loadPlugin('ppo-rlhf');
    const run = bench(plugin, toyLanguage(), { lora, ...options });
    const found = new Map<string, Float32Array>();
    beforeSteps(run, async (trainer, feeds) => {
      for (const [group, arrays] of await trainer.gradient(feeds))
        for (const [name, data] of arrays) if (!found.has(group + name)) found.set(group + name, data);
    });
    await trainAll(plugin, run, withDefaults(plugin, { ...small, epochs: 1 }), 1);
    return found;
  };
  const [whole, parts] = [await gradientsOf({}), await gradientsOf({ microBatchRows: 3 })];
  expect([...parts.keys()]).toEqual([...whole.keys()]);
  const size = Math.hypot(...[...whole.values()].map((g) => Math.hypot(...g)));
  for (const [name, want] of whole) {
    const got = parts.get(name)!;
    expect(Math.hypot(...want.map((x, i) => x - got[i]!)) / size, name).toBeLessThan(2e-6);
  }
});

test('a target that no module has is refused with those that there are', async () => {
  const plugin = await loadPlugin('dpo');
  expect(() => bench(plugin, toyLanguage(), { lora: { ...lora, targets: ['q_proj'] } })).toThrow(
    "no linear module is called 'q_proj'; this model has c_attn, c_proj, c_fc; or take all-linear",
  );
});
