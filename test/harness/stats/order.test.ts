import { expect, test } from 'vitest';
import { Rng } from '../../../harness/rng.js';
import { orderStatistics } from '../../../harness/stats/order.js';

test.each([1, 2, 3, 10, 501])('order statistics of %i numbers are those of the sorted ones', (n) => {
  const rng = Rng.fromSeed(`order ${n}`);
  for (const draw of [() => rng.normal(), () => rng.int(3), () => 1]) {
    const values = Float64Array.from({ length: n }, draw);
    const sorted = values.slice().sort();
    for (let i = 0; i < n; i++)
      expect(orderStatistics(values.slice(), i)).toEqual([sorted[i], sorted[Math.min(i + 1, n - 1)]]);
    for (const i of [0, n - 1, n >> 1, 0]) expect(orderStatistics(values, i)[0]).toBe(sorted[i]);
    expect(values.slice().sort()).toEqual(sorted);
  }
});
