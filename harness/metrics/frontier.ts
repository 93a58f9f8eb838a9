/**
 * Policies over K completions that can all be listed, in float64: expectations, divergences, the optimum of
 * the KL-regularised objective, and the frontier of reward against KL. A policy is an array of K
 * probabilities; `s` is log pi - log pi_ref up to a constant; KL in nats. Each function is checked in
 * test/harness/metrics/frontier.test.ts against an independent computation.
 */

export const softmax = (x: readonly number[]): number[] => {
  const max = Math.max(...x);
  const e = x.map((v) => Math.exp(v - max));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
};
export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
export const logit = (p: number): number => Math.log(p / (1 - p));
/** KL(p || q) in nats; 0 log 0 = 0. */
export const kl = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, x, i) => (x > 0 ? sum + x * Math.log(x / q[i]!) : sum), 0);
/** Total variation distance. */
export const totalVariation = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, x, i) => sum + Math.abs(x - q[i]!), 0) / 2;
export const expectation = (p: readonly number[], x: readonly number[]): number =>
  p.reduce((sum, v, i) => sum + v * x[i]!, 0);
/** pi_ref exp(s) / Z. */
export const tilted = (reference: readonly number[], s: readonly number[]): number[] =>
  softmax(reference.map((p, i) => Math.log(p) + s[i]!));

/**
 * The optimum of E r - beta KL(pi || ref), and its value beta log Z (Rafailov et al. 2023, arXiv:2305.18290,
 * eq. 4).
 */
export function regularisedOptimum(
  reference: readonly number[],
  reward: readonly number[],
  beta: number,
): { policy: number[]; value: number } {
  const policy = tilted(
    reference,
    reward.map((r) => r / beta),
  );
  const max = Math.max(...reward);
  const value =
    max + beta * Math.log(reference.reduce((sum, p, i) => sum + p * Math.exp((reward[i]! - max) / beta), 0));
  return { policy, value };
}

/** J(optimum) - J(pi) = beta KL(pi || optimum), for every pi. */
export const regret = (
  policy: readonly number[],
  reference: readonly number[],
  reward: readonly number[],
  beta: number,
): number => beta * kl(policy, regularisedOptimum(reference, reward, beta).policy);

/**
 * The most reward that any policy reaches at this KL from the reference: the frontier, by bisection on beta.
 */
export function frontierReward(
  reference: readonly number[],
  reward: readonly number[],
  nats: number,
): number {
  let [lo, hi] = [-30, 30]; // log beta
  for (let i = 0; i < 200; i++) {
    const mid = (lo + hi) / 2;
    if (kl(regularisedOptimum(reference, reward, Math.exp(mid)).policy, reference) > nats) lo = mid;
    else hi = mid;
  }
  return expectation(regularisedOptimum(reference, reward, Math.exp(hi)).policy, reward);
}

/** Share of the frontier's gain over the reference that a policy reaches at its own KL; at most 1. */
export function frontierEfficiency(
  policy: readonly number[],
  reference: readonly number[],
  reward: readonly number[],
): number {
  const start = expectation(reference, reward);
  return (
    (expectation(policy, reward) - start) / (frontierReward(reference, reward, kl(policy, reference)) - start)
  );
}
