import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { quoted, TiltyardError } from '../../errors.js';
import { utf8File } from '../../utf8.js';

export type Json = Readonly<Record<string, unknown>>;

/** The JSON object in a file of a model folder; null where there is no such file. @throws TiltyardError */
export function jsonFile(dir: string, file: string): Json | null {
  const path = join(dir, file);
  if (!existsSync(path)) return null;
  const text = utf8File(path);
  let value: unknown;
  try {
    value = parsed(text);
  } catch (error) {
    const why = (error as Error).message.replaceAll(/\s+/g, ' '); // it quotes the file
    throw new TiltyardError('bad-json', `${path}: not valid JSON (${why}); bring the file again`, {
      cause: error,
    });
  }
  if (isObject(value)) return value;
  throw new TiltyardError('bad-json', `${path}: should be a JSON object, got ${shown(value)}`);
}

/** As Python reads JSON: with NaN, Infinity and -Infinity, which it writes. @throws SyntaxError */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(withMarks(text), (_, value: unknown) =>
      typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
    );
  }
}

/** What stands for Python's numbers: no text of a file can hold it but as an escape. */
const MARK = '\u0000number ';

/** Python's numbers as texts that begin with the mark. */
function withMarks(text: string): string {
  let out = '';
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    out += text.slice(at, end).replace(/-?Infinity|NaN/g, (number) => JSON.stringify(MARK + number));
    at = quote === -1 ? end : stringEnd(text, quote);
    out += text.slice(end, at);
  }
  return out;
}

/** Behind the string whose quotation mark is at `start`. */
export function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value for a message. */
export const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : quoted(value).slice(0, 60);
