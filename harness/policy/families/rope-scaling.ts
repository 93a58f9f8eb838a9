import { defaultRotation, periods, type Rotation } from './rotary.js';

/** What Llama 3.1 stretches its context by. */
export interface Llama3Scaling {
  readonly factor: number;
  /** Turns within the original context below which a pair is slowed in full, and above which not at all. */
  readonly low: number;
  readonly high: number;
  /** Tokens before stretching. */
  readonly context: number;
}

/**
 * Llama 3.1 (Grattafiori et al. 2024, arXiv:2407.21783, section 3.2): pairs that turn fewer than `low` times
 * within the original context are slowed by `factor`, those that turn more than `high` times stay, with a
 * line between.
 */
export function llama3Rotation(
  theta: number,
  rotated: number,
  { factor, low, high, context }: Llama3Scaling,
): Rotation {
  const { frequencies } = defaultRotation(theta, rotated);
  const scaled = frequencies.map((frequency) => {
    const turns = context / ((2 * Math.PI) / frequency);
    if (turns > high) return frequency;
    if (turns < low) return frequency / factor;
    const smooth = (turns - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
  return { frequencies: scaled, scaling: 1 };
}

/** YaRN's numbers, by transformers' names where the paper has none. */
export interface YarnScaling {
  /** s */
  readonly factor: number;
  /** L */
  readonly context: number;
  readonly attentionFactor: number | null;
  /** beta and alpha: turns within L above which a pair stays, and below which it is slowed in full. */
  readonly fast: number;
  readonly slow: number;
  readonly mscale: number | null;
  readonly mscaleAllDim: number | null;
  /** Whether the ramp's ends are whole numbers. */
  readonly truncate: boolean;
}

/**
 * YaRN (Peng et al. 2023, arXiv:2309.00071, eqs. 17-23 by its released code): a ramp over pairs between those
 * that stay and those that are slowed by s; cos and sin are multiplied by .1 ln s + 1.
 */
export function yarnRotation(theta: number, rotated: number, scaling: YarnScaling): Rotation {
  const { factor, context, fast, slow, truncate } = scaling;
  /** The pair, as a fraction, that turns so often within the original context. */
  const pairAt = (turns: number): number =>
    (rotated * Math.log(context / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [from, to] = [pairAt(fast), pairAt(slow)];
  const low = Math.max(truncate ? Math.floor(from) : from, 0);
  let high = Math.min(truncate ? Math.ceil(to) : to, rotated - 1);
  if (low === high) high += 0.001;
  const frequencies = periods(theta, rotated).map((period, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / (high - low)));
    return ramp / (factor * period) + (1 - ramp) / period;
  });
  return { frequencies, scaling: attentionFactor(scaling) };
}

function attentionFactor({ factor, attentionFactor, mscale, mscaleAllDim }: YarnScaling): number {
  if (attentionFactor !== null) return attentionFactor;
  const of = (scale: number): number => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  return mscale && mscaleAllDim ? of(mscale) / of(mscaleAllDim) : of(1);
}
