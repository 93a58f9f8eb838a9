import { describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../harness/store/spec.js';
import { planned, resolved } from './support.js';
import { makePlan } from '../../../harness/config/plan.js';

const labels = (runs: readonly RunSpec[], kind: RunSpec['kind']): string[] =>
  runs.filter((run) => run.kind === kind).map(({ label }) => label);
const of = (runs: readonly RunSpec[], label: string): RunSpec => runs.find((run) => run.label === label)!;

describe('a start is measured', () => {
  test('once for all compared runs that begin there, before the first of them', async () => {
    const runs = await planned();
    expect(labels(runs, 'measure')).toEqual(['measure[sft]']);
    const { id, inputs, role, algorithm } = of(runs, 'measure[sft]');
    expect({ inputs, role, algorithm }).toEqual({
      inputs: { start: of(runs, 'sft').id, pairs: of(runs, 'collect').id, reward: null, proxy: null },
      role: 'shared',
      algorithm: null,
    });
    for (const run of runs) {
      expect(run.inputs.measured, run.label).toBe(run.role === 'compared' ? id : undefined);
      if (run.inputs.measured !== undefined)
        expect(runs.indexOf(of(runs, 'measure[sft]'))).toBeLessThan(runs.indexOf(run));
    }
  });
  test('by a control too, whose start is the same', async () => {
    const runs = await planned({ 'stages.dpo.control': true });
    expect(of(runs, 'dpo (A/A)').inputs).toEqual(of(runs, 'dpo').inputs);
  });
  test('once each where there are two, and where prompts differ', async () => {
    expect(labels(await planned({ ladder: {}, 'stages.dpo.start': null }), 'measure')).toEqual([
      'measure[initial]',
      'measure[sft]',
    ]);
    const runs = await planned({ ladder: {}, 'stages.dpo.evaluation': { prompts: 7 } });
    expect(labels(runs, 'measure')).toEqual(['measure[sft]', 'measure[sft]']);
    expect(runs.filter(({ kind }) => kind === 'measure').map(({ evaluation }) => evaluation.prompts)).toEqual(
      expect.arrayContaining([7, 128]),
    );
  });
  test('alike whatever else the file has: a run of two files is one run', async () => {
    const [all, few] = [await planned(), await planned({ ladder: {}, 'stages.online': undefined })];
    expect(of(few, 'dpo').id).toBe(of(all, 'dpo').id);
  });
  test('alike however long, and how often evaluated, the run that asks for it', async () => {
    const every = { 'stages.dpo.evaluation': { every: 3 }, 'stages.ppo.budget': { maxSteps: 2 } };
    expect(labels(await planned(every), 'measure')).toEqual(['measure[sft]']);
  });
});

describe('draws of a start', () => {
  const bestOf = (n: readonly number[]) => ({
    'stages.best': { algorithm: 'best-of-n', start: 'sft', reward: 'reward', sweep: { n } },
  });
  test('are made once for all samplers, as many as the one that takes most', async () => {
    const runs = await planned(bestOf([2, 100]));
    expect(labels(runs, 'draw')).toEqual(['draw[sft,reward]']);
    const { id, draws, inputs } = of(runs, 'draw[sft,reward]');
    expect(draws).toBe(100);
    expect(inputs).toEqual({
      start: of(runs, 'sft').id,
      pairs: null,
      reward: of(runs, 'reward').id,
      proxy: null,
    });
    const readers = runs.filter((run) => run.inputs.drawn !== undefined);
    expect(readers.map(({ label }) => label)).toEqual(['tilt', 'best[n=2]', 'best[n=100]']);
    expect(new Set(readers.map((run) => run.inputs.drawn))).toEqual(new Set([id]));
    expect(of(await planned(bestOf([2, 8])), 'draw[sft,reward]').draws).toBe(64); // tilt's own number
  });
  test('are not for a sampler that is alone, nor for two that sample other prompts', async () => {
    expect(labels(await planned(), 'draw')).toEqual([]);
    const apart = { ...bestOf([4]), 'stages.tilt.evaluation': { prompts: 7 } };
    expect(labels(await planned(apart), 'draw')).toEqual([]);
  });
});

describe('pairs that a reward labels anew', () => {
  test('are scored once for all who learn from these labels, whatever else the file has', async () => {
    const runs = await planned({ 'stages.relabelled.sweep': { beta: [0.1, 0.2] } });
    expect(labels(runs, 'score')).toEqual(['score[reward]']);
    const { id, inputs, role } = of(runs, 'score[reward]');
    expect({ inputs, role }).toEqual({
      inputs: { start: null, pairs: of(runs, 'collect').id, reward: of(runs, 'reward').id, proxy: null },
      role: 'shared',
    });
    const readers = runs.filter((run) => run.inputs.scored !== undefined);
    expect(readers.map(({ label }) => label)).toEqual(['relabelled[beta=0.1]', 'relabelled[beta=0.2]']);
    expect(new Set(readers.map((run) => run.inputs.scored))).toEqual(new Set([id]));
    const prompts = { 'stages.relabelled.evaluation': { prompts: 7 } };
    expect(of(await planned(prompts), 'score[reward]').id).toBe(id);
  });
  test('are of no account where none are', async () => {
    const none = await planned({ ladder: {}, 'stages.relabelled': undefined });
    expect(labels(none, 'score')).toEqual([]);
  });
});

test.each(['measure', 'draw', 'score', 'collect'])('a stage called %s is refused', async (name) => {
  const set = { [`stages.${name}`]: { algorithm: 'sft', start: 'base' } };
  await expect(makePlan(resolved(set), '/', 'test')).rejects.toThrow(
    `test: a stage may not be called '${name}'; rename it`,
  );
});
