import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { takeRun, type Word } from '../../../../../harness/run/launch/slurm/run-lock.js';
import { writeStatus } from '../../../../../harness/run/launch/slurm/status.js';
import { temporary } from '../../../../support.js';

const dir = temporary();
let n = 0;
const job = (name: string, restarts = 0) => ({ name, id: name, restarts });

/** The lock of a run, held on another node by a job that shows its last sign of life as `beat`. */
function heldBy(older: ReturnType<typeof job> | null) {
  const paths = { lock: join(dir, `${++n}.lock`), status: join(dir, `${n}.status`) };
  const beat = (to: number): void =>
    writeStatus(paths.status, {
      job: older!,
      node: 'away',
      beat: to,
      started: null,
      progress: null,
      notes: [],
      noted: 0,
    });
  if (older !== null) {
    const owner = { pid: 1, start: 'x', host: 'away', since: 'then', workers: [], job: older };
    writeFileSync(paths.lock, JSON.stringify(owner));
    beat(1);
  }
  return { paths, beat };
}

async function take(
  paths: ReturnType<typeof heldBy>['paths'],
  mine: ReturnType<typeof job>,
  word: Word | (() => Word),
) {
  const said: string[] = [];
  const abort = new AbortController();
  const asked: string[] = [];
  const waiting = {
    signal: abort.signal,
    lease: 60,
    say: (note: string) => void said.push(note),
    ask: async (id: string) => {
      asked.push(id);
      return typeof word === 'string' ? word : word();
    },
  };
  const taken = takeRun(paths, 'run', mine, waiting);
  return { taken, said, asked, abort };
}

test('a run that no job has is taken, and names its job', async () => {
  const { paths } = heldBy(null);
  const lock = await (await take(paths, job('7_1'), 'alive')).taken;
  expect(JSON.parse(readFileSync(paths.lock, 'utf8'))).toMatchObject({ job: { name: '7_1' } });
  lock!.release();
  expect(existsSync(paths.lock)).toBe(false);
});

test('a job that shows that it lives is waited for, whatever the scheduler says', async () => {
  const { paths, beat } = heldBy(job('7_1'));
  const beats = setInterval(() => beat(Date.now()), 10);
  const { taken, asked, said, abort } = await take(paths, job('7_1', 1), 'gone');
  await sleep(400);
  expect(existsSync(paths.lock)).toBe(true);
  abort.abort();
  expect(await taken).toBeNull();
  clearInterval(beats);
  expect(asked).toEqual([]);
  expect(said).toEqual(['run: waits for job 7_1 on away, which works on it']);
});

test('one without a sign of life is taken over from once the scheduler says that it is gone', async () => {
  const { paths } = heldBy(job('7_1'));
  let alive = 2;
  const { taken, asked, said } = await take(paths, job('9_0'), () => (alive-- > 0 ? 'alive' : 'gone'));
  expect(await taken).not.toBeNull();
  expect(asked).toEqual(['7_1', '7_1', '7_1']);
  expect(said.at(-1)).toBe('run: job 7_1 on away is gone; its lock is broken');
});

test('a job that was begun anew takes over from itself, and asks nobody', async () => {
  const { paths } = heldBy(job('7_1'));
  const { taken, asked } = await take(paths, job('7_1', 1), 'alive');
  expect(await taken).not.toBeNull();
  expect(asked).toEqual([]);
});

test('where nothing can be told, the run is refused with the file to delete', async () => {
  const { paths } = heldBy(job('7_1'));
  const { taken } = await take(paths, job('9_0'), 'unknown');
  await expect(taken).rejects.toThrow(`where it does not, delete ${paths.lock}`);
});
