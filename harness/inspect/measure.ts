import type { Split } from '../contracts/dataset.js';
import type { Tokenizer } from '../contracts/tokenizer.js';
import { TiltyardError } from '../errors.js';
import type { DataRow, SplitRow } from '../store/data.js';
import { keyOf, normalised } from './keys.js';
import { Lengths } from './lengths.js';
import { type OpenedData, tokenised } from './open.js';
import { PairCounts } from './pairs.js';
import { vocabularyOf } from './vocabulary.js';

export const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

/**
 * What a dataset holds, counted on the tokens that training gets.
 * @throws TiltyardError for rows that no run could use
 */
export function measure(opened: OpenedData): DataRow {
  const { open, name, seed } = opened;
  const { unknown } = vocabularyOf(open.tokenizer);
  const prompts = new SharedPrompts();
  const splits = SPLITS.map((split) => measureSplit(opened, split, prompts, unknown));
  const { sources = [], template = null, notes = [] } = open.account ?? {};
  return {
    dataset: name,
    seed,
    sources,
    template,
    specialTokens: specialTokens(opened),
    notes,
    bounds: { prompt: open.maxPromptTokens, completion: open.maxCompletionTokens },
    splits,
    shared: prompts.shared(),
    asked: asked(opened, splits),
  };
}

function measureSplit(
  opened: OpenedData,
  split: Split,
  shared: SharedPrompts,
  unknown: number | null,
): SplitRow {
  const { open, data, where } = opened;
  const given = open.pairs?.(split) ?? [];
  if (split === 'train' && open.pairs !== undefined && given.length === 0) {
    throw new TiltyardError('empty-dataset', `${where}: there are no preference pairs; give at least one`);
  }
  const promptTokens = new Lengths();
  const counts = new PairCounts(new Set(open.endsWithEos ? endIds(open.tokenizer) : []));
  const seen = new Set<number>();
  let unknownTokens = 0;
  const countUnknown = (ids: readonly number[]): void => {
    if (unknown !== null) for (const id of ids) if (id === unknown) unknownTokens++;
  };
  for (const [rows, { chosen, rejected }] of tokenised(opened, given)) {
    rows.forEach((pair, i) => {
      const [better, worse] = [chosen[i]!, rejected[i]!];
      seen.add(keyOf(pair.prompt));
      shared.add(split, pair.prompt, pair.id);
      promptTokens.add(better.prompt.length);
      for (const ids of [better.prompt, better.completion, worse.completion]) countUnknown(ids);
      counts.add(pair, better, worse);
    });
  }
  for (const { id, prompt } of open.prompts(split)) {
    if (seen.has(keyOf(prompt))) continue;
    seen.add(keyOf(prompt));
    const { ids } = data.prompt(id, prompt);
    shared.add(split, prompt, id);
    if (given.length > 0) continue;
    promptTokens.add(ids.length);
    countUnknown(ids);
  }
  return {
    split,
    prompts: seen.size,
    promptTokens: promptTokens.row(),
    unknownTokens,
    given: counts.row(given),
  };
}

/** Every token that ends a sample. */
export const endIds = ({ eosId, endIds: all }: Tokenizer): readonly number[] => all ?? [eosId];

/** As the dataset accounts for them, or as its tokenizer says or has them. */
function specialTokens({ open: { account, tokenizer, endsWithEos } }: OpenedData): DataRow['specialTokens'] {
  if (account !== undefined && account.specialTokens.length > 0) return account.specialTokens;
  const { specialTokens: said } = tokenizer as { specialTokens?: DataRow['specialTokens'] };
  if (said !== undefined) return said;
  const from = "the dataset's tokenizer";
  return [
    ...(endsWithEos ? [{ role: 'end' as const, ids: endIds(tokenizer), from }] : []),
    { role: 'padding', ids: [tokenizer.padId], from },
  ];
}

function asked({ collect, samples, open }: OpenedData, splits: readonly SplitRow[]): DataRow['asked'] {
  if (collect === null || samples || open.pairs === undefined) return null;
  const there = (split: Split): number => splits.find((row) => row.split === split)?.given?.pairs ?? 0;
  return {
    pairs: { asked: collect.pairs, there: there('train') },
    heldoutPairs: { asked: collect.heldoutPairs, there: there('test') },
  };
}

/** Prompts by split, and those that two splits have. */
class SharedPrompts {
  private readonly ids = new Map<Split, Map<number, string>>(SPLITS.map((split) => [split, new Map()]));

  add(split: Split, prompt: string, id: string): void {
    const ids = this.ids.get(split)!;
    const key = keyOf(normalised(prompt));
    if (!ids.has(key)) ids.set(key, id);
  }

  shared(): DataRow['shared'] {
    return SPLITS.flatMap((a, i) =>
      SPLITS.slice(i + 1).flatMap((b) => {
        const both = [...this.ids.get(b)!].filter(([key]) => this.ids.get(a)!.has(key));
        return both.length === 0
          ? []
          : [{ splits: [a, b] as const, prompts: both.length, first: both[0]![1] }];
      }),
    );
  }
}
