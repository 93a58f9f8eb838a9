import {
  type Demonstration,
  type Judgement,
  type OpenDataset,
  SPLITS,
  type Split,
} from './contracts/dataset.js';
import type { Tokenizer } from './contracts/tokenizer.js';
import { lazyList } from './lazy-list.js';
import { byteTokenizer } from './policy/tokenizers/bytes.js';
import { encodeRow } from './policy/tokenizers/rows.js';
import { named, promptsOf, rowsOf, type SplitOptions, splitByPrompt } from './prompt-splits.js';

/** A judged completion, with an id or counted from 0. */
export type GivenJudgement = Omit<Judgement, 'id'> & Partial<Pick<Judgement, 'id'>>;

/** How judged completions are opened as a dataset. */
export interface OpenUnpairedOptions extends SplitOptions {
  /** Default: UTF-8 bytes. */
  readonly tokenizer?: Tokenizer;
  /** Default: what the longest prompt and the longest completion with its end token take. */
  readonly maxPromptTokens?: number;
  readonly maxCompletionTokens?: number;
  /** Rows to test on; default: a share of the given ones. */
  readonly test?: readonly GivenJudgement[];
  /** What the rows are called in messages. */
  readonly where?: string;
}

/**
 * Completions that are judged one by one as an open dataset, split by prompt as `openPairs` splits pairs,
 * without a gold reward. Those labelled true are its corpus.
 * @param seed of the pipeline
 * @throws TiltyardError for fewer than 3 rows or prompts, or where `test` shares prompts with the rows
 */
export function openUnpaired(
  given: readonly GivenJudgement[],
  seed: number,
  { tokenizer = byteTokenizer(), where = 'dataset', ...options }: OpenUnpairedOptions = {},
): OpenDataset {
  const split = splitByPrompt(given, seed, where, options);
  const unpaired = (which: Split): readonly Judgement[] => rowsOf(split[which]);
  return {
    tokenizer,
    ...boundsOf(tokenizer, SPLITS.map(unpaired), options),
    endsWithEos: true,
    ...(options.allowSharedPrompts === true ? { repeatsPrompts: true } : {}),
    prompts: (which) => promptsOf(split[which]),
    unpaired,
    corpus: () => {
      const { of, rows } = split.train;
      const good = rows.filter((row) => of[row]!.label);
      return lazyList(good.length, (i): Demonstration => {
        const { label: _, ...row } = named(of, good[i]!);
        return row;
      });
    },
  };
}

/** Bounds as given, or what the longest prompt and completion take. */
function boundsOf(
  tokenizer: Tokenizer,
  splits: readonly (readonly Judgement[])[],
  { maxPromptTokens, maxCompletionTokens }: OpenUnpairedOptions,
): Pick<OpenDataset, 'maxPromptTokens' | 'maxCompletionTokens'> {
  if (maxPromptTokens !== undefined && maxCompletionTokens !== undefined)
    return { maxPromptTokens, maxCompletionTokens };
  const most = Number.POSITIVE_INFINITY;
  const unbounded = { maxPromptTokens: most, maxCompletionTokens: most, endsWithEos: true };
  let [prompts, completions] = [0, 0];
  for (const row of splits.flat()) {
    const { prompt, completion } = encodeRow(tokenizer, row, unbounded);
    prompts = Math.max(prompts, prompt.length);
    completions = Math.max(completions, completion.length);
  }
  return {
    maxPromptTokens: maxPromptTokens ?? prompts,
    maxCompletionTokens: maxCompletionTokens ?? completions,
  };
}
