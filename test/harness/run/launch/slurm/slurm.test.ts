import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { LaunchResult, WorkerEvent } from '../../../../../harness/run/launch/launch.js';
import { type SlurmLauncher, slurmLauncher } from '../../../../../harness/run/launch/slurm/slurm.js';
import { submit } from '../../../../../harness/run/launch/slurm/submit.js';
import { layOutWave, wavesIn } from '../../../../../harness/run/launch/slurm/wave.js';
import { writeJsonAtomic } from '../../../../../harness/store/atomic.js';
import { storePaths } from '../../../../../harness/store/layout.js';
import type { Resources, RunSpec } from '../../../../../harness/store/spec.js';
import { temporary } from '../../../../support.js';
import { FakeSlurm } from './fake-slurm.js';

const PACE = { look: 10, first: 20, most: 50, gather: 20 };
const launchers: SlurmLauncher[] = [];
afterEach(async () => {
  for (const launcher of launchers.splice(0)) await launcher.close();
});

/** A folder with runs that nothing works on, and a launcher whose jobs begin when the test says. */
function folder(slurm: FakeSlurm) {
  slurm.set('manual');
  const out = temporary();
  const said: string[] = [];
  const begin = (): SlurmLauncher => {
    const launcher = slurmLauncher((note) => void said.push(note), [], PACE);
    launchers.push(launcher);
    return launcher;
  };
  const abort = new AbortController();
  const events: WorkerEvent[] = [];
  const launch = (launcher: SlurmLauncher, id: string, resources?: Resources): Promise<LaunchResult> => {
    const dir = storePaths(out).run(id);
    mkdirSync(dir, { recursive: true });
    const spec = { id, engine: { threads: 1 }, ...(resources === undefined ? {} : { resources }) } as RunSpec;
    const onEvent = (event: WorkerEvent): void => void events.push(event);
    return launcher.launch(spec, dir, { concurrent: false, signal: abort.signal, onEvent });
  };
  const leave = (id: string, outcome: object): void =>
    writeJsonAtomic(join(storePaths(out).run(id), 'outcome.json'), { clock: { startedAt: '1' }, ...outcome });
  return { out, said, begin, launch, leave, abort, events };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await sleep(20);
  expect(holds()).toBe(true);
}

const slurm = (): FakeSlurm => new FakeSlurm().here();

test('what is ready at once and asks for the same is one array; a run ends by its outcome', async () => {
  const fake = slurm();
  const { begin, launch, leave, said, out } = folder(fake);
  const launcher = begin();
  const all = [launch(launcher, 'a'), launch(launcher, 'b'), launch(launcher, 'c', { cpus: 4 })];
  await until(() => launcher.jobs().length === 2);
  expect(fake.jobs.map(({ array, task }) => `${array}_${task}`)).toEqual(['10_0', '10_1', '11_0']);
  expect(fake.submission(11)!.script).toContain('--cpus-per-task=4');
  expect(launcher.jobs()).toEqual(['10', '11']);
  for (const id of ['a', 'b', 'c']) leave(id, { outcome: 'completed', cause: null });
  expect(await Promise.all(all)).toEqual(Array(3).fill({ exitCode: 0, signal: null, printed: '' }));
  expect(said).toContain('Slurm: job 10 has 2 runs');
  await launcher.close();
  expect(existsSync(join(out, 'slurm'))).toBe(false);
});

test('what the scheduler ended is told with the job, the node and why', async () => {
  const fake = slurm();
  const { begin, launch, leave, events } = folder(fake);
  const launcher = begin();
  const [late, lost] = [launch(launcher, 'a'), launch(launcher, 'b')];
  await until(() => fake.jobs.length === 2);
  const [a, b] = fake.jobs;
  fake.put(a!, { state: 'RUNNING', node: 'node1' });
  await until(() =>
    events.some((event) => event.type === 'state' && event.state === 'job 10_0 running on node1'),
  );
  leave('a', { outcome: 'interrupted', cause: null }); // it saved where it was when its time was over
  fake.put(a!, { state: 'TIMEOUT', node: 'node1' });
  fake.put(b!, { state: 'OUT_OF_MEMORY', node: 'node2', code: 0 });
  expect((await late).ended).toBe('job 10_0 on node1: TIMEOUT (exit code 0:0, after 00:00:07 of 00:01:00)');
  expect((await lost).ended).toMatch(/^job 10_1 on node2: OUT_OF_MEMORY/);
});

