import { describe, expect, test } from 'vitest';
import { each, flat, reporter, rising, starts } from './hand.js';

const report = reporter();

describe('many variants', () => {
  const many = Array.from({ length: 13 }, (_, k) =>
    each((seed) => ({ label: `a[x=${k}]`, stage: 'a', seed, gold: flat(k, 0), curve: rising(k, k) })),
  ).flat();
  test('meet only as tuned families', () => {
    const found = report([
      ...starts,
      ...many,
      ...each((seed) => ({ label: 'b', seed, gold: flat(5, 0), curve: rising(5) })),
    ]);
    expect(found.headToHead.map(({ a, b }) => [a, b])).toEqual([['a (tuned)', 'b']]);
    expect(found.notes.join()).toContain('14 configurations');
    expect(found.deviations).toContain('Tuning was not equal: a 13, b 1 configurations.');
  });
});
