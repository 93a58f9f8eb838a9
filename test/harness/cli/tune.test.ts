import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readJson } from '../../../harness/store/atomic.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { runPaths, storePaths } from '../../../harness/store/layout.js';
import type { EvalRow, OutcomeRow, StepRow } from '../../../harness/store/records.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { contents, type Ended, root, temporary, tiltyard } from '../../support.js';

/** On a dataset whose gold reward throws when it is read: what tunes cannot have read it. */
const dir = temporary();
const experiment = `
name: sealed
seeds: 2
dataset: { name: ${join(root, 'test', 'fixtures', 'sealed-dataset', 'index.js')} }
policy: { width: 8, layers: 1, heads: 2 }
collect: { pairs: 64, heldoutPairs: 8 }
stages:
  sft: { algorithm: sft, params: { epochs: 2, batchSize: 8, learningRate: 0.01 } }
  reward:
    algorithm: bt-reward
    start: sft
    params: { epochs: 2, batchSize: 8, learningRate: 0.01, evaluateEvery: 2, normalisationSamples: 16 }
  # A hand's choice, which tuning replaces.
  dpo: { algorithm: dpo, start: sft, params: { epochs: 2, batchSize: 4, learningRate: 0.001 }, control: true }
  best-of-n: { algorithm: best-of-n, start: sft, reward: reward, params: { n: 2 } }
evaluation: { every: 4, prompts: 8, testPrompts: 8, proxy: reward }
`;
const path = join(dir, 'sealed.yaml');
const folder = join(dir, 'tuning');
const args = [...['--configurations', '2', '--strengths', '2', '--rates', '3', '--further', '1']];
let tuned: Ended;
beforeAll(async () => {
  writeFileSync(path, experiment);
  tuned = await tiltyard('tune', path, ...args, '--folder', folder);
  expect(tuned.code, tuned.stderr + tuned.stdout).toBe(0);
});

const runs = (): { spec: RunSpec; dir: string; outcome: OutcomeRow }[] =>
  readdirSync(storePaths(folder).runs).map((id) => {
    const own = storePaths(folder).run(id);
    const paths = runPaths(own);
    return { spec: readJson(paths.run), dir: own, outcome: readJson(paths.outcome) };
  });

describe('tune', () => {
  test('writes a grid of equal size for every family into the file, and keeps what was there', () => {
    const stages = (parse(readFileSync(path, 'utf8')) as { stages: Record<string, Record<string, object>> })
      .stages;
    const sizes = ['dpo', 'best-of-n'].map((stage) =>
      Object.values(stages[stage]!['sweep'] as Record<string, number[]>).map((values) => values.length),
    );
    expect(sizes).toEqual([[2, 1], [2]]);
    expect(stages['dpo']!['params']).toEqual({ epochs: 2, batchSize: 4 });
    expect(readFileSync(path, 'utf8')).toContain("  # A hand's choice, which tuning replaces.\n");
    expect(readFileSync(`${path}.bak`, 'utf8')).toBe(experiment);
    expect(tuned.stdout).toMatch(/^ +beta +learningRate +share +KL +reward +gain +worth$/m);
    expect(tuned.stdout).toMatch(/^- {3}dpo: /m);
    expect(existsSync(storePaths(folder).proposal)).toBe(true);
  });
  test('no run read the gold reward, a judge, or a test prompt', async () => {
    for (const { spec, dir: own, outcome } of runs()) {
      expect(outcome.outcome, `${spec.label}: ${outcome.cause?.message}`).toBe('completed');
      const paths = runPaths(own);
      expect(existsSync(paths.samples), spec.label).toBe(false);
      for (const row of readJsonl<EvalRow>(paths.evals)) {
        expect([row.split, row.goldReward, row.winRate]).toEqual(['validation', null, null]);
      }
    }
    // The experiment itself reads it, and the dataset throws.
    const read = await tiltyard(
      'run',
      path,
      '--seeds',
      '1',
      '--engine',
      'reference',
      '--out',
      join(dir, 'run'),
    );
    expect(read.code).toBe(1);
    expect(read.stdout).toContain('the gold reward was read');
  });
  test('seeds are none of the experiment', () => {
    expect(new Set(runs().map(({ spec }) => spec.seed))).toEqual(new Set([1_000_000]));
  });
  test('a share of the schedule is a short run: fewer steps, and the rate decays to its end', () => {
    const dpo = runs().filter(({ spec }) => spec.stage === 'dpo');
    const rates = (share: number | undefined): number[][] =>
      dpo
        .filter(({ spec }) => spec.budget.share === share)
        .map(({ spec, dir: own }) =>
          readJsonl<StepRow>(runPaths(own).steps).map(
            ({ metrics }) => metrics['learning_rate']! / (spec.algorithm!.params['learningRate'] as number),
          ),
        );
    const [short] = rates(0.5) as [number[]];
    const [whole] = rates(undefined) as [number[]];
    expect([rates(0.5).length, short.length * 2]).toEqual([6, whole.length]);
    // Linear decay: 1, 1 - 1/T, ..., 1/T.
    for (const steps of [short, whole]) {
      expect(steps[0]).toBeCloseTo(1, 5);
      expect(steps.at(-1)).toBeCloseTo(1 / steps.length, 5);
    }
  });
  test('asked once more of the same experiment: nothing runs again, the proposal is the same', async () => {
    const again = join(dir, 'again.yaml');
    writeFileSync(again, experiment);
    const before = contents(folder);
    const records = readFileSync(storePaths(folder).proposal, 'utf8');
    const { code, stdout } = await tiltyard(
      ...['tune', again, ...args, '--folder', folder, '--dry-run', '--json'],
    );
    expect(code).toBe(0);
    expect(readFileSync(again, 'utf8')).toBe(experiment); // a dry run
    expect(stdout).not.toMatch(/"type":"run-started"/);
    expect(contents(folder)).toEqual(before);
    expect(readFileSync(storePaths(folder).proposal, 'utf8')).toBe(records);
    const families = (text: string): unknown[] =>
      (JSON.parse(text) as { type: string }[]).filter(({ type }) => type === 'family');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    const said = lines.filter(({ type }) => type === 'family');
    expect(said).toEqual(families(records));
    expect(said).toHaveLength(2);
  });
});

