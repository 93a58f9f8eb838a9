/**
 * Where training on pairs of K arms ends, in closed form or by Newton's method, in float64: what studies and
 * tests hold trained policies against. Scores `s` are log pi - log pi_ref up to a constant. Each function is
 * checked in test/harness/metrics/closed-forms.test.ts against an independent computation. What the frontier
 * knows is passed on, so that one import has everything exact.
 */
import { solve } from '../stats/linear-system.js';
import { sigmoid, tilted } from './frontier.js';

export * from './frontier.js';

/** A loss of the difference h = s_winner - s_loser with its derivatives. */
export interface PairLoss {
  readonly value: (h: number) => number;
  readonly slope: (h: number) => number;
  readonly curvature: (h: number) => number;
}

/** -log sigma(beta h) + lambda (beta h)^2: the logistic loss on scaled differences, penalised or not. */
export const logisticLoss = (beta = 1, lambda = 0): PairLoss => ({
  value: (h) => Math.log1p(Math.exp(-Math.abs(beta * h))) + Math.max(0, -beta * h) + lambda * (beta * h) ** 2,
  slope: (h) => -beta * sigmoid(-beta * h) + 2 * lambda * beta ** 2 * h,
  curvature: (h) => beta ** 2 * (sigmoid(beta * h) * sigmoid(-beta * h) + 2 * lambda),
});

/** (h - 1/(2 tau))^2. */
export const squaredLoss = (tau: number): PairLoss => ({
  value: (h) => (h - 1 / (2 * tau)) ** 2,
  slope: (h) => 2 * (h - 1 / (2 * tau)),
  curvature: () => 2,
});

/**
 * Scores s [K], s_0 = 0, that minimise sum_ij wins[i][j] loss(s_i - s_j), by damped Newton steps until the
 * gradient is below 1e-12.
 * @param wins [K, K], the weight with which i beats j
 * @throws RangeError where no finite minimiser is reached: for a monotone loss, where the graph of wins is
 * not strongly connected
 */
export function minimisePairLoss(wins: readonly (readonly number[])[], loss: PairLoss): number[] {
  const K = wins.length;
  const scale = wins.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
  const rowLoss = (s: readonly number[], row: readonly number[], i: number): number =>
    row.reduce((sum, w, j) => (w === 0 ? sum : sum + w * loss.value(s[i]! - s[j]!)), 0);
  const total = (s: readonly number[]): number =>
    wins.reduce((sum, row, i) => sum + rowLoss(s, row, i), 0) / scale;
  let s = new Array<number>(K).fill(0);
  let curvatureAtZero: number[] | undefined;
  for (let iteration = 0; iteration < 500; iteration++) {
    const g = new Array<number>(K).fill(0);
    const H = Array.from({ length: K }, () => new Array<number>(K).fill(0));
    for (let i = 0; i < K; i++) {
      for (let j = 0; j < K; j++) {
        const w = wins[i]![j]! / scale;
        if (w === 0) continue;
        const slope = w * loss.slope(s[i]! - s[j]!);
        const curvature = w * loss.curvature(s[i]! - s[j]!);
        g[i]! += slope;
        g[j]! -= slope;
        addPair(H, i, j, curvature);
      }
    }
    // The flat tail of a loss has no gradient either, but a minimum has curvature.
    curvatureAtZero ??= H.map((row, i) => row[i]!);
    const curved = H.every((row, i) => row[i]! > 1e-10 * curvatureAtZero![i]!);
    if (curved && Math.max(...g.map(Math.abs)) < 1e-12) return s.map((x) => x - s[0]!);
    if (!curved) break;
    const step = [
      0,
      ...solve(
        H.slice(1).map((row) => row.slice(1)),
        g.slice(1),
      ),
    ];
    const before = total(s);
    let rate = 1;
    let next = s;
    for (; rate > 1e-10; rate /= 2) {
      next = s.map((x, i) => x - rate * step[i]!);
      // Near the minimum the loss no longer resolves a step that the gradient still does.
      if (Math.max(...step.map(Math.abs)) < 1e-4 || total(next) <= before) break;
    }
    s = next;
    if (s.some((x) => !Number.isFinite(x) || Math.abs(x) > 1e6)) break;
  }
  throw new RangeError(
    'minimisePairLoss: no finite minimiser was reached; does every arm both win and lose?',
  );
}

