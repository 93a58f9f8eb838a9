import { quoted } from '../../harness/errors.js';

/** Why a row cannot be used. */
export class Refusal {
  /**
   * @param code stable, as `TiltyardError.code`
   * @param what is wrong with this row, for a message that begins with its place
   * @param reason the kind of fault, by which dropped rows are counted; null: such a row is never dropped
   */
  constructor(
    readonly code: string,
    readonly what: string,
    readonly reason: string | null,
  ) {}
}

export const isRefusal = (value: unknown): value is Refusal => value instanceof Refusal;

/** A fault of the row's content: such rows are left out where that was asked for. */
export const unusable = (code: string, reason: string, what = reason): Refusal =>
  new Refusal(code, what, reason);

/** A fault of the row's form: the whole file is likely to have it. */
export const malformed = (what: string, code = 'bad-row'): Refusal => new Refusal(code, what, null);

/** A value for a message, short and on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'undefined') return String(value);
  const text = quoted(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** A text of the file's own, such as the name of a column, for a message of one line. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
