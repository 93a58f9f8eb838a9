import { type OpenDataset, type Split, SPLITS } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import { normalisedPrompt } from '../prompt-splits.js';

/**
 * Holds the splits of a dataset apart, or it would be measured, or its configurations chosen, on what was
 * trained on. White space and Unicode's several spellings make no other prompt.
 * @param where for messages
 * @returns how many prompts are in more than one split, which only `repeatsPrompts` allows
 * @throws TiltyardError for a split that it does not have, and for prompts that are in two
 */
export function checkSplits(dataset: OpenDataset, where: string): number {
  const splitOf = new Map<string, Split>();
  const shared = new Set<string>();
  for (const split of SPLITS) {
    const before = shared.size;
    let first: { readonly prompt: string; readonly other: Split } | undefined;
    for (const { prompt } of promptsOf(dataset, split, where)) {
      const key = normalisedPrompt(prompt);
      const other = splitOf.get(key);
      if (other === undefined) splitOf.set(key, split);
      if (other === undefined || other === split) continue;
      shared.add(key);
      first ??= { prompt, other };
    }
    if (first !== undefined && dataset.repeatsPrompts !== true) {
      throw sharedPrompts(where, split, shared.size - before, first);
    }
  }
  return shared.size;
}

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
