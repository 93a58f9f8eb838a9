import { expectation, kl, regularisedOptimum } from './frontier.js';

/** A prompt whose completions are all listed, and how often it counts. */
export interface ListedPrompt {
  /** Of each completion. */
  readonly reference: readonly number[];
  readonly reward: readonly number[];
  readonly weight: number;
}

/** Means over prompts. */
export interface FrontierPoint {
  /** Nats. */
  readonly kl: number;
  readonly reward: number;
}

/** Of the curve below: beta in standard deviations of the reward, halved every so many points. */
const [LARGEST_BETA, SMALLEST_BETA, PER_OCTAVE] = [32, 1 / 64, 16];

/**
 * The frontier over several prompts, by rising KL: the most mean reward that any policy has at a mean KL. One
 * beta for all prompts, which spends each nat where it brings most (Lagrange), from the reference to the
 * policy that takes the highest reward alone. Between two points a mixture of them has at least the reward
 * on the line, and the frontier, which is concave, less than .1 % of the gain more.
 * @param prompts at least one; references sum to 1 up to rounding
 */
export function frontierCurve(prompts: readonly ListedPrompt[]): FrontierPoint[] {
  const known = prompts.map(({ reference, reward, weight }): ListedPrompt => {
    const total = reference.reduce((a, b) => a + b, 0);
    return { reference: reference.map((p) => p / total), reward, weight };
  });
  const whole = known.reduce((sum, { weight }) => sum + weight, 0);
  const average = (of: (prompt: ListedPrompt) => number): number =>
    known.reduce((sum, prompt) => sum + prompt.weight * of(prompt), 0) / whole;
  const point = (policyOf: (prompt: ListedPrompt) => readonly number[]): FrontierPoint => {
    const each = new Map(known.map((prompt) => [prompt, policyOf(prompt)]));
    return {
      kl: average((prompt) => kl(each.get(prompt)!, prompt.reference)),
      reward: average((prompt) => expectation(each.get(prompt)!, prompt.reward)),
    };
  };
  const spread = Math.sqrt(average(variance));
  const start = point(({ reference }) => reference);
  if (spread === 0) return [start];
  const steps = Math.round(Math.log2(LARGEST_BETA / SMALLEST_BETA) * PER_OCTAVE);
  const betas = Array.from({ length: steps + 1 }, (_, i) => spread * LARGEST_BETA * 2 ** (-i / PER_OCTAVE));
  return [
    start,
    ...betas.map((beta) =>
      point(({ reference, reward }) => regularisedOptimum(reference, reward, beta).policy),
    ),
    point(highestAlone),
  ];
}

function variance({ reference, reward }: ListedPrompt): number {
  const mean = expectation(reference, reward);
  return reference.reduce((sum, p, i) => sum + p * (reward[i]! - mean) ** 2, 0);
}

/** The limit of the optimum as beta goes to 0. */
function highestAlone({ reference, reward }: ListedPrompt): number[] {
  const top = reward.reduce(
    (max, r, i) => (reference[i]! > 0 && r > max ? r : max),
    Number.NEGATIVE_INFINITY,
  );
  const kept = reference.map((p, i) => (reward[i] === top ? p : 0));
  const total = kept.reduce((a, b) => a + b, 0);
  return kept.map((p) => p / total);
}
