import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { reportSchema } from '../../../reports/report/schema.js';
import { each, flat, reporter, rising, starts } from './hand.js';

const report = reporter();

describe('one seed, another device, no gold', () => {
  test('one seed: means, and no interval over seeds', () => {
    const found = report([
      starts[0]!,
      { label: 'a', seed: 0, gold: [1, 2, 0, 3], curve: rising(1) },
      { label: 'b', seed: 0, gold: [1, 0, 0, 3], curve: rising(2) },
    ]);
    expect(found.matchedKl[0]).toMatchObject({
      adjustedP: null,
      match: null,
      goldDifference: { ci: null, n: 1 },
    });
    expect(found.ranking[0]!.theta.ci).toBeNull();
    expect([found.profiles, found.control.falseAlarms, found.power.seeds]).toEqual([[], null, null]);
  });
  test('devices are never merged', () => {
    const found = report([
      ...starts,
      ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0), curve: rising(1) })),
      ...each((seed) => ({ label: 'b', seed, gold: flat(2, 0), curve: rising(2), device: 'gpu' })),
    ]);
    expect([found.headToHead, found.matchedKl, found.matchedCompute]).toEqual([[], [], []]);
  });
  test('a missing win rate is null, never 0', () => {
    const found = report([
      ...starts,
      ...['a', 'b'].flatMap((label) =>
        each((seed) => ({
          label,
          seed,
          gold: flat(1, 0),
          curve: rising(1).map((p) => ({ ...p, win: null })),
        })),
      ),
    ]);
    expect([
      found.matchedKl[0]!.winRateDifference,
      found.matchedCompute[0]!.atCheaper!.winRateDifference,
      found.families[0]!.frontier[0]!.winRate,
    ]).toEqual([null, null, null]);
  });
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
