import { expect, test } from 'vitest';
import { edgesOf, warnings } from '../../../reports/report/warnings.js';
import { fixture } from '../fixture.js';
import { variants } from '../variants.js';

const report = fixture({ families: ['dpo', 'ipo', 'ppo', 'best-of-n'] });

test('a number chosen at the edge, and a family that spends little, stand by the answer', () => {
  expect(warnings(report)).toEqual([
    'At the edge of what was tried, so a better value may lie beyond: ppo (learningRate, add 0.0009).',
    'Under half the KL budget in every configuration: ipo.',
  ]);
  expect(edgesOf(report.grids).map(({ family }) => family)).toEqual(['ppo']);
});
test('a sampler at its strongest is no fault of tuning: said apart, without a value to add', () => {
  const grids = report.grids.map((grid) => ({
    ...grid,
    parameters: grid.parameters.map(({ edge, ...own }) => ({
      ...own,
      edge: edge && { ...edge, freest: true },
    })),
  }));
  expect(warnings({ ...report, grids })).toEqual([
    'At their strongest, where samplers score best until the reward misleads: ppo (learningRate 0.0003).',
    'Under half the KL budget in every configuration: ipo.',
  ]);
});
test('where a judge stands for gold, that comes first', () => {
  expect(warnings(variants()['judge']!)[0]).toMatch(
    /^What is compared here is the score of the reward model judge, and no truth; of pairs it has not seen/,
  );
});
test('three are named, the others counted', () => {
  const [edge] = report.grids.filter(({ family }) => family === 'ppo');
  const many = ['a', 'b', 'c', 'd', 'e'].map((family) => ({ ...edge!, family, unspent: true }));
  expect(warnings({ ...report, grids: many }).map((said) => said.replace(/.*: /, ''))).toEqual([
    'a (learningRate, add 0.0009), b (learningRate, add 0.0009), c (learningRate, add 0.0009) and 2 more.',
    'a, b, c and 2 more.',
  ]);
});
test('nothing to say, nothing said', () => {
  expect(warnings({ ...report, grids: [] })).toEqual([]);
});
