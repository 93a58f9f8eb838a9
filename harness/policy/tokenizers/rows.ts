import type { Tokenizer } from '../../contracts/tokenizer.js';
import { TiltyardError } from '../../errors.js';

/** How rows of text become rows of tokens. */
export interface RowLimits {
  readonly maxPromptTokens: number;
  /** End token included. */
  readonly maxCompletionTokens: number;
  /** Whether completions end with the end token. */
  readonly endsWithEos: boolean;
  /** Long prompts keep their end and long completions their start; default: they are refused. */
  readonly truncate?: boolean;
}

/** A row of tokens, and what it took. */
export interface EncodedRow {
  readonly prompt: number[];
  readonly completion: number[];
  /** Tokens of the completion up to the one that ends it, where a reward is read. */
  readonly scored: number;
  /** What did not fit its bound; of a completion that just fills it, the end token did not. */
  readonly cut: { readonly prompt: boolean; readonly completion: boolean };
  /** Whether the prompt's own tokens are those that prompt and completion together begin with. */
  readonly exact: boolean;
}

/** The ids that end a sample. */
export const endsOf = ({ endIds, eosId }: Tokenizer): readonly number[] => endIds ?? [eosId];

/**
 * A prompt in tokens. One that is too long keeps its end where rows are truncated.
 * @param where for messages
 * @throws TiltyardError for one without tokens, and for one that is too long otherwise
 */
export function encodePrompt(
  tokenizer: Tokenizer,
  text: string,
  limits: RowLimits,
  where: string,
): { readonly ids: number[]; readonly cut: boolean } {
  const ids = tokenizer.encode(text);
  const limit = limits.maxPromptTokens;
  if (ids.length === 0)
    throw new TiltyardError('empty-prompt', `${where} has no tokens; give every prompt at least one`);
  if (ids.length <= limit) return { ids, cut: false };
  if (limits.truncate === true) return { ids: ids.slice(-limit), cut: true };
  throw new TiltyardError('prompt-too-long', tooLong(where, ids.length, limit));
}

/**
 * The tokens of a completion, as TRL has them: encoded together with its prompt and cut after as many tokens
 * as the prompt has alone. The end token follows unless the text is closed, or ends with it already. One that
 * fills the whole bound was cut while sampling and gets no end token, and so does one that is truncated:
 * forcing one would train on an end that nobody wrote.
 * @param closed the text ends the turn itself
 * @throws TiltyardError for one without tokens, and for one that is too long where rows are not truncated
 */
export function encodeCompletion(
  tokenizer: Tokenizer,
  prompt: string,
  text: string,
  closed: boolean,
  limits: RowLimits,
): Pick<EncodedRow, 'completion' | 'scored' | 'exact'> & { readonly cut: boolean } {
  const ends = limits.endsWithEos && !closed;
  const { ids, exact } = tokenizer.encodeAfter?.(prompt, text, ends) ?? {
    ids: [...tokenizer.encode(text), ...(ends ? [tokenizer.eosId] : [])],
    exact: true,
  };
  const limit = limits.maxCompletionTokens;
  // A sample that was cut at the bound: its text alone fills it.
  const full = ends && ids.length === limit + 1 && ids.at(-1) === tokenizer.eosId;
  if (full) ids.pop();
  const cut = ids.length > limit;
  if (cut && limits.truncate !== true)
    throw new TiltyardError(
      'completion-too-long',
      tooLong('dataset: a completion', ids.length - (ends ? 1 : 0), limit),
    );
  const completion = cut ? ids.slice(0, limit) : ids;
  if (completion.length === 0) {
    const message = 'dataset: a completion is empty; every completion needs at least one token';
    throw new TiltyardError('empty-completion', message);
  }
  return { completion, exact, cut: cut || full, scored: scoredTokens(tokenizer, completion) };
}

/** A row of text in tokens: the one policy for whoever reads, counts or trains on it. */
export function encodeRow(
  tokenizer: Tokenizer,
  row: { readonly prompt: string; readonly completion: string; readonly closed?: boolean | undefined },
  limits: RowLimits,
  where = 'dataset: a prompt',
): EncodedRow {
  const prompt = encodePrompt(tokenizer, row.prompt, limits, where);
  const { completion, scored, exact, cut } = encodeCompletion(
    tokenizer,
    row.prompt,
    row.completion,
    row.closed === true,
    limits,
  );
  return { prompt: prompt.ids, completion, scored, exact, cut: { prompt: prompt.cut, completion: cut } };
}

/**
 * Templates such as ChatML write a line break after the token that ends a turn. A sample stops at that token,
 * so a reward is read there in training too; what follows it must be blank.
 */
function scoredTokens(tokenizer: Tokenizer, completion: readonly number[]): number {
  const ends = endsOf(tokenizer);
  const last = completion.findLastIndex((id) => ends.includes(id));
  if (last === -1 || last === completion.length - 1) return completion.length;
  return tokenizer.decode(completion.slice(last + 1)).trim() === '' ? last + 1 : completion.length;
}

const tooLong = (what: string, tokens: number, limit: number): string =>
  `${what} has ${tokens} tokens, the limit is ${limit}; shorten it or raise the limit`;
