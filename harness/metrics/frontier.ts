/**
 * The exact side of the bandit: optima and statistics of policies over K arms in float64. Policies are arrays of K
 * probabilities; `s` is log pi - log pi_ref up to a constant, KL in nats. Each function is checked in
 * test/harness/metrics/frontier.test.ts against an independent computation.
 */
export const softmax = (x: readonly number[]): number[] => {
  const max = Math.max(...x);
  const e = x.map((v) => Math.exp(v - max));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
};
export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
export const logit = (p: number): number => Math.log(p / (1 - p));
/** KL(p || q) in nats; 0 log 0 = 0. */
export const kl = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, x, i) => (x > 0 ? sum + x * Math.log(x / q[i]!) : sum), 0);
/** Total variation distance. */
export const totalVariation = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, x, i) => sum + Math.abs(x - q[i]!), 0) / 2;
export const expectation = (p: readonly number[], x: readonly number[]): number => p.reduce((sum, v, i) => sum + v * x[i]!, 0);
/** pi_ref exp(s) / Z. */
export const tilted = (reference: readonly number[], s: readonly number[]): number[] => softmax(reference.map((p, i) => Math.log(p) + s[i]!));

/** The optimum of E r - beta KL(pi || ref), and its value beta log Z (Rafailov et al. 2023, arXiv:2305.18290, eq. 4). */
export function regularisedOptimum(reference: readonly number[], reward: readonly number[], beta: number): { policy: number[]; value: number } {
  const policy = tilted(reference, reward.map((r) => r / beta));
  const max = Math.max(...reward);
  const value = max + beta * Math.log(reference.reduce((sum, p, i) => sum + p * Math.exp((reward[i]! - max) / beta), 0));
  return { policy, value };
}

/** J(optimum) - J(pi) = beta KL(pi || optimum), for every pi. */
export const regret = (policy: readonly number[], reference: readonly number[], reward: readonly number[], beta: number): number =>
  beta * kl(policy, regularisedOptimum(reference, reward, beta).policy);

/** The most reward that any policy reaches at this KL from the reference: the frontier, by bisection on beta. */
export function frontierReward(reference: readonly number[], reward: readonly number[], nats: number): number {
  let [lo, hi] = [-30, 30]; // log beta
  for (let i = 0; i < 200; i++) {
    const mid = (lo + hi) / 2;
    if (kl(regularisedOptimum(reference, reward, Math.exp(mid)).policy, reference) > nats) lo = mid;
    else hi = mid;
  }
  return expectation(regularisedOptimum(reference, reward, Math.exp(hi)).policy, reward);
}

/** Share of the frontier's gain over the reference that a policy reaches at its own KL; at most 1. */
export function frontierEfficiency(policy: readonly number[], reference: readonly number[], reward: readonly number[]): number {
  const start = expectation(reference, reward);
  return (expectation(policy, reward) - start) / (frontierReward(reference, reward, kl(policy, reference)) - start);
}

/** A loss of the difference h = s_winner - s_loser with its derivatives. */
export interface PairLoss {
  readonly value: (h: number) => number;
  readonly slope: (h: number) => number;
  readonly curvature: (h: number) => number;
}

/** -log sigma(beta h) + lambda (beta h)^2: the logistic loss on temperature-scaled differences, penalised or not. */
export const logisticLoss = (beta = 1, lambda = 0): PairLoss => ({
  value: (h) => Math.log1p(Math.exp(-Math.abs(beta * h))) + Math.max(0, -beta * h) + lambda * (beta * h) ** 2,
  slope: (h) => -beta * sigmoid(-beta * h) + 2 * lambda * beta ** 2 * h,
  curvature: (h) => beta ** 2 * (sigmoid(beta * h) * sigmoid(-beta * h) + 2 * lambda),
});
/** (h - 1/(2 tau))^2. */
export const squaredLoss = (tau: number): PairLoss => ({ value: (h) => (h - 1 / (2 * tau)) ** 2, slope: (h) => 2 * (h - 1 / (2 * tau)), curvature: () => 2 });

/**
 * Scores s [K], s_0 = 0, that minimise sum_ij wins[i][j] loss(s_i - s_j), by damped Newton steps to a gradient of 1e-12.
 * @param wins weight with which i beats j
 * @throws RangeError where no finite minimiser is reached (a beats graph that is not strongly connected, for a monotone loss)
 */
