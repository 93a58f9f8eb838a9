import { expect, test } from 'vitest';
import { keyOf, KeySet } from '../../harness/keys.js';

test('a set of keys holds what it was given, however many', () => {
  const [keys, known] = [new KeySet(), new Set<number>()];
  for (let i = 0; i < 20_000; i++) {
    const key = keyOf(String(i % 15_000));
    expect(keys.has(key)).toBe(known.has(key));
    expect(keys.add(key)).toBe(!known.has(key));
    known.add(key);
  }
  expect(keys.size).toBe(15_000);
  expect(keys.has(keyOf('another'))).toBe(false);
});
