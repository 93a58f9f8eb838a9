import { malformed, type Refusal, shown, unusable } from './refusal.js';

/** What a column's text says and its value in JavaScript does not. */
export interface Lost {
  readonly column: string;
  readonly what: string;
  /** A name that occurs twice: only one of its values is kept. */
  readonly twice: boolean;
}

/** Why a row that loses this cannot be used. */
export function whyLost({ column, what, twice }: Lost): Refusal {
  if (twice) return malformed(`${column}: ${what}; keep one`, 'bad-json');
  const why = `${column} has ${what}; a chat template would write it otherwise than transformers does`;
  return unusable(
    'inexact-value',
    'values that a chat template would write otherwise',
    `${why}: make it a text`,
  );
}

const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;

/**
 * What `JSON.parse` loses of a row that a chat template would write: names that occur twice, names of digits,
 * which change places, and numbers that Python's Jinja writes otherwise (1.0, 1e-7, 20 digits).
 * @param text valid JSON
 * @param columns those of the row that are used; null: everything is
 */
export function lostInParsing(text: string, columns: readonly string[] | null): Lost | null {
  const levels: Level[] = [];
  let column = '';
  const used = (): boolean => columns === null || columns.includes(column);
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    const level = levels.at(-1);
    if (char === '"') {
      const end = endOfText(text, at);
      if (level?.awaitsName === true) {
        const name = JSON.parse(text.slice(at, end + 1)) as string;
        if (levels.length === 1) column = name;
        const what = level.add(name, columns === null || levels.length > 1);
        if (what !== null && used()) return { column, ...what };
      }
      at = end;
    } else if (char === '{' || char === '[') levels.push(new Level(char === '{'));
    else if (char === '}' || char === ']') levels.pop();
    else if (char === ',') level?.awaitName();
    else if (char === '-' || (char >= '0' && char <= '9')) {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(text)![0];
      if ((columns === null || levels.length > 1) && used() && !isKept(literal)) {
        return { column, what: `the number ${literal}`, twice: false };
      }
      at += literal.length - 1;
    }
  }
  return null;
}

/** Names of one object, as they come; or a list. */
class Level {
  awaitsName: boolean;
  private readonly names = new Set<string>();
  /** How many of the names are numbers, and the last of these. */
  private indexes = 0;
  private last = -1;

  constructor(private readonly isObject: boolean) {
    this.awaitsName = isObject;
  }

  awaitName(): void {
    this.awaitsName = this.isObject;
  }

  /** @param ordered whether the order of names matters @returns what is lost */
  add(name: string, ordered: boolean): Omit<Lost, 'column'> | null {
    this.awaitsName = false;
    if (this.names.has(name)) return { what: `the name ${shown(name)} twice in one object`, twice: true };
    const before = this.names.size;
    this.names.add(name);
    if (!ordered || !isIndex(name)) return null;
    const moves = before > this.indexes || Number(name) < this.last;
    this.indexes++;
    this.last = Number(name);
    return moves ? { what: `the name ${shown(name)} behind others`, twice: false } : null;
  }
}

/** Whether JavaScript moves a name before the others of its object. */
const isIndex = (name: string): boolean => /^(?:0|[1-9]\d{0,9})$/.test(name) && Number(name) < 2 ** 32 - 1;

/** Where the text that begins here ends. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

/** Whether a number of JSON is written in JavaScript as Python writes it. */
function isKept(literal: string): boolean {
  const value = Number(literal);
  if (/^-?\d+$/.test(literal)) return literal === '-0' || String(value) === literal;
  return isKeptFloat(value);
}

/** Whether a number that is a float in Python is written in JavaScript as there. */
export const isKeptFloat = (value: number): boolean =>
  !Number.isFinite(value) || (Math.abs(value) >= 1e-4 && /^-?\d+\.\d+$/.test(String(value)));
