import { describe, expect, test } from 'vitest';
import { type Feeds, ops } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { packBatch } from '../../../harness/policy/batch.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { tabular } from '../../../harness/policy/tabular.js';
import { ModuleTrainer } from '../../../harness/policy/trainer.js';
import { Rng } from '../../../harness/rng.js';
import { traced } from '../engine/support.js';

const shape = { time: 2, completion: 1, padId: 3 };
const tokens = packBatch([{ prompt: [2], completion: [0] }], shape);
const weights = { shape: [1], data: Float32Array.of(2) };

type Declared = { readonly tokens: 'tokens'; readonly weights: 'tensor' };

/** As a plugin in plain JavaScript would make it: nothing is known of what it declares. */
function trainer(feeds: unknown): ModuleTrainer<Declared> {
  const architecture = tabular({ contexts: 1, actions: 2 });
  const engine = traced();
  const body = engine.variables(architecture.initialBody(Rng.fromSeed('feeds')));
  const bounds = { ...shape, eosId: null };
  const policy = new NetworkModule('policy', engine, architecture, body, null, bounds, new Meter(), true);
  return new ModuleTrainer(
    'feeds',
    {
      modules: { policy },
      optimizer: { learningRate: 0.1 },
      feeds: feeds as Declared,
      loss: (nets, { tokens, weights }) => ({
        loss: ops.mean(ops.mul(nets['policy']!.tokenLogps(tokens), weights)),
      }),
    },
    new Meter(),
  );
}
const declared = { tokens: 'tokens', weights: 'tensor' };
const step = (feeds: object): Promise<Record<string, number>> =>
  trainer(declared).step(feeds as Feeds<Declared>);

describe('the feeds of a trainer', () => {
  test('declared and given: a step', async () => {
    const metrics = await step({ tokens, weights });
    expect(metrics['loss']).toBeCloseTo(2 * Math.log(0.5), 5);
  });
  test('one that is missing is named, with those declared', async () => {
    await expect(step({ tokens })).rejects.toThrow(
      "trainer: feed 'weights' is missing; declared: tokens, weights",
    );
  });
  test('one that is not declared is named', async () => {
    await expect(step({ tokens, weights, margins: weights })).rejects.toThrow(
      "trainer: feed 'margins' is not declared; declared: tokens, weights; add it to feeds",
    );
  });
  test('one of the other kind is named', async () => {
    await expect(step({ tokens: weights, weights })).rejects.toThrow(
      "trainer: feed 'tokens' is declared 'tokens' and should be a token batch, got an array",
    );
    await expect(step({ tokens, weights: tokens })).rejects.toThrow(
      "trainer: feed 'weights' is declared 'tensor' and should be an array, got a token batch",
    );
  });
  test('evaluating is held to them too', async () => {
    const feeds = { tokens } as unknown as Feeds<Declared>;
    await expect(trainer(declared).evaluate(feeds)).rejects.toThrow(/'weights' is missing/);
  });
  test('a plugin that declares none, or an unknown kind, is told what to write', () => {
    expect(() => trainer(undefined)).toThrow(
      /^trainer: feeds are not declared; say what step is given, e\.g\. feeds: \{/,
    );
    expect(() => trainer({ tokens: 'batch' })).toThrow(
      `trainer: feed 'tokens' should be 'tokens' or 'tensor', got "batch"`,
    );
  });
});
