import type { OpenDataset, Pair, Prompt } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import type { TokenPrompt } from '../contracts/batches.js';
import { mapped } from '../lazy-list.js';
import type { TokenRow } from '../policy/batch.js';
import type { GenerateShape } from '../policy/generate.js';
import { type EncodedRow, encodePair, encodePrompt, encodeRow, endsOf } from '../policy/tokenizers/rows.js';
import type { PairRow } from '../store/records.js';
import { type Making, tokenList } from './token-list.js';

/** Text to tokens for one run: every batch of a run has the same shape, so every program is traced once. */
export class TokenData {
  readonly shape: GenerateShape;

  constructor(readonly dataset: OpenDataset) {
    const { tokenizer, maxPromptTokens, maxCompletionTokens, endsWithEos } = dataset;
    this.shape = {
      time: maxPromptTokens + maxCompletionTokens,
      completion: maxCompletionTokens,
      padId: tokenizer.padId,
      eosId: endsWithEos ? tokenizer.eosId : null,
      endIds: endsOf(tokenizer),
    };
  }

  prompt(id: string, text: string): TokenPrompt {
    const { ids } = encodePrompt(this.dataset.tokenizer, text, this.dataset, promptOf(id));
    return { id, ids };
  }

  /** @param closed the text ends the turn itself */
  row(prompt: string, completion: string, id: string, closed = false): TokenRow {
    const { dataset } = this;
    return rowOf(encodeRow(dataset.tokenizer, { prompt, completion, closed }, dataset, promptOf(id)));
  }

  /** Every completion of a prompt; null where they cannot be listed. */
  listed({ id, prompt }: Prompt): TokenRow[] | null {
    return this.dataset.enumerate?.(prompt).map((text) => this.row(prompt, text, id)) ?? null;
  }

  /** Both rows of a pair. */
  pair(pair: Pair | PairRow): { readonly chosen: TokenRow; readonly rejected: TokenRow } {
    const { dataset } = this;
    const { chosen, rejected } = encodePair(dataset.tokenizer, pair, dataset, promptOf(pair.id));
    return { chosen: rowOf(chosen), rejected: rowOf(rejected) };
  }
}

const promptOf = (id: string): string => `dataset: prompt '${id}'`;

const rowOf = ({ prompt, completion, scored }: EncodedRow): TokenRow =>
  scored === completion.length ? { prompt, completion } : { prompt, completion, scored };

/** Both sides of pairs as rows. */
export interface TokenSides {
  readonly chosen: readonly TokenRow[];
  readonly rejected: readonly TokenRow[];
}

/** Pairs as rows, checked: what a plugin trains on. */
export interface TokenPairs extends TokenSides {
  readonly margins: Float32Array;
  /** How likely each label is; absent: certain. */
  readonly chances?: readonly number[];
}

export function tokenPairs(data: TokenData, pairs: readonly (Pair | PairRow)[], where: string): TokenPairs {
  if (pairs.length === 0) {
    throw new TiltyardError('empty-dataset', `${where}: there are no preference pairs; give at least one`);
  }
  return {
    ...sidesOf(tokenList(pairs.length, pairMaking(data, pairs))),
    margins: Float32Array.from({ length: pairs.length }, (_, i) => pairs[i]!.margin ?? 0),
  };
}

/** A pair as rows. */
type TokenPair = ReturnType<TokenData['pair']>;

/** How pairs become rows. */
export const pairMaking = (data: TokenData, pairs: readonly (Pair | PairRow)[]): Making<TokenPair> => ({
  make: (i) => data.pair(pairs[i]!),
  tokensOf: ({ chosen, rejected }) => tokensOf(chosen) + rejected.completion.length,
});

/** Tokens that a row takes to keep. */
export const tokensOf = ({ prompt, completion }: TokenRow): number => prompt.length + completion.length;

export const sidesOf = (pairs: readonly TokenPair[]): TokenSides => ({
  chosen: mapped(pairs, ({ chosen }) => chosen),
  rejected: mapped(pairs, ({ rejected }) => rejected),
});
