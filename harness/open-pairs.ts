import { createHash } from 'node:crypto';
import type { Demonstration, OpenDataset, Pair, PairTokens, Prompt, Split } from './contracts/dataset.js';
import type { Tokenizer } from './contracts/tokenizer.js';
import { TiltyardError } from './errors.js';
import { lazyList } from './lazy-list.js';
import { byteTokenizer } from './policy/tokenizers/bytes.js';
import { wholePair } from './policy/tokenizers/rows.js';
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
  /** What the tokens of each pair come to, where that is known; see `OpenDataset.pairTokens`. */
  readonly tokens?: readonly PairTokens[];
  readonly testTokens?: readonly PairTokens[];
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
  const split = splitByPrompt(given, seed, where, options);
  const pairs = (which: Split): readonly Pair[] => {
    const { of, rows } = split[which];
    return lazyList(rows.length, (i) => named(of[rows[i]!]!, rows[i]!));
  };
  const tokensOf = (which: Split): readonly PairTokens[] | undefined =>
    which === 'test' && options.test !== undefined ? options.testTokens : options.tokens;
  const { tokens } = options;
  return {
    tokenizer,
    ...boundsOf(tokenizer, SPLITS.map(pairs), options),
    endsWithEos: true,
    prompts: (which) => {
      const { of, firsts } = split[which];
      return lazyList(firsts.length, (i): Prompt => {
        const { id, prompt } = named(of[firsts[i]!]!, firsts[i]!);
        return { id, prompt };
      });
    },
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

/** What makes two prompts one: Unicode's composed form, white space collapsed, none at the ends. */
export function normalisedPrompt(prompt: string): string {
  const composed = prompt.normalize('NFC').trim();
  // Most are as they should be, and are not worth a copy of their text.
  return /\s\s|[^\S ]/.test(composed) ? composed.replace(/\s+/g, ' ') : composed;
}

/** Prompts of some pairs that others have too, each once, as the first pair has it. */
export function sharedPrompts(some: readonly GivenPair[], others: readonly GivenPair[]): readonly string[] {
  const first = new Map<string, string>();
  for (const { prompt } of some) {
    const key = normalisedPrompt(prompt);
    if (!first.has(key)) first.set(key, prompt);
  }
  const shared = new Set<string>();
  for (const { prompt } of others) {
    const key = normalisedPrompt(prompt);
    if (first.has(key)) shared.add(key);
  }
  return [...first].flatMap(([key, prompt]) => (shared.has(key) ? [prompt] : []));
}

const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

/** A split as places in a list of pairs: its own, and the first of each of its prompts. */
interface Part {
  readonly of: readonly GivenPair[];
  readonly rows: Uint32Array;
  readonly firsts: Uint32Array;
}

/** Every prompt falls into one split. */
function splitByPrompt(
  given: readonly GivenPair[],
  seed: number,
  where: string,
  { test, testShare = 0.1, validationShare = 0.05, allowSharedPrompts = false }: OpenPairsOptions,
): Readonly<Record<Split, Part>> {
  // The label stands since pairs came from .jsonl files alone; another would order the same data in another
  // way.
  const order = Rng.fromSeed(seed).split('jsonl').permutation(given.length);
  const { group, groups, first } = promptGroups(given, order, seed);
  const [needed, what] = test === undefined ? [3, 'train, validation and test'] : [2, 'train and validation'];
  if (groups < needed) {
    const has = `${where} has ${given.length} usable rows with ${groups} different prompts`;
    const why = `at least ${needed} are needed for ${what}, which share none`;
    throw new TiltyardError('too-few-rows', `${has}; ${why}`);
  }
  if (test !== undefined && !allowSharedPrompts) refuseShared(test, given, where);
  const toTest = test === undefined ? share(groups, testShare) : 0;
  const toValidate = toTest + share(groups - toTest, validationShare);
  const part = (from: number, to: number): Part => {
    const inside = (_: number, i: number): boolean => group[i]! >= from && group[i]! < to;
    const isFirst = (row: number, i: number): boolean => inside(row, i) && first[i] === 1;
    return { of: given, rows: order.filter(inside), firsts: order.filter(isFirst) };
  };
  return {
    test: test === undefined ? part(0, toTest) : wholly(test, seed),
    validation: part(toTest, toValidate),
    train: part(toValidate, groups),
  };
}

/** Pairs in their order. */
function wholly(pairs: readonly GivenPair[], seed: number): Part {
  const rows = Uint32Array.from({ length: pairs.length }, (_, i) => i);
  const { first } = promptGroups(pairs, rows, seed);
  return { of: pairs, rows, firsts: rows.filter((_, i) => first[i] === 1) };
}

/**
 * Pairs in an order, grouped by their prompts. Groups are numbered by a hash of seed and prompt, so that no
 * text need be held.
 * @returns of each place in the order: its group, and whether it is the first whose prompt is spelled so
 */
function promptGroups(
  pairs: readonly GivenPair[],
  order: Uint32Array,
  seed: number,
): { readonly group: Uint32Array; readonly groups: number; readonly first: Uint8Array } {
  const { length } = order;
  const [key, more] = [new Float64Array(length), new Float64Array(length)];
  const promptAt = (place: number): string => pairs[order[place]!]!.prompt;
  for (let i = 0; i < length; i++) {
    const digest = createHash('sha256')
      .update(`${seed}\0${normalisedPrompt(promptAt(i))}`)
      .digest();
    key[i] = digest.readUIntBE(0, 6);
    more[i] = digest.readUIntBE(6, 6);
  }
  const same = (a: number, b: number): boolean => key[a] === key[b] && more[a] === more[b];
  const sorted = Uint32Array.from(order, (_, i) => i).sort((a, b) => {
    if (same(a, b)) return a - b;
    return key[a]! - key[b]! || (normalisedPrompt(promptAt(a)) < normalisedPrompt(promptAt(b)) ? -1 : 1);
  });
  const [group, first] = [new Uint32Array(length), new Uint8Array(length)];
  let groups = 0;
  for (let start = 0; start < length; ) {
    let end = start + 1;
    while (end < length && same(sorted[start]!, sorted[end]!)) end++;
    const spellings = new Set<string>();
    for (const place of sorted.subarray(start, end)) {
      group[place] = groups;
      const before = spellings.size;
      if (end - start > 1) spellings.add(promptAt(place));
      first[place] = end - start === 1 || spellings.size > before ? 1 : 0;
    }
    groups++;
    start = end;
  }
  return { group, groups, first };
}

function refuseShared(test: readonly GivenPair[], pairs: readonly GivenPair[], where: string): void {
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

const named = (pair: GivenPair, index: number): Pair => ({ id: String(index), ...pair });

const share = (count: number, fraction: number): number => Math.max(1, Math.round(count * fraction));
