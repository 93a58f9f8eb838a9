import { TiltyardError } from '../errors.js';
import type { Prompt } from '../contracts/dataset.js';
import type { Rng } from '../rng.js';

/** How a gold reward becomes preference labels (Bradley-Terry with temperature and noise). */
export interface LabelParams {
  /** 0: the better completion always wins; t > 0: P(a wins) = sigma((r_a - r_b) / t). */
  readonly temperature: number;
  /** Probability that a label is flipped afterwards, in [0, 0.5). */
  readonly noise: number;
  /** Labels drawn per pair; the majority decides, a tied vote is one fair coin. */
  readonly labelsPerPair: number;
}

/** Labels one pair of completions. Returns null where the two are equal or cannot be told apart. */
export type Labeller = (
  prompt: Prompt,
  a: string,
  b: string,
  rng: Rng,
) => { chosen: string; rejected: string } | null;

/**
 * Preference labels from a gold reward, standing in for people: Bradley-Terry, P(a beats b) = sigma((r_a -
 * r_b) / t) (Bradley & Terry 1952); t = 0 is deterministic. `labelsPerPair` labels are drawn, each flipped
 * with probability `noise`, and the majority decides; a tied vote is one fair coin. Equal texts, and equal
 * rewards at t = 0, carry no preference: null.
 */
export function makeLabeller(
  gold: (prompt: string, completion: string) => number,
  params: LabelParams,
): Labeller {
  const { temperature, noise, labelsPerPair } = params;
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    const message = `labels: temperature must be a finite number >= 0, got ${temperature}`;
    throw new TiltyardError('label-temperature', message);
  }
  if (!(noise >= 0 && noise < 0.5)) {
    const message = `labels: noise must be in [0, 0.5), got ${noise}; at 0.5 labels carry no information`;
    throw new TiltyardError('label-noise', message);
  }
  if (!Number.isInteger(labelsPerPair) || labelsPerPair < 1) {
    const message = `labels: labelsPerPair must be a positive integer, got ${labelsPerPair}`;
    throw new TiltyardError('labels-per-pair', message);
  }
  return ({ prompt }, a, b, rng) => {
    if (a === b) return null;
    const difference = gold(prompt, a) - gold(prompt, b);
    if (temperature === 0 && difference === 0) return null;
    const certain = difference > 0 ? 1 : 0;
    const p = temperature === 0 ? certain : 1 / (1 + Math.exp(-difference / temperature));
    let votes = 0;
    for (let i = 0; i < labelsPerPair; i++) votes += rng.bernoulli(p) !== rng.bernoulli(noise) ? 1 : -1;
    const first = votes === 0 ? rng.bernoulli(0.5) : votes > 0;
    return first ? { chosen: a, rejected: b } : { chosen: b, rejected: a };
  };
}
