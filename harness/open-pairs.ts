import type { Demonstration, OpenDataset, Pair, Prompt, Split } from './contracts/dataset.js';
import type { Tokenizer } from './contracts/tokenizer.js';
import { TiltyardError } from './errors.js';
import { byteTokenizer } from './policy/tokenizers/bytes.js';
import { Rng } from './rng.js';

/** A preference pair, with an id or counted from 0. */
export type GivenPair = Omit<Pair, 'id'> & Partial<Pick<Pair, 'id'>>;

/** How given pairs are opened as a dataset. */
export interface OpenPairsOptions {
  /** Default: UTF-8 bytes. */
  readonly tokenizer?: Tokenizer;
  /** Default: what the longest prompt and the longest completion with its end token take. */
  readonly maxPromptTokens?: number;
  readonly maxCompletionTokens?: number;
  /** Pairs to test on; default: a share of the given ones. */
  readonly test?: readonly GivenPair[];
  /** Share of the pairs to test on where `test` is not given; default .1, at least one pair. */
  readonly testShare?: number;
  /** Share of the rest whose prompts are evaluated on during training; default .05, at least one pair. */
  readonly validationShare?: number;
  /** What the pairs are called in messages. */
  readonly where?: string;
}

/**
 * Preference pairs as an open dataset: shuffled by the seed and split into test, validation and train,
 * without a gold reward. The chosen completions are its corpus.
 * @param seed of the pipeline
 * @throws TiltyardError for fewer than 3 pairs
 */
export function openPairs(
  given: readonly GivenPair[],
  seed: number,
  {
    tokenizer = byteTokenizer(),
    testShare = 0.1,
    validationShare = 0.05,
    where = 'dataset',
    ...options
  }: OpenPairsOptions = {},
): OpenDataset {
  if (given.length < 3) {
    const why = 'at least 3 are needed for train, validation and test';
    throw new TiltyardError('too-few-rows', `${where} has ${given.length} usable rows; ${why}`);
  }
  // The label stands since pairs came from .jsonl files alone; another would split the same data in another
  // way.
  const shuffled = Rng.fromSeed(seed).split('jsonl').shuffle(named(given));
  const test =
    options.test === undefined ? shuffled.slice(0, share(shuffled, testShare)) : named(options.test);
  const rest = options.test === undefined ? shuffled.slice(test.length) : shuffled;
  const validation = rest.slice(0, share(rest, validationShare));
  const split: Readonly<Record<Split, readonly Pair[]>> = {
    test,
    validation,
    train: rest.slice(validation.length),
  };
  const longest = (texts: readonly string[]): number =>
    texts.reduce((most, text) => Math.max(most, tokenizer.encode(text).length), 0);
  const all = [...test, ...rest];
  return {
    tokenizer,
    maxPromptTokens: options.maxPromptTokens ?? longest(all.map((pair) => pair.prompt)),
    maxCompletionTokens:
      options.maxCompletionTokens ?? longest(all.flatMap(({ chosen, rejected }) => [chosen, rejected])) + 1,
    endsWithEos: true,
    prompts: (which) => distinct(split[which]),
    pairs: (which) => split[which],
    corpus: () =>
      split.train.map(({ id, prompt, chosen }): Demonstration => ({ id, prompt, completion: chosen })),
  };
}

const named = (pairs: readonly GivenPair[]): Pair[] => pairs.map((pair, i) => ({ id: String(i), ...pair }));

const share = (rows: readonly Pair[], fraction: number): number =>
  Math.max(1, Math.round(rows.length * fraction));

/** Several pairs may have a prompt in common; it is one prompt. */
function distinct(pairs: readonly Pair[]): Prompt[] {
  const seen = new Map<string, Prompt>();
  for (const { id, prompt } of pairs) if (!seen.has(prompt)) seen.set(prompt, { id, prompt });
  return [...seen.values()];
}