test('a job that is begun anew is waited for', async () => {
  const fake = slurm();
  const { begin, launch, leave } = folder(fake);
  const run = launch(begin(), 'a');
  await until(() => fake.jobs.length === 1);
  let hasEnded = false;
  void run.then(() => {
    hasEnded = true;
  });
  for (const state of ['RUNNING', 'COMPLETING', 'PENDING', 'REQUEUED', 'RUNNING']) {
    leave('a', { outcome: 'interrupted', cause: null });
    fake.put(fake.jobs[0]!, { state, node: 'node1' });
    await sleep(120);
    expect(hasEnded).toBe(false);
  }
  leave('a', { outcome: 'completed', cause: null });
  expect((await run).ended).toBeUndefined();
});

test('jobs of a process that is gone are found by their name, and not submitted again', async () => {
  const fake = slurm();
  const { begin, launch, leave, out, said, abort } = folder(fake);
  const before = launch(begin(), 'a');
  await until(() => fake.jobs.length === 1);
  abort.abort(); // as it leaves
  expect(await before).toEqual({ exitCode: null, signal: null, printed: '' });
  const [wave] = wavesIn(out);
  // It was killed before it was told the number.
  writeJsonAtomic(join(out, 'slurm', 'waves', wave!.name, 'wave.json'), { ...wave, job: null });

  const later = begin();
  const dir = storePaths(out).run('a');
  expect(await later.adopt({ id: 'a' } as RunSpec, dir)).toBe(true);
  expect(await later.adopt({ id: 'b' } as RunSpec, dir)).toBe(false);
  expect(said.at(-1)).toBe('a run is in Slurm already (job 10), and not submitted again');
  const run = later.launch({ id: 'a' } as RunSpec, dir, {
    concurrent: false,
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
  leave('a', { outcome: 'completed', cause: null });
  expect((await run).exitCode).toBe(0);
  expect(fake.jobs.length).toBe(1);
});

test('a Slurm that does not answer is asked again, and nothing is taken for gone', async () => {
  const fake = slurm();
  const { begin, launch, leave, said } = folder(fake);
  const run = launch(begin(), 'a');
  await until(() => fake.jobs.length === 1);
  fake.set('silent');
  await until(() => said.some((note) => note.includes('Unable to contact slurm controller')));
  expect(said.filter((note) => note.startsWith('squeue')).length).toBe(1);
  leave('a', { outcome: 'completed', cause: null });
  expect((await run).exitCode).toBe(0);
});

test('what sbatch refuses is said in its words; a controller that is away is tried again', async () => {
  const fake = slurm();
  const { begin, launch, out } = folder(fake);
  fake.set('refuse', 'invalid partition specified: nope');
  await expect(launch(begin(), 'a')).rejects.toThrow(
    /^sbatch refused a run: invalid partition specified: nope; change `resources`/,
  );
  fake.set('refuse', 'Batch job submission failed: Unable to contact slurm controller').set('once');
  const said: string[] = [];
  const task = { spec: { id: 'a' } as RunSpec, dir: storePaths(out).run('a') };
  const wave = await submit(layOutWave([task], ''), ['-pshort'], (note) => void said.push(note), 10);
  expect(wave.job).toBe('10');
  expect(said[0]).toMatch(/Unable to contact slurm controller; tried again/);
  expect(fake.submission(10)!.args.at(-2)).toBe('-pshort');
});

test('jobs are ended by their own names', async () => {
  const fake = slurm();
  const { begin, launch } = folder(fake);
  const launcher = begin();
  const run = launch(launcher, 'a');
  await until(() => launcher.jobs().length === 1);
  await until(() => fake.jobs.length === 1);
  expect(await launcher.cancel()).toBeNull();
  expect((await run).ended).toMatch(/^job 10_0: CANCELLED/);
});
