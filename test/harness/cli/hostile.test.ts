import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isAlive, type ProcessId } from '../../../harness/run/process-id.js';
import type { OutcomeRow } from '../../../harness/store/records.js';
import { type Ended, root, start, temporary, tiltyard } from '../../support.js';
import { smallExperiment } from './small-experiment.js';

/** Plugins that misbehave towards their process cost their own run, and say what they did. */
const dir = temporary();
const plugin = join(root, 'test', 'fixtures', 'plugins', 'hostile.js');

const ENDLESS = ['busy-loop', 'waits-forever'];

/** An experiment whose stages each misbehave in one way; those that would go on for ever have a time. */
function experiment(name: string, hows: readonly string[], maxSeconds: number | null = null): string {
  const stage = (how: string): object => ({
    algorithm: plugin,
    params: { how },
    ...(ENDLESS.includes(how) ? { budget: { maxSeconds } } : {}),
  });
  return smallExperiment(dir, name, Object.fromEntries(hows.map((how) => [how, stage(how)])));
}
function folderOf(out: string, how: string): string | undefined {
  const runs = join(out, 'runs');
  const id = existsSync(runs) ? readdirSync(runs).find((name) => name.startsWith(`${how}-s0-`)) : undefined;
  return id === undefined ? undefined : join(runs, id);
}
const outcomeOf = (out: string, how: string): OutcomeRow =>
  JSON.parse(readFileSync(join(folderOf(out, how)!, 'outcome.json'), 'utf8')) as OutcomeRow;

/** A message with the line of the plugin that it comes from. */
const said = (message: string, line: number): unknown =>
  expect.stringMatching(new RegExp(`^${message} \\(at .*hostile\\.js:${line}:\\d+\\)$`));

describe('what a plugin does to its process', () => {
  const out = join(dir, 'all');
  const hows = [
    ['prints-much', 'completed', null],
    ['forges-events', 'completed', null],
    [
      'leaves-a-child',
      'failed',
      { code: 'exception', message: expect.stringMatching(/spawn is out of reach/) },
    ],
    ['rejects', 'failed', { code: 'exception', message: said('nobody waits for this', 60), step: 1 }],
    ['throws-later', 'failed', { code: 'exception', message: said('thrown out of a timer', 64), step: 1 }],
    [
      'exits',
      'failed',
      { code: 'process-exit', message: expect.stringMatching(/^process\.exit\(0\) was called/) },
    ],
    ['exits-later', 'failed', { code: 'process-exit', step: 1 }],
    ['busy-loop', 'timed-out', { code: 'timed-out', message: expect.stringMatching(/budget of 1 seconds/) }],
    ['waits-forever', 'timed-out', { code: 'timed-out' }],
  ] as const;
  let ended: Ended;
  beforeAll(async () => {
    const path = experiment(
      'all',
      hows.map(([how]) => how),
      1,
    );
    ended = await tiltyard('run', path, '--out', out, '--jobs', '2');
  });
  test.each(hows)('%s: the run ends as %s with its cause', (how, outcome, cause) => {
    const row = outcomeOf(out, how);
    expect(row.outcome, JSON.stringify(row.cause)).toBe(outcome);
    if (cause === null) expect(row.cause).toBeNull();
    else expect(row.cause).toMatchObject(cause);
  });
  test('others have gone on, the report is there, exit 1', () => {
    expect(ended.code, ended.stderr).toBe(1);
    expect(existsSync(join(out, 'report.html'))).toBe(true);
  });
  test('what was printed is kept by its end, and shown where the run failed', () => {
    const kept = join(folderOf(out, 'prints-much')!, 'output.txt');
    expect(statSync(kept).size).toBeLessThanOrEqual(2 ** 16 + 1);
    expect(readFileSync(kept, 'utf8')).toMatch(/the last words/);
    expect(ended.stdout).toMatch(/rejects-s0-\w+: more in .*output\.txt/);
  });
  test.each(ENDLESS)('%s: ended within five seconds of its time, which is one', (how) => {
    const folder = folderOf(out, how)!;
    const opened = statSync(join(folder, 'steps.jsonl')).birthtimeMs; // after the run began
    const took = statSync(join(folder, 'outcome.json')).mtimeMs - opened;
    expect(took).toBeGreaterThan(1000);
    expect(took).toBeLessThan(6000);
  });
});

test('code that ends the process as it is loaded is refused with what it did', async () => {
  const exits = join(dir, 'exits.mjs');
  writeFileSync(exits, 'process.exit(0);\n');
  const file = experiment('top', []);
  writeFileSync(file, readFileSync(file, 'utf8').replace('algorithm: sft', `algorithm: ${exits}`));
  const { code, stderr } = await tiltyard('check', file);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /plugin .*exits\.mjs: cannot be loaded: it called process\.exit\(0\) as it was loaded/,
  );
});

test.skipIf(process.platform !== 'linux')('a plugin in a loop that never ends', async () => {
  const out = join(dir, 'loop');
  // No timer waits for so long: the run must not be ended by one that overflows.
  const children: ChildProcess[] = [];
  onTestFinished(() => void children.map((child) => child.kill('SIGKILL')));
  const first = start(['run', experiment('loop', ['busy-loop'], 1e9), '--out', out, '--jobs', '1']);
  children.push(first.child);
  const orphans = await looping(out);
  expect(orphans.filter(isAlive).length).toBeGreaterThan(0);
  first.child.kill('SIGKILL');
  await endWithin(2000, orphans);

  rmSync(join(folderOf(out, 'busy-loop')!, 'steps.jsonl'));
  const second = start(['resume', out, '--jobs', '1', '--trust', plugin]);
  children.push(second.child);
  const workers = await looping(out);
  second.child.kill('SIGINT');
  await sleep(200);
  second.child.kill('SIGINT');
  const { code, stdout } = await second.ended;
  expect(code).toBe(3);
  expect(stdout).toMatch(/process \d+, which had it since .*, is gone; its lock is broken/);
  await endWithin(2000, workers);
});

/** Waits until it loops. @returns the processes that the lock names */
async function looping(out: string): Promise<readonly ProcessId[]> {
  for (let i = 0; i < 2000; i++) {
    await sleep(20);
    const folder = folderOf(out, 'busy-loop');
    const steps = folder === undefined ? '' : join(folder, 'steps.jsonl');
    if (!existsSync(steps)) continue; // opened just before the plugin's first line
    await sleep(300);
    return (JSON.parse(readFileSync(join(out, 'lock.json'), 'utf8')) as { workers: ProcessId[] }).workers;
  }
  throw new Error('it never began to loop');
}

async function endWithin(milliseconds: number, workers: readonly ProcessId[]): Promise<void> {
  const began = Date.now();
  while (workers.some(isAlive)) {
    expect(Date.now() - began).toBeLessThan(milliseconds);
    await sleep(20);
  }
}
