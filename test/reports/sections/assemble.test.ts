import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { reportSchema } from '../../../reports/report/schema.js';
import { configuration, each, flat, reporter, rising, starts } from './hand.js';

const report = reporter();

test('devices are never merged: the one with most runs is compared', () => {
  const found = report([
    ...starts,
    ...configuration('a', 'a', 'pairs', [1, 1, 1]),
    ...configuration('c', 'c', 'own-samples', [1, 1, 1]),
    ...configuration('b', 'b', 'own-samples', [1, 2, 2], { device: 'gpu' }),
  ]);
  expect(found.frontiers.map(({ name }) => name)).toEqual(['RL', 'offline', 'a', 'c']);
  expect(found.headToHead.map(({ a, b }) => [a, b])).toEqual([['a', 'c']]);
});

test('precisions of products are never merged, and it is said', () => {
  const on = { device: 'cuda' };
  const found = report([
    ...starts.map((run) => ({ ...run, ...on })),
    ...configuration('a', 'a', 'pairs', [1, 1, 1], on),
    ...configuration('b', 'b', 'own-samples', [1, 2, 2], on).map((run) =>
      run.seed === 0 ? { ...run, precision: 'bfloat16' } : run,
    ),
  ]);
  expect(found.algorithms.map(({ name, runs }) => [name, runs])).toEqual([
    ['a', 3],
    ['b (reference/cuda/bfloat16)', 1],
    ['b (reference/cuda)', 2],
  ]);
  expect(found.notes.join()).toContain('(reference/cuda, reference/cuda/bfloat16)');
  expect(found.deviations.join()).toContain('Runs differ in precision: bfloat16 (1), float32');
});

test('every section keeps to the published schema', () => {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(reportSchema);
  const found = report([
    ...starts,
    ...['a', 'b'].flatMap((label, k) =>
      each((seed) => ({ label, seed, gold: flat(k + 1, seed), curve: rising(k + 1 + seed / 50, 1) })),
    ),
    ...each((seed) => ({ label: 'a (A/A)', stage: 'a', role: 'control', seed, gold: flat(1, seed / 2) })),
  ]);
  validate(JSON.parse(JSON.stringify(found)));
  expect(validate.errors).toBeNull();
});
