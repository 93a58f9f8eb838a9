import { describe, expect, test } from 'vitest';
import { bestWithin, breakEven, crossover } from '../../../harness/metrics/compute-budget.js';

describe('the best policy that a budget buys', () => {
  const purchases = [
    { cost: 10, score: 1 },
    { cost: 5, score: 0.5 },
    { cost: 20, score: 0.8 },
    { cost: 8, score: 1 },
  ];
  test('is the one that validation likes best among the affordable, the cheaper of equals', () => {
    expect(bestWithin(purchases, 100)).toBe(3);
    expect(bestWithin(purchases, 6)).toBe(1);
    expect(bestWithin(purchases, 5)).toBe(1);
  });
  test('is none, not the start, where the budget buys none', () =>
    expect(bestWithin(purchases, 4)).toBeNull());
});

describe('crossovers', () => {
  test('lie between two budgets', () =>
    expect(crossover([1, 2, 4, 8], [-1, 1, -1, 2])).toEqual({ after: 4, from: 8 }));
  test('at the first budget, and never', () => {
    expect(crossover([1, 2], [1, 1])).toEqual({ after: null, from: 1 });
    expect(crossover([1, 2], [1, 0])).toEqual({ after: 2, from: null });
  });
});

describe('break-even', () => {
  test('answers that pay for training', () => {
    expect(breakEven(16, 1500, 1)).toBe(100);
    expect(breakEven(16, -5, 1)).toBe(0);
    expect(breakEven(1, 1500, 1)).toBeNull();
  });
});
