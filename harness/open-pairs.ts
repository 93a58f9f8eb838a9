import { createHash } from 'node:crypto';
import type { Demonstration, OpenDataset, Pair, Prompt, Split } from './contracts/dataset.js';
import type { Tokenizer } from './contracts/tokenizer.js';
import { TiltyardError } from './errors.js';
import { byteTokenizer } from './policy/tokenizers/bytes.js';
import { encodeRow } from './policy/tokenizers/rows.js';
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
  /** Share of the prompts to test on where `test` is not given; default .1, at least one prompt. */
  readonly testShare?: number;
  /** Share of the other prompts that are evaluated on during training; default .05, at least one prompt. */
  readonly validationShare?: number;
  /** Keep prompts that `test` shares with the pairs instead of refusing them. */
  readonly allowSharedPrompts?: boolean;
  /** What the pairs are called in messages. */
  readonly where?: string;
}

/**
 * Preference pairs as an open dataset: shuffled by the seed and split into test, validation and train so that
 * no two of them share a prompt, without a gold reward. The chosen completions are its corpus. A prompt's
 * split hangs on the seed and its own text, so that more pairs move few prompts into another split.
 * @param seed of the pipeline
 * @throws TiltyardError for fewer than 3 pairs or prompts, or where `test` shares prompts with the pairs
 */
export function openPairs(
  given: readonly GivenPair[],
  seed: number,
  { tokenizer = byteTokenizer(), where = 'dataset', ...options }: OpenPairsOptions = {},
): OpenDataset {
  // The label stands since pairs came from .jsonl files alone; another would order the same data in another
  // way.
  const shuffled = Rng.fromSeed(seed).split('jsonl').shuffle(named(given));
  const split = splitByPrompt(shuffled, seed, where, options);
  const all = Object.values(split).flat();
  const unbounded = {
    maxPromptTokens: Number.POSITIVE_INFINITY,
    maxCompletionTokens: Number.POSITIVE_INFINITY,
    endsWithEos: true,
  };
  const longest = (sides: readonly { prompt: string; completion: string; closed: boolean }[]): number =>
    sides.reduce((most, side) => Math.max(most, encodeRow(tokenizer, side, unbounded).completion.length), 0);
  const sides = ({ prompt, chosen, rejected, closed = false }: Pair) =>
    [chosen, rejected].map((completion) => ({ prompt, completion, closed }));
  return {
    tokenizer,
    maxPromptTokens:
      options.maxPromptTokens ??
      all.reduce((most, p) => Math.max(most, tokenizer.encode(p.prompt).length), 0),
    maxCompletionTokens: options.maxCompletionTokens ?? longest(all.flatMap(sides)),
    endsWithEos: true,
    prompts: (which) => distinct(split[which]),
    pairs: (which) => split[which],
    corpus: () =>
      split.train.map(({ id, prompt, chosen, closed }): Demonstration => {
        const row = { id, prompt, completion: chosen };
        return closed === true ? { ...row, closed } : row;
      }),
  };
}

/** What makes two prompts one: Unicode's composed form, white space collapsed, none at the ends. */
export function normalisedPrompt(prompt: string): string {
  const composed = prompt.normalize('NFC').trim();
  // Most are as they should be, and are not worth a copy of their text.
  return /\s\s|[^\S ]/.test(composed) ? composed.replace(/\s+/g, ' ') : composed;
}

/** Prompts of some pairs that others have too, each once, as the first pair has it. */
export function sharedPrompts(some: readonly GivenPair[], others: readonly GivenPair[]): readonly string[] {
  const known = new Set(others.map(({ prompt }) => normalisedPrompt(prompt)));
  const shared = new Map<string, string>();
  for (const { prompt } of some) {
    const key = normalisedPrompt(prompt);
    if (known.has(key) && !shared.has(key)) shared.set(key, prompt);
  }
  return [...shared.values()];
}

/** Every prompt falls into one split. @param pairs in the order in which each split keeps them */
function splitByPrompt(
  pairs: readonly Pair[],
  seed: number,
  where: string,
  { test, testShare = 0.1, validationShare = 0.05, allowSharedPrompts = false }: OpenPairsOptions,
): Readonly<Record<Split, readonly Pair[]>> {
  const prompts = inSeededOrder(new Set(pairs.map(({ prompt }) => normalisedPrompt(prompt))), seed);
  const [needed, what] = test === undefined ? [3, 'train, validation and test'] : [2, 'train and validation'];
  if (prompts.length < needed) {
    const has = `${where} has ${pairs.length} usable rows with ${prompts.length} different prompts`;
    const why = `at least ${needed} are needed for ${what}, which share none`;
    throw new TiltyardError('too-few-rows', `${has}; ${why}`);
  }
  if (test !== undefined && !allowSharedPrompts) refuseShared(test, pairs, where);
  const toTest = test === undefined ? share(prompts.length, testShare) : 0;
  const toValidate = share(prompts.length - toTest, validationShare);
  const splitOf = new Map<string, Split>();
  for (const prompt of prompts.slice(0, toTest)) splitOf.set(prompt, 'test');
  for (const prompt of prompts.slice(toTest, toTest + toValidate)) splitOf.set(prompt, 'validation');
  const split: Record<Split, Pair[]> = { test: [], validation: [], train: [] };
  for (const pair of pairs) split[splitOf.get(normalisedPrompt(pair.prompt)) ?? 'train'].push(pair);
  return test === undefined ? split : { ...split, test: named(test) };
}

/** Prompts by a hash of seed and text. */
function inSeededOrder(prompts: ReadonlySet<string>, seed: number): string[] {
  const keyed = [...prompts].map((prompt) => {
    const digest = createHash('sha256').update(`${seed}\0${prompt}`).digest();
    return { prompt, key: digest.readUIntBE(0, 6) };
  });
  return keyed.sort((a, b) => a.key - b.key || (a.prompt < b.prompt ? -1 : 1)).map(({ prompt }) => prompt);
}

function refuseShared(test: readonly GivenPair[], pairs: readonly Pair[], where: string): void {
  const shared = sharedPrompts(test, pairs);
  if (shared.length === 0) return;
  const of = new Set(test.map(({ prompt }) => normalisedPrompt(prompt))).size;
  const example = JSON.stringify(shared[0]!.length > 60 ? `${shared[0]!.slice(0, 60)}...` : shared[0]!);
  throw new TiltyardError(
    'shared-prompts',
    `${where}: ${shared.length} of ${of} test prompts are training prompts too, the first is ${example}; ` +
      'remove them from either, or set allowSharedPrompts: true',
  );
}

const named = (pairs: readonly GivenPair[]): Pair[] => pairs.map((pair, i) => ({ id: String(i), ...pair }));

const share = (count: number, fraction: number): number => Math.max(1, Math.round(count * fraction));

/** Several pairs may have a prompt in common; it is one prompt. */
function distinct(pairs: readonly Pair[]): Prompt[] {
  const seen = new Map<string, Prompt>();
  for (const { id, prompt } of pairs) if (!seen.has(prompt)) seen.set(prompt, { id, prompt });
  return [...seen.values()];
}
