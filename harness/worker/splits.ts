import { type OpenDataset, type Split, SPLITS } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import { KeySet, keyOf } from '../keys.js';
import { normalisedPrompt } from '../prompt-splits.js';

/**
 * Holds the splits of a dataset apart, or it would be measured, or its configurations chosen, on what was
 * trained on. White space and Unicode's several spellings make no other prompt.
 * @param where for messages
 * @returns how many prompts are in more than one split, which only `repeatsPrompts` allows
 * @throws TiltyardError for a split that it does not have, and for prompts that are in two
 */
export function checkSplits(dataset: OpenDataset, where: string): number {
  const seen = new Map<Split, KeySet>();
  const shared = new KeySet();
  for (const split of SPLITS) {
    const own = new KeySet();
    const before = shared.size;
    let first: { readonly prompt: string; readonly other: Split } | undefined;
    for (const { prompt } of promptsOf(dataset, split, where)) {
      const key = keyOf(normalisedPrompt(prompt));
      own.add(key);
      const other = [...seen].find(([, keys]) => keys.has(key))?.[0];
      if (other === undefined) continue;
      const isSaid = first !== undefined || dataset.repeatsPrompts === true;
      if (!isSaid && !has(promptsOf(dataset, other, where), prompt)) continue;
      shared.add(key);
      first ??= { prompt, other };
    }
    seen.set(split, own);
    if (first !== undefined && dataset.repeatsPrompts !== true) {
      throw sharedPrompts(where, split, shared.size - before, first);
    }
  }
  return shared.size;
}

/** Whether a prompt is among some, spelled in any way: two prompts may, though hardly ever, have one key. */
const has = (prompts: ReturnType<OpenDataset['prompts']>, prompt: string): boolean => {
  const normalised = normalisedPrompt(prompt);
  return prompts.some((other) => normalisedPrompt(other.prompt) === normalised);
};

function promptsOf(dataset: OpenDataset, split: Split, where: string): ReturnType<OpenDataset['prompts']> {
  const prompts = dataset.prompts(split) as ReturnType<OpenDataset['prompts']> | undefined;
  if (Array.isArray(prompts)) return prompts;
  const remedy = `let prompts('${split}') give prompts of its own, or an empty list`;
  throw new TiltyardError('no-split', `${where} has no split '${split}'; ${remedy}`);
}

function sharedPrompts(
  where: string,
  split: Split,
  count: number,
  { prompt, other }: { readonly prompt: string; readonly other: Split },
): TiltyardError {
  const example = JSON.stringify(prompt.length > 60 ? `${prompt.slice(0, 60)}...` : prompt);
  const are = count === 1 ? 'prompt is' : 'prompts are';
  const what = `${count} ${split} ${are} in another split, the first in ${other}: ${example}`;
  const remedy = 'give each split prompts of its own, or let the dataset say repeatsPrompts: true';
  return new TiltyardError('shared-prompts', `${where}: ${what}; ${remedy}`);
}
