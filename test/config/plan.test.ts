import { describe, expect, test } from 'vitest';
import { canonicalJson, hashOf, runId } from '../../harness/config/identity.js';
import { loadExperiment, resolveExperiment } from '../../harness/config/load.js';
import { makePlan } from '../../harness/config/plan.js';
import type { RunSpec } from '../../harness/store/records.js';

const raw = {
  name: 'x',
  seeds: 2,
  dataset: { name: 'reviews' },
  collect: { from: 'base' },
  stages: {
    base: { algorithm: 'sft', completions: 'corpus' },
    sft: { algorithm: 'sft', start: 'base' },
    swept: { algorithm: 'dpo', start: 'sft', sweep: { beta: [0.1, 0.5], labelSmoothing: [0, 0.1] } },
    reward: { algorithm: 'bt-reward', start: 'sft', sweep: { penalty: [0, 0.01] } },
    ppo: { algorithm: 'ppo-rlhf', start: 'sft', reward: 'reward' },
  },
};
const plan = async (change: (draft: typeof raw & Record<string, unknown>) => void = () => {}): Promise<readonly RunSpec[]> => {
  const draft = structuredClone(raw) as typeof raw & Record<string, unknown>;
  change(draft);
  return (await makePlan(resolveExperiment(draft, 'test'), '/', 'test')).runs;
};

describe('the plan', () => {
  test('inputs come before what needs them; shared stages once per seed; sweeps multiply', async () => {
    const runs = await plan();
    const one = runs.filter((r) => r.seed === 0);
    expect(one.map((r) => r.label)).toEqual(['base', 'collect', 'sft', 'swept[beta=0.1,labelSmoothing=0]', 'swept[beta=0.1,labelSmoothing=0.1]', 'swept[beta=0.5,labelSmoothing=0]', 'swept[beta=0.5,labelSmoothing=0.1]', 'reward[penalty=0]', 'reward[penalty=0.01]', 'ppo[reward[penalty=0]]', 'ppo[reward[penalty=0.01]]']);
    const seen = new Set<string>();
    for (const run of runs) {
      for (const id of Object.values(run.inputs)) if (id !== null) expect(seen.has(id), `${run.id} before ${id}`).toBe(true);
      seen.add(run.id);
    }
    expect(new Set(runs.map((r) => r.id)).size).toBe(22);
  });
  test('defaults are filled and frozen', async () => {
    const [base] = await plan();
    expect(base!.algorithm!.params).toMatchObject({ batchSize: 32, schedule: 'linear', maxGradNorm: 1 });
    const { experiment } = loadExperiment('smoke');
    expect(() => { (experiment.stages as Record<string, unknown>)['new'] = {}; }).toThrow(TypeError);
  });
  test('stages that others build on, and rewards, are shared', async () => {
    const roles = Object.fromEntries((await plan()).map((r) => [r.stage, r.role]));
    expect(roles).toMatchObject({ base: 'shared', sft: 'shared', reward: 'shared', swept: 'compared', ppo: 'compared' });
  });
});

describe('identity', () => {
  const ids = async (change?: (draft: typeof raw & Record<string, unknown>) => void): Promise<Record<string, string>> => Object.fromEntries((await plan(change)).filter((r) => r.seed === 0).map((r) => [r.label, r.id]));
  test('is the same for the same experiment, whatever the order of keys', async () => {
    expect(await ids()).toEqual(await ids());
    expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: undefined })).toBe('{"b":[1,{"c":2,"d":1}]}');
    expect(hashOf({ a: 1, b: 2 })).toBe(hashOf({ b: 2, a: 1 }));
  });
  test('a changed stage changes every run that builds on it, and no other', async () => {
    const [before, after] = [await ids(), await ids((d) => { (d.stages.sft as Record<string, unknown>)['params'] = { epochs: 2 }; })];
    const changed = Object.keys(before).filter((label) => before[label] !== after[label]);
    expect(changed).not.toContain('base');
    expect(changed).not.toContain('collect');
    expect(changed).toEqual(expect.arrayContaining(['sft', 'reward[penalty=0]', 'ppo[reward[penalty=0]]']));
  });
  test('time budgets and checkpoints do not decide a result; step budgets do', async () => {
    const before = await ids();
    expect(await ids((d) => { d['checkpointEvery'] = 7; d['budget'] = { maxSeconds: 100 }; })).toEqual(before);
    expect(await ids((d) => { d['budget'] = { maxSteps: 100 }; })).not.toEqual(before);
  });
  test('is a usable folder name', async () => {
    const [spec] = await plan();
    const { id: _, ...rest } = spec!;
    expect(runId({ ...rest, label: 'a[b=c/d é]' })).toMatch(/^[A-Za-z0-9._=-]+-s0-[0-9a-f]{8}$/);
  });
});
