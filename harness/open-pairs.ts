import {
  type Demonstration,
  type OpenDataset,
  type Pair,
  type PairTokens,
  type Split,
  SPLITS,
} from './contracts/dataset.js';
import type { Tokenizer } from './contracts/tokenizer.js';
import { lazyList } from './lazy-list.js';
import { byteTokenizer } from './policy/tokenizers/bytes.js';
import { wholePair } from './policy/tokenizers/rows.js';
import { promptsOf, rowsOf, type SplitOptions, splitByPrompt } from './prompt-splits.js';

/** A preference pair, with an id or counted from 0. */
export type GivenPair = Omit<Pair, 'id'> & Partial<Pick<Pair, 'id'>>;

/** How given pairs are opened as a dataset. */
export interface OpenPairsOptions extends SplitOptions {
  /** Default: UTF-8 bytes. */
  readonly tokenizer?: Tokenizer;
  /** Default: what the longest prompt and the longest completion with its end token take. */
  readonly maxPromptTokens?: number;
  readonly maxCompletionTokens?: number;
  /** Pairs to test on; default: a share of the given ones. */
  readonly test?: readonly GivenPair[];
  /** What the tokens of each pair come to, where that is known; see `OpenDataset.pairTokens`. */
  readonly tokens?: readonly PairTokens[];
  readonly testTokens?: readonly PairTokens[];
  /** What the pairs are called in messages. */
  readonly where?: string;
}

/**
 * Preference pairs as an open dataset: shuffled by the seed and split into test, validation, held-out and
 * train so that no two of them share a prompt, without a gold reward. The chosen completions are its corpus.
 * A prompt's split hangs on the seed and its own text, so that more pairs move few prompts into another
 * split, and another share of one split leaves the others' prompts where they are.
 * @param seed of the pipeline
 * @throws TiltyardError for fewer than 3 pairs or prompts, or where `test` shares prompts with the pairs
 */
export function openPairs(
  given: readonly GivenPair[],
  seed: number,
  { tokenizer = byteTokenizer(), where = 'dataset', ...options }: OpenPairsOptions = {},
): OpenDataset {
  const split = splitByPrompt(given, seed, where, options);
  const pairs = (which: Split): readonly Pair[] => rowsOf(split[which]);
  const tokensOf = (which: Split): readonly PairTokens[] | undefined =>
    which === 'test' && options.test !== undefined ? options.testTokens : options.tokens;
  const { tokens } = options;
  return {
    tokenizer,
    ...boundsOf(tokenizer, SPLITS.map(pairs), options),
    endsWithEos: true,
    ...(options.allowSharedPrompts === true ? { repeatsPrompts: true } : {}),
    prompts: (which) => promptsOf(split[which]),
    pairs,
    ...(tokens === undefined || (options.test !== undefined && options.testTokens === undefined)
      ? {}
      : {
          pairTokens: (which) => {
            const { rows } = split[which];
            return lazyList(rows.length, (i) => tokensOf(which)![rows[i]!]!);
          },
        }),
    corpus: () => {
      const train = pairs('train');
      return lazyList(train.length, (i): Demonstration => {
        const { id, prompt, chosen, closed } = train[i]!;
        const row = { id, prompt, completion: chosen };
        return closed === true ? { ...row, closed } : row;
      });
    },
  };
}

/** Bounds as given, or what the longest prompt and completion take. */
function boundsOf(
  tokenizer: Tokenizer,
  splits: readonly (readonly Pair[])[],
  { maxPromptTokens, maxCompletionTokens }: OpenPairsOptions,
): Pick<OpenDataset, 'maxPromptTokens' | 'maxCompletionTokens'> {
  if (maxPromptTokens !== undefined && maxCompletionTokens !== undefined)
    return { maxPromptTokens, maxCompletionTokens };
  let [prompts, completions] = [0, 0];
  for (const pairs of splits) {
    for (const pair of pairs) {
      const { prompt, chosen, rejected } = wholePair(
        tokenizer,
        pair,
        { endsWithEos: true },
        'dataset: a prompt',
      );
      prompts = Math.max(prompts, prompt.length);
      completions = Math.max(completions, chosen.ids.length, rejected.ids.length);
    }
  }
  return {
    maxPromptTokens: maxPromptTokens ?? prompts,
    maxCompletionTokens: maxCompletionTokens ?? completions,
  };
}
