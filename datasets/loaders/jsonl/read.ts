import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { TiltyardError } from '../../../harness/errors.js';
import type { Template } from '../../../harness/policy/tokenizers/chat.js';
import { pairOf, type RawPair } from '../preference-row.js';

/** For messages. */
const EXAMPLE = '{"prompt": "...", "chosen": "...", "rejected": "..."}';

/**
 * Preference rows of a JSONL file, gzipped or not. @param dropEmpty as in `pairOf`
 * @throws TiltyardError with file and line for anything that is not such a row
 */
export function readJsonlPairs(path: string, template: Template, dropEmpty = false): RawPair[] {
  if (!existsSync(path))
    throw new TiltyardError(
      'missing-file',
      `dataset jsonl: no file ${path}; check the path (relative ones start at the experiment file)`,
    );
  const bytes = readFileSync(path);
  let text: string;
  try {
    text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new TiltyardError(
      'bad-gzip',
      `${path}: not a whole gzip file (${(error as Error).message}); download it again`,
      { cause: error },
    );
  }
  const out: RawPair[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const at = `${path}:${i + 1}`;
    const pair = pairOf(parsed(line, at), { id: String(i + 1), at }, template, dropEmpty);
    if (pair !== null) out.push(pair);
  });
  if (out.length === 0)
    throw new TiltyardError('empty-dataset', `${path}: has no rows; give at least one line like ${EXAMPLE}`);
  return out;
}

function parsed(line: string, at: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new TiltyardError(
      'bad-json',
      `${at}: not valid JSON (${(error as Error).message}); one object a line is expected`,
    );
  }
}
