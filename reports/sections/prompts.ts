import { mean } from '../../harness/stats/moments.js';

/** What names a sample of a run: its prompt and its index among the samples of that prompt. */
export const sampleKey = (promptId: string, sample: number): string => `${promptId}#${sample}`;

const known = new WeakMap<readonly string[], ReadonlyMap<string, readonly number[]>>();

/** Prompt -> the places of its samples, in the order in which prompts first come. @param keys of samples */
export function rowsByPrompt(keys: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const found = known.get(keys);
  if (found !== undefined) return found;
  const out = new Map<string, number[]>();
  keys.forEach((key, i) => {
    const prompt = key.slice(0, key.lastIndexOf('#'));
    const rows = out.get(prompt);
    if (rows === undefined) out.set(prompt, [i]);
    else rows.push(i);
  });
  known.set(keys, out);
  return out;
}

/** Values of samples, the mean of those of each prompt: they are not independent of each other. */
export const perPrompt = (values: ArrayLike<number>, keys: readonly string[]): Float64Array =>
  Float64Array.from(rowsByPrompt(keys).values(), (rows) => mean(rows.map((i) => values[i]!)));
