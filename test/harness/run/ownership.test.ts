import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Ownership } from '../../../harness/run/lock-file.js';
import { own } from '../../../harness/run/ownership.js';
import { processId } from '../../../harness/run/process-id.js';
import { readJson } from '../../../harness/store/atomic.js';
import { temporary } from '../../support.js';

const root = temporary();
let n = 0;
function fresh(): string {
  const dir = join(root, `f${n++}`);
  mkdirSync(dir);
  return dir;
}
const lockOf = (dir: string): string => join(dir, 'lock.json');
const writeLock = (dir: string, lock: object): void => writeFileSync(lockOf(dir), JSON.stringify(lock));

const children: ChildProcess[] = [];
const held: Ownership[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const ownership of held.splice(0)) ownership.release();
});
async function take(dir: string): Promise<{ ownership: Ownership; said: string[] }> {
  const said: string[] = [];
  const ownership = await own(dir, (note) => said.push(note));
  held.push(ownership);
  return { ownership, said };
}
/** A process that does nothing. */
function sleeper(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  children.push(child);
  return child;
}
async function gone(): Promise<number> {
  const child = sleeper();
  child.kill('SIGKILL');
  await once(child, 'exit');
  return child.pid!;
}

describe('a folder has one owner', () => {
  test('whose process, host and start the lock says; released, nothing is left', async () => {
    const dir = fresh();
    const { ownership, said } = await take(dir);
    expect(readJson(lockOf(dir))).toMatchObject({ ...processId(process.pid), host: hostname(), workers: [] });
    expect(said).toEqual([]);
    ownership.release();
    expect(readdirSync(dir)).toEqual([]);
  });
  test('a second one is refused with who has it', async () => {
    const dir = fresh();
    await take(dir);
    await expect(take(dir)).rejects.toMatchObject({
      code: 'folder-in-use',
      exitCode: 2,
      message: expect.stringMatching(
        new RegExp(`process ${process.pid} on .* since 20.*; wait for its end, or end it`),
      ),
    });
    expect(readdirSync(dir)).toEqual(['lock.json']);
  });
  test('of ten at once one gets it, of a stale lock too', async () => {
    for (const stale of [false, true]) {
      const dir = fresh();
      if (stale)
        writeLock(dir, { pid: await gone(), host: hostname(), start: 'x', since: 'then', workers: [] });
      const takes = await Promise.allSettled(Array.from({ length: 10 }, () => take(dir)));
      expect(takes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(readdirSync(dir)).toEqual(['lock.json']);
    }
  });
});

describe('a lock whose process', () => {
  test('is gone is broken with a word', async () => {
    const dir = fresh();
    const pid = await gone();
    writeLock(dir, { pid, host: hostname(), start: 'x', since: '2026-01-02', workers: [] });
    const { said } = await take(dir);
    expect(said).toEqual([
      `${dir}: process ${pid}, which had it since 2026-01-02, is gone; its lock is broken`,
    ]);
    expect(readJson(lockOf(dir))).toMatchObject({ pid: process.pid });
  });
  test.skipIf(process.platform !== 'linux')('has a number that another one got is broken', async () => {
    const dir = fresh();
    writeLock(dir, { pid: process.pid, host: hostname(), start: 'before', since: 'then', workers: [] });
    expect((await take(dir)).said).toHaveLength(1);
  });
  test('runs on another host is not: that cannot be told from here', async () => {
    const dir = fresh();
    writeLock(dir, { pid: await gone(), host: 'elsewhere', start: 'x', since: 'then', workers: [] });
    await expect(take(dir)).rejects.toThrow(
      /on elsewhere .* cannot be told from .*; where it does not, delete/,
    );
  });
  test('cannot be read is refused', async () => {
    const dir = fresh();
    writeFileSync(lockOf(dir), '{"pid":');
    await expect(take(dir)).rejects.toThrow(/lock\.json: does not say who works on the folder; .* delete it/);
  });
});

test('whoever comes after waits until what worked for the owner has ended', async () => {
  const dir = fresh();
  const worker = sleeper();
  const { ownership } = await take(dir);
  ownership.worker(worker.pid!);
  const { workers } = readJson<{ workers: object[] }>(lockOf(dir));
  expect(workers).toEqual([processId(worker.pid!)]);
  writeLock(dir, { pid: await gone(), host: hostname(), start: 'x', since: 'then', workers });
  let taken = false;
  const next = take(dir).then(() => (taken = true));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(taken).toBe(false);
  worker.kill('SIGKILL');
  await next;
  expect(existsSync(lockOf(dir))).toBe(true);
});