export function minimisePairLoss(wins: readonly (readonly number[])[], loss: PairLoss): number[] {
  const K = wins.length;
  const scale = wins.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
  const total = (s: readonly number[]): number => wins.reduce((sum, row, i) => sum + row.reduce((a, w, j) => (w === 0 ? a : a + w * loss.value(s[i]! - s[j]!)), 0), 0) / scale;
  let s = new Array<number>(K).fill(0);
  let flat: number[] | undefined; // curvature at s = 0
  for (let iteration = 0; iteration < 500; iteration++) {
    const g = new Array<number>(K).fill(0);
    const H = Array.from({ length: K }, () => new Array<number>(K).fill(0));
    for (let i = 0; i < K; i++) {
      for (let j = 0; j < K; j++) {
        const w = wins[i]![j]! / scale;
        if (w === 0) continue;
        const slope = w * loss.slope(s[i]! - s[j]!);
        const c = w * loss.curvature(s[i]! - s[j]!);
        g[i]! += slope;
        g[j]! -= slope;
        H[i]![i]! += c;
        H[j]![j]! += c;
        H[i]![j]! -= c;
        H[j]![i]! -= c;
      }
    }
    // A flat tail has no gradient either; a minimum has curvature.
    flat ??= H.map((row, i) => row[i]!);
    const curved = H.every((row, i) => row[i]! > 1e-10 * flat![i]!);
    if (curved && Math.max(...g.map(Math.abs)) < 1e-12) return s.map((x) => x - s[0]!);
    if (!curved) break;
    const step = [0, ...solve(H.slice(1).map((row) => row.slice(1)), g.slice(1))];
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
  throw new RangeError('minimisePairLoss: no finite minimiser was reached; does every arm both win and lose?');
}

/** Gaussian elimination with partial pivoting. */
export function solve(A: readonly (readonly number[])[], b: readonly number[]): number[] {
  const n = b.length;
  const M = A.map((row, i) => [...row, b[i]!]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(M[r]![c]!) > Math.abs(M[pivot]![c]!)) pivot = r;
    [M[c], M[pivot]] = [M[pivot]!, M[c]!];
    if (M[c]![c] === 0) throw new RangeError('solve: the matrix is singular');
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const f = M[r]![c]! / M[c]![c]!;
      if (f !== 0) for (let k = c; k <= n; k++) M[r]![k]! -= f * M[c]![k]!;
    }
  }
  return M.map((row, i) => row[n]! / row[i]!);
}

/** P(i beats j) under Bradley-Terry, both sampled from mu: the expected wins of every ordered pair. */
export const expectedWins = (reward: readonly number[], mu: readonly number[]): number[][] => reward.map((a, i) => reward.map((b, j) => (i === j ? 0 : mu[i]! * mu[j]! * sigmoid(a - b))));

/** Population optimum of the squared loss with pairs drawn from mu: pi_ref exp(p(y beats mu) / tau) / Z, a tie with oneself counted half (Azar et al. 2023, arXiv:2310.12036, sections 4.2 and 5). */
export function preferenceTilt(reference: readonly number[], preference: (i: number, j: number) => number, mu: readonly number[], tau: number): number[] {
  return tilted(reference, reference.map((_, i) => mu.reduce((sum, m, j) => sum + m * (i === j ? 0.5 : preference(i, j)), 0) / tau));
}

/** The squared loss on any list of pairs: least squares on the comparison graph, s = c L^+ (wins - losses), c = 1/(2 tau). Arms outside the graph stay at 0. */
export function leastSquaresScores(arms: number, pairs: readonly (readonly [number, number])[], tau: number): number[] {
  const L = Array.from({ length: arms }, () => new Array<number>(arms).fill(0));
  const b = new Array<number>(arms).fill(0);
  for (const [w, l] of pairs) {
    L[w]![w]! += 1;
    L[l]![l]! += 1;
    L[w]![l]! -= 1;
    L[l]![w]! -= 1;
    b[w]! += 1 / (2 * tau);
    b[l]! -= 1 / (2 * tau);
  }
  // A ridge far below every eigenvalue picks the pseudo-inverse's solution: mean 0 on each connected part.
  const ridge = 1e-10;
  return solve(L.map((row, i) => row.map((x, j) => (i === j ? x + ridge : x))), b);
}

/** Two arms under plain gradient flow on -log sigma(beta h), winner certain: m = beta h solves m + e^m = 1 + 2 eta beta^2 t. */
export function gradientFlowMargin(beta: number, etaTimesTime: number): number {
  const target = 1 + 2 * beta ** 2 * etaTimesTime;
  let m = Math.log(target);
  for (let i = 0; i < 100; i++) m -= (m + Math.exp(m) - target) / (1 + Math.exp(m));
  return m;
}

/** P(all k labels agree) when the true preference is p. */
export const unanimous = (p: number, k: number): number => p ** k + (1 - p) ** k;

/** Fisher information of Bradley-Terry scores, sum over pairs of p (1 - p) (e_i - e_j)(e_i - e_j)^T. */
export function bradleyTerryInformation(reward: readonly number[], pairs: readonly (readonly [number, number])[]): number[][] {
  const I = reward.map(() => reward.map(() => 0));
  for (const [i, j] of pairs) {
    const c = sigmoid(reward[i]! - reward[j]!) * sigmoid(reward[j]! - reward[i]!);
    I[i]![i]! += c;
    I[j]![j]! += c;
    I[i]![j]! -= c;
    I[j]![i]! -= c;
  }
  return I;
}
