import { describe, expect, test } from 'vitest';
import { integer, number } from '../../../harness/contracts/params.js';
import { central, geometricAxis } from '../../../harness/tune/axis.js';

const rate = number({ above: 0, default: 1, description: 'r' });
const whole = integer({ min: 1, max: 100, default: 16, description: 'n' });

describe('a geometric axis', () => {
  test('multiplies the middle by its factor, to three digits', () => {
    const axis = geometricAxis('learningRate', rate, 3e-4, 2);
    expect([-3, -1, 0, 1, 3].map(axis.at)).toEqual([3.75e-5, 1.5e-4, 3e-4, 6e-4, 2.4e-3]);
    // 2e-4 sqrt 2 = 2.8284...e-4
    expect(geometricAxis('beta', rate, Math.sqrt(0.2 * 0.4), 4).at(1)).toBe(1.13);
  });
  test('keeps whole numbers whole, within their bounds, each once', () => {
    const axis = geometricAxis('n', whole, 16, 4);
    expect([-3, -2, -1, 0, 1, 2].map(axis.at)).toEqual([null, 1, 4, 16, 64, null]); // 256 is over 100
    // 3, 1.5 and .75 round to 3, 2 and 1; .375 to 0.
    expect([-3, -2, -1, 0].map(geometricAxis('n', whole, 3, 2).at)).toEqual([null, 1, 2, 3]);
    // 1, .7 and 1.4 round to 1, which is there already.
    expect([-1, 0, 1].map(geometricAxis('n', whole, 1, 1.4).at)).toEqual([null, 1, null]);
  });
  test('ends at exclusive bounds', () => {
    const below = number({ above: 0, below: 0.5, default: 0.1, description: 'x' });
    expect([0, 1, 2].map(geometricAxis('x', below, 0.125, 2).at)).toEqual([0.125, 0.25, null]);
  });
});

describe('values about the middle', () => {
  test('as many on either side, one more above where the count is even', () => {
    const axis = geometricAxis('learningRate', rate, 1, 2);
    expect(central(axis, 7)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect(central(axis, 4)).toEqual([-1, 0, 1, 2]);
  });
  test('shifted where a bound is near, fewer where there are no more', () => {
    const axis = geometricAxis('n', whole, 2, 2);
    expect(central(axis, 5)).toEqual([-1, 0, 1, 2, 3]);
    expect(central(axis, 20).map(axis.at)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });
});
