import { expect, test } from 'vitest';
import { answers } from '../../../reports/compare/answers.js';
import { temporary } from '../../support.js';
import { handStore, START } from '../store.js';

/** One that learns from pairs, one from its own samples, which is better by so much. */
const answering = (better: number) => {
  const run = (label: string, learnsFrom: 'pairs' | 'own-samples', gold: number) =>
    [0, 1, 2].map((seed) => ({
      label,
      seed,
      learnsFrom,
      gold: [1, 1.2, 1.4, 1.6].map((x) => x + gold + 0.01 * seed),
      curve: [
        { kl: 0, gold: 1, proxy: 0 },
        { kl: 4, gold: 1 + gold, proxy: 1 },
      ],
    }));
  const start = [0, 1, 2].map((seed) => ({
    label: START,
    role: 'shared' as const,
    seed,
    gold: [0, 0, 0, 0],
  }));
  const runs = [...start, ...run('one', 'pairs', 0.3), ...run('two', 'own-samples', 0.4 + better)];
  return handStore(temporary(), runs);
};

test('what either answers, with the gains that it rests on', () => {
  const found = answers(answering(0), answering(0.5));
  expect(found.a.sentence).toMatch(/^RL /);
  expect(found.a).toMatchObject({ budget: 4, by: 'proxy' });
  expect(found.figures.map(({ name }) => name)).toEqual(['RL − offline', 'RL', 'offline', 'one', 'two']);
  const [primary] = found.figures;
  // Half of .1 and of .6: gains rise linearly from the start to the only configuration.
  expect(primary!.a!.mean).toBeCloseTo(0.05, 12);
  expect(primary!.b!.mean).toBeCloseTo(0.3, 12);
});
test('a family of one folder alone has no figure in the other', () => {
  const both = answering(0);
  const single = { ...both, runs: both.runs.filter(({ spec }) => spec.label !== 'two') };
  const found = answers(both, single);
  expect(found.figures.find(({ name }) => name === 'two')).toMatchObject({ a: { n: 3 }, b: null });
  expect(found.figures[0]).toMatchObject({ name: 'RL − offline', b: null });
});
