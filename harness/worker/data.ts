import type { OpenDataset, Pair } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import type { TokenPrompt } from '../contracts/batches.js';
import type { TokenRow } from '../policy/batch.js';
import type { GenerateShape } from '../policy/generate.js';
import type { PairRow } from '../store/records.js';

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
    };
  }

  prompt(id: string, text: string): TokenPrompt {
    const ids = this.dataset.tokenizer.encode(text);
    const limit = this.dataset.maxPromptTokens;
    const where = `dataset: prompt '${id}'`;
    if (ids.length === 0) {
      throw new TiltyardError('empty-prompt', `${where} has no tokens; give every prompt at least one`);
    }
    if (ids.length > limit) throw new TiltyardError('prompt-too-long', tooLong(where, ids.length, limit));
    return { id, ids };
  }

  /**
   * Completion tokens, end token included. A completion that fills the whole bound was cut while sampling and
   * gets no end token: forcing one would train on an end the model never produced.
   */
  completion(text: string): number[] {
    const ids = this.dataset.tokenizer.encode(text);
    const limit = this.dataset.maxCompletionTokens;
    if (ids.length > limit) {
      throw new TiltyardError('completion-too-long', tooLong('dataset: a completion', ids.length, limit));
    }
    if (this.dataset.endsWithEos && ids.length < limit) ids.push(this.dataset.tokenizer.eosId);
    if (ids.length === 0) {
      const message = 'dataset: a completion is empty; every completion needs at least one token';
      throw new TiltyardError('empty-completion', message);
    }
    return ids;
  }

  row(prompt: string, completion: string, id: string): TokenRow {
    return { prompt: this.prompt(id, prompt).ids, completion: this.completion(completion) };
  }
}

const tooLong = (what: string, tokens: number, limit: number): string =>
  `${what} has ${tokens} tokens, the limit is ${limit}; shorten it or raise the limit`;

/** Pairs as rows, checked: what a plugin trains on. */
export interface TokenPairs {
  readonly chosen: readonly TokenRow[];
  readonly rejected: readonly TokenRow[];
  readonly margins: Float32Array;
}

export function tokenPairs(data: TokenData, pairs: readonly (Pair | PairRow)[], where: string): TokenPairs {
  if (pairs.length === 0) {
    throw new TiltyardError('empty-dataset', `${where}: there are no preference pairs; give at least one`);
  }
  return {
    chosen: pairs.map((p) => data.row(p.prompt, p.chosen, p.id)),
    rejected: pairs.map((p) => data.row(p.prompt, p.rejected, p.id)),
    margins: Float32Array.from(pairs, (p) => p.margin ?? 0),
  };
}
