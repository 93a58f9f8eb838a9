import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OutcomeRow } from '../../../harness/store/records.js';
import type { Report } from '../../../reports/report/model.js';
import { asOlder, contents, finishedSmoke, temporary, tiltyard } from '../../support.js';

/** A folder that is not whole: what is readable of it, what is not, and how it is mended. */
const dir = temporary();
const finished = join(dir, 'finished');
const out = join(dir, 'out');
beforeAll(() => finishedSmoke(finished));
beforeEach(() => {
  rmSync(out, { recursive: true, force: true });
  cpSync(finished, out, { recursive: true });
});
const runOf = (stage: string): string =>
  join(out, 'runs', readdirSync(join(out, 'runs')).find((id) => id.startsWith(`${stage}-s0-`))!);
const edit = (path: string, change: (text: string) => string): void => {
  const before = readFileSync(path, 'utf8');
  expect(change(before)).not.toBe(before);
  writeFileSync(path, change(before));
};
const withoutLast = (text: string): string => `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`;

describe('rows that were lost', () => {
  const lose = (): string => {
    const samples = join(runOf('dpo'), 'samples.jsonl');
    edit(samples, withoutLast);
    return samples;
  };
  test('report: says so at its top, counts nothing of the run, exit 2', async () => {
    lose();
    const { code, stderr, stdout } = await tiltyard('report', out);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /samples\.jsonl has \d+ bytes and was left with \d+, so nothing of this run is counted/,
    );
    expect(stdout).toBe(`${join(out, 'report.html')}\n`);
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
    expect(report.damages).toHaveLength(1);
    expect(report.algorithms.find(({ name }) => name === 'dpo')).toMatchObject({
      completed: 0,
      goldReward: null,
    });
    expect(report.algorithms.find(({ name }) => name === 'ipo')!.goldReward).not.toBeNull();
    expect(readFileSync(join(out, 'report.md'), 'utf8')).toMatch(
      /^# smoke\n\n\*\*This results folder is not whole\*\*/,
    );
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toMatch(
      /<\/header><section class="damaged" role="alert">/,
    );
  });
  test('resume, compare and export refuse it; without its outcome the run is made again', async () => {
    lose();
    for (const command of [
      ['resume', out],
      ['compare', finished, out],
      ['export', out, '--format', 'csv'],
    ]) {
      const { code, stderr } = await tiltyard(...command);
      expect(code, command[0]).toBe(2);
      expect(stderr).toMatch(
        /samples\.jsonl: has \d+ bytes .*; bring it back as it was, or delete .*outcome\.json, and/,
      );
    }
    expect((await tiltyard('verify-store', out)).code).toBe(2);
    rmSync(join(runOf('dpo'), 'outcome.json'));
    expect((await tiltyard('resume', out)).code).toBe(0);
    expect(contents(out)).toEqual(contents(finished));
    expect(await tiltyard('verify-store', out)).toMatchObject({ code: 0, stdout: `${out}: is whole\n` });
  });
});

test('what others read is held to what was left when it is read: weights, and a reward’s scale', async () => {
  const model = join(runOf('reward'), 'model');
  const weights = readFileSync(join(model, 'model.safetensors'));
  const flipped = Buffer.from(weights);
  flipped[flipped.length - 2]! ^= 1;
  writeFileSync(join(model, 'model.safetensors'), flipped);
  rmSync(join(runOf('ppo'), 'outcome.json'));
  expect((await tiltyard('resume', out)).code).toBe(1);
  const { cause } = JSON.parse(readFileSync(join(runOf('ppo'), 'outcome.json'), 'utf8')) as OutcomeRow;
  expect(cause).toMatchObject({
    code: 'input-failed',
    message: expect.stringMatching(
      /stage ppo: .*model\.safetensors is not what was left; delete .*, then tiltyard resume/,
    ),
  });
  writeFileSync(join(model, 'model.safetensors'), weights);
  edit(join(model, 'config.json'), (text) => text.replace(/"rewardStd": \d/, '"rewardStd": 9'));
  const { code, stderr } = await tiltyard('resume', out);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/config\.json: is not what was left|config\.json: has \d+ bytes/),
  ]);
});

test('a folder of an older tiltyard, which kept no hashes, is not called whole', async () => {
  asOlder(out);
  edit(join(runOf('dpo'), 'samples.jsonl'), withoutLast);
  expect(await tiltyard('verify-store', out)).toMatchObject({
    code: 0,
    stdout: `${out}: can be read; an older tiltyard wrote it, which kept no hashes, so no more can be told\n`,
  });
});

test('a plan that was changed is refused, and what is left is said', async () => {
  edit(join(out, 'plan.json'), (text) => text.replace('"seed": 0', '"seed": 1'));
  for (const command of ['report', 'resume', 'view']) {
    const { code, stderr } = await tiltyard(command, out);
    expect(code, command).toBe(2);
    expect(stderr).toMatch(/plan\.json: is not what was written there; bring it back as it was/);
  }
  expect((await tiltyard('report', out)).stderr).toMatch(/\d+ of \d+ run folders are as they were left/);
});

test('a run’s own plan that was changed is listed, and written again before the run goes on', async () => {
  const run = runOf('ipo');
  const altered = (): void =>
    edit(join(run, 'run.json'), (text) => text.replace(/"beta": [\d.]+/, '"beta": 77'));
  altered();
  // Of a run that has ended, too.
  expect(await tiltyard('resume', out)).toMatchObject({ code: 0, stderr: '' });
  expect((await tiltyard('verify-store', out)).code).toBe(0);
  altered();
  rmSync(join(run, 'outcome.json'));
  expect((await tiltyard('verify-store', out)).stdout).toMatch(
    /run\.json: is not what plan\.json says; node .*cli\.js resume mends it/,
  );
  const { code, stdout } = await tiltyard('resume', out);
  expect(code).toBe(0);
  expect(stdout).toMatch(/run\.json: was not what plan\.json says, and is written anew/);
  expect(contents(out)).toEqual(contents(finished));
  expect(existsSync(join(out, 'lock.json'))).toBe(false);
});
