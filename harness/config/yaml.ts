import { type Document, LineCounter, parseDocument } from 'yaml';
import { TiltyardError } from '../errors.js';

/** An experiment takes some thousand; the time to read one grows with the square of its keys. */
const MAX_LETTERS = 1_000_000;
/** Mappings and lists inside each other that any file has use for, and more. */
const MAX_DEPTH = 64;
/** Brackets that the parser takes without running out of stack; those in strings are counted too. */
const MAX_BRACKETS = 500;

/**
 * YAML or JSON as a value.
 * @param source what the message starts with
 * @throws TiltyardError with line and column of the first error, where there are some
 */
export function parseYaml(text: string, source: string): unknown {
  const lines = new LineCounter();
  const refuse = (what: string): TiltyardError =>
    new TiltyardError('bad-yaml', `${source}: ${what}; fix the YAML`);
  if (text.length > MAX_LETTERS) throw refuse(`is longer than ${MAX_LETTERS} letters`);
  if (brackets(text) > MAX_BRACKETS) throw refuse(`brackets lie more than ${MAX_BRACKETS} deep`);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const what = error.message.split('\n')[0];
    throw new TiltyardError('bad-yaml', `${source}:${line}:${col}: ${what}; fix the YAML there`);
  }
  const value = plainValue(document, refuse);
  if (isDeeper(value, MAX_DEPTH)) {
    throw refuse(
      `mappings and lists lie more than ${MAX_DEPTH} deep, or one that is named by & has itself in it`,
    );
  }
  return value;
}

/** Aliases are resolved here: to what is there, and not too often. */
function plainValue(document: Document, refuse: (what: string) => TiltyardError): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    const message = (error as Error).message;
    if (message.startsWith('Excessive alias count')) throw refuse('aliases (*name) stand for too much');
    throw refuse(message);
  }
}

/** How deep they lie. */
function brackets(text: string): number {
  let [now, most] = [0, 0];
  for (const letter of text) {
    if (letter === '[' || letter === '{') most = Math.max(most, ++now);
    else if (letter === ']' || letter === '}') now = Math.max(0, now - 1);
  }
  return most;
}

const isDeeper = (value: unknown, depth: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1)));
