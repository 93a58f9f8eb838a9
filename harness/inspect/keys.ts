import { createHash } from 'node:crypto';

/**
 * Texts as a number that tells them apart: 52 bits of SHA-256, so that a million rows take megabytes and two
 * of them meet once in ten thousand such sets.
 */
export function keyOf(...texts: readonly string[]): number {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  const bytes = hash.digest();
  return bytes.readUIntBE(0, 6) * 16 + (bytes[6]! >> 4);
}

/** A prompt as two splits may share it: white space and Unicode's several spellings make no other prompt. */
export const normalised = (prompt: string): string => prompt.normalize('NFC').replaceAll(/\s+/g, ' ').trim();
