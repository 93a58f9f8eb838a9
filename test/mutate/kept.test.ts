import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { temporary } from '../support.js';
import { faultOf } from './fault.js';
import { type Ended, Kept, runAlone } from './kept.js';

const dir = temporary();
const limits = { cpuSeconds: 3, wallSeconds: 60, bytes: 2 ** 30 };
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
    ]) {
      const [one, two] = [await kept.run(argv), await runAlone(argv)];
      expect(faultOf(one)).toBeNull();
      expect([one.code, one.stderr, unmeasured(one)]).toEqual([two.code, two.stderr, unmeasured(two)]);
    }
  });
  test.each([
    ['endless', 'for (;;);', /^over 3 s$/],
    ['greedy', 'const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1));', /^over 1\.0 GiB$/],
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
