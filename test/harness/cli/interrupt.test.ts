import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { contents, start, temporary, tiltyard } from '../../support.js';

const dir = temporary();
// Long enough to be caught in the middle.
const args = [
  'run',
  'smoke',
  '--jobs',
  '1',
  '--set',
  'stages.dpo.params.epochs=40',
  '--set',
  'stages.ppo.params.iterations=12',
  '--set',
  'stages.reward.params.epochs=8',
  '--out',
];
let whole: Record<string, string>;
beforeAll(async () => {
  const { code, stderr } = await tiltyard(...args, join(dir, 'whole'));
  expect(code, stderr).toBe(0);
  whole = contents(join(dir, 'whole'));
});

/** Resolves once the stage has written `rows` steps. */
async function reached(out: string, stage: string, rows: number): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    const runs = existsSync(join(out, 'runs')) ? readdirSync(join(out, 'runs')) : [];
    const steps = runs
      .filter((r) => r.startsWith(`${stage}-s0-`))
      .map((r) => join(out, 'runs', r, 'steps.jsonl'))[0];
    if (steps !== undefined && existsSync(steps) && readFileSync(steps, 'utf8').split('\n').length > rows)
      return;
    await sleep(10);
  }
  throw new Error(`${stage} never reached ${rows} steps`);
}

describe.each([
  ['dpo', 101],
  ['reward', 21],
  ['ppo', 5],
])('in the middle of %s', (stage, rows) => {
  test('SIGKILL of everything, then resume: the same bytes as without', async () => {
    const out = join(dir, `killed-${stage}`);
    const { child, ended } = start([...args, out], { detached: true });
    await reached(out, stage, rows);
    process.kill(-child.pid!, 'SIGKILL');
    await ended;
    await sleep(200);
    expect(Object.keys(contents(out)).length).toBeLessThan(Object.keys(whole).length);
    const resumed = await tiltyard('resume', out);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).toMatch(/already finished/);
    expect(contents(out)).toEqual(whole);
  });
});

test('SIGTERM: stops after the step, says how to go on, exit 3; resume: the same bytes', async () => {
  const out = join(dir, 'terminated');
  const { child, ended } = start([...args, out]);
  await reached(out, 'dpo', 61);
  child.kill('SIGTERM');
  const { code, stdout } = await ended;
  expect(code).toBe(3);
  expect(stdout).toContain(`continue with: node dist/harness/cli.js resume ${out}\n`);
  expect((await tiltyard('resume', out)).code).toBe(0);
  expect(contents(out)).toEqual(whole);
  const again = await tiltyard('resume', out);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('every run');
});
