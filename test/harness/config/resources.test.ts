import { expect, test } from 'vitest';
import { planned, resolved } from './support.js';

const all = { cpus: 2, memory: '4G' };

test("a stage's stand in the place of the experiment's, one by one; what a plan adds has these", async () => {
  const runs = await planned({
    resources: all,
    'stages.ppo.resources': { memory: '16G', partition: 'long' },
  });
  const of = (label: string) => runs.find((run) => run.label === label)?.resources;
  expect(of('dpo')).toEqual(all);
  expect(of('collect')).toEqual(all);
  expect(of('measure[sft]')).toEqual(all);
  expect(of('ppo')).toEqual({ cpus: 2, memory: '16G', partition: 'long' });
});

test('they are no part of a run: its id is the same, and without them there is nothing of them', async () => {
  const without = await planned();
  expect(without.every((run) => !('resources' in run))).toBe(true);
  const runs = await planned({ resources: all, 'stages.dpo.resources': { gpus: 1, time: '1-12' } });
  expect(runs.map(({ id }) => id)).toEqual(without.map(({ id }) => id));
});

test('minutes and megabytes may be numbers', () => {
  expect(resolved({ resources: { time: 30, memory: 512 } }).resources).toEqual({ time: 30, memory: 512 });
});

test.each([
  ['gpus', -1],
  ['cpus', 0],
  ['memory', '4 GB'],
  ['time', 'an hour'],
  ['time', '1:2:3:4'],
  ['partition', 'a\n#SBATCH --wrap=b'],
])('%s %j is refused', (name, value) => {
  expect(() => resolved({ resources: { [name]: value } })).toThrow(`resources.${name}`);
});
