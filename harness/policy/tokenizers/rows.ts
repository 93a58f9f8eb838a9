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

/** A pair of texts, as it is encoded. */
export interface PairTexts {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  /** The texts end the turn themselves. */
  readonly closed?: boolean | undefined;
}

/** The tokens of a completion before it is held to a bound. */
export interface WholeCompletion {
  readonly ids: readonly number[];
  readonly exact: boolean;
  /** Whether an end token was put after the text. */
  readonly ended: boolean;
}

/** The tokens of a pair before it is held to bounds. */
export interface WholePair {
  readonly prompt: readonly number[];
  readonly chosen: WholeCompletion;
  readonly rejected: WholeCompletion;
}

/** A pair whole: its prompt is encoded once, and each completion where it follows it. */
export function wholePair(
  tokenizer: Tokenizer,
  { prompt, chosen, rejected, closed = false }: PairTexts,
  { endsWithEos }: Pick<RowLimits, 'endsWithEos'>,
  where: string,
): WholePair {
  const alone = wholePrompt(tokenizer, prompt, where);
  const after = (text: string) => wholeCompletion(tokenizer, prompt, alone, text, endsWithEos && !closed);
  return { prompt: alone, chosen: after(chosen), rejected: after(rejected) };
}

/** A row before it is held to bounds. */
export function wholeRow(
  tokenizer: Tokenizer,
  row: { readonly prompt: string; readonly completion: string; readonly closed?: boolean | undefined },
  { endsWithEos }: Pick<RowLimits, 'endsWithEos'>,
  where: string,
): { readonly prompt: readonly number[]; readonly completion: WholeCompletion } {
  const alone = wholePrompt(tokenizer, row.prompt, where);
  const ended = endsWithEos && row.closed !== true;
  return {
    prompt: alone,
    completion: wholeCompletion(tokenizer, row.prompt, alone, row.completion, ended),
  };
}

function wholePrompt(tokenizer: Tokenizer, text: string, where: string): number[] {
  const ids = tokenizer.encode(text);
  if (ids.length > 0) return ids;
  throw new TiltyardError('empty-prompt', `${where} has no tokens; give every prompt at least one`);
}

/**
 * The tokens of a completion, as TRL has them: encoded together with its prompt and cut after as many tokens
 * as the prompt has alone. The end token follows where it should, unless the text ends with it already.
 */
function wholeCompletion(
  tokenizer: Tokenizer,
  prompt: string,
  alone: readonly number[],
  text: string,
  ended: boolean,
): WholeCompletion {
  const after = tokenizer.encodeAfter?.(prompt, text, ended, alone);
  if (after !== undefined) return { ...after, ended };
  const ids = tokenizer.encode(text);
  return { ids: ended ? ids.concat(tokenizer.eosId) : ids, exact: true, ended };
}

/**
 * A prompt within its bound. One that is too long keeps its end where rows are truncated.
 * @param where for messages
 * @throws TiltyardError for one that is too long otherwise
 */
export function fittingPrompt(
  ids: readonly number[],
  { maxPromptTokens, truncate }: RowLimits,
  where: string,
): { readonly ids: number[]; readonly cut: boolean } {
  if (ids.length <= maxPromptTokens) return { ids: ids as number[], cut: false };
  if (truncate === true) return { ids: ids.slice(-maxPromptTokens), cut: true };
  throw new TiltyardError('prompt-too-long', tooLong(where, ids.length, maxPromptTokens));
}

/**
 * A completion within its bound. One that fills the whole bound was cut while sampling and gets no end token,
 * and so does one that is truncated: forcing one would train on an end that nobody wrote.
 * @throws TiltyardError for one without tokens, and for one that is too long where rows are not truncated
 */
export function fittingCompletion(
  { eosId }: Tokenizer,
  { ids, ended }: WholeCompletion,
  { maxCompletionTokens: limit, truncate }: RowLimits,
): { readonly ids: number[]; readonly cut: boolean } {
  // A sample that was cut at the bound: its text alone fills it.
  const full = ended && ids.length === limit + 1 && ids.at(-1) === eosId;
  const cut = full || ids.length > limit;
  if (cut && !full && truncate !== true)
    throw new TiltyardError(
      'completion-too-long',
      tooLong('dataset: a completion', ids.length - (ended ? 1 : 0), limit),
    );
  const within = cut ? ids.slice(0, limit) : (ids as number[]);
  if (within.length > 0) return { ids: within, cut };
  const message = 'dataset: a completion is empty; every completion needs at least one token';
  throw new TiltyardError('empty-completion', message);
}

/** A prompt in tokens, as `fittingPrompt` has it. @throws TiltyardError also for one without tokens */
export const encodePrompt = (
  tokenizer: Tokenizer,
  text: string,
  limits: RowLimits,
  where: string,
): { readonly ids: number[]; readonly cut: boolean } =>
  fittingPrompt(wholePrompt(tokenizer, text, where), limits, where);

/** A row of text in tokens: the one policy for whoever reads, counts or trains on it. */
export function encodeRow(
  tokenizer: Tokenizer,
  row: { readonly prompt: string; readonly completion: string; readonly closed?: boolean | undefined },
  limits: RowLimits,
  where = 'dataset: a prompt',
): EncodedRow {
  const whole = wholeRow(tokenizer, row, limits, where);
  return fittingRow(tokenizer, fittingPrompt(whole.prompt, limits, where), whole.completion, limits);
}

/** Both rows of a pair, with one prompt. @throws TiltyardError as for a row */
export function encodePair(
  tokenizer: Tokenizer,
  pair: PairTexts,
  limits: RowLimits,
  where: string,
): { readonly chosen: EncodedRow; readonly rejected: EncodedRow } {
  const whole = wholePair(tokenizer, pair, limits, where);
  const prompt = fittingPrompt(whole.prompt, limits, where);
  const row = (side: WholeCompletion) => fittingRow(tokenizer, prompt, side, limits);
  return { chosen: row(whole.chosen), rejected: row(whole.rejected) };
}

function fittingRow(
  tokenizer: Tokenizer,
  prompt: { readonly ids: number[]; readonly cut: boolean },
  whole: WholeCompletion,
  limits: RowLimits,
): EncodedRow {
  const { ids: completion, cut } = fittingCompletion(tokenizer, whole, limits);
  return {
    prompt: prompt.ids,
    completion,
    scored: scoredTokens(tokenizer, completion),
    exact: whole.exact,
    cut: { prompt: prompt.cut, completion: cut },
  };
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
