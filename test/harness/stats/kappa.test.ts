import { describe, expect, test } from 'vitest';
import { cohensKappa } from '../../../harness/stats/kappa.js';

const table = (counts: readonly (readonly [string, string, number])[]): [string, string][] =>
  counts.flatMap(([a, b, n]) => Array.from({ length: n }, (): [string, string] => [a, b]));

describe('kappa', () => {
  test('of two raters of 50 grants, 20 both for, 15 both against, is .4', () =>
    expect(
      cohensKappa(
        table([
          ['y', 'y', 20],
          ['y', 'n', 5],
          ['n', 'y', 10],
          ['n', 'n', 15],
        ]),
      ),
    ).toBeCloseTo(0.4, 12));
  test('is 1 where they always agree, 0 as by chance, -1 where two answers are always exchanged', () => {
    expect(
      cohensKappa(
        table([
          ['a', 'a', 3],
          ['b', 'b', 5],
        ]),
      ),
    ).toBe(1);
    expect(
      cohensKappa(
        table([
          ['a', 'a', 1],
          ['a', 'b', 1],
          ['b', 'a', 1],
          ['b', 'b', 1],
        ]),
      ),
    ).toBe(0);
    expect(
      cohensKappa(
        table([
          ['a', 'b', 4],
          ['b', 'a', 4],
        ]),
      ),
    ).toBe(-1);
  });
  test('is 0 where one always says what the other never says', () =>
    expect(cohensKappa(table([['a', 'b', 9]]))).toBe(0));
  test('is none without ratings, and where nothing but agreement could be', () => {
    expect(cohensKappa([])).toBeNull();
    expect(cohensKappa(table([['a', 'a', 9]]))).toBeNull();
  });
});
