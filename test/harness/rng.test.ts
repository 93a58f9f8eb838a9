import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../harness/rng.js';

/** xoshiro128** as its authors write it, in whole numbers without sign. */
function* xoshiro(key: string): Generator<number> {
  const digest = createHash('sha256').update(key).digest();
  const s = [0, 4, 8, 12].map((at) => BigInt(digest.readUInt32LE(at)));
  const word = (x: bigint): bigint => x & 0xffffffffn;
  const turned = (x: bigint, k: bigint): bigint => word((x << k) | (x >> (32n - k)));
  for (;;) {
    yield Number(word(turned(word(s[1]! * 5n), 7n) * 9n));
    const t = word(s[1]! << 9n);
    s[2] = s[2]! ^ s[0]!;
    s[3] = s[3]! ^ s[1]!;
    s[1] = s[1]! ^ s[2]!;
    s[0] = s[0]! ^ s[3]!;
    s[2] = s[2]! ^ t;
    s[3] = turned(s[3]!, 11n);
  }
}

describe('32 random bits', () => {
  test('are those of xoshiro128** seeded by SHA-256 of the key', () => {
    const wanted = xoshiro('seed:7/rollout/3');
    const rng = Rng.fromSeed(7).split('rollout', 3);
    for (let i = 0; i < 1000; i++) expect(rng.bits()).toBe(wanted.next().value);
  });
  test('come the same one at a time and by the row, in any mixture', () => {
    const [one, rows] = [Rng.fromSeed('x'), Rng.fromSeed('x')];
    for (const n of [1, 0, 7, 100]) {
      const row = new Uint32Array(n);
      rows.fill(row);
      expect([...row, rows.bits()]).toEqual(Array.from({ length: n + 1 }, () => one.bits()));
    }
  });
});

test('a permutation is the order that shuffling gives', () => {
  const places = Array.from({ length: 1000 }, (_, i) => i);
  expect([...Rng.fromSeed(3).permutation(1000)]).toEqual(Rng.fromSeed(3).shuffle(places));
});
