import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import {
  expectedWins,
  kl,
  logisticLoss,
  logit,
  minimisePairLoss,
  regularisedOptimum,
  sigmoid,
  softmax,
  tilted,
} from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { ARMS, BETAS, CERTAIN, claim, normals, perWorld } from './setting.js';

/** F7: a penalised reward model is finite where one arm always wins, and then beta sets the KL again. */
export function penaltyRestores(): ClaimRow {
  const betas = [0.1, 0.2, 0.5, 1, 2, 5, 10];
  const gap = penalisedGap(CERTAIN, 0.01);
  const twoStage = range(betas.map((beta) => twoArmKl(gap / beta)));
  const collapsed = range(betas.map(() => twoArmKl(10)));
  const value = collapsed <= 0.02 ? twoStage : 0;
  return claim({
    id: 'F7',
    claim: 'A penalty on the reward model makes beta matter again; collapsed DPO is the same at every beta.',
    scenario: 'two uniform arms, p = 1, lambda .01, beta in [.1, 10]; DPO at h = 10',
    statistic: 'range of KL of two-stage, nats (with a range of at most .02 for DPO)',
    value,
    threshold: 'above .3',
    verdict: decided('above', 0.3, value),
    note: `collapsed DPO: range ${collapsed.toFixed(4)} nats`,
  });
}

/** F8: DPO with a penalty of its own ends where the penalised reward model and exact RL do. */
export function penaltyNotRl(rng: Rng): ClaimRow {
  const differences = perWorld(rng, 20, (own) => {
    const reference = softmax(normals(own, ARMS, 1));
    const wins = expectedWins(normals(own, ARMS, 3), reference);
    const atLambdas = [1e-4, 1e-3, 1e-2, 1e-1].flatMap((lambda) => {
      const reward = minimisePairLoss(wins, logisticLoss(1, lambda));
      return BETAS.map((beta) => {
        const direct = tilted(reference, minimisePairLoss(wins, logisticLoss(beta, lambda)));
        const twoStage = regularisedOptimum(reference, reward, beta).policy;
        return Math.abs(kl(direct, reference) - kl(twoStage, reference));
      });
    });
    return Math.max(...atLambdas);
  });
  const worst = Math.max(...differences);
  return claim({
    id: 'F8',
    claim:
      'It is the penalty, not RL: DPO with the same penalty reaches the same KL ' +
      'as the penalised reward model with exact RL.',
    scenario: `20 worlds of ${ARMS} arms, lambda in [1e-4, .1], beta in [.05, 5]`,
    statistic: 'largest difference of KL, nats',
    value: worst,
    threshold: 'at most 1e-6',
    n: 20,
    verdict: decided('below', 1e-6, worst),
  });
}

/** F9: a penalty per pair biases the reward however many labels there are. */
export function penaltyBias(rng: Rng): ClaimRow {
  const labels = 100_000;
  let wins = 0;
  for (let label = 0; label < labels; label++) if (rng.bernoulli(0.8)) wins++;
  const shares = [
    [0, wins / labels],
    [1 - wins / labels, 0],
  ];
  const shift = (lambda: number): number => penalisedGap(shares, lambda) - logit(0.8);
  const [perPair, fading] = [shift(0.01), shift(0.01 / labels)];
  const value = Math.abs(fading) <= 0.05 ? perPair : 0;
  return claim({
    id: 'F9',
    claim: 'A penalty per pair stays biased with any number of labels; divided by N it fades.',
    scenario: 'two arms, p = .8, 100,000 labels, lambda .01',
    statistic: 'shift of the gap from logit(.8) with lambda per pair (with at most .05 for lambda/N)',
    value,
    threshold: 'below -.1',
    n: labels,
    verdict: value < -0.1 ? 'supported' : 'refuted',
    note: `closed form -.148; with lambda/N the shift is ${fading.toFixed(4)}`,
  });
}

/** Reward of the first of two arms over the second's under a penalised reward model. */
function penalisedGap(wins: readonly (readonly number[])[], lambda: number): number {
  const scores = minimisePairLoss(wins, logisticLoss(1, lambda));
  return scores[0]! - scores[1]!;
}

/** KL from two uniform arms of the policy with log-ratio gap h. */
const twoArmKl = (h: number): number => kl([sigmoid(h), sigmoid(-h)], [0.5, 0.5]);

const range = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);
