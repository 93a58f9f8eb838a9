import { LineCounter, parseDocument } from 'yaml';
import { TiltyardError } from '../errors.js';

/**
 * YAML or JSON as a value.
 * @param source what the message starts with
 * @throws TiltyardError with line and column of the first error
 */
export function parseYaml(text: string, source: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const what = error.message.split('\n')[0];
    throw new TiltyardError('bad-yaml', `${source}:${line}:${col}: ${what}; fix the YAML there`);
  }
  return document.toJS() as unknown;
}
