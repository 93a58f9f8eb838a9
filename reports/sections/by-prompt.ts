import type { RunSamples } from './rows.js';

/** A run's samples of a test prompt: gold rewards by sample index. */
export type GoldByPrompt = ReadonlyMap<string, readonly number[]>;

const known = new WeakMap<RunSamples, GoldByPrompt>();

/** Null where the run has no gold reward. */
export function goldByPrompt(samples: RunSamples): GoldByPrompt | null {
  const { gold, keys } = samples;
  if (gold === null) return null;
  const found = known.get(samples);
  if (found !== undefined) return found;
  const out = new Map<string, number[]>();
  keys.forEach((key, i) => {
    const prompt = key.slice(0, key.lastIndexOf('#'));
    const own = out.get(prompt);
    if (own === undefined) out.set(prompt, [gold[i]!]);
    else own.push(gold[i]!);
  });
  known.set(samples, out);
  return out;
}

/**
 * Share of the pairs of samples (i of a, j of b, i ≠ j) in which a's has the higher reward, ties half.
 * Samples with one index share their decoding stream, which would bias the rate; where there is one sample
 * a side, nothing else is left.
 */
export function crossWins(a: readonly number[], b: readonly number[]): number {
  const single = a.length === 1 || b.length === 1;
  let [won, pairs] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      if (i === j && !single) continue;
      won += a[i]! > b[j]! ? 1 : a[i] === b[j] ? 0.5 : 0;
      pairs++;
    }
  }
  return won / pairs;
}

/** `crossWins` at every prompt that both have; null where either has no gold reward. */
export function winsOver(a: RunSamples, b: RunSamples): Float64Array | null {
  const [mine, theirs] = [goldByPrompt(a), goldByPrompt(b)];
  if (mine === null || theirs === null) return null;
  const shared = [...mine].filter(([prompt]) => theirs.has(prompt));
  return Float64Array.from(shared, ([prompt, own]) => crossWins(own, theirs.get(prompt)!));
}
