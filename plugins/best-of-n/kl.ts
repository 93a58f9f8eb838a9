import { listedKl } from '../shared/kl.js';

/**
 * KL divergence of best-of-n from the policy it samples, Beirami et al. 2024, section 4,
 * https://arxiv.org/abs/2401.01879
 *
 *   KL(π_n ‖ π_ref) ≈ E_{y~π_n} [ (1−ε)ⁿ ( log n + (n−1) log(1−ε) − (n−1)/n )
 *                                 + (1−(1−ε)ⁿ) log( (1−(1−ε)ⁿ)/ε ) ],      ε = π_ref(y|x)
 *
 *   ε -> exp(refLogp), the sequence probability of the completion that was picked, temperature 1
 *
 * It tends to the often quoted log n − (n−1)/n as ε -> 0 and to 0 as ε -> 1; that bound alone is far off
 * where single completions are likely (8 uniform arms, n = 64: 3.175 against 2.078). It is an estimate, not
 * unbiased: on 8 uniform arms it is .008, .023 and .000 nats too high at n = 4, 16 and 64.
 * @param refLogp nats, at most 0 (rounding above 0 is cut)
 * @returns nats
 */
export function estimatedKl(refLogp: number, n: number): number {
  const logEps = Math.min(0, refLogp);
  const log1mEps = logEps === 0 ? Number.NEGATIVE_INFINITY : Math.log1p(-Math.exp(logEps)); // log(1−ε)
  const logMiss = n * log1mEps; //                                                             log (1−ε)ⁿ
  const miss = Math.exp(logMiss); //                                                           (1−ε)ⁿ
  const hit = -Math.expm1(logMiss); //                                                         1−(1−ε)ⁿ
  // Either weight may vanish faster than its logarithm grows: the limit of the product is 0.
  const first = miss === 0 ? 0 : miss * (Math.log(n) + (n - 1) * log1mEps - (n - 1) / n);
  const second = hit === 0 ? 0 : hit * (Math.log(hit) - logEps);
  return first + second;
}

/**
 * The same divergence exactly, where every completion can be listed (equation 3 there; ties share their
 * level's mass in proportion to π_ref, which is what picking any of the tied samples does):
 *
 *   π_n(y) = π_ref(y) (F(r)ⁿ − F(r−)ⁿ) / P(r)
 *   r = reward of y, P(r) = its mass under π_ref, F(r) = mass at or below r
 *
 * @param reference π_ref of each completion, summing to 1
 * @returns π_n of each completion, and KL(π_n ‖ π_ref) in nats
 */
export function exactBestOfN(
  reference: readonly number[],
  rewards: readonly number[],
  n: number,
): { policy: number[]; kl: number } {
  const levels = [...new Set(rewards)].sort((a, b) => a - b);
  const tilt = new Map<number, number>(); // π_n / π_ref at each level
  let below = 0; // F(r−)
  for (const level of levels) {
    const mass = rewards.reduce((sum, r, i) => (r === level ? sum + reference[i]! : sum), 0);
    // F(r): the last one without rounding, none above 1 by it, or the last level would be negative.
    const upTo = level === levels.at(-1) ? 1 : Math.min(1, below + mass);
    tilt.set(level, mass === 0 ? 0 : (upTo ** n - below ** n) / mass);
    below = upTo;
  }
  const policy = reference.map((p, i) => p * tilt.get(rewards[i]!)!);
  return { policy, kl: listedKl(policy, reference) };
}
