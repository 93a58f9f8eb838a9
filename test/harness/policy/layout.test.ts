import { describe, expect, test } from 'vitest';
import { ops, Rng, type TokenBatch } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import type { Architecture } from '../../../harness/policy/architecture.js';
import { type BatchShape, packBatch, type TokenRow } from '../../../harness/policy/batch.js';
import { architectureOf } from '../../../harness/policy/families/index.js';
import { llama } from '../../../harness/policy/families/llama.js';
import { flattened } from '../../../harness/policy/feeds.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { withPacking } from '../../../harness/policy/packing.js';
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
const ROWS: BatchShape = { time: 11, completion: 6, padId: 0 };
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
const rng = Rng.fromSeed('rows');
const tokens = (n: number): number[] => Array.from({ length: n }, () => 1 + rng.int(8));
const prompts = [tokens(1), tokens(3), tokens(5)];
const twice = [...prompts, ...prompts];
const completed = (prompts: readonly number[][], length: (i: number) => number): TokenRow[] =>
  prompts.map((prompt, i) => ({ prompt, completion: tokens(length(i)) }));
const ragged = completed(twice, (i) => 1 + (i % 6));
/** Shapes in which rows come: every kind of padding, and none. */
const batches: [string, TokenRow[]][] = [
  ['two completions each of three ragged prompts, in turn', ragged],
  ['six unlike prompts', completed([...prompts, tokens(2), tokens(4), tokens(5)], (i) => 6 - i)],
  ['prompts of one token', completed([tokens(1), tokens(1), tokens(1), tokens(1)], (i) => 2 + i)],
  ['nothing to pad', completed([tokens(5), tokens(5)], () => 6)],
  ['ragged prompts, completions alike', completed(twice, () => 4)],
  ['prompts alike, ragged completions', completed([tokens(4), tokens(4)], (i) => 3 + i)],
  ['one completion empty', completed(twice, (i) => i)],
  [
    'scored before the last token',
    ragged.map((row) => ({
      ...row,
      scored: Math.max(1, row.completion.length - 1),
    })),
  ],
];

type Gradients = ReadonlyMap<string, ReadonlyMap<string, Float32Array>>;
function expectSame(found: Gradients, wanted: Gradients): void {
  for (const [group, arrays] of wanted) {
    for (const [name, want] of arrays) {
      const got = found.get(group)!.get(name)!;
      const scale = Math.max(1e-3, ...want.map(Math.abs));
      const error = Math.max(...want.map((x, i) => Math.abs(x - got[i]!))) / scale;
      expect(error, `${group} ${name}`).toBeLessThan(6e-5);
    }
  }
}

/** Loss and gradients of every quantity of a network, on the batch as it is or packed. */
async function learned(
  architecture: Architecture,
  batch: TokenBatch,
  engine = traced(),
  shape: BatchShape = ROWS,
) {
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
        const [better, worse] = ops.halves(m!.scores(tokens));
        const pairs = ops.sub(ops.mul(ops.sub(chosen, rejected), 0.3), ops.sub(better, worse));
        const others = ops.add(
          ops.mean(ops.mul(m!.values(tokens), m!.values(tokens))),
          ops.mean(m!.entropies(tokens, { temperature: 0.7 })),
        );
        return { loss: ops.add(ops.neg(ops.mean(ops.logSigmoid(pairs))), ops.mul(others, 0.1)) };
      },
    },
    new Meter(),
  );
  const feeds = flattened({ tokens: batch });
  return {
    loss: (await trainer.optimizer.evaluate(feeds))['loss']!,
    gradients: await trainer.optimizer.gradient(feeds),
    logps: await module.tokenLogps(batch),
    scores: await module.scores(batch),
  };
}

describe('tokens without padding', () => {
  describe.each(families)('%s', (family, architecture) => {
    test.each(batches)('the same loss and the same gradients as with it: %s', async (_, rows) => {
      const batch = packBatch(rows, ROWS);
      const padded = await learned(architecture, batch);
      for (const [varying, engine] of [
        ...(family === 'gpt2' || family.endsWith('window') ? [[false, traced()] as const] : []),
        [true, traced()],
        ...(rows === ragged ? [[true, reference()] as const] : []),
      ] as const) {
        const packed = await learned(architecture, withPacking(batch, { varying }), engine);
        expect(Math.abs(packed.loss - padded.loss)).toBeLessThan(1e-5);
        expectSame(packed.gradients, padded.gradients);
      }
    });
  });
  test.each([families[0]!, ['mistral with a window', read({ model_type: 'mistral', sliding_window: 9 })]])(
    'in blocks of sequences about as long: %s',
    async (_, { config }) => {
      const [name] = Object.keys(config()).filter((key) =>
        ['n_positions', 'max_position_embeddings'].includes(key),
      );
      const architecture = architectureOf({ ...config(), [name!]: 130 }, 'config.json');
      const long = { time: 130, completion: 60, padId: 0 };
      const lengths = Rng.fromSeed('long');
      const prompts = Array.from({ length: 8 }, () => tokens(1 + lengths.int(69)));
      const rows = completed([...prompts, ...prompts], () => 1 + lengths.int(60));
      const batch = packBatch(rows, long);
      const inBlocks = withPacking(batch, { varying: true });
      expect(inBlocks.packed!.positions.completions).toHaveLength(4);
      expect(inBlocks.packed!.positions.prompts).toHaveLength(2);
      const [packed, padded] = [
        await learned(architecture, inBlocks, traced(), long),
        await learned(architecture, batch, traced(), long),
      ];
      expect(Math.abs(packed.loss - padded.loss)).toBeLessThan(1e-5);
      expectSame(packed.gradients, padded.gradients);
    },
  );
  test('rows do not see each other: another completion leaves the others alone, to the bit', async () => {
    const [, architecture] = families[0]!;
    const first = async (last: number) => {
      const other = ragged.map((row, i) =>
        i < 3 ? row : { ...row, completion: row.completion.map(() => last) },
      );
      const { logps, scores } = await learned(architecture, packBatch(other, ROWS));
      return [Array.from(logps.data.subarray(0, 3 * ROWS.completion)), Array.from(scores.subarray(0, 3))];
    };
    expect(await first(2)).toEqual(await first(7));
  });
  test('lengths that differ a little have the same shapes, so the same graph', () => {
    const random = Rng.fromSeed('lengths');
    const shapes = Array.from({ length: 200 }, () => {
      const rows = completed(
        Array.from({ length: 64 }, () => tokens(3 + random.int(3))),
        () => 4 + random.int(10) + random.int(10),
      );
      const { packed } = withPacking(packBatch(rows, { time: 29, completion: 24, padId: 0 }), {
        varying: false,
      });
      return JSON.stringify(packed, (_, value) => (value?.data === undefined ? value : value.shape));
    });
    expect(new Set(shapes).size).toBeLessThan(16);
  });
});
