import { expect, test } from 'vitest';
import { breakEvenSentence, crossoverWords } from '../../../reports/report/purchases.js';

const at = (after: number | null, from: number | null): string =>
  crossoverWords({ a: 'x', b: 'y', budgets: [], crossover: { dearer: 'x', after, from } });

test('a crossover is said as closely as it is known', () => {
  expect([at(1e9, 2e9), at(null, 2e9), at(1e9, null)]).toEqual([
    'between 1.00 GFLOP and 2.00 GFLOP',
    'already at 2.00 GFLOP',
    'not up to 1.00 GFLOP',
  ]);
  expect(crossoverWords({ a: 'x', b: 'y', budgets: [], crossover: null })).toBe('–');
});
test('after how many answers training is the cheaper way', () => {
  const row = { sampler: 'best', trained: 'dpo', perAnswer: 3e9, perTrainedAnswer: 1e9, training: 4.1e9 };
  expect(breakEvenSentence({ ...row, answers: 2049.5 })).toBe(
    'dpo is cheaper than best after 2,050 answers: an answer of best costs 3.00 GFLOP, one of dpo 1.00 ' +
      'GFLOP and 4.10 GFLOP before the first.',
  );
  expect(breakEvenSentence({ ...row, perAnswer: 5e8, answers: null })).toBe(
    'best stays the cheaper one: an answer of best costs 500 MFLOP, one of dpo 1.00 GFLOP.',
  );
  expect(breakEvenSentence({ ...row, training: -1, answers: 0 })).toBe(
    'dpo is cheaper than best after 0 answers: an answer of best costs 3.00 GFLOP, one of dpo 1.00 GFLOP.',
  );
});
