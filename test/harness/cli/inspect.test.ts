import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { DataRow } from '../../../harness/store/data.js';
import { goldenDir } from '../../golden/support.js';
import { temporary, tiltyard } from '../../support.js';

const dir = temporary();
const model = join(goldenDir, 'tiny-gpt2');
const ROWS = 40;
const file = join(dir, 'mine.yaml');
const plugin = join(dir, 'plugin.mjs');

beforeAll(() => {
  const rows = Array.from({ length: ROWS }, (_, i) => ({
    prompt: `The ${i} film`,
    chosen: ' was good',
    rejected: ` was bad ${i}`,
  }));
  writeFileSync(join(dir, 'pairs.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  writeFileSync(
    file,
    stringify({
      name: 'mine',
      seeds: 1,
      dataset: {
        name: 'jsonl',
        params: {
          file: 'pairs.jsonl',
          tokenizer: model,
          heldoutShare: 0.05,
          maxPromptTokens: 16,
          maxCompletionTokens: 16,
        },
      },
      policy: { checkpoint: model },
      collect: { pairs: 64, heldoutPairs: 2 },
      stages: { sft: { algorithm: 'sft' }, dpo: { algorithm: 'dpo', start: 'sft' } },
      evaluation: { every: 0, prompts: 2, testPrompts: 2 },
    }),
  );
  writeFileSync(
    plugin,
    `export default { api: 2, name: 'other', summary: 'other', needs: ['pairs'], gives: 'policy',
      paper: { url: 'https://example.org', equations: [] },
      params: { type: 'object', additionalProperties: false, properties: {} }, async *train() {} };`,
  );
});

interface Pair {
  readonly type: string;
  readonly split: string;
  readonly id: string;
  readonly prompt: number[];
  readonly chosen: number[];
  readonly rejected: number[];
}
const records = (stdout: string): Pair[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Pair);

describe('tiltyard inspect', () => {
  test('--json gives the counts and every row with its ids, a record a line', async () => {
    const { code, stdout, stderr } = await tiltyard('inspect', file, '--json');
    expect([code, stderr]).toEqual([0, '']);
    const [first, ...pairs] = records(stdout);
    expect(first).toMatchObject({ type: 'data', dataset: 'jsonl', seed: 0 });
    expect(pairs).toHaveLength(ROWS);
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(ROWS);
    for (const { type, prompt, chosen, rejected } of pairs) {
      expect([type, prompt.length > 0, chosen.length > 1, rejected.length > 1]).toEqual([
        'pair',
        true,
        true,
        true,
      ]);
      expect(chosen.at(-1)).toBe(rejected.at(-1)); // the end token
    }
  });
  test('another seed splits otherwise, and the same rows are there', async () => {
    const idsOf = async (...flags: string[]): Promise<string[]> =>
      records((await tiltyard('inspect', file, '--json', ...flags)).stdout)
        .slice(1)
        .map(({ id }) => id);
    const [own, zero, one] = [await idsOf(), await idsOf('--seed', '0'), await idsOf('--seed', '1')];
    expect(zero).toEqual(own);
    expect(one).not.toEqual(own);
    expect([...one].sort()).toEqual([...own].sort());
  });
  test('shows the first pairs as tokens, with the border and the end token', async () => {
    const { stdout } = await tiltyard('inspect', file, '--rows', '2');
    expect(stdout.match(/^pair \d+, (chosen|rejected):/gm)).toHaveLength(4);
    expect(stdout).toMatch(/^pair \d+, chosen: .*[^║]║[^║]*‹.*›$/m);
    expect(stdout).toContain('collect.pairs: 64 asked, ');
    expect(stdout).toMatch(/chosen tokens: min \d+.*\n {4} *\d+- *\d+ █+ \d+/);
  });
  test('of a world shows prompts, and says that its pairs are made by sampling', async () => {
    const { code, stdout } = await tiltyard('inspect', 'smoke', '--rows', '1');
    expect(code).toBe(0);
    expect(stdout).toContain('train: 64 prompts; its pairs, if any, are made by sampling');
    expect(stdout).toMatch(/^prompt train-0: .*║$/m);
  });
  test.each<[what: string, args: string[], message: RegExp]>([
    ['a suite', ['claims'], /claims: is a suite of experiments; give the file of one of them/],
    [
      'an analysis',
      ['exact-claims'],
      /exact-claims: is an analysis, which trains on nothing; give an experiment/,
    ],
    ['a seed that is none', ['smoke', '--seed', '-1'], /--seed .*whole number of at least 0, got '-1'/],
    ['a file that is not there', ['nowhere.yaml'], /no file .*nowhere\.yaml/],
    [
      'a row that does not fit',
      [file, '--set', 'dataset.params.maxPromptTokens=1'],
      /pairs\.jsonl:1: prompt has/,
    ],
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await tiltyard('inspect', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

describe('tiltyard check', () => {
  test('says what is trained on beside the plan', async () => {
    const { code, stdout } = await tiltyard('check', file);
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/mine\.yaml: valid; 4 runs for 1 seed on dataset jsonl$/);
    const at = (start: string): number => lines.findIndex((line) => line.startsWith(start));
    expect(at('warning: collect.pairs: 64 asked, ')).toBeGreaterThan(at('configurations of each'));
    expect(at('train: ')).toBeGreaterThan(at('warning: '));
    expect(lines.at(-4)).toMatch(/^tokens: end \d+ \(.*\); padding \d+ \(.*\); template: /);
    expect(lines.at(-3)).toMatch(/^time: about .* by steps measured on this machine$/);
    expect(lines.at(-2)).toMatch(/^memory: about \d+ MiB to [\d.]+ GiB a run, of [\d.]+ GiB$/);
    expect(lines.at(-1)).toMatch(/^disk: about [\d.]+ MiB of .* free$/);
  });
  test('takes --set and --plugin as run does', async () => {
    const set = ['--set', 'stages.dpo.algorithm=other'];
    expect((await tiltyard('check', file, ...set)).code).toBe(2);
    const { code, stdout } = await tiltyard('check', file, ...set, '--plugin', plugin);
    expect(code).toBe(0);
    expect(stdout).toContain('  dpo: other (compared)');
  });
});

test('what was counted is stored with a plan, and stands in the report', async () => {
  const out = join(dir, 'out');
  const { code, stdout, stderr } = await tiltyard('run', file, '--out', out);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('warning: collect.pairs: 64 asked, ');
  // What `check --json` plans is what a run is: its ids depend on the engine that is settled on.
  const planned = (await tiltyard('check', file, '--json')).stdout.trim().split('\n');
  const ids = planned.flatMap((line) => (JSON.parse(line) as { id?: string }).id ?? []);
  expect(ids.sort()).toEqual(readdirSync(join(out, 'runs')).sort());
  const row = JSON.parse(readFileSync(join(out, 'data.json'), 'utf8')) as DataRow;
  const there = row.splits[0]!.given!.pairs;
  expect(row.asked).toEqual({ pairs: { asked: 64, there }, heldoutPairs: { asked: 2, there: 2 } });
  const { data } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as { data: object };
  expect(data).toMatchObject({
    asked: { pairs: { asked: 64, there, given: [there] }, heldoutPairs: { given: [2] } },
  });
  for (const name of ['report.md', 'report.html']) {
    const text = readFileSync(join(out, name), 'utf8').replaceAll('\\', '');
    expect(text, name).toContain(`collect.pairs: 64 asked, ${there} given.`);
  }
}, 60_000);

test('a world has none, and its report no such section', async () => {
  const out = join(dir, 'smoke');
  expect((await tiltyard('run', 'smoke', '--out', out)).code).toBe(0);
  expect(existsSync(join(out, 'data.json'))).toBe(false);
  expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).not.toHaveProperty('data');
  expect(readFileSync(join(out, 'report.md'), 'utf8')).not.toContain('## Data');
}, 60_000);
