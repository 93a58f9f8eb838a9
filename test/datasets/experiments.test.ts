import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { load, type LoadedExperiment } from '../../harness/config/load.js';
import { builtinExperiments } from '../../harness/config/locate.js';
import { makePlan } from '../../harness/config/plan.js';
import { RUNGS } from '../../harness/store/experiment.js';
import { root } from '../support.js';

const names = builtinExperiments().map(({ name }) => name);
// On a file of the user's, one is named; nothing reads it to plan.
const onFile = new Set(['real']);
const trained = names
  .map((name) => load(name, onFile.has(name) ? { data: 'pairs.jsonl' } : {}))
  .filter((loaded): loaded is LoadedExperiment => loaded.kind === 'experiment');

describe('the built-in experiments', () => {
  test('are named in the README, by the name that they are run by', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    for (const name of names) expect(readme, name).toContain(`\`${name}\``);
    for (const { experiment, source } of trained) expect(source).toBe(`experiment ${experiment.name}`);
  });
  test.each(trained.map((loaded) => [loaded.experiment.name, loaded] as const))(
    '%s: a plan with its compared families',
    async (_, { experiment, baseDir, source }) => {
      const { runs } = await makePlan(experiment, baseDir, source);
      const sizes = new Map<string, number>();
      for (const { role, stage, seed } of runs)
        if (role === 'compared' && seed === experiment.seeds[0])
          sizes.set(stage, (sizes.get(stage) ?? 0) + 1);
      expect(sizes.size).toBeGreaterThan(1);
      if (experiment.tuning.equal) expect(new Set(sizes.values()).size).toBe(1);
    },
  );
});

test('run ladder: every rung and nothing else, five configurations each, five seeds', async () => {
  const { experiment, baseDir, source } = trained.find((loaded) => loaded.experiment.name === 'ladder')!;
  expect(Object.keys(experiment.ladder!)).toEqual([...RUNGS]);
  const { runs } = await makePlan(experiment, baseDir, source);
  const compared = runs.filter(({ role }) => role === 'compared');
  expect(new Set(compared.map(({ stage }) => stage))).toEqual(new Set(Object.values(experiment.ladder!)));
  expect(compared).toHaveLength(5 * 5 * 5);
  // From relabelled to on-policy the completions change, and nothing of how labels are drawn.
  const { relabelled, 'online-dpo': onPolicy } = experiment.stages;
  expect([relabelled!.relabel, onPolicy!.params['labels']]).toEqual([
    { by: 'reward', how: 'drawn' },
    'drawn',
  ]);
});
