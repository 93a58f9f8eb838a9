import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunHost } from '../../../harness/run/host.js';
import { resume, run } from '../../../harness/run/run.js';
import { isUnbegun } from '../../../harness/run/unbegun.js';
import { root, temporary } from '../../support.js';

const dir = temporary();
let n = 0;
/** A folder with these files, each with its text or empty JSON. */
function folder(...names: string[]): string {
  const out = join(dir, `f${n++}`);
  mkdirSync(out);
  for (const name of names) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), name === 'lock.json' ? STALE : '{}');
  }
  return out;
}
/** Of a process that no system has. */
const STALE = JSON.stringify({
  pid: 2 ** 30,
  host: (await import('node:os')).hostname(),
  start: 'x',
  workers: [],
});

const beginnings = [
  ['lock.json'],
  ['lock.json', 'experiment.json', 'data.json', 'runs/a/run.json', 'runs/b/run.json.12.tmp'],
  ['lock.json', 'plan.json.12.tmp', 'member/plan.json', 'runs/a/run.json'],
];
const others = [
  ['experiment.json'], // somebody's own: nothing says that tiltyard wrote it
  ['lock.json', 'experiment.json', 'plan.json'],
  ['lock.json', 'suite.json'],
  ['lock.json', 'runs/a/run.json', 'runs/a/steps.jsonl'],
  ['lock.json', 'thesis.tex'],
];

describe('a folder that was killed before its plan was written', () => {
  test.each(beginnings)('is known by its files: %s', (...names) => {
    expect(isUnbegun(folder(...names))).toBe(true);
  });
  test.each(others)('is not one that has others: %s', (...names) => {
    expect(isUnbegun(folder(...names))).toBe(false);
  });
  test('is used again with a sentence, and nothing old is left in it', async () => {
    const out = folder('lock.json', 'experiment.json', 'runs/another/run.json', 'x/plan.json');
    const { host, said } = stopped();
    const experiment = join(root, 'datasets', 'experiments', 'smoke.yaml');
    expect(await run({ experiment, out }, host)).toMatchObject({ exitCode: 3 });
    expect(said).toContain(`${out}: was begun and stopped before its plan was written; it begins anew`);
    expect(said.some((note) => /is gone; its lock is broken/.test(note))).toBe(true);
    expect(readdirSync(out).sort()).toEqual(['experiment.json', 'plan.json', 'runs']);
    expect(existsSync(join(out, 'runs', 'another'))).toBe(false);
  });
  test('says what to do where it is resumed', async () => {
    const out = folder('lock.json', 'experiment.json');
    await expect(resume(out, {}, stopped().host)).rejects.toThrow(
      `or the run stopped before it began, and nothing is lost: tiltyard run EXPERIMENT --out ${out}`,
    );
    expect(readdirSync(out).sort()).toEqual(['experiment.json', 'lock.json']);
  });
});

/** Starts no run: it was interrupted before. */
function stopped(): { host: RunHost; said: string[] } {
  const said: string[] = [];
  const progress = { planned() {}, foreseen() {}, started() {}, ended() {}, event() {}, close() {} };
  const launcher = { launch: () => Promise.reject(new Error('nothing should start')) };
  const host = {
    launcher,
    progress: { ...progress, note: (note: string) => void said.push(note) },
    report: async () => ({ path: '', damages: [] }),
    signal: AbortSignal.abort(),
  };
  return { host, said };
}
