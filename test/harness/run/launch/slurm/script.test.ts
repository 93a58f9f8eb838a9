import { expect, test } from 'vitest';
import { askedFor, checkOptions, scriptOf } from '../../../../../harness/run/launch/slurm/script.js';
import type { RunSpec } from '../../../../../harness/store/spec.js';

const asking = (resources?: RunSpec['resources']): RunSpec =>
  ({ engine: { threads: 2 }, ...(resources === undefined ? {} : { resources }) }) as RunSpec;

test('a run asks for its threads, and for what its resources say', () => {
  expect(askedFor(asking())).toBe('#SBATCH --cpus-per-task=2\n');
  const all = { gpus: 1, cpus: 8, memory: '16G', time: '04:00:00', partition: 'big,small' };
  expect(askedFor(asking(all)).replaceAll('#SBATCH ', '').trim().split('\n')).toEqual([
    '--cpus-per-task=8',
    '--gres=gpu:1',
    '--mem=16G',
    '--time=04:00:00',
    '--partition=big,small',
  ]);
});

test('the script asks to be begun anew, and is replaced by the program; its paths may hold anything', () => {
  const script = scriptOf('#SBATCH --mem=1G\n', "/it's a %folder", 'wave');
  expect(script.split('\n')[0]).toBe('#!/bin/sh');
  expect(script).toContain('#SBATCH --requeue\n');
  expect(script).toContain('#SBATCH --mem=1G\nexec ');
  expect(script).toContain(`'/it'\\''s a %folder' 'wave' "$SLURM_ARRAY_TASK_ID"\n`);
});

test('options for sbatch are options, and none that is said already', () => {
  expect(() => checkOptions(['--account=mine', '-pshort', '--exclusive'])).not.toThrow();
  expect(() => checkOptions(['account=mine'])).toThrow(/should be one option of sbatch with its value/);
  expect(() => checkOptions(['--array=0-3'])).toThrow(/--sbatch --array=0-3: is set by tiltyard itself/);
  expect(() => checkOptions(['-Jname'])).toThrow(/is set by tiltyard itself/);
});
