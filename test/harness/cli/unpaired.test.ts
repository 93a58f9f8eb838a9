import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { OutcomeRow, RunSpec, StepRow } from '../../../harness/index.js';
import type { DataRow } from '../../../harness/store/data.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { root, start, temporary } from '../../support.js';

const dir = temporary();
const jsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
beforeAll(() => {
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(root, join(dir, 'node_modules', 'tiltyard'));
  cpSync(join(root, 'test', 'fixtures', 'kto-plugin'), join(dir, 'kto'), { recursive: true });
  const one = (i: number) => ({ prompt: `q${i % 20}`, completion: ` answer ${i}`, label: i % 4 !== 0 });
  writeFileSync(join(dir, 'judged.jsonl'), jsonl(Array.from({ length: 60 }, (_, i) => one(i))));
  const two = (i: number) => ({ prompt: `q${i}`, chosen: ` good ${i}`, rejected: ` bad ${i}` });
  writeFileSync(join(dir, 'pairs.jsonl'), jsonl(Array.from({ length: 30 }, (_, i) => two(i))));
});

const kto = { algorithm: './kto/index.js', start: 'sft', params: { batchSize: 8, epochs: 1 } };
const small = { epochs: 1, batchSize: 4 };
const corpus = { algorithm: 'sft', completions: 'corpus', params: small };

/** An experiment on a file of rows. */
function experiment(name: string, file: string, stages: object, more: object = {}): string {
  const draft = {
    name,
    seeds: 1,
    dataset: { name: 'jsonl', params: { file, maxPromptTokens: 16, maxCompletionTokens: 16 } },
    policy: { width: 8, layers: 1, heads: 1 },
    stages,
    evaluation: { every: 0, prompts: 2, testPrompts: 2 },
    ...more,
  };
  const path = join(dir, `${name}.yaml`);
  writeFileSync(path, stringify(draft));
  return path;
}
const tiltyard = (...args: string[]) => start(args, { cwd: dir }).ended;

/** What a run of a stage left. */
function left(out: string, stage: string): { summary: OutcomeRow['summary']; steps: readonly StepRow[] } {
  const { runs } = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8')) as { runs: RunSpec[] };
  const folder = join(out, 'runs', runs.find((run) => run.stage === stage)!.id);
  const { summary } = JSON.parse(readFileSync(join(folder, 'outcome.json'), 'utf8')) as OutcomeRow;
  return { summary, steps: readJsonl<StepRow>(join(folder, 'steps.jsonl')) };
}

test('judged completions of a file are trained on as they are, without a collect section', async () => {
  const file = experiment('judged', 'judged.jsonl', { sft: corpus, kto });
  const checked = await tiltyard('check', file);
  expect(checked.code, checked.stderr).toBe(0);
  expect(checked.stdout).toMatch(/judged\.jsonl: 60 rows, 60 kept/);
  expect(checked.stdout).toMatch(/train: 45 completions \(\d+ labelled true, \d+ false\), 15 prompts/);
  expect(checked.stdout).not.toMatch(/made by sampling|each pair gives/);

  const out = join(dir, 'out-judged');
  const { code, stderr } = await tiltyard('run', file, '--out', out);
  expect(code, stderr).toBe(0);
  const { splits } = JSON.parse(readFileSync(join(out, 'data.json'), 'utf8')) as DataRow;
  const { unpaired, given } = splits[0]!;
  expect(given).toBeNull();
  expect(unpaired).toMatchObject({ rows: 45, duplicates: 0, conflicting: 0, withoutEnd: 0 });
  const { summary, steps } = left(out, 'kto');
  expect(summary).toMatchObject({ 'unpaired/rows': 45, 'unpaired/good': unpaired!.good });
  expect(steps).toHaveLength(5); // 45 in batches of 8
  expect(steps[0]!.metrics['loss']).toBeCloseTo(0.5, 6);
  expect(left(out, 'sft').steps).toHaveLength(Math.floor(unpaired!.good / 4));

  const again = join(dir, 'out-again');
  await tiltyard('run', file, '--out', again);
  expect(left(again, 'kto').steps.map(({ metrics }) => metrics)).toEqual(steps.map(({ metrics }) => metrics));
});

test('pairs are taken apart, each into a good completion and a bad one, which is said', async () => {
  const stages = { sft: { algorithm: 'sft', params: small }, kto };
  const file = experiment('pairs', 'pairs.jsonl', stages, { collect: {} });
  const checked = await tiltyard('check', file);
  expect(checked.stdout).toMatch(
    /note: Stage kto: kto learns from completions judged one by one: each pair gives its chosen one with/,
  );
  const out = join(dir, 'out-pairs');
  const { code, stderr } = await tiltyard('run', file, '--out', out);
  expect(code, stderr).toBe(0);
  const { pairs } = left(out, 'collect').summary;
  expect(left(out, 'kto').summary).toMatchObject({ 'unpaired/rows': 2 * pairs!, 'unpaired/good': pairs });
});

test('rows, one by one, as ids and as tokens', async () => {
  const file = experiment('rows', 'judged.jsonl', { sft: corpus, kto });
  const { stdout } = await tiltyard('inspect', file, '--json');
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const judged = records.filter(({ type }) => type === 'completion');
  expect(judged).toHaveLength(60);
  expect(judged.every(({ label }) => typeof label === 'boolean')).toBe(true);
  const shown = await tiltyard('inspect', file);
  expect(shown.stdout).toMatch(/completion \d+, (?:true|false): /);
  expect(shown.stdout).toMatch(/train: 45 completions .*15 prompts\n {2}duplicates 0, conflicting labels 0/);
});

test.each<[string, string, object, object, RegExp]>([
  [
    'stages that need pairs of judged completions',
    'judged.jsonl',
    {
      sft: corpus,
      kto,
      dpo: { algorithm: 'dpo', start: 'sft' },
      rm: { algorithm: 'bt-reward', start: 'sft' },
    },
    { collect: {} },
    /one by one \(completion and label\), and no pairs, which rm \(bt-reward\), dpo \(dpo\) need; bring/,
  ],
  [
    'sft on the chosen side of judged completions',
    'judged.jsonl',
    { sft: { algorithm: 'sft' } },
    {},
    /sft needs pairs; add a collect section to the experiment, or set completions: corpus/,
  ],
  ['collecting pairs of them', 'judged.jsonl', { sft: corpus, kto }, { collect: {} }, /and no pairs, which/],
  [
    'sampling pairs that nothing could label',
    'judged.jsonl',
    { sft: corpus, kto },
    { collect: { from: 'sft' } },
    /and no pairs, which collect takes; bring/,
  ],
  [
    'pairs that nothing collects',
    'pairs.jsonl',
    { sft: corpus, kto },
    {},
    /stage kto: kto needs judged completions, and .* brings none; bring rows of completion and label, or add/,
  ],
])('refuses %s', async (what, data, stages, more, message) => {
  const file = experiment(`bad-${what.replaceAll(' ', '-')}`, data, stages, more);
  const out = join(dir, 'must-not-exist');
  const { code, stderr } = await tiltyard('run', file, '--out', out);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
  expect(existsSync(out)).toBe(false);
});
