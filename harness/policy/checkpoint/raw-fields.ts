import { stringEnd } from '../tokenizers/json-file.js';

/** A field of a JSON object: its name, and its value as it is written. */
export type RawField = readonly [name: string, text: string];

/**
 * The fields of a JSON object in their order, each value as the text has it: 1e-05 stays 1e-05, 1.0 stays
 * 1.0, NaN stays NaN, and a name that stands twice is listed twice.
 * @param text of an object that can be parsed
 */
export function rawFields(text: string): RawField[] {
  const fields: RawField[] = [];
  let at = text.indexOf('{') + 1;
  for (;;) {
    const start = text.indexOf('"', at);
    if (start === -1) return fields;
    const end = stringEnd(text, start);
    const from = text.indexOf(':', end) + 1;
    const to = valueEnd(text, from);
    fields.push([JSON.parse(text.slice(start, end)) as string, text.slice(from, to).trim()]);
    if (text[to] !== ',') return fields;
    at = to + 1;
  }
}

/** The names that a JSON object has twice. */
export function repeated(fields: readonly RawField[]): string | undefined {
  const seen = new Set<string>();
  return fields.find(([name]) => seen.size === seen.add(name).size)?.[0];
}

/** Where the value that begins at `start` is followed by a comma or by the end of its object. */
function valueEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text[at]!;
    if (character === '"') {
      at = stringEnd(text, at);
      continue;
    }
    if (depth === 0 && (character === ',' || character === '}')) return at;
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    at++;
  }
  return at;
}
