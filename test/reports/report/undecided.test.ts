import { expect, test } from 'vitest';
import { undecided } from '../../../reports/report/undecided.js';
import { variants } from '../variants.js';

const { undecided: shut, 'one seed': single, 'no gold': none } = variants();

test('what was tested and came out neither way, with what could have been found', () => {
  expect(undecided(shut!.answer)).toEqual([
    'RL and offline: +0.120 [−0.210, +0.450]; 0.470 or more would have been found, four times in five.',
  ]);
});
test('pairs of families are no tests while the gate is shut, and are once it is open', () => {
  const { answer } = shut!;
  const open = { ...answer, secondary: { ...answer.secondary, open: true } };
  const apart = answer.secondary.comparisons.filter(({ verdict }) => verdict === 'not told apart');
  expect(apart.length).toBeGreaterThan(0);
  expect(undecided(open).length).toBe(1 + apart.length);
});
test('one seed: no test, which is said; nothing tested, nothing said', () => {
  expect(undecided(single!.answer)[0]).toMatch(/^RL and offline: \+\d\.\d+; too few seeds for a test\.$/);
  expect(undecided(none!.answer)).toEqual([]);
});
