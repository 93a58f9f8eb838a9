import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { TiltyardError } from '../errors.js';

/** An experiment takes some thousand. */
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
  const document = documentOf(text, lines, refuse);
  // What is only warned of is a tag that stands for no value of JSON.
  const [error] = [...document.errors, ...document.warnings];
  const wrong = error === undefined ? repeatedKey(document) : { at: error.pos[0], what: error.message };
  if (wrong !== null) {
    const { line, col } = lines.linePos(wrong.at);
    const what = wrong.what.split('\n')[0];
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

function documentOf(
  text: string,
  lineCounter: LineCounter,
  refuse: (what: string) => TiltyardError,
): Document {
  try {
    // Else every key is held against every other: a mapping of 50,000 took a minute.
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false,
      resolveKnownTags: false,
    });
  } catch (error) {
    // Lines of a list that stand where no list can be are so many calls of the parser inside each other.
    if (error instanceof RangeError)
      throw refuse('lists or mappings end, or are indented, where they cannot be');
    throw error;
  }
}

/** The first key that its mapping has already; null where there is none. */
function repeatedKey(document: Document): { readonly at: number; readonly what: string } | null {
  let found: { readonly at: number; readonly what: string } | null = null;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          found = { at: key.range?.[0] ?? 0, what: `the key ${String(key.value)} stands there twice` };
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
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
