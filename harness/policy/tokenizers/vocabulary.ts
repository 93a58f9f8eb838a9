import type { Tokenizer } from '../../contracts/tokenizer.js';

interface Saved {
  readonly type?: string;
  readonly added_tokens?: readonly {
    readonly id: number;
    readonly content: string;
    readonly special?: boolean;
  }[];
  readonly model?: { readonly unk_token?: unknown; readonly unk_id?: unknown; readonly vocab?: unknown };
}

/** What a tokenizer's saved form says of its tokens. */
export interface Vocabulary {
  /** Tokens that are no text, by id. */
  readonly special: ReadonlyMap<number, string>;
  /** The token that stands for unknown text; null where every text has tokens. */
  readonly unknown: number | null;
}

export function vocabularyOf(tokenizer: Tokenizer): Vocabulary {
  const saved = (tokenizer.toJSON() ?? {}) as Saved;
  const added = saved.added_tokens ?? [];
  const special = new Map(
    added.flatMap(({ id, content, special: is }) => (is === true ? [[id, content]] : [])),
  );
  // Ours have two tokens that no text becomes.
  if (saved.type !== undefined && saved.added_tokens === undefined) {
    special.set(tokenizer.padId, '<pad>').set(tokenizer.eosId, '<eos>');
  }
  return { special, unknown: unknownToken(saved) };
}

function unknownToken({ added_tokens: added = [], model = {} }: Saved): number | null {
  if (typeof model.unk_id === 'number') return model.unk_id; // of a unigram model
  const { unk_token: text, vocab } = model;
  if (typeof text !== 'string') return null;
  const known = added.find(({ content }) => content === text)?.id;
  if (known !== undefined) return known;
  const id = Array.isArray(vocab) ? undefined : (vocab as Record<string, unknown> | undefined)?.[text];
  return typeof id === 'number' ? id : null;
}
