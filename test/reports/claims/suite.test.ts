import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveExperiment } from '../../../harness/config/resolve.js';
import { makePlan } from '../../../harness/config/plan.js';
import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import suite from '../../../reports/claims/suite.js';
import { TOPICS } from '../../../reports/claims/topics.js';
import { root, temporary } from '../../support.js';
import { cases, pair } from './cases.js';
import { stored } from './support.js';

const dir = temporary();

test('without a stored run every claim is undecided, with its statistic, rule and reason', () => {
  const claims = suite.decide(new Map()) as ClaimRow[];
  expect(claims.map((c) => c.id)).toEqual(Object.values(TOPICS).flat());
  expect(cases.map(([id]) => id).sort()).toEqual(Object.values(TOPICS).flat().sort());
  for (const c of claims) {
    expect(c).toMatchObject({
      type: 'claim',
      verdict: 'undecided',
      value: null,
      n: 0,
      figure: null,
      note: expect.stringMatching(/o seed has the runs it takes\. Topic [a-z -]+: \d+ tests?$/),
    });
    for (const text of [c.claim, c.scenario, c.statistic, c.threshold])
      expect(text.length, c.id).toBeGreaterThan(5);
  }
});

test('a failed run is left out of its seed, and its seed out of the claim', () => {
  const runs = stored(join(dir, 'failed'), 5, () => pair('ppo', 'dpo', -0.3)).map((run) =>
    run.spec.seed === 0 && run.spec.stage === 'dpo'
      ? { ...run, outcome: { ...run.outcome!, outcome: 'diverged' as const } }
      : run,
  );
  const claim = suite.decide(new Map([['core', runs]])).find((r) => r.id === 'F14') as ClaimRow;
  expect(claim).toMatchObject({ n: 4, figure: 'frontiers' });
});

describe.each(suite.profiles)('profile %s', (profile) => {
  test('every member is a valid experiment, and what members have in common is planned once', async () => {
    const all: string[] = [];
    for (const [name, raw] of Object.entries(suite.members(profile))) {
      const { runs } = await makePlan(resolveExperiment({ name, ...raw }, name), root, name);
      expect(
        runs.map((r) => r.stage),
        name,
      ).toEqual(expect.arrayContaining(['base', 'collect', 'reward']));
      const n = new Set(runs.map((r) => r.seed)).size;
      const many = ['core', 'narrow', 'certain', 'overfitted'].includes(name);
      expect(n, name).toBe(profile !== 'full' ? 3 : many ? 72 : 16);
      all.push(...runs.map((r) => r.id));
    }
    const once = new Set(all).size;
    expect(once).toBeLessThan(all.length);
    // What a machine of two cores has time for.
    expect(once).toBeLessThan(6000);
  });
});
