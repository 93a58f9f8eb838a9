import { TiltyardError } from '../errors.js';
import { hashOf } from '../hash.js';
import { readJson } from './atomic.js';

/** A record that says what it was: the hash of all its other fields. */
export interface Sealed {
  /** SHA-256 of the canonical JSON of every other field, hex; absent in folders of an older version. */
  readonly seal?: string;
}

/** A record with its seal. */
export function sealed<T extends object>(record: T): T & Sealed {
  const { seal: _, ...rest } = record as T & Sealed;
  return { ...(rest as T), seal: sealOf(rest) };
}

/** Whether a record is what was sealed; null where it has no seal. */
export function isWhole(record: Sealed): boolean | null {
  const { seal, ...rest } = record;
  return seal === undefined ? null : seal === sealOf(rest);
}

/** Reads a record. @throws TiltyardError naming the file, where it is missing or not what was written */
export function readSealed<T extends Sealed>(path: string): T {
  const record = readJson<T | null>(path);
  if (typeof record === 'object' && record !== null && isWhole(record) !== false) return record;
  throw new TiltyardError('damaged', `${path}: is not what was written there; bring it back as it was`);
}

/** SHA-256 of what will be read back: JSON has no undefined, and null for numbers that are not finite. */
export const sealOf = (record: object): string => hashOf(JSON.parse(JSON.stringify(record)));
