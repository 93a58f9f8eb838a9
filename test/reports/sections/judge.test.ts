import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StoredExperiment } from '../../../harness/store/read.js';
import { assemble } from '../../../reports/sections/assemble.js';
import { temporary } from '../../support.js';
import { handStore } from '../store.js';
import { configuration, each, flat, starts } from './hand.js';

/** Two families far apart by a judge that is right so often on so many pairs a seed. */
function judged(accuracy: number, pairs: number): StoredExperiment {
  const settings = { evaluation: { judge: 'j' }, comparison: { budgets: [1], maxKl: 2, margin: 0.05 } };
  const stored = handStore(
    join(temporary(), 'x'),
    [
      ...starts,
      ...configuration('a', 'a', 'pairs', [2, 1, 1]),
      ...configuration('b', 'b', 'own-samples', [2, 3, 3]),
      ...each((seed) => ({ label: 'j', role: 'shared' as const, seed, gold: flat(0, 0) })),
    ],
    settings as unknown as Partial<StoredExperiment['experiment']>,
  );
  const summary = { 'test/accuracy': accuracy, 'test/pairs': pairs };
  const runs = stored.runs.map((run) =>
    run.spec.stage === 'j' ? { ...run, outcome: { ...run.outcome!, summary } } : run,
  );
  return { ...stored, runs };
}

test('a judge that is right judges, and the page says how often it is right', () => {
  const report = assemble(judged(0.9, 100));
  expect(report.judge).toMatchObject({ name: 'j', canJudge: true, accuracy: { mean: 0.9, n: 3 } });
  expect(report.answer.primary!.verdict).toBe('ahead');
  expect(report.answer.sentence).toContain('reward by j');
});
test('one that cannot judge leaves one sentence, and no verdict, difference or rate', () => {
  const report = assemble(judged(0.52, 100));
  expect(report.judge).toMatchObject({ canJudge: false });
  expect(report.answer.sentence).toMatch(
    /^The judge j ranks 52.* not told apart from chance, so nothing here/,
  );
  expect(report.answer).toMatchObject({ primary: null, details: [], secondary: { comparisons: [] } });
  for (const { goldReward, goldDifference, winRate } of report.algorithms)
    expect([goldReward, goldDifference, winRate.vsReference]).toEqual([null, null, null]);
  expect(report.headToHead.every(({ goldDifference, q }) => goldDifference === null && q === null)).toBe(
    true,
  );
  expect(report.curves.every(({ goldReward }) => goldReward === null)).toBe(true);
});
test('a judge of one seed is held to its pairs, of which 99 % of 300 is not chance', () => {
  const stored = judged(0.99, 300);
  const one = { ...stored, runs: stored.runs.filter(({ spec }) => spec.seed === 0) };
  expect(assemble(one).judge).toMatchObject({ canJudge: true, accuracy: { n: 1 } });
});
