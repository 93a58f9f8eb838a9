import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import {
  expectedWins,
  frontierEfficiency,
  leastSquaresScores,
  minimisePairLoss,
  preferenceTilt,
  sigmoid,
  softmax,
  squaredLoss,
  tilted,
  totalVariation,
} from '../../../harness/metrics/closed-forms.js';
import type { Rng } from '../../../harness/rng.js';
import { type Interval, intervalOf } from '../../../harness/stats/interval.js';
import { ARMS, BETAS, claim, normals, perWorld, uniform } from './setting.js';

/** P(arm i beats arm j) under Bradley-Terry. */
const preference =
  (reward: readonly number[]) =>
  (i: number, j: number): number =>
    sigmoid(reward[i]! - reward[j]!);

/** F6: the minimum of IPO's loss is its closed form, of the population and of a finite list of pairs. */
export function squaredControl(rng: Rng): ClaimRow {
  const distances = perWorld(rng, 20, (own) => {
    const reference = softmax(normals(own, ARMS, 1));
    const reward = normals(own, ARMS, 2);
    const wins = expectedWins(reward, uniform(ARMS));
    const atTaus = BETAS.map((tau) => {
      const population = tilted(reference, minimisePairLoss(wins, squaredLoss(tau)));
      const closed = preferenceTilt(reference, preference(reward), uniform(ARMS), tau);
      const pairs = connectedPairs(own);
      const sampled = tilted(reference, minimisePairLoss(winsIn(pairs), squaredLoss(tau)));
      const leastSquares = tilted(reference, leastSquaresScores(ARMS, pairs, tau));
      return Math.max(totalVariation(population, closed), totalVariation(sampled, leastSquares));
    });
    return Math.max(...atTaus);
  });
  const worst = Math.max(...distances);
  return claim({
    id: 'F6',
    claim: 'IPO reaches its closed forms at every tau, with pairs i.i.d. and on any list of pairs.',
    scenario: `20 worlds of ${ARMS} arms, tau in [.05, 5], population and lists of about 45 pairs`,
    statistic: 'largest total variation distance',
    value: worst,
    threshold: 'at most .01',
    n: 20,
    verdict: decided('below', 0.01, worst),
  });
}

type Pair = readonly [winner: number, loser: number];

/** Random pairs after a chain through every arm, which connects them. */
function connectedPairs(rng: Rng): Pair[] {
  const random = Array.from({ length: 40 }, (): Pair => [rng.int(ARMS), rng.int(ARMS)]);
  const chain = Array.from({ length: ARMS - 1 }, (_, i): Pair => [i, i + 1]);
  return [...chain, ...random.filter(([winner, loser]) => winner !== loser)];
}

/** How often each arm beats each other one. @returns [ARMS, ARMS] */
const winsIn = (pairs: readonly Pair[]): number[][] =>
  Array.from({ length: ARMS }, (_, i) =>
    Array.from({ length: ARMS }, (_, j) => pairs.filter(([w, l]) => w === i && l === j).length),
  );

/**
 * F10: IPO's policy is below the frontier. DPO with infinite labels is on it (F1), so that its lead at equal
 * KL is 1 minus the efficiency of IPO.
 */
export function squaredPays(rng: Rng): ClaimRow {
  const { mean, ci } = lossAtSpread(rng, 4);
  const wider = [8, 16].map((spread) => `${lossAtSpread(rng, spread).mean.toFixed(3)} at spread ${spread}`);
  return claim({
    id: 'F10',
    claim: 'IPO pays on Bradley-Terry preferences: below DPO on the frontier at equal KL by more than .02.',
    scenario:
      `30 worlds of ${ARMS} arms, rewards of spread 4, references of spread 1, ` +
      'infinite labels, the worst tau of .03 to .4',
    statistic: 'loss of frontier efficiency at equal KL',
    value: mean,
    ci,
    threshold: 'above .02',
    n: 30,
    verdict: decided('above', 0.02, mean, ci),
    note: `it grows with the spread of rewards: ${wider.join(', ')}`,
  });
}

/** What IPO loses of the frontier at its worst tau, over worlds whose rewards lie between 0 and `spread`. */
function lossAtSpread(rng: Rng, spread: number): Interval {
  const losses = perWorld(rng.split(spread), 30, (own) => {
    const raw = normals(own, ARMS, 1);
    const [lo, hi] = [Math.min(...raw), Math.max(...raw)];
    const reward = raw.map((r) => ((r - lo) / (hi - lo)) * spread);
    const reference = softmax(normals(own, ARMS, 1));
    const atTaus = [0.03, 0.05, 0.1, 0.2, 0.4].map((tau) => {
      const policy = preferenceTilt(reference, preference(reward), reference, tau);
      return 1 - frontierEfficiency(policy, reference, reward);
    });
    return Math.max(...atTaus);
  });
  return intervalOf(losses)!;
}
