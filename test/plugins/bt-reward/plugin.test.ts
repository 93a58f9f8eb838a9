import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packBatch } from '../../../harness/policy/batch.js';
import bt from '../../../plugins/bt-reward/plugin.js';
import { bandit, type Bench, bench, erased, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(bt);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const times = (n: number, w: number, l: number): [number, number][] =>
  new Array<[number, number]>(n).fill([w, l]);
const full = { heldOut: 0, patience: null, maxGradNorm: null, learningRate: 0.1 };

/** Raw scores of the arms, before normalisation. */
async function arms(b: Bench, n: number): Promise<number[]> {
  const scores = await b.rewardModel.scores(
    packBatch(
      Array.from({ length: n }, (_, arm) => ({ prompt: [n], completion: [arm] })),
      { time: 2, completion: 1, padId: n + 1 },
    ),
  );
  const { std } = b.rewardModel.normalisation!;
  return Array.from(scores, (r) => r * std);
}

describe('bt-reward', () => {
  test('two arms, win frequency .8: d = logit(p), and with a penalty p - sigma(d) = 2 lambda d', async () => {
    const pairs = [...times(8, 0, 1), ...times(2, 1, 0)];
    const gap = async (params: Record<string, unknown>): Promise<number> => {
      const b = bench(plugin, bandit(2, pairs));
      await trainAll(plugin, b, withDefaults(bt, { ...full, batchSize: 10, epochs: 300, ...params }));
      const [a, c] = await arms(b, 2);
      return a! - c!;
    };
    expect(await gap({})).toBeCloseTo(Math.log(4), 3);
    const d = await gap({ penalty: 0.1 });
    expect(0.8 - sigmoid(d)).toBeCloseTo(0.2 * d, 4);
    const faded = await gap({ penalty: 0.1, penaltyScale: 'per-dataset' }); // lambda / 10 pairs
    expect(0.8 - sigmoid(faded)).toBeCloseTo(0.02 * faded, 4);
  });
  test('three arms that all beat each other at times: wins equal expected wins', async () => {
    const pairs = [
      ...times(5, 0, 1),
      ...times(2, 1, 0),
      ...times(4, 1, 2),
      ...times(3, 2, 1),
      ...times(4, 0, 2),
      ...times(2, 2, 0),
    ];
    const b = bench(plugin, bandit(3, pairs));
    await trainAll(plugin, b, withDefaults(bt, { ...full, batchSize: 20, epochs: 300 }));
    const r = await arms(b, 3);
    for (let i = 0; i < 3; i++) {
      const wins = pairs.filter(([w]) => w === i).length;
      const expected = pairs
        .filter((p) => p.includes(i))
        .reduce((sum, [w, l]) => sum + sigmoid(r[i]! - r[w === i ? l : w]!), 0);
      expect(expected).toBeCloseTo(wins, 2);
    }
  });
  test('rewards are mean 0, variance 1 on reference samples', async () => {
    const b = bench(plugin, toyLanguage());
    await trainAll(plugin, b, withDefaults(bt, { batchSize: 8, epochs: 2, normalisationSamples: 64 }));
    const samples = await b.ctx.generate(
      b.ctx.policy,
      Array.from({ length: 64 }, (_, i) => ({ id: '', ids: toyLanguage().prompts[i % 24]! })),
      { rng: b.ctx.rng.split('other') },
    );
    const scores = await b.rewardModel.scores(samples.batch);
    const mean = scores.reduce((x, y) => x + y, 0) / 64;
    expect(Math.abs(mean)).toBeLessThan(0.5); // 4 standard errors of a fresh sample
    expect(Object.keys(b.ctx.summary).sort()).toEqual([
      'heldout/accuracy',
      'heldout/calibration_error',
      'heldout/difference_growth',
      'heldout/difference_max',
      'heldout/difference_mean',
      'heldout/loss',
      'heldout/pairs',
      'normalisation/mean',
      'normalisation/std',
      'stopped_early',
    ]);
  });
  test('measures held-out pairs every so often, reports the growth of differences', async () => {
    const b = bench(plugin, toyLanguage());
    const steps = await trainAll(
      plugin,
      b,
      withDefaults(bt, {
        batchSize: 8,
        epochs: 4,
        heldOut: 0.2,
        evaluateEvery: 5,
        learningRate: 3e-3,
        patience: null,
        normalisationSamples: 16,
      }),
    );
    const measured = steps.flatMap((s, i) => (s['eval/accuracy'] === undefined ? [] : [i + 1]));
    expect(measured).toEqual([5, 10, 15, 16].filter((n) => n <= steps.length));
    expect(b.ctx.summary['heldout/difference_growth']!).toBeGreaterThan(0);
    expect(b.ctx.summary['heldout/pairs']).toBe(9);
    expect(b.ctx.summary['heldout/difference_mean']).toBeCloseTo(steps.at(-1)!['eval/difference_mean']!, 5);
  });
  test('stops early and keeps the best weights', async () => {
    // A huge learning rate: the held-out loss soon rises.
    const b = bench(plugin, toyLanguage());
    const steps = await trainAll(
      plugin,
      b,
      withDefaults(bt, {
        batchSize: 8,
        epochs: 100,
        heldOut: 0.3,
        evaluateEvery: 1,
        patience: 3,
        learningRate: 0.05,
        schedule: 'constant',
        normalisationSamples: 16,
      }),
    );
    const losses = steps.map((s) => s['eval/loss']!);
    const best = losses.indexOf(Math.min(...losses));
    expect(steps.length).toBe(best + 1 + 3);
    expect(b.ctx.summary['stopped_early']).toBe(1);
    expect(b.ctx.summary['heldout/loss']).toBeCloseTo(losses[best]!, 5);
  });
  test('a clamp, on a table: what begins ranked wrongly beyond it stays so', async () => {
    // Arms that begin far apart: every pair prefers the arm that the fresh head likes less.
    const fresh = await bench(plugin, bandit(2, times(4, 0, 1))).rewardModel.scores(
      packBatch(
        [0, 1].map((arm) => ({ prompt: [2], completion: [arm] })),
        { time: 2, completion: 1, padId: 3 },
      ),
    );
    const pairs = fresh[0]! < fresh[1]! ? times(8, 0, 1) : times(8, 1, 0);
    const summary = async (clampDifference: number | null): Promise<Record<string, number>> => {
      const b = bench(plugin, bandit(2, pairs));
      await trainAll(
        plugin,
        b,
        withDefaults(bt, {
          ...full,
          batchSize: 4,
          epochs: 200,
          headScale: 30 / Math.abs(fresh[0]! - fresh[1]!),
          clampDifference,
        }),
      );
      return { ...b.ctx.summary };
    };
    expect(await summary(10)).toMatchObject({ 'clamp/misranked': 1, 'clamp/uncorrected': 1 });
    expect(await summary(40)).toMatchObject({ 'clamp/misranked': 0 });
    expect(await summary(40)).not.toHaveProperty('clamp/uncorrected');
    expect(await summary(null)).not.toHaveProperty('clamp/misranked');
  });
  test('a clamped run that is stopped and resumed reports the same', async () => {
    const params = withDefaults(bt, {
      batchSize: 8,
      epochs: 3,
      heldOut: 0,
      patience: null,
      headScale: 30,
      clampDifference: 5,
      normalisationSamples: 16,
    });
    const whole = bench(plugin, toyLanguage());
    await trainAll(plugin, whole, params);
    expect(whole.ctx.summary['clamp/misranked']).toBeGreaterThan(0);
    const runDir = mkdtempSync(join(tmpdir(), 'tiltyard-clamp-'));
    try {
      const first = bench(plugin, toyLanguage(), { runDir });
      let step = 0;
      for await (const _ of plugin.train(first.ctx, params)) if (++step === 4) break;
      await first.state.save(step, { steps: step, evals: 0 }, 0);
      const second = bench(plugin, toyLanguage(), { runDir });
      await trainAll(plugin, second, params);
      expect(second.ctx.summary).toEqual(whole.ctx.summary);
    } finally {
      rmSync(runDir, { recursive: true, force: true });
    }
  });
  test('headScale: rewards in its units, the same to the loss as a head that much larger', async () => {
    const gap = async (headScale: number): Promise<number> => {
      const b = bench(plugin, bandit(2, [...times(8, 0, 1), ...times(2, 1, 0)]));
      await trainAll(
        plugin,
        b,
        withDefaults(bt, { ...full, batchSize: 10, epochs: 400, learningRate: 0.1 / headScale, headScale }),
      );
      const [x, y] = await arms(b, 2);
      return headScale * (x! - y!);
    };
    expect(await gap(5)).toBeCloseTo(Math.log(4), 2);
  });
  test('refuses early stopping without held-out pairs', async () => {
    const run = trainAll(plugin, bench(plugin, toyLanguage()), withDefaults(bt, { heldOut: 0 }));
    await expect(run).rejects.toThrow(
      'bt-reward: patience 4 needs held-out pairs, but heldOut 0 keeps none; ' +
        'raise heldOut, or set patience to null',
    );
  });
  test('refuses to normalise without prompts', async () => {
    const world = { ...bandit(2, times(4, 0, 1)), prompts: [] };
    await expect(
      trainAll(plugin, bench(plugin, world), withDefaults(bt, { ...full, batchSize: 4, epochs: 1 })),
    ).rejects.toThrow(/prompts/);
  });
});
