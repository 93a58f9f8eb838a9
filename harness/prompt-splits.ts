import { createHash } from 'node:crypto';
import type { Prompt, Split } from './contracts/dataset.js';
import { TiltyardError } from './errors.js';
import { lazyList } from './lazy-list.js';
import { Rng } from './rng.js';

/** Whatever is split: its prompt decides. */
interface Row {
  readonly prompt: string;
}

/** How rows are split by their prompts. */
export interface SplitOptions {
  /** Share of the prompts to test on where `test` is not given; default .1, at least one prompt. */
  readonly testShare?: number;
  /** Share of the other prompts that are evaluated on during training; default .05, at least one prompt. */
  readonly validationShare?: number;
  /**
   * Share of the prompts left whose pairs no algorithm sees, for judges, choosers and figures of rewards;
   * default .1, at least one prompt where one is left to train on.
   */
  readonly heldoutShare?: number;
  /** Keep prompts that `test` shares with the pairs instead of refusing them. */
  readonly allowSharedPrompts?: boolean;
}

/** What makes two prompts one: Unicode's composed form, white space collapsed, none at the ends. */
export function normalisedPrompt(prompt: string): string {
  const composed = prompt.normalize('NFC').trim();
  // Most are as they should be, and are not worth a copy of their text.
  return /\s\s|[^\S ]/.test(composed) ? composed.replace(/\s+/g, ' ') : composed;
}

/** Prompts of some pairs that others have too, each once, as the first pair has it. */
export function sharedPrompts(some: readonly Row[], others: readonly Row[]): readonly string[] {
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

/** A split as places in a list of rows: its own, and the first of each of its prompts. */
export interface Part<R extends Row = Row> {
  readonly of: readonly R[];
  readonly rows: Uint32Array;
  readonly firsts: Uint32Array;
}

/**
 * The rows of a split, made when they are looked at; those without an id of their own are named by their
 * place.
 */
export const rowsOf = <R extends Row>({ of, rows }: Part<R>): readonly (R & Prompt)[] =>
  lazyList(rows.length, (i) => named(of, rows[i]!));

/** The prompts of a split, each as its first row has it. */
export const promptsOf = ({ of, firsts }: Part): readonly Prompt[] =>
  lazyList(firsts.length, (i) => {
    const { id, prompt } = named(of, firsts[i]!);
    return { id, prompt };
  });

/** A row with an id: its own, else its place. */
export const named = <R extends Row>(of: readonly R[], place: number): R & Prompt => ({
  id: String(place),
  ...of[place]!,
});

/**
 * Every prompt falls into one split.
 * @param where for messages
 * @throws TiltyardError for too few prompts, or where `test` shares some with the rows
 */
export function splitByPrompt<R extends Row>(
  given: readonly R[],
  seed: number,
  where: string,
  {
    test,
    testShare = 0.1,
    validationShare = 0.05,
    heldoutShare = 0.1,
    allowSharedPrompts = false,
  }: SplitOptions & { readonly test?: readonly R[] },
): Readonly<Record<Split, Part<R>>> {
  // The label stands since pairs came from .jsonl files alone; another would order the same data in another
  // way.
  const order = Rng.fromSeed(seed).split('jsonl').permutation(given.length);
  const { group, at, first } = promptGroups(given, order, seed);
  const groups = at.length;
  const [needed, what] = test === undefined ? [3, 'train, validation and test'] : [2, 'train and validation'];
  if (groups < needed) {
    const rows = given.length === 1 ? 'one usable row' : `${given.length} usable rows`;
    const has = `${where} has ${rows} with ${groups === 1 ? 'one prompt' : `${groups} different prompts`}`;
    const why = `at least ${needed} are needed for ${what}, which share none`;
    throw new TiltyardError('too-few-rows', `${has}; ${why}`);
  }
  if (test !== undefined && !allowSharedPrompts) refuseShared(test, given, where);
  const toTest = test === undefined ? share(groups, testShare) : 0;
  const toValidate = share(groups - toTest, validationShare);
  const left = groups - toTest - toValidate;
  const toHoldOut = heldoutShare === 0 ? 0 : Math.min(share(left, heldoutShare), Math.max(0, left - 1));
  const splitOf = new Array<Split>(groups).fill('train');
  // From places far apart, so that a split of another size leaves the others as they are.
  take(splitOf, at, 'test', toTest, 0);
  take(splitOf, at, 'validation', toValidate, 0.5);
  take(splitOf, at, 'heldout', toHoldOut, 1);
  const part = (which: Split): Part<R> => {
    const inside = (_: number, i: number): boolean => splitOf[group[i]!] === which;
    const isFirst = (row: number, i: number): boolean => inside(row, i) && first[i] === 1;
    return { of: given, rows: order.filter(inside), firsts: order.filter(isFirst) };
  };
  return {
    test: test === undefined ? part('test') : wholly(test, seed),
    validation: part('validation'),
    heldout: part('heldout'),
    train: part('train'),
  };
}

/**
 * Gives a split the groups nearest to a place that no other split has.
 * @param at places of the groups, rising, in [0, 1)
 */
function take(splitOf: Split[], at: Float64Array, which: Split, count: number, place: number): void {
  let above = at.findIndex((x) => x >= place);
  if (above < 0) above = at.length;
  let below = above - 1;
  for (let taken = 0; taken < count; ) {
    while (below >= 0 && splitOf[below] !== 'train') below--;
    while (above < at.length && splitOf[above] !== 'train') above++;
    if (below < 0 && above >= at.length) return;
    const isBelow = above >= at.length || (below >= 0 && place - at[below]! <= at[above]! - place);
    splitOf[isBelow ? below : above] = which;
    taken++;
  }
}

/** Pairs in their order. */
function wholly<R extends Row>(pairs: readonly R[], seed: number): Part<R> {
  const rows = Uint32Array.from({ length: pairs.length }, (_, i) => i);
  const { first } = promptGroups(pairs, rows, seed);
  return { of: pairs, rows, firsts: rows.filter((_, i) => first[i] === 1) };
}

/**
 * Pairs in an order, grouped by their prompts. Groups are numbered by a hash of seed and prompt, so that no
 * text need be held.
 * @returns of each place in the order: its group, and whether it is the first whose prompt is spelled so; of
 * each group where its hash lies in [0, 1), rising
 */
function promptGroups(
  pairs: readonly Row[],
  order: Uint32Array,
  seed: number,
): { readonly group: Uint32Array; readonly at: Float64Array; readonly first: Uint8Array } {
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
  const at: number[] = [];
  for (let start = 0; start < length; ) {
    let end = start + 1;
    while (end < length && same(sorted[start]!, sorted[end]!)) end++;
    const spellings = new Set<string>();
    for (const place of sorted.subarray(start, end)) {
      group[place] = at.length;
      const before = spellings.size;
      if (end - start > 1) spellings.add(promptAt(place));
      first[place] = end - start === 1 || spellings.size > before ? 1 : 0;
    }
    at.push(key[sorted[start]!]! / 2 ** 48);
    start = end;
  }
  return { group, at: Float64Array.from(at), first };
}

function refuseShared(test: readonly Row[], pairs: readonly Row[], where: string): void {
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

const share = (count: number, fraction: number): number => Math.max(1, Math.round(count * fraction));