/** Adds weight times (e_i - e_j)(e_i - e_j)^T to a matrix. */
function addPair(matrix: number[][], i: number, j: number, weight: number): void {
  matrix[i]![i]! += weight;
  matrix[j]![j]! += weight;
  matrix[i]![j]! -= weight;
  matrix[j]![i]! -= weight;
}

/**
 * [K, K]: P(i beats j) under Bradley-Terry, both sampled from mu: the expected wins of every ordered pair.
 */
export const expectedWins = (reward: readonly number[], mu: readonly number[]): number[][] =>
  reward.map((a, i) => reward.map((b, j) => (i === j ? 0 : mu[i]! * mu[j]! * sigmoid(a - b))));

/**
 * Population optimum of the squared loss with pairs drawn from mu: pi_ref exp(p(y beats mu) / tau) / Z, a tie
 * with oneself counted half (Azar et al. 2023, arXiv:2310.12036, sections 4.2 and 5).
 */
export function preferenceTilt(
  reference: readonly number[],
  preference: (i: number, j: number) => number,
  mu: readonly number[],
  tau: number,
): number[] {
  const beatsMu = (i: number): number =>
    mu.reduce((sum, m, j) => sum + m * (i === j ? 0.5 : preference(i, j)), 0);
  return tilted(
    reference,
    reference.map((_, i) => beatsMu(i) / tau),
  );
}

/**
 * The squared loss on any list of (winner, loser) pairs: least squares on the comparison graph,
 * s = c L^+ (wins - losses), c = 1/(2 tau). Arms outside the graph stay at 0.
 */
export function leastSquaresScores(
  arms: number,
  pairs: readonly (readonly [number, number])[],
  tau: number,
): number[] {
  const laplacian = Array.from({ length: arms }, () => new Array<number>(arms).fill(0));
  const balance = new Array<number>(arms).fill(0);
  for (const [winner, loser] of pairs) {
    addPair(laplacian, winner, loser, 1);
    balance[winner]! += 1 / (2 * tau);
    balance[loser]! -= 1 / (2 * tau);
  }
  // A ridge far below every eigenvalue picks the pseudo-inverse's solution: mean 0 on each connected part.
  const ridge = 1e-10;
  const ridged = laplacian.map((row, i) => row.map((x, j) => (i === j ? x + ridge : x)));
  return solve(ridged, balance);
}

/**
 * Two arms under gradient flow on -log sigma(beta h), one always winning: m = beta h solves m + e^m = 1 + 2
 * eta beta^2 t.
 */
export function gradientFlowMargin(beta: number, etaTimesTime: number): number {
  const target = 1 + 2 * beta ** 2 * etaTimesTime;
  let m = Math.log(target);
  for (let i = 0; i < 100; i++) m -= (m + Math.exp(m) - target) / (1 + Math.exp(m));
  return m;
}

/** P(all k labels agree) when the true preference is p. */
export const unanimous = (p: number, k: number): number => p ** k + (1 - p) ** k;

/**
 * Fisher information of Bradley-Terry scores, [K, K]: sum over pairs of p (1 - p) (e_i - e_j)(e_i - e_j)^T.
 */
export function bradleyTerryInformation(
  reward: readonly number[],
  pairs: readonly (readonly [number, number])[],
): number[][] {
  const information = reward.map(() => reward.map(() => 0));
  for (const [i, j] of pairs) {
    const weight = sigmoid(reward[i]! - reward[j]!) * sigmoid(reward[j]! - reward[i]!);
    addPair(information, i, j, weight);
  }
  return information;
}
