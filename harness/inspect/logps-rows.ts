import type { Tokenizer } from '../contracts/tokenizer.js';
import { quoted, TiltyardError } from '../errors.js';
import { TokenData } from '../worker/data.js';

/** Token ids, those from `from` on to be given log-probabilities. */
export interface LogpsRow {
  readonly ids: readonly number[];
  readonly from: number;
}

/** What a row is held to. */
export interface LogpsBounds {
  readonly vocabSize: number;
  /** Null where the model takes rows of any length. */
  readonly contextLength: number | null;
  /** Called for a row of text; see `textData`. */
  readonly texts: () => TokenData;
}

const EXAMPLES = '{"ids": [1, 2, 3]} or {"prompt": "...", "completion": "..."}';

/**
 * A line as a row; null for an empty one.
 * @param at file and line, for messages
 * @throws TiltyardError for anything else, and for ids that the model does not have
 */
export function logpsRow(line: string, at: string, bounds: LogpsBounds): LogpsRow | null {
  if (line.trim() === '') return null;
  const row = rowOf(parsed(line, at), at, bounds);
  const { ids, from } = row;
  const { vocabSize, contextLength } = bounds;
  const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (unknown !== undefined) {
    const wanted = `ids are whole numbers from 0 to ${vocabSize - 1}, the model's vocabulary`;
    throw new TiltyardError('bad-row', `${at}: id ${quoted(unknown).slice(0, 60)}; ${wanted}`);
  }
  if (from < 1 || from >= ids.length) {
    const what = `${from} tokens before the first and ${ids.length - from} after`;
    throw new TiltyardError('bad-row', `${at}: ${what}; at least one token is needed on either side`);
  }
  if (contextLength !== null && ids.length > contextLength) {
    const what = `${ids.length} tokens, the model reads ${contextLength}`;
    throw new TiltyardError('row-too-long', `${at}: ${what}; shorten the row`);
  }
  return row;
}

/** Rows of any length, without an end token: exactly the tokens of their texts, as training has them. */
export const textData = (tokenizer: Tokenizer): TokenData =>
  new TokenData({
    tokenizer,
    maxPromptTokens: Number.POSITIVE_INFINITY,
    maxCompletionTokens: Number.POSITIVE_INFINITY,
    endsWithEos: false,
    prompts: () => [],
  });

function rowOf(value: unknown, at: string, { texts }: LogpsBounds): LogpsRow {
  const { ids, prompt, completion } = (value ?? {}) as Record<string, unknown>;
  if (Array.isArray(ids) && prompt === undefined && completion === undefined) {
    return { ids: ids as number[], from: 1 };
  }
  if (ids === undefined && typeof prompt === 'string' && typeof completion === 'string') {
    if (prompt === '' || completion === '') {
      const which = prompt === '' ? 'prompt' : 'completion';
      throw new TiltyardError('bad-row', `${at}: the ${which} is empty; both need at least one token`);
    }
    return ofTexts(texts(), prompt, completion, at);
  }
  const got = quoted(value).slice(0, 60);
  throw new TiltyardError('bad-row', `${at}: should be ${EXAMPLES}, got ${got}`);
}

function ofTexts(data: TokenData, prompt: string, completion: string, at: string): LogpsRow {
  try {
    const row = data.row(prompt, completion, 'of this row');
    return { ids: [...row.prompt, ...row.completion], from: row.prompt.length };
  } catch (error) {
    if (!(error instanceof TiltyardError)) throw error;
    throw new TiltyardError(error.code, `${at}: ${error.message}`, { cause: error });
  }
}

function parsed(line: string, at: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    const message = `${at}: not valid JSON (${(error as Error).message}); one ${EXAMPLES} a line is expected`;
    throw new TiltyardError('bad-json', message);
  }
}
