import { expect, test } from 'vitest';
import { rewardMeasures, testedOn } from '../../../reports/report/reward-figures.js';

const figure = (mean: number): unknown => ({ mean, ci: null, n: 3 });
const model = {
  name: 'judge',
  runs: 3,
  figures: Object.fromEntries(
    [
      'heldout/accuracy',
      'heldout/pairs',
      'normalisation/mean',
      'stopped_early',
      'test/accuracy',
      'test/pairs',
    ].map((name) => [name, figure(106)]),
  ),
} as never;

test('counts, flags and scales are no figures of a reward model; on how many pairs is said once', () => {
  expect(rewardMeasures([model])).toEqual(['heldout/accuracy', 'test/accuracy']);
  expect(testedOn(model)).toBe('3 runs, 106 test pairs each');
  expect(testedOn({ name: 'r', runs: 1, figures: {} } as never)).toBe('1 run');
});
