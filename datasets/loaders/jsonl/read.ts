import { createHash } from 'node:crypto';
import { requireFile, type Source, unpacked } from '../source.js';
import { jsonRows } from './documents.js';

/** The rows of a file of JSON Lines or of one JSON array, gzipped or not. @throws TiltyardError */
export function jsonlSources(path: string): Source[] {
  requireFile(path, 'jsonl');
  const hash = createHash('sha256');
  let hex: string | null = null;
  return [
    {
      path,
      rows: () => jsonRows(path, unpacked(path, hash)),
      sha256: () => (hex ??= hash.digest('hex')),
    },
  ];
}
