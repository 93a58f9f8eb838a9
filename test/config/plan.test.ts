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

describe('what scores evaluations', () => {
  const proxies = async (change: (draft: typeof raw & Record<string, unknown>) => void): Promise<Record<string, string | null>> => Object.fromEntries((await plan(change)).filter((r) => r.seed === 0).map((r) => [r.stage, r.inputs.proxy === null ? null : r.inputs.proxy.replace(/-s0-.*/, '')]));
  const oneReward = (d: typeof raw & Record<string, unknown>): void => { delete (d.stages.reward as { sweep?: unknown }).sweep; };

  test('the only reward there is, for compared runs without one of their own; it runs before them', async () => {
    expect(await proxies(oneReward)).toEqual({ base: null, collect: null, sft: null, swept: 'reward', reward: null, ppo: null });
    const order = (await plan(oneReward)).filter((r) => r.seed === 0).map((r) => r.stage);
    expect(order.indexOf('reward')).toBeLessThan(order.indexOf('swept'));
  });
  test('none where rewards are swept or there are two, unless one is named', async () => {
    expect((await proxies(() => {}))['swept']).toBeNull();
    const two = (d: typeof raw & Record<string, unknown>): void => { oneReward(d); (d.stages as Record<string, unknown>)['other'] = { algorithm: 'bt-reward', start: 'sft' }; };
    expect((await proxies(two))['swept']).toBeNull();
    expect((await proxies((d) => { two(d); d['evaluation'] = { proxy: 'other' }; }))['swept']).toBe('other');
  });
  test.each([
    ['rewart', /evaluation\.proxy: unknown stage 'rewart'; did you mean 'reward'\?/],
    ['sft', /evaluation\.proxy: sft is sft, which gives a policy/],
    ['reward', /evaluation\.proxy: stage reward is swept/],
  ])('refuses %s', async (proxy, message) => expect(plan((d) => { d['evaluation'] = { proxy }; })).rejects.toThrow(message));
  test('a stage that the proxy builds on is not scored by it', async () => {
    expect((await proxies((d) => { oneReward(d); (d.stages.sft as Record<string, unknown>)['role'] = 'compared'; }))['sft']).toBeNull();
  });
});

describe('controls and tuning', () => {
  test('a control is every configuration once more: other randomness, all else equal', async () => {
    const runs = (await plan((d) => { (d.stages.swept as Record<string, unknown>)['control'] = true; })).filter((r) => r.seed === 1 && r.stage === 'swept');
    expect(runs.filter((r) => r.role === 'compared')).toHaveLength(4);
    const controls = runs.filter((r) => r.role === 'control');
    expect(controls).toHaveLength(4);
    for (const control of controls) {
      const twin = runs.find((r) => `${r.label} (A/A)` === control.label)!;
      expect({ ...control, id: '', label: '', role: '', replica: 0 }).toEqual({ ...twin, id: '', label: '', role: '' });
      expect([twin.replica, control.replica]).toEqual([0, 1]);
      expect(control.id).not.toBe(twin.id);
    }
  });
  test('only a compared stage has one', async () => expect(plan((d) => { (d.stages.sft as Record<string, unknown>)['control'] = true; })).rejects.toThrow(/stage sft: control: only a compared stage/));
  test('equal budgets are refused where they are not, inherited variants counted', async () => {
    await expect(plan((d) => { d['tuning'] = { equal: true }; })).rejects.toThrow(/swept: 4, ppo: 2\); give each the same number/);
    await expect(plan((d) => { d['tuning'] = { equal: true }; d.stages.swept.sweep.labelSmoothing = [0]; })).resolves.toBeDefined();
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
