import { outcome } from '../../harness/metrics/win-rate.js';
import { rowsByPrompt } from './prompts.js';
import type { RunSamples } from './rows.js';

/** A run's samples of a test prompt: gold rewards by sample index. */
export type GoldByPrompt = ReadonlyMap<string, readonly number[]>;

/** Null where the run has no gold reward. Sorted once: pools by every rule ask for the same runs. */
export function goldByPrompt(samples: RunSamples): GoldByPrompt | null {
  const { gold, keys } = samples;
  if (gold === null) return null;
  let found = sorted.get(samples);
  if (found === undefined) {
    found = new Map([...rowsByPrompt(keys)].map(([prompt, rows]) => [prompt, rows.map((i) => gold[i]!)]));
    sorted.set(samples, found);
  }
  return found;
}

const sorted = new WeakMap<RunSamples, GoldByPrompt>();

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
      won += outcome(a[i]!, b[j]!);
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
