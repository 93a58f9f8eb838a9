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

const EMPTY = -1;

/** A set of keys that takes 16 bytes for one, where JavaScript's own takes 50. */
export class KeySet {
  private slots = new Float64Array(64).fill(EMPTY);
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(key: number): boolean {
    return this.slots[this.slot(key)] === key;
  }

  /** Whether the key is new. */
  add(key: number): boolean {
    const slot = this.slot(key);
    if (this.slots[slot] === key) return false;
    this.slots[slot] = key;
    this.count++;
    if (this.count > this.slots.length * MOST_FILLED) this.grow();
    return true;
  }

  /** Where the key is, or would be. Keys are random, so that their remainders are. */
  private slot(key: number): number {
    let slot = key % this.slots.length;
    while (this.slots[slot] !== EMPTY && this.slots[slot] !== key) slot = (slot + 1) % this.slots.length;
    return slot;
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Float64Array(slots.length * 2).fill(EMPTY);
    for (const key of slots) if (key !== EMPTY) this.slots[this.slot(key)] = key;
  }
}

const MOST_FILLED = 0.75;
