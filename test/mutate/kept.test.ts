import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeStored } from '../reports/stored.js';
import { temporary } from '../support.js';
import { faultOf, faultOfRuns } from './fault.js';
import { type Ended, Kept, runAlone } from './kept.js';

const dir = temporary();
const limits = { cpuSeconds: 3, idleSeconds: 3, bytes: 2 ** 30 };
const kept = new Kept(limits);
afterAll(() => kept.close());

/** An experiment whose dataset does this when it is loaded. */
function doing(name: string, code: string): string[] {
  writeFileSync(join(dir, `${name}.mjs`), code);
  const path = join(dir, `${name}.json`);
  const stages = { dpo: { algorithm: 'dpo' } };
  writeFileSync(path, JSON.stringify({ name, dataset: { name: `./${name}.mjs` }, collect: {}, stages }));
  return ['check', path];
}

/** Without what `check` measures on the machine. */
const unmeasured = ({ stdout }: Ended): string => stdout.replace(/^ *(time|memory|disk): about .*\n/gm, '');

describe('what a kept process is watched for', () => {
  test('it answers as a process of its own does, again and again', async () => {
    for (const argv of [
      ['list', 'experiments'],
      ['check', 'smoke'],
      ['check', join(dir, 'nothing.yaml')],
      ['report', dir], // its advice names the program
    ]) {
      const [one, two] = [await kept.run(argv), await runAlone(argv)];
      expect(faultOf(one)).toBeNull();
      expect([one.code, one.stderr, unmeasured(one)]).toEqual([two.code, two.stderr, unmeasured(two)]);
    }
  });
  test.each([
    ['endless', 'for (;;);', /^over 3 s$/],
    ['greedy', 'const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1));', /^over 1\.0 GiB$/],
    ['waiting', 'setTimeout(() => undefined, 1e6); await new Promise(() => undefined);', /^waits for 3 s/],
    ['killed', "process.kill(process.pid, 'SIGKILL'); for (;;);", /^died \(SIGKILL\)/],
    [
      'late',
      "setTimeout(() => { throw new Error('late'); }, 0); await new Promise((r) => setTimeout(r, 500));",
      /^died \(1\): .*late/s,
    ],
  ])('%s: a fault, and the next command is answered', async (name, code, fault) => {
    expect(faultOf(await kept.run(doing(name, code)))).toMatch(fault);
    expect(faultOf(await kept.run(['list', 'engines']))).toBeNull();
  });
});

test('a process that it has started is killed alone where it takes too much', async () => {
  const eats = 'const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1));';
  const code = `import { spawnSync } from 'node:child_process';
    spawnSync(process.execPath, ['-e', ${JSON.stringify(eats)}]);
    throw new Error('it died');`;
  const ended = await runAlone(doing('starts', code), { ...limits, cpuSeconds: 30 });
  expect(ended).toMatchObject({ fault: null, code: 2, killed: 1, stopped: false });
  expect(ended.stderr).toMatch(/it died/);
});

test('a command that goes on is told to stop', async () => {
  const code = `setTimeout(() => undefined, 1e6);
    await new Promise((resolve) => process.once('SIGINT', resolve));
    throw new Error('stopped');`;
  const ended = await runAlone(doing('waits', code), limits, 1);
  expect(ended).toMatchObject({ fault: null, code: 2, stopped: true });
});

test('one that is stopped before it listens ends as any does', async () => {
  const ended = await runAlone(
    doing('early', 'await new Promise(() => setTimeout(() => 0, 1e6));'),
    limits,
    1,
  );
  expect(ended).toMatchObject({ fault: null, code: 3, stopped: true });
});

describe('pages of a folder', () => {
  test('are asked for, and the command is ended', async () => {
    const folder = writeStored(join(dir, 'stored'), { seeds: [0] });
    const ended = await kept.run(['view', folder, '--port', '0'], true);
    expect(faultOf(ended)).toBeNull();
    expect(ended.stdout).toMatch(/^http:/);
  });
  test('of what is none: refused', async () => {
    const ended = await kept.run(['view', dir, '--port', '0'], true);
    expect([ended.code, faultOf(ended)]).toEqual([2, null]);
  });
});

describe('how what starts runs may end', () => {
  const ended = (code: number, more: object = {}) => ({
    ...{ code, stderr: '', stdout: '', fault: null, killed: 0, stopped: false },
    ...more,
  });
  const folder = join(dir, 'runs');
  const failedOf = (code: string, message: string): void => {
    mkdirSync(join(folder, 'runs', 'a'), { recursive: true });
    writeFileSync(join(folder, 'runs', 'a', 'outcome.json'), JSON.stringify({ cause: { code, message } }));
  };
  test('with runs that failed of what is said in words', () => {
    failedOf('diverged', 'the loss is no number');
    expect(faultOfRuns(ended(1), folder)).toBeNull();
    failedOf('exception', 'Cannot read properties of undefined');
    expect(faultOfRuns(ended(1), folder)).toMatch(/exception: Cannot read/);
    expect(faultOfRuns(ended(1, { stdout: 'TypeError: x' }), folder)).toMatch(/TypeError/);
  });
  test('stopped where it was asked to stop; died where it was killed', () => {
    expect(faultOfRuns(ended(3, { stopped: true }), join(dir, 'none'))).toBeNull();
    expect(faultOfRuns(ended(3), dir)).toMatch(/^exit 3/);
    failedOf('process-died', 'the worker ended with signal SIGKILL');
    expect(faultOfRuns(ended(1), folder)).toMatch(/process-died/);
    expect(faultOfRuns(ended(1, { killed: 1 }), folder)).toBeNull();
  });
});

describe('what counts as one message', () => {
  const ended = (code: number, stderr: string, stdout = ''): Ended => ({ code, stderr, stdout, fault: null });
  test.each([
    [ended(0, ''), null],
    [ended(2, 'tiltyard: file: byte 3 is not UTF-8\n'), null],
    [ended(2, ''), /not one message/],
    [ended(2, 'tiltyard: a\ntiltyard: b\n'), /not one message/],
    [ended(2, 'something\n'), /not one message/],
    [ended(1, 'tiltyard: a\n'), /^exit 1/],
    [ended(3, ''), /^exit 3/],
    [ended(2, 'tiltyard: TypeError: x\n'), /TypeError/],
    [ended(2, 'tiltyard: unexpected error: x\n'), /unexpected/],
    [ended(0, 'Error\n    at f (file.js:1:2)\n'), /at f/],
  ])('%o', (one, fault) => {
    const said = faultOf(one);
    if (fault === null) expect(said).toBeNull();
    else expect(said).toMatch(fault);
  });
  test('a list is allowed where each line names the folder', () => {
    expect(faultOf(ended(2, '/d: a\n/d: b\n'), '/d')).toBeNull();
    expect(faultOf(ended(2, '', '/d/x: is gone\n/d: is not whole\n'), '/d')).toBeNull();
    expect(faultOf(ended(2, '/d: a\nelse\n'), '/d')).toMatch(/not a list/);
    expect(faultOf(ended(2, ''), '/d')).toMatch(/not a list/);
  });
});
