import type { Analysis, ClaimRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import { seedInterval } from '../../../harness/stats/interval.js';
import type { Rng } from '../../../harness/rng.js';
import * as exact from '../../../harness/metrics/closed-forms.js';
import { mlpScores } from './mlp.js';

/**
 * Claims about preference optimisation that a bandit decides exactly: population losses minimised in float64, no
 * sampling unless the claim is about it. Names: BT the Bradley-Terry reward model, DPO and IPO the losses of
 * arXiv:2305.18290 and arXiv:2310.12036; `two-stage` is BT, then the exact KL-regularised optimum.
 */
const BETAS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const K = 8;
const uniform = (n: number): number[] => new Array<number>(n).fill(1 / n);
const normals = (rng: Rng, n: number, scale: number): number[] => Array.from({ length: n }, () => rng.normal() * scale);
const certain = [[0, 1], [0, 0]] as const; // two arms, the first always wins

const claim = (row: Omit<ClaimRow, 'type' | 'ci' | 'n' | 'reported' | 'figure'> & Partial<Pick<ClaimRow, 'ci' | 'n'>>): ClaimRow => ({ type: 'claim', ci: null, n: 1, reported: null, figure: null, ...row });

function equivalence(rng: Rng): ClaimRow {
  let worst = 0;
  for (let world = 0; world < 20; world++) {
    const own = rng.split(world);
    const reference = exact.softmax(normals(own, K, 1));
    // Preferences need not come from rewards: any p strictly inside (0, 1) on every pair.
    const p = Array.from({ length: K }, () => normals(own, K, 1.5));
    const wins = p.map((row, i) => row.map((_, j) => (i === j ? 0 : reference[i]! * reference[j]! * (i < j ? exact.sigmoid(p[i]![j]!) : 1 - exact.sigmoid(p[j]![i]!)))));
    const reward = exact.minimisePairLoss(wins, exact.logisticLoss());
    for (const beta of BETAS) {
      const direct = exact.tilted(reference, exact.minimisePairLoss(wins, exact.logisticLoss(beta)));
      worst = Math.max(worst, exact.totalVariation(direct, exact.regularisedOptimum(reference, reward, beta).policy));
    }
  }
  return claim({ id: 'F1', claim: 'DPO and BT with exact RL reach the same policy where every pair is covered.', scenario: `20 worlds of ${K} arms, preferences of any shape in (0, 1), beta in [.05, 5]`, statistic: 'largest total variation distance', value: worst, threshold: 'at most 1e-6', n: 20, verdict: decided('below', 1e-6, worst) });
}

function coverage(rng: Rng): ClaimRow {
  const differences = Array.from({ length: 30 }, (_, world) => {
    const own = rng.split(world);
    const features = Array.from({ length: K }, () => normals(own, 4, 1));
    const reward = normals(own, K, 1.5);
    const seen = Array.from({ length: K - 1 }, (_, i) => i); // the last arm is in no pair
    const wins = exact.expectedWins(reward, uniform(K)).map((row, i) => row.map((w, j) => (seen.includes(i) && seen.includes(j) ? w : 0)));
    const reference = uniform(K);
    const beta = 0.5;
    const rewards = mlpScores(features, wins, 1, own.split('reward'));
    const scores = mlpScores(features, wins, beta, own.split('policy'));
    const direct = exact.tilted(reference, scores);
    return direct.at(-1)! - exact.regularisedOptimum(reference, rewards, beta).policy.at(-1)!;
  });
  const { mean, ci } = seedInterval(differences.map((d) => Float64Array.of(d)))!;
  return claim({ id: 'F2', claim: 'Equivalence needs coverage: on an arm that no pair shows, DPO puts more mass than two-stage.', scenario: `30 worlds, ${K} arms of which one is in no pair, scores from a small network over arm features, beta .5`, statistic: 'mass on the unseen arm, DPO minus two-stage', value: mean, ci, threshold: 'above 0', n: 30, verdict: decided('above', 0, mean, ci), note: 'Both stages share the network and its size; what differs is the scale of the target that the network fits.' });
}

function collapse(): ClaimRow {
  const steps = BETAS.concat(10).map((beta) => {
    // Newton in m = beta h adds 1/sigma(m), about 1, at every step; first-order methods would not get there.
    const loss = exact.logisticLoss();
    let m = 0;
    let before = Number.POSITIVE_INFINITY;
    let falls = true;
    while (m / beta < 10) {
      falls &&= loss.value(m) < before;
      before = loss.value(m);
      m += 1 / exact.sigmoid(m);
    }
    return falls;
  });
  const interior = steps.filter((falls) => !falls).length;
  const taus = BETAS.map((tau) => {
    const s = exact.minimisePairLoss(certain, exact.squaredLoss(tau));
    return Math.abs(exact.tilted([0.5, 0.5], s)[0]! - exact.sigmoid(1 / (2 * tau)));
  });
  const worst = Math.max(...taus, interior);
  return claim({ id: 'F3', claim: 'With certain preferences DPO has no interior optimum at any beta; IPO stops at its own.', scenario: 'two arms, p = 1; DPO followed by Newton steps to h = 10 for beta in [.05, 10]; IPO at tau in [.05, 5]', statistic: 'betas where the DPO loss stops falling, plus the largest error of IPO against sigma(1/(2 tau))', value: worst, threshold: 'at most 1e-9', n: BETAS.length, verdict: decided('below', 1e-9, worst) });
}

function finiteLabels(rng: Rng): ClaimRow {
  const p = 0.8;
  const pairs = 20_000;
  let worst = 0;
  let capped = 0;
  for (const k of [1, 3, 5, 10]) {
    const own = rng.split(k);
    let extreme = 0;
    for (let i = 0; i < pairs; i++) {
      let wins = 0;
      for (let label = 0; label < k; label++) if (own.bernoulli(p)) wins++;
      const frequency = wins / k;
      if (Math.abs(exact.logit(frequency)) > exact.logit(0.95)) extreme++; // |beta h|, infinite where unanimous
      if (Math.abs((frequency - 0.5) * 4) > exact.logit(0.95)) capped++; // |beta h| of IPO at tau = beta / 4: at most 2
    }
    worst = Math.max(worst, Math.abs(extreme / pairs - exact.unanimous(p, k)));
  }
  const value = Math.max(worst, capped / pairs);
  return claim({ id: 'F5', claim: 'With k labels a pair, the share of pairs that DPO drives to certainty is the chance of unanimous labels; IPO drives none.', scenario: 'pairs of two arms, p = .8, k in {1, 3, 5, 10}, 20,000 pairs each; certain: |h| > logit(.95)/beta; IPO at tau = beta/4', statistic: 'largest distance from p^k + (1-p)^k, or share for IPO', value, threshold: 'at most .05', n: pairs, verdict: decided('below', 0.05, value) });
}

function squaredControl(rng: Rng): ClaimRow {
  let worst = 0;
  for (let world = 0; world < 20; world++) {
    const own = rng.split(world);
    const reference = exact.softmax(normals(own, K, 1));
    const reward = normals(own, K, 2);
    const p = (i: number, j: number): number => exact.sigmoid(reward[i]! - reward[j]!);
    for (const tau of BETAS) {
      const population = exact.tilted(reference, exact.minimisePairLoss(exact.expectedWins(reward, uniform(K)), exact.squaredLoss(tau)));
      worst = Math.max(worst, exact.totalVariation(population, exact.preferenceTilt(reference, p, uniform(K), tau)));
      const pairs = Array.from({ length: 40 }, () => [own.int(K), own.int(K)] as const).filter(([a, b]) => a !== b);
      const chain = Array.from({ length: K - 1 }, (_, i) => [i, i + 1] as const); // connected
      const list = [...chain, ...pairs];
      const counts = Array.from({ length: K }, (_, i) => Array.from({ length: K }, (_, j) => list.filter(([w, l]) => w === i && l === j).length));
      const sampled = exact.tilted(reference, exact.minimisePairLoss(counts, exact.squaredLoss(tau)));
      worst = Math.max(worst, exact.totalVariation(sampled, exact.tilted(reference, exact.leastSquaresScores(K, list, tau))));
    }
  }
  return claim({ id: 'F6', claim: 'IPO reaches its closed forms at every tau, with pairs i.i.d. and on any list of pairs.', scenario: `20 worlds of ${K} arms, tau in [.05, 5], population and lists of about 45 pairs`, statistic: 'largest total variation distance', value: worst, threshold: 'at most .01', n: 20, verdict: decided('below', 0.01, worst) });
}

/** Two uniform arms, certain winner: the penalised gap and the KL it leads to at each beta. */
const penalisedGap = (lambda: number): number => { const s = exact.minimisePairLoss(certain, exact.logisticLoss(1, lambda)); return s[0]! - s[1]!; };
const twoArmKl = (h: number): number => exact.kl([exact.sigmoid(h), exact.sigmoid(-h)], [0.5, 0.5]);

function penaltyRestores(): ClaimRow {
  const betas = [0.1, 0.2, 0.5, 1, 2, 5, 10];
  const gap = penalisedGap(0.01);
  const range = (values: number[]): number => Math.max(...values) - Math.min(...values);
  const twoStage = range(betas.map((beta) => twoArmKl(gap / beta)));
  const collapsed = range(betas.map(() => twoArmKl(10)));
  const value = collapsed <= 0.02 ? twoStage : 0;
  return claim({ id: 'F7', claim: 'A penalty on the reward model makes beta matter again; collapsed DPO is the same at every beta.', scenario: 'two uniform arms, p = 1, lambda .01, beta in [.1, 10]; DPO at h = 10', statistic: 'range of KL of two-stage, nats (with a range of at most .02 for DPO)', value, threshold: 'above .3', verdict: decided('above', 0.3, value), note: `collapsed DPO: range ${collapsed.toFixed(4)} nats` });
}

function penaltyNotRl(rng: Rng): ClaimRow {
  let worst = 0;
  for (let world = 0; world < 20; world++) {
    const own = rng.split(world);
    const reference = exact.softmax(normals(own, K, 1));
    const wins = exact.expectedWins(normals(own, K, 3), reference);
    for (const lambda of [1e-4, 1e-3, 1e-2, 1e-1]) {
      const reward = exact.minimisePairLoss(wins, exact.logisticLoss(1, lambda));
      for (const beta of BETAS) {
        const direct = exact.tilted(reference, exact.minimisePairLoss(wins, exact.logisticLoss(beta, lambda)));
        worst = Math.max(worst, Math.abs(exact.kl(direct, reference) - exact.kl(exact.regularisedOptimum(reference, reward, beta).policy, reference)));
      }
    }
  }
  return claim({ id: 'F8', claim: 'It is the penalty, not RL: DPO with the same penalty reaches the same KL as the penalised reward model with exact RL.', scenario: `20 worlds of ${K} arms, lambda in [1e-4, .1], beta in [.05, 5]`, statistic: 'largest difference of KL, nats', value: worst, threshold: 'at most 1e-6', n: 20, verdict: decided('below', 1e-6, worst) });
}

function penaltyBias(rng: Rng): ClaimRow {
  const N = 100_000;
  let wins = 0;
  for (let i = 0; i < N; i++) if (rng.bernoulli(0.8)) wins++;
  const counts = [[0, wins / N], [1 - wins / N, 0]];
  const shift = (lambda: number): number => { const s = exact.minimisePairLoss(counts, exact.logisticLoss(1, lambda)); return s[0]! - s[1]! - exact.logit(0.8); };
  const [perPair, fading] = [shift(0.01), shift(0.01 / N)];
  const value = Math.abs(fading) <= 0.05 ? perPair : 0;
  return claim({ id: 'F9', claim: 'A penalty per pair stays biased with any number of labels; divided by N it fades.', scenario: 'two arms, p = .8, 100,000 labels, lambda .01', statistic: 'shift of the gap from logit(.8) with lambda per pair (with at most .05 for lambda/N)', value, threshold: 'below -.1', n: N, verdict: value < -0.1 ? 'supported' : 'refuted', note: `closed form -.148; with lambda/N the shift is ${fading.toFixed(4)}` });
}

function squaredPays(rng: Rng): ClaimRow {
  // DPO with infinite labels is on the frontier (F1), so its lead at equal KL is 1 - efficiency of IPO.
  const lossAt = (spread: number) =>
    seedInterval(
      Array.from({ length: 30 }, (_, world) => {
        const own = rng.split(spread, world);
        const raw = normals(own, K, 1);
        const [lo, hi] = [Math.min(...raw), Math.max(...raw)];
        const reward = raw.map((r) => ((r - lo) / (hi - lo)) * spread);
        const reference = exact.softmax(normals(own, K, 1));
        const p = (i: number, j: number): number => exact.sigmoid(reward[i]! - reward[j]!);
        return Float64Array.of(Math.max(...[0.03, 0.05, 0.1, 0.2, 0.4].map((tau) => 1 - exact.frontierEfficiency(exact.preferenceTilt(reference, p, reference, tau), reference, reward))));
      }),
    )!;
  const { mean, ci } = lossAt(4);
  const wider = [8, 16].map((spread) => `${lossAt(spread).mean.toFixed(3)} at spread ${spread}`).join(', ');
  return claim({ id: 'F10', claim: 'IPO pays on Bradley-Terry preferences: below DPO on the frontier at equal KL by more than .02.', scenario: `30 worlds of ${K} arms, rewards of spread 4, references of spread 1, infinite labels, the worst tau of .03 to .4`, statistic: 'loss of frontier efficiency at equal KL', value: mean, ci, threshold: 'above .02', n: 30, verdict: decided('above', 0.02, mean, ci), note: `it grows with the spread of rewards: ${wider}` });
}

function clampAndRank(rng: Rng): ClaimRow[] {
  // Two-armed pairs, each starting misranked by more than 10, trained on the clamped difference by gradient descent.
  const c = 10;
  let stuck = 0;
  const pairs = 1000;
  for (let i = 0; i < pairs; i++) {
    let d = -c - rng.uniform() * 5 - 1e-6;
    for (let step = 0; step < 2000; step++) if (Math.abs(d) < c) d += 0.1 * exact.sigmoid(-d);
    if (d < 0) stuck++;
  }
  const scores = normals(rng.split('scores'), 256, 1);
  const ranks = (x: readonly number[]): number[] => x.map((mine) => x.filter((other) => other < mine).length + (x.filter((other) => other === mine).length + 1) / 2);
  const changed = [(r: number) => 100 * r + 3, Math.sinh, (r: number) => Math.atan(r), (r: number) => r ** 3].map((f) => ranks(scores.map(f)).filter((r, i) => r !== ranks(scores)[i]).length);
  const worst = Math.max(...changed);
  return [
    claim({ id: 'F20-clamp', claim: 'Clamping the difference to [-10, 10] leaves pairs that are mis-ranked by more than 10 as they are.', scenario: `${pairs} pairs that start between -10 and -15, 2,000 gradient steps`, statistic: 'share that stays mis-ranked', value: stuck / pairs, threshold: 'at least .9', n: pairs, verdict: stuck / pairs >= 0.9 ? 'supported' : 'refuted' }),
    claim({ id: 'F20-rank', claim: 'Rank advantages do not change under increasing transforms of the reward.', scenario: '256 scores under 100r + 3, sinh r, atan r and r^3', statistic: 'largest number of ranks that change', value: worst, threshold: 'at most 0', n: 4, verdict: decided('below', 0, worst), note: 'The policy that PPO learns from ranks is then the same to the bit: test/plugins/ppo-rlhf.' }),
  ];
}

const parts: [string, (rng: Rng) => ClaimRow | ClaimRow[]][] = [
  ['F1', equivalence], ['F2', coverage], ['F3', collapse], ['F5', finiteLabels], ['F6', squaredControl], ['F7', penaltyRestores],
  ['F8', penaltyNotRl], ['F9', penaltyBias], ['F10', squaredPays], ['F20', clampAndRank],
];

export default { parts: parts.map(([id, run]) => ({ id, run: (rng: Rng) => [run(rng)].flat() })) } satisfies Analysis;
