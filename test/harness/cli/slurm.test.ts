import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { contents, type Ended, start, temporary, tiltyard } from '../../support.js';
import { FakeSlurm, type PretendJob } from '../run/launch/slurm/fake-slurm.js';
import { smallExperiment } from './small-experiment.js';

const dir = temporary();
const resources = { memory: '2G', time: '10:00' };
const path = smallExperiment(
  dir,
  'on-slurm',
  {
    dpo: {
      algorithm: 'dpo',
      params: { batchSize: 4, epochs: 2 },
      resources: { time: '20:00', partition: 'p' },
    },
    ipo: { algorithm: 'ipo', params: { batchSize: 4, epochs: 150 } },
  },
  { resources },
);
let local: Record<string, string>;
beforeAll(async () => {
  const { code, stderr } = await tiltyard('run', path, '--out', join(dir, 'local'));
  expect(code, stderr).toBe(0);
  local = contents(join(dir, 'local'));
});

const on = (slurm: FakeSlurm, ...args: string[]): Promise<Ended> => start(args, { env: slurm.env }).ended;
const run = (slurm: FakeSlurm, out: string, more: NodeJS.ProcessEnv = {}) =>
  start(['run', path, '--launcher', 'slurm', '--out', out], { env: { ...slurm.env, ...more } });

/** Waits until a run has taken some steps. */
async function reached(out: string, stage: string, rows: number): Promise<string> {
  for (let i = 0; i < 2000; i++) {
    const runs = existsSync(join(out, 'runs')) ? readdirSync(join(out, 'runs')) : [];
    const id = runs.find((name) => name.startsWith(`${stage}-s0-`)) ?? '';
    const steps = join(out, 'runs', id, 'steps.jsonl');
    if (existsSync(steps) && readFileSync(steps, 'utf8').split('\n').length > rows) return id;
    await sleep(20);
  }
  throw new Error(`${stage} never reached ${rows} steps`);
}

/** The job that works on a run. */
function jobOf(slurm: FakeSlurm, out: string, id: string): PretendJob {
  for (const name of readdirSync(join(out, 'slurm', 'waves'))) {
    const wave = JSON.parse(readFileSync(join(out, 'slurm', 'waves', name, 'wave.json'), 'utf8')) as {
      job: string;
      runs: string[];
    };
    const task = wave.runs.indexOf(id);
    const job = slurm.jobs.find((each) => String(each.array) === wave.job && each.task === task);
    if (task >= 0 && job !== undefined) return job;
  }
  throw new Error(`no job of ${id}`);
}

test('what sbatch refuses is said; with other options jobs give the bytes of runs here', async () => {
  const slurm = new FakeSlurm().set('refuse', 'invalid partition specified: p').set('once');
  const out = join(dir, 'whole');
  const refused = await run(slurm, out).ended;
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^tiltyard: sbatch refused a run: invalid partition specified: p; .*\n$/);
  const { code, stdout, stderr } = await on(slurm, 'resume', out, '--launcher', 'slurm', '--sbatch=-pq');
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/runs, as Slurm jobs\n/);
  expect(contents(out)).toEqual(local);
  expect(existsSync(join(out, 'slurm'))).toBe(false);
  const arrays = [...new Set(slurm.jobs.map(({ array }) => array))].map((array) => slurm.submission(array)!);
  expect(arrays[0]!.args).toContain('-pq');
  expect(arrays[0]!.script).toContain('#SBATCH --mem=2G\n#SBATCH --time=10:00\n');
  const own = arrays.filter(({ script }) => script.includes('--time=20:00\n#SBATCH --partition=p\n'));
  expect(own.length).toBe(1);
});

describe('what is cut off', () => {
  test('a cancelled job is one line, and resume goes on to the same bytes', async () => {
    const slurm = new FakeSlurm();
    const out = join(dir, 'cancelled');
    const { ended } = run(slurm, out);
    const id = await reached(out, 'ipo', 20);
    const { array, task } = jobOf(slurm, out, id);
    spawnSync('scancel', [`${array}_${task}`], { env: { ...process.env, ...slurm.env } });
    const { code, stdout } = await ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`ipo seed 0.*: job ${array}_${task} on node\\d: CANCELLED .*; .*resume goes on`),
    );
    const resumed = await on(slurm, 'resume', out); // by Slurm, as before
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(contents(out)).toEqual(local);
  });

  test('who submits may be killed or stopped: its jobs go on, and none is submitted twice', async () => {
    const slurm = new FakeSlurm();
    const out = join(dir, 'killed');
    const first = run(slurm, out, { TILTYARD_LAUNCHER: 'local' }); // the option is nearer
    const id = await reached(out, 'ipo', 5);
    first.child.kill('SIGKILL');
    await first.ended;
    const refused = await on(slurm, 'resume', out, '--launcher', 'local');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/(is a job|are jobs) in Slurm; go on with .*--launcher slurm/);

    const second = start(['resume', out], { env: slurm.env });
    let printed = '';
    second.child.stdout!.on('data', (text: Buffer) => (printed += text.toString()));
    while (!printed.includes('not submitted again')) await sleep(20);
    await sleep(500); // it follows them
    second.child.kill('SIGINT');
    const stopped = await second.ended;
    expect(stopped.code).toBe(3);
    expect(printed).toMatch(/in Slurm already \(job \d+\), and not submitted again/);
    expect(printed).toMatch(
      /job [\d ]+ stays in Slurm: .*resume takes them over, scancel [\d ]+ ends them\n/,
    );

    for (let i = 0; i < 2000 && !existsSync(join(out, 'runs', id, 'outcome.json')); i++) await sleep(20);
    expect(existsSync(join(out, 'runs', id, 'outcome.json'))).toBe(true); // it went on
    const { code, stderr } = await on(slurm, 'resume', out);
    expect(code, stderr).toBe(0);
    expect(contents(out)).toEqual(local);
    expect(slurm.jobs.length).toBe(readdirSync(join(out, 'runs')).length);
  });
});

describe('what cannot be', () => {
  test('no sbatch in PATH: what is missing, and nothing is written', async () => {
    const out = join(dir, 'none');
    const args = ['run', path, '--out', out];
    const { code, stderr } = await start(args, { env: { PATH: '/nowhere', TILTYARD_LAUNCHER: 'slurm' } })
      .ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tiltyard: --launcher slurm: there is no sbatch in PATH; .*\n$/);
    expect(existsSync(out)).toBe(false);
  });

  test('resources that are none, options that are ours, and options without Slurm', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await tiltyard('run', path, '--out', join(dir, 'no'), ...args);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('--set', 'resources.memory=lots')).toMatch(/resources.memory/);
    expect(await refused('--set', 'stages.dpo.resources.cpu=2')).toMatch(/did you mean 'cpus'/);
    expect(await refused('--sbatch=-pq')).toMatch(/--sbatch: is for --launcher slurm/);
    expect(await refused('--launcher', 'slurm', '--sbatch=--array=3')).toMatch(/is set by tiltyard itself/);
  });
});
