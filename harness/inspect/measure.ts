import { type Pair, type PairTokens, SPLITS, type Split } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import { occurrences, pairCounter } from '../policy/tokenizers/counts.js';
import { encodeRow, endsOf, wholePair } from '../policy/tokenizers/rows.js';
import { vocabularyOf } from '../policy/tokenizers/vocabulary.js';
import { normalisedPrompt } from '../prompt-splits.js';
import type { DataRow, SplitRow } from '../store/data.js';
import { JudgedCounts } from './judged.js';
import { keyOf, KeySet } from '../keys.js';
import { Lengths } from './lengths.js';
import { ALL_PAIRS } from '../store/spec.js';
import type { OpenedData } from './open.js';
import { PairCounts } from './pairs.js';

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
    notes: [...notes, ...opened.notes],
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
  const judged = open.unpaired?.(split) ?? [];
  if (split === 'train' && open.unpaired !== undefined && judged.length === 0) {
    const what = 'there are no judged completions';
    throw new TiltyardError('empty-dataset', `${where}: ${what}; give at least one`);
  }
  const promptTokens = new Lengths();
  const counts = new PairCounts(open.endsWithEos);
  const seen = new KeySet();
  let unknownTokens = 0;
  const tokensOf = counted(opened, split);
  let row = 0;
  for (const pair of given) {
    const tokens = tokensOf(pair, row++);
    seen.add(keyOf(pair.prompt));
    shared.add(split, pair.prompt, pair.id);
    promptTokens.add(tokens.prompt);
    unknownTokens += tokens.unknown;
    counts.add(pair, tokens);
  }
  const labelled = new JudgedCounts(open);
  for (const one of judged) {
    const tokens = encodeRow(open.tokenizer, one, open, `dataset: prompt '${one.id}'`);
    seen.add(keyOf(one.prompt));
    shared.add(split, one.prompt, one.id);
    labelled.add(one, tokens);
    if (given.length > 0) continue;
    promptTokens.add(tokens.prompt.length);
    if (unknown !== null)
      for (const ids of [tokens.prompt, tokens.completion]) unknownTokens += occurrences(ids, unknown);
  }
  for (const { id, prompt } of open.prompts(split)) {
    if (!seen.add(keyOf(prompt))) continue;
    const { ids } = data.prompt(id, prompt);
    shared.add(split, prompt, id);
    if (given.length + judged.length > 0) continue;
    promptTokens.add(ids.length);
    if (unknown !== null) unknownTokens += occurrences(ids, unknown);
  }
  return {
    split,
    prompts: seen.size,
    promptTokens: promptTokens.row(),
    unknownTokens,
    given: counts.row(given),
    ...(open.unpaired === undefined ? {} : { unpaired: labelled.row() }),
  };
}

/** What the tokens of the pairs of a split come to: as the dataset has counted them, or counted now. */
function counted({ open }: OpenedData, split: Split): (pair: Pair, row: number) => PairTokens {
  const known = open.pairTokens?.(split);
  if (known !== undefined) return (_, row) => known[row]!;
  const count = pairCounter(open.tokenizer, open);
  return (pair) => {
    const where = `dataset: prompt '${pair.id}'`;
    return count(wholePair(open.tokenizer, pair, open, where), where);
  };
}

/** As the dataset accounts for them, or as its tokenizer says or has them. */
function specialTokens({ open: { account, tokenizer, endsWithEos } }: OpenedData): DataRow['specialTokens'] {
  if (account !== undefined && account.specialTokens.length > 0) return account.specialTokens;
  const { specialTokens: said } = tokenizer as { specialTokens?: DataRow['specialTokens'] };
  if (said !== undefined) return said;
  const from = "the dataset's tokenizer";
  return [
    ...(endsWithEos ? [{ role: 'end' as const, ids: endsOf(tokenizer), from }] : []),
    { role: 'padding', ids: [tokenizer.padId], from },
  ];
}

const askedOf = (wanted: number, there: number): { asked: number; there: number } => ({
  asked: wanted === ALL_PAIRS ? there : wanted,
  there,
});

function asked({ collect, samples, open }: OpenedData, splits: readonly SplitRow[]): DataRow['asked'] {
  if (collect === null || samples || open.pairs === undefined) return null;
  const there = (split: Split): number => splits.find((row) => row.split === split)?.given?.pairs ?? 0;
  return {
    pairs: askedOf(collect.pairs, there('train')),
    heldoutPairs: askedOf(collect.heldoutPairs, there('heldout')),
  };
}

/** Prompts by split, and those that two splits have. Splits come one after the other. */
class SharedPrompts {
  private readonly seen = new Map<Split, KeySet>(SPLITS.map((split) => [split, new KeySet()]));
  private readonly found = new Map<string, { prompts: number; readonly first: string }>();

  add(split: Split, prompt: string, id: string): void {
    const key = keyOf(normalisedPrompt(prompt));
    if (!this.seen.get(split)!.add(key)) return;
    for (const earlier of SPLITS.slice(0, SPLITS.indexOf(split))) {
      if (!this.seen.get(earlier)!.has(key)) continue;
      const both = `${earlier} ${split}`;
      const { prompts, first } = this.found.get(both) ?? { prompts: 0, first: id };
      this.found.set(both, { prompts: prompts + 1, first });
    }
  }

  shared(): DataRow['shared'] {
    return SPLITS.flatMap((a, i) =>
      SPLITS.slice(i + 1).flatMap((b) => {
        const found = this.found.get(`${a} ${b}`);
        return found === undefined ? [] : [{ splits: [a, b] as const, ...found }];
      }),
    );
  }
}
