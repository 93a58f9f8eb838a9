import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoted, TiltyardError } from '../../errors.js';

export type Json = Readonly<Record<string, unknown>>;

/** The JSON object in a file of a model folder; null where there is no such file. @throws TiltyardError */
export function jsonFile(dir: string, file: string): Json | null {
  const path = join(dir, file);
  if (!existsSync(path)) return null;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new TiltyardError(
      'bad-json',
      `${path}: not valid JSON (${(error as Error).message}); bring the file again`,
      { cause: error },
    );
  }
  if (isObject(value)) return value;
  throw new TiltyardError('bad-json', `${path}: should be a JSON object, got ${shown(value)}`);
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value for a message. */
export const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : quoted(value).slice(0, 60);