test('rows that have changed since tuning began are refused, and nothing is tuned on both', async () => {
  const rows = (what: string): string =>
    Array.from({ length: 60 }, (_, i) =>
      JSON.stringify({ prompt: `q ${i}`, chosen: ` ${what}`, rejected: ' no' }),
    ).join('\n');
  const file = join(dir, 'own.jsonl');
  writeFileSync(file, rows('yes'));
  const own = join(dir, 'own.yaml');
  const text = `
name: own
seeds: 1
dataset: { name: jsonl, params: { file: own.jsonl } }
policy: { width: 8, layers: 1, heads: 2 }
collect: { pairs: 16, heldoutPairs: 2 }
stages:
  sft: { algorithm: sft, params: { epochs: 1, batchSize: 8 } }
  reward: { algorithm: bt-reward, start: sft, params: { epochs: 1, batchSize: 8, normalisationSamples: 4 } }
  dpo: { algorithm: dpo, start: sft, params: { epochs: 1, batchSize: 8 } }
evaluation: { every: 0, prompts: 4, testPrompts: 4, proxy: reward }
`;
  writeFileSync(own, text);
  const one = ['--configurations', '1', '--strengths', '1', '--rates', '1', '--further', '0', '--dry-run'];
  const call = (): Promise<Ended> => tiltyard('tune', own, ...one, '--folder', join(dir, 'own-tuning'));
  const first = await call();
  expect(first.code, first.stderr).toBe(0);
  const before = contents(join(dir, 'own-tuning'));
  writeFileSync(file, rows('maybe'));
  const again = await call();
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(
    /^tiltyard: dataset jsonl: .*own\.jsonl has changed since this tuning began; bring it back/,
  );
  expect(contents(join(dir, 'own-tuning'))).toEqual(before);
  writeFileSync(file, rows('yes'));
  expect((await call()).code).toBe(0);
});

describe('refused: one line that says what to do, exit 2, nothing written', () => {
  test.each([
    [
      'a built-in experiment, to be changed',
      ['smoke'],
      /experiment smoke is built in .*--out FILE, or --dry-run/,
    ],
    [
      'a suite',
      ['claims', '--dry-run'],
      /claims: is a suite of experiments; tune the file of one experiment/,
    ],
    ['an analysis', ['ipo-figure', '--dry-run'], /is an analysis; tune the file of one experiment/],
    [
      'a rule that scores not everybody',
      ['smoke', '--dry-run', '--set', 'tuning.by=pairs'],
      /tuning\.by: pairs: .*name a tuning\.chooser, or give --set tuning\.by=proxy/,
    ],
    [
      'seeds that would tune what they report',
      ['smoke', '--dry-run', '--set', 'seeds=[1000000]'],
      /seed 1000000 would tune what it reports; give the experiment seeds below 1000000/,
    ],
    [
      'a sweep of something else',
      ['smoke', '--dry-run', '--set', 'stages.dpo.sweep={epochs: [1, 2]}'],
      /stage dpo: sweep: epochs is neither the strength nor the learning rate of dpo/,
    ],
    ['no configurations', ['smoke', '--dry-run', '--configurations', '0'], /whole number of at least 1/],
    ['a KL that is none', ['smoke', '--dry-run', '--max-kl', '0'], /should be a number above 0/],
  ])('%s', async (_, given, message) => {
    const none = join(dir, 'none');
    const { code, stderr, stdout } = await tiltyard('tune', ...given, '--folder', none);
    expect(stderr).toMatch(message);
    expect([code, stdout, existsSync(none)]).toEqual([2, '', false]);
  });
  test('an --out that is there, a --folder that holds something else', async () => {
    const there = await tiltyard('tune', 'smoke', '--out', path);
    expect([there.code, there.stderr]).toEqual([
      2,
      expect.stringMatching(/is there already; choose another file/),
    ]);
    const full = join(dir, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'thesis.tex'), '');
    const other = await tiltyard('tune', 'smoke', '--dry-run', '--folder', full);
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringMatching(/is not empty, and holds no tuning/),
    ]);
    const another = await tiltyard('tune', 'smoke', '--dry-run', '--folder', folder);
    expect([another.code, another.stderr]).toEqual([
      2,
      expect.stringMatching(/holds another tuning; choose/),
    ]);
  });
});
