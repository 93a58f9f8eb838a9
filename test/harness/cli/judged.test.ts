import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storePaths } from '../../../harness/store/layout.js';
import { readVerdicts } from '../../../harness/store/verdicts.js';
import { readJson } from '../../../harness/store/atomic.js';
import type { Report } from '../../../reports/report/model.js';
import { type JudgeServer, judgeServer } from '../../bench/judge/server.js';
import { contents, type Ended, root, start, temporary, tiltyard } from '../../support.js';
import { smallExperiment } from './small-experiment.js';

const dir = temporary();
const SECRET = 'sk-0123456789-secret';
/** A plugin of its own, which fails where it finds the key in its environment. */
const peeking = join(root, 'test', 'fixtures', 'plugins', 'peeking.js');
const stages = {
  reward: { algorithm: 'bt-reward', params: { epochs: 1, batchSize: 8, normalisationSamples: 8 } },
  mine: { algorithm: peeking, params: { epochs: 1, batchSize: 8 } },
};
const path = smallExperiment(dir, 'judged', stages);
const plain = join(dir, 'plain');
const out = join(dir, 'out');
let server: JudgeServer;
let ended: Ended;
const judge = (): string[] => ['--judge', server.url, '--judge-model', 'm', '--judge-key', 'JUDGE_KEY'];
const withKey = (...args: string[]): Promise<Ended> => start(args, { env: { JUDGE_KEY: SECRET } }).ended;
const report = (): Report => readJson<Report>(storePaths(out).report);

beforeAll(async () => {
  server = await judgeServer({ winner: ({ a, b }) => (a.length > b.length ? 'A' : 'B') });
  const without = await tiltyard('run', path, '--out', plain);
  expect(without.code, without.stderr).toBe(0);
});
afterAll(() => server.close());

describe('an experiment with a language model as judge', () => {
  test('is checked without a call, which says how many there will be', async () => {
    const { code, stdout } = await withKey('check', path, ...judge());
    expect(code).toBe(0);
    // 4 test prompts and 4 held-out pairs, in both orders.
    expect(stdout).toMatch(/judge m at http.*: 16 calls and about [\d,]+ tokens .*none is made now/);
    expect(server.calls).toHaveLength(0);
    const { stdout: records } = await withKey('check', path, ...judge(), '--json');
    expect(records).toMatch(/"type":"judging","judge":"m","calls":16/);
  });
  test.each(['check', 'run'])('%s refuses it at once without its key', async (command) => {
    const { code, stderr } = await tiltyard(command, path, ...judge());
    expect(code).toBe(2);
    expect(stderr).toMatch(/JUDGE_KEY, which is not set; export it/);
    expect(server.calls).toHaveLength(0);
  });

  test('is judged to its limit once its runs have ended, which are as without it', async () => {
    ended = await withKey('run', path, '--out', out, ...judge(), '--set', 'evaluation.judge.0.maxCalls=5');
    expect(ended.code, ended.stderr).toBe(0);
    expect(contents(out)).toEqual(contents(plain));
    expect(server.calls).toHaveLength(5);
    expect(ended.stdout).toMatch(
      /5 of \d+ questions asked; what may be spent on it is spent.*--judge-calls N/,
    );
    expect(server.calls[0]!.headers.authorization).toBe(`Bearer ${SECRET}`);
    const { counts, labels } = report().judging!.judges[0]!;
    expect(counts.verdicts + labels.counts.verdicts).toBe(5);
    expect(counts.notAsked + labels.counts.notAsked).toBeGreaterThan(0);
    expect(report().judging!.judges[0]!.sentences.at(-1)).toMatch(/not asked yet/);
  });
  test('its answer is the one without, to the word', () => {
    const { answer, algorithms } = readJson<Report>(storePaths(plain).report);
    expect(report().answer).toEqual(answer);
    expect(report().algorithms.map(({ winRate }) => winRate)).toEqual(
      algorithms.map(({ winRate }) => winRate),
    );
  });

  test('its server is not called by a folder that somebody else may have made', async () => {
    const before = server.calls.length;
    const { code, stderr } = await withKey('resume', out);
    expect(code).toBe(2);
    expect(stderr).toMatch(/with the key in JUDGE_KEY; a results folder is data: .*--trust http/);
    expect(server.calls).toHaveLength(before);
  });
  test('goes on with a higher limit, and with what was not asked alone', async () => {
    const known = new Set(readVerdicts(out).map(({ key }) => key));
    const on = await withKey('resume', out, '--trust', server.url, '--judge-calls', '100');
    expect(on.code, on.stderr).toBe(0);
    const rows = readVerdicts(out);
    expect(rows.length).toBeGreaterThan(known.size);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
    expect(server.calls).toHaveLength(rows.length);
    const { counts, labels } = report().judging!.judges[0]!;
    expect([counts.notAsked, labels.counts.notAsked]).toEqual([0, 0]);
    const again = await withKey('resume', out, '--trust', server.url);
    expect(again.code).toBe(0);
    expect(server.calls).toHaveLength(rows.length);
  });

  test('is whole, and damaged where a verdict was changed', async () => {
    expect((await tiltyard('verify-store', out)).code).toBe(0);
    const { verdicts } = storePaths(out);
    const before = readFileSync(verdicts, 'utf8');
    writeFileSync(verdicts, before.replace(/"outcome":"(first|second)"/, '"outcome":"tie"'));
    const { code, stdout } = await tiltyard('verify-store', out);
    expect([code, stdout]).toEqual([
      2,
      expect.stringMatching(/row 1 is not what was written there; bring it back/),
    ]);
    expect((await tiltyard('report', out)).code).toBe(2);
    expect(report().damages).toEqual(
      expect.arrayContaining([expect.stringMatching(/verdicts\.jsonl row 1/)]),
    );
    expect(report().judging!.judges[0]!.sentences.at(-1)).toMatch(/1 not asked yet/);
    expect((await withKey('resume', out, '--trust', server.url)).stderr).toMatch(/verdicts\.jsonl: row 1/);
    writeFileSync(verdicts, before);
    expect((await tiltyard('report', out)).code).toBe(0);
    const { html, md } = { html: join(out, 'report.html'), md: join(out, 'report.md') };
    expect(readFileSync(html, 'utf8')).toMatch(/What a language model says/);
    expect(readFileSync(md, 'utf8')).toMatch(/### Judge m/);
  });
  test('its report is built again to the byte, without a call and without a key', async () => {
    const before = readFileSync(join(out, 'report.html'), 'utf8');
    const calls = server.calls.length;
    expect((await tiltyard('report', out)).code).toBe(0);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toBe(before);
    expect(server.calls).toHaveLength(calls);
  });
  test('its key stands nowhere', () => {
    expect(ended.stdout + ended.stderr).not.toContain(SECRET);
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(10);
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name)).includes(SECRET), name).toBe(false);
    }
  });
});

describe('a judge that cannot be asked', () => {
  test('fails no run: the others are there, what is lacking is said, and the exit code is 1', async () => {
    const closed = await judgeServer({ raw: () => ({ status: 401, body: '{"message":"who are you"}' }) });
    const folder = join(dir, 'refused');
    const { code, stdout } = await tiltyard(
      'run',
      path,
      '--out',
      folder,
      '--judge',
      closed.url,
      '--judge-model',
      'm',
    );
    await closed.close();
    expect(code).toBe(1);
    expect(stdout).toMatch(/0 of \d+ questions asked; its server takes no question: HTTP 401: who are you/);
    expect(existsSync(storePaths(folder).report)).toBe(true);
    expect(contents(folder)).toEqual(contents(plain));
  });
});
