import { describe, expect, test } from 'vitest';
import * as exact from '../../harness/metrics/closed-forms.js';
import { packBatch } from '../../harness/policy/batch.js';
import bt from '../../plugins/bt-reward/plugin.js';
import dpo from '../../plugins/dpo/plugin.js';
import ipo from '../../plugins/ipo/plugin.js';
import { bandit, bench, erased, tableOf, trainAll, withDefaults } from './support.js';

/*
 * Plugins on four arms through the tabular policy, against closed forms in float64. The optimiser that
 * reaches them: AdamW on the whole list of pairs, cosine decay from .05 over 3,000 steps, no clipping. What
 * is left is float32: 2e-3.
 */
const reference = [0.4, 0, -0.3, 0.2];
const list = [
  [0, 1],
  [0, 1],
  [1, 0],
  [1, 2],
  [2, 1],
  [1, 2],
  [2, 3],
  [3, 2],
  [0, 3],
  [3, 0],
  [0, 2],
  [0, 2],
  [2, 0],
] as const;
const optimiser = {
  batchSize: list.length,
  epochs: 3000,
  learningRate: 0.05,
  schedule: 'cosine',
  maxGradNorm: null,
};
const counts = Array.from({ length: 4 }, (_, i) =>
  Array.from({ length: 4 }, (_, j) => list.filter(([w, l]) => w === i && l === j).length),
);
const centred = (x: readonly number[]): number[] => x.map((v) => v - x.reduce((a, b) => a + b, 0) / x.length);
const near = (got: readonly number[], want: readonly number[]): void =>
  centred(got).forEach((x, i) => expect(Math.abs(x - centred(want)[i]!)).toBeLessThan(2e-3));

describe('closed forms on any list of pairs', () => {
  const policyOf = async (
    plugin: typeof dpo | typeof ipo,
    params: Record<string, unknown>,
  ): Promise<number[]> => {
    const b = bench(erased(plugin as never), bandit(4, list, reference));
    await trainAll(erased(plugin as never), b, withDefaults(plugin, { ...optimiser, ...params }));
    return (await tableOf(b.policy)).map((x, i) => x - reference[i]!);
  };
  test('ipo: least squares on the comparison graph (K10)', async () =>
    near(await policyOf(ipo, { beta: 0.5 }), exact.leastSquaresScores(4, list, 0.5)));
  test('dpo: the reward model and exact RL in one (K7)', async () =>
    near(
      await policyOf(dpo, { beta: 0.5 }),
      exact.minimisePairLoss(counts, exact.logisticLoss()).map((r) => r / 0.5),
    ));
  test('bt-reward: maximum likelihood, penalised or not (K6, K12)', async () => {
    for (const penalty of [0, 0.05]) {
      const b = bench(erased(bt), bandit(4, list, reference));
      await trainAll(erased(bt), b, withDefaults(bt, { ...optimiser, penalty, heldOut: 0, patience: null }));
      const scores = await b.rewardModel.scores(
        packBatch(
          [0, 1, 2, 3].map((arm) => ({ prompt: [4], completion: [arm] })),
          { time: 2, completion: 1, padId: 5 },
        ),
      );
      near(
        Array.from(scores, (r) => r * b.rewardModel.normalisation!.std),
        exact.minimisePairLoss(counts, exact.logisticLoss(1, penalty)),
      );
    }
  });
});
