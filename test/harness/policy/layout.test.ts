import { describe, expect, test } from 'vitest';
import { ops, Rng, type TokenBatch } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import type { Architecture } from '../../../harness/policy/architecture.js';
import { packBatch, packShared } from '../../../harness/policy/batch.js';
import { architectureOf } from '../../../harness/policy/families/index.js';
import { llama } from '../../../harness/policy/families/llama.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { ModuleTrainer } from '../../../harness/policy/trainer.js';
import { transformer } from '../../../harness/policy/transformer.js';
import { reference, traced } from '../engine/support.js';

const NEOX = {
  model_type: 'gpt_neox',
  vocab_size: 9,
  max_position_embeddings: 11,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
};
/** A config.json of a tiny model. */
const read = (config: Record<string, unknown>): Architecture =>
  architectureOf(
    {
      vocab_size: 9,
      max_position_embeddings: 11,
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      ...config,
    },
    'config.json',
  );
const shape = { time: 11, completion: 6, padId: 0 };
const families: [string, Architecture][] = [
  ['gpt2', transformer({ vocabSize: 9, contextLength: 11, width: 16, layers: 2, heads: 2 })],
  [
    'llama',
    llama({
      family: 'llama',
      vocabSize: 9,
      contextLength: 11,
      width: 16,
      inner: 24,
      layers: 2,
      heads: 4,
      keyValueHeads: 2,
      epsilon: 1e-5,
      ropeTheta: 1e4,
      biases: { qkv: false, output: false, mlp: false },
      tied: false,
    }),
  ],
  ['mistral with a window', read({ model_type: 'mistral', sliding_window: 3 })],
  ['qwen3', read({ model_type: 'qwen3', head_dim: 8 })],
  [
    'gemma2',
    read({
      model_type: 'gemma2',
      head_dim: 8,
      query_pre_attn_scalar: 4,
      sliding_window: 2,
      attn_logit_softcapping: 2,
      attn_implementation: 'eager',
    }),
  ],
  ['gpt_neox', architectureOf(NEOX, 'config.json')],
];
/** Three prompts of 1, 3 and 5 tokens with two completions each, of different lengths. */
const rng = Rng.fromSeed('rows');
const tokens = (n: number): number[] => Array.from({ length: n }, () => 1 + rng.int(8));
const prompts = [tokens(1), tokens(3), tokens(5)];
const rows = [...prompts, ...prompts].map((prompt, i) => ({ prompt, completion: tokens(1 + (i % 6)) }));

describe('a prompt computed once for its two completions', () => {
  const lossAndGradients = async (
    architecture: Architecture,
    batch: TokenBatch,
    scored: boolean,
    engine = traced(),
  ) => {
    const body = architecture.initialBody(Rng.fromSeed('layout'));
    for (const [, a] of body)
      a.data.forEach((x, i) => {
        a.data[i] = x * 4;
      });
    const module = new NetworkModule(
      'm',
      engine,
      architecture,
      engine.variables(body),
      engine.variables(architecture.initialHead('normal', Rng.fromSeed('head'))),
      { ...shape, eosId: null },
      new Meter(),
      true,
    );
    const trainer = new ModuleTrainer(
      't',
      {
        modules: { m: module },
        feeds: { tokens: 'tokens' },
        optimizer: { learningRate: 0 },
        loss: ({ m }, { tokens }) => {
          const [chosen, rejected] = ops.halves(ops.sum(m!.tokenLogps(tokens), 1));
          const [better, worse] = scored ? ops.halves(m!.scores(tokens)) : [chosen, rejected];
          return {
            loss: ops.neg(
              ops.mean(
                ops.logSigmoid(ops.sub(ops.mul(ops.sub(chosen, rejected), 0.3), ops.sub(better, worse))),
              ),
            ),
          };
        },
      },
      new Meter(),
    );
    const { loss } = await trainer.evaluate({ tokens: batch });
    return {
      loss: loss!,
      gradients: await trainer.gradient({ tokens: batch }),
      flops: trainer.optimizer.lastEvaluationFlops,
    };
  };

  test.each(families)(
    '%s: the same loss and the same gradients of log-probabilities and scores',
    async (_, architecture) => {
      const plain = await lossAndGradients(architecture, packBatch(rows, shape), true);
      for (const engine of [traced(), reference()]) {
        const shared = await lossAndGradients(architecture, packShared(rows, 3, shape), true, engine);
        expect(Math.abs(shared.loss - plain.loss)).toBeLessThan(5e-6);
        for (const [group, arrays] of plain.gradients) {
          for (const [name, want] of arrays) {
            const got = shared.gradients.get(group)!.get(name)!;
            const scale = Math.max(1e-3, ...want.map(Math.abs));
            expect(
              Math.max(...want.map((x, i) => Math.abs(x - got[i]!))) / scale,
              `${group} ${name}`,
            ).toBeLessThan(2e-5);
          }
        }
      }
    },
  );
  test.each(families.slice(0, 2))('%s: fewer operations', async (_, architecture) => {
    const [plain, shared] = [
      await lossAndGradients(architecture, packBatch(rows, shape), false),
      await lossAndGradients(architecture, packShared(rows, 3, shape), false),
    ];
    expect(shared.flops).toBeLessThan(0.9 * plain.flops);
  });
  test('completions do not see each other: another rejected one leaves the chosen one alone', async () => {
    const module = async (last: number) => {
      const engine = traced();
      const [, architecture] = families[0]!;
      const own = new NetworkModule(
        'm',
        engine,
        architecture,
        engine.variables(architecture.initialBody(Rng.fromSeed('layout'))),
        null,
        { ...shape, eosId: null },
        new Meter(),
        true,
      );
      const trainer = new ModuleTrainer(
        't',
        {
          modules: { m: own },
          feeds: { tokens: 'tokens' },
          optimizer: { learningRate: 0 },
          loss: ({ m }, { tokens }) => ({ loss: ops.mean(ops.halves(ops.sum(m!.tokenLogps(tokens), 1))[0]) }),
        },
        new Meter(),
      );
      const other = rows.map((row, i) => (i < 3 ? row : { ...row, completion: [last, last] }));
      return (await trainer.evaluate({ tokens: packShared(other, 3, shape) })).loss;
    };
    expect(await module(2)).toBe(await module(7));
  });
  test('prompts of one token have nothing to share; rows with other prompts are refused', () => {
    expect(
      packShared(
        [
          { prompt: [1], completion: [2] },
          { prompt: [1], completion: [3] },
        ],
        1,
        { time: 2, completion: 1, padId: 0 },
      ).shared,
    ).toBeUndefined();
    expect(() => packShared([rows[0]!, rows[1]!], 1, shape)).toThrow(
      'row 1 does not continue the prompt of row 0',
    );
  });
});
