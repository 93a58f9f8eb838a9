import type { OpenDataset, Pair } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import type { TokenPrompt } from '../contracts/batches.js';
import type { TokenRow } from '../policy/batch.js';
import type { GenerateShape } from '../policy/generate.js';
import { encodeCompletion, encodePrompt, endsOf } from '../policy/tokenizers/rows.js';
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
      endIds: endsOf(tokenizer),
    };
  }

  prompt(id: string, text: string): TokenPrompt {
    const { ids } = encodePrompt(this.dataset.tokenizer, text, this.dataset, `dataset: prompt '${id}'`);
    return { id, ids };
  }

  /**
   * Completion tokens, end token included. @param prompt what they follow
   * @param closed the text ends the turn itself
   */
  completion(text: string, prompt: string, closed = false): Omit<TokenRow, 'prompt'> {
    const { completion, scored } = encodeCompletion(
      this.dataset.tokenizer,
      prompt,
      text,
      closed,
      this.dataset,
    );
    return scored === completion.length ? { completion } : { completion, scored };
  }

  row(prompt: string, completion: string, id: string, closed = false): TokenRow {
    return { prompt: this.prompt(id, prompt).ids, ...this.completion(completion, prompt, closed) };
  }
}

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
    chosen: pairs.map((p) => data.row(p.prompt, p.chosen, p.id, p.closed)),
    rejected: pairs.map((p) => data.row(p.prompt, p.rejected, p.id, p.closed)),
    margins: Float32Array.from(pairs, (p) => p.margin ?? 0),
  };
}
