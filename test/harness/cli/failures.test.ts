import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Report } from '../../../reports/report/model.js';
import { type Ended, root, temporary, tiltyard } from '../../support.js';

const dir = temporary();
const smoke = parse(readFileSync(join(root, 'datasets', 'experiments', 'smoke.yaml'), 'utf8')) as Record<
  string,
  unknown
> & { stages: Record<string, unknown> };
let files = 0;
function experiment(change: (draft: typeof smoke) => void): string {
  const draft = structuredClone(smoke);
  change(draft);
  const path = join(dir, `experiment-${files++}.yaml`);
  writeFileSync(path, stringify(draft));
  return path;
}
function pairs(name: string, ...rows: object[]): string {
  const path = join(dir, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}
const withPairs = (name: string, ...rows: object[]): string => {
  const file = pairs(name, ...rows);
  return experiment((e) => {
    e['dataset'] = { name: 'jsonl', params: { file, maxPromptTokens: 16, maxCompletionTokens: 16 } };
    e['collect'] = {};
    e['stages'] = { sft: { algorithm: 'sft' }, dpo: { algorithm: 'dpo', start: 'sft' } };
  });
};
const good = [0, 1, 2, 3].map((i) => ({ prompt: `p${i}`, chosen: ' good', rejected: ' bad' }));

describe('bad input: one line that says what to do, exit 2, nothing written', () => {
  const cases: [what: string, args: () => string[], message: RegExp][] = [
    [
      'unknown key',
      () => [
        experiment((e) => {
          e['sedes'] = 3;
        }),
      ],
      /unknown key 'sedes'; did you mean 'seeds'\?/,
    ],
    [
      'unknown parameter',
      () => ['smoke', '--set', 'stages.ipo.params.bta=1'],
      /ipo: unknown key 'bta'; did you mean 'beta'\? known: beta, logps/,
    ],
    [
      'wrong type',
      () => ['smoke', '--set', 'evaluation.every=often'],
      /'evaluation.every' should be integer, got "often"/,
    ],
    [
      'unknown plugin',
      () => ['smoke', '--set', 'stages.dpo.algorithm=dpoo'],
      /stage dpo: .*unknown algorithm 'dpoo'; did you mean 'dpo'\?/,
    ],
    [
      'unknown dataset',
      () => ['smoke', '--set', 'dataset.name=review'],
      /unknown dataset 'review'; did you mean 'reviews'\?/,
    ],
    [
      'unknown engine',
      () => ['smoke', '--engine', 'onnx'],
      /'engine.name' should be one of .*"onnxruntime".*got "onnx"/,
    ],
    [
      'unknown stage in --set',
      () => ['smoke', '--set', 'stages.doo.params.beta=1'],
      /no stage 'doo'; did you mean 'dpo'\?/,
    ],
    [
      'unknown stage to start from',
      () => ['smoke', '--set', 'stages.dpo.start=sftt'],
      /unknown stage 'sftt'; did you mean 'sft'\?/,
    ],
    [
      'stages that wait for each other',
      () => ['smoke', '--set', 'stages.sft.start=dpo'],
      /stages wait for each other: /,
    ],
    [
      'missing experiment',
      () => ['rewiews'],
      /no file .*rewiews and no built-in experiment 'rewiews'; did you mean 'reviews'\?/,
    ],
    [
      'broken YAML',
      () => [
        (() => {
          const path = join(dir, 'broken.yaml');
          writeFileSync(path, 'name: x\nstages: {a: [}\n');
          return path;
        })(),
      ],
      /broken\.yaml:2:\d+: /,
    ],
    [
      'missing data file',
      () => [
        experiment((e) => {
          e['dataset'] = { name: 'jsonl', params: { file: 'none.jsonl' } };
        }),
      ],
      /no file .*none\.jsonl; check the path/,
    ],
    ['empty dataset', () => [withPairs('empty.jsonl')], /empty\.jsonl: has no rows; give at least one line/],
    [
      'pair with an empty completion',
      () => [withPairs('a.jsonl', ...good, { prompt: 'p', chosen: '', rejected: 'x' })],
      /a\.jsonl:5: chosen is empty; remove the line/,
    ],
    [
      'pair with equal completions',
      () => [withPairs('b.jsonl', ...good, { prompt: 'p', chosen: 'x', rejected: 'x' })],
      /b\.jsonl:5: chosen and rejected are equal/,
    ],
    [
      'prompt longer than the context',
      () => [withPairs('c.jsonl', { prompt: 'p'.repeat(17), chosen: 'x', rejected: 'y' }, ...good)],
      /c\.jsonl:1: prompt has 17 tokens, maxPromptTokens is 16; raise maxPromptTokens/,
    ],
    [
      'NaN learning rate',
      () => ['smoke', '--set', 'stages.dpo.params.learningRate=.nan'],
      /stages\.dpo\.params\.learningRate is NaN; give a finite number/,
    ],
    [
      'negative learning rate',
      () => ['smoke', '--set', 'stages.dpo.params.learningRate=-1'],
      /'learningRate' must be > 0, got -1/,
    ],
    ['no seeds', () => ['smoke', '--seeds', '0'], /should be a whole number of at least 1, got '0'/],
    ['a --set that sets nothing', () => ['smoke', '--set', 'seeds'], /should be path=value/],
    [
      'a reward where none is given',
      () => ['smoke', '--set', 'stages.ppo.reward=dpo'],
      /reward: dpo is dpo, which gives a policy/,
    ],
    [
      'a proxy that is no reward',
      () => ['smoke', '--set', 'evaluation.proxy=dpo'],
      /evaluation\.proxy: dpo is dpo, which gives a policy/,
    ],
    [
      'a control of a shared stage',
      () => ['smoke', '--set', 'stages.sft.control=true'],
      /stage sft: control: true, but the stage is shared/,
    ],
    [
      'unequal tuning',
      () => ['smoke', '--set', 'tuning.equal=true', '--set', 'stages.dpo.sweep={beta: [0.1, 0.2]}'],
      /tuning\.equal: .*dpo: 2, ipo: 1, best-of-n: 1, ppo: 1; give each the same number/,
    ],
    [
      'no pairs to train on',
      () => [
        experiment((e) => {
          delete e['collect'];
        }),
      ],
      /needs pairs; add a collect section/,
    ],
  ];
  test.each(cases)('%s', async (_, args, message) => {
    const out = join(dir, 'must-not-exist');
    const { code, stdout, stderr } = await tiltyard('run', ...args(), '--out', out);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(
      stderr.startsWith('error:') ? 3 : 1,
    ); // commander adds its hint
    expect(stdout).toBe('');
    expect(existsSync(out)).toBe(false);
  });
  test('an --out that cannot be made, or holds something else', async () => {
    writeFileSync(join(dir, 'a-file'), '');
    const inFile = await tiltyard('run', 'smoke', '--out', join(dir, 'a-file', 'x'));
    expect([inFile.code, inFile.stderr]).toEqual([
      2,
      expect.stringMatching(/cannot be made in .*a-file.*; choose another folder\n$/),
    ]);
    mkdirSync(join(dir, 'full'));
    writeFileSync(join(dir, 'full', 'thesis.tex'), 'x');
    const full = await tiltyard('run', 'smoke', '--out', join(dir, 'full'));
    expect([full.code, full.stderr]).toEqual([
      2,
      expect.stringMatching(/is not empty; choose another folder/),
    ]);
  });
  test('a report on nothing, on an empty folder, on a half-written one', async () => {
    const none = await tiltyard('report', join(dir, 'nowhere'));
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringMatching(/no such folder; give the --out folder of a run/),
    ]);
    mkdirSync(join(dir, 'empty'));
    const empty = await tiltyard('report', join(dir, 'empty'));
    expect([empty.code, empty.stderr]).toEqual([
      2,
      expect.stringMatching(/is empty; give the --out folder of a run/),
    ]);
    mkdirSync(join(dir, 'half'));
    writeFileSync(join(dir, 'half', 'experiment.json'), '{}');
    const half = await tiltyard('report', join(dir, 'half'));
    expect([half.code, half.stderr]).toEqual([
      2,
      expect.stringMatching(
        /has no plan\.json; this is not the --out folder of a run, or the run stopped before it began/,
      ),
    ]);
    writeFileSync(join(dir, 'half', 'plan.json'), '{"runs":');
    const torn = await tiltyard('report', join(dir, 'half'));
    expect([torn.code, torn.stderr]).toEqual([2, expect.stringMatching(/plan\.json: not valid JSON/)]);
    expect(existsSync(join(dir, 'half', 'report.html'))).toBe(false);
  });
  test('unknown commands, kinds and options', async () => {
    expect((await tiltyard('rnu')).code).toBe(2);
    expect((await tiltyard('list', 'plugin')).stderr).toMatch(
      /unknown kind 'plugin'; did you mean 'plugins'\?/,
    );
    expect((await tiltyard('run', '--sedes', '1')).code).toBe(2);
  });
});

describe('a plugin that goes wrong', () => {
  const out = join(dir, 'broken');
  const hows = ['throw', 'throw-text', 'nan-metric', 'nan-loss', 'no-metrics', 'undeclared'];
  let ended: Ended;
  let report: Report;
  beforeAll(async () => {
    const path = experiment((e) => {
      const { base, sft, dpo } = e.stages;
      e.stages = {
        base,
        sft,
        dpo,
        ...Object.fromEntries(
          hows.map((how) => [
            how,
            {
              algorithm: join(root, 'test', 'fixtures', 'plugins', 'broken.js'),
              start: 'sft',
              params: { how },
            },
          ]),
        ),
        later: { algorithm: 'dpo', start: 'nan-loss', params: { batchSize: 8 } },
      };
    });
    ended = await tiltyard('run', path, '--out', out);
    report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  }, 120_000);
  test('exit 1, the report is written, and the others have gone on', () => {
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stdout.trimEnd().split('\n').at(-1)).toBe(join(out, 'report.html'));
    expect(report.algorithms.find((a) => a.name === 'dpo')!.goldReward).not.toBeNull();
  });
  test.each([
    ['throw', 'failed', /^the plugin broke: a deeper reason$/],
    ['throw-text', 'failed', /^just text$/],
    ['nan-metric', 'diverged', /plugin broken: step 3: metric 'extra' became NaN/],
    ['nan-loss', 'diverged', /plugin broken: step 3: metric 'loss' became NaN/],
    ['no-metrics', 'failed', /plugin broken: step 3: yielded no metrics; yield \{ metrics/],
    [
      'undeclared',
      'failed',
      /plugin broken: uses ctx.reward without declaring need 'reward'; add it to needs/,
    ],
    ['later', 'failed', /its input .*nan-loss.* ended as diverged/],
  ])('%s: ends as %s with its cause', (how, outcome, cause) => {
    const failure = report.failures.find((f) => f.label === how)!;
    expect(failure.outcome).toBe(outcome);
    expect(failure.cause).toMatch(cause);
    // A stage that another builds on is shared, not compared.
    if (how !== 'nan-loss')
      expect(report.algorithms.find((a) => a.name === how)).toMatchObject({ completed: 0, goldReward: null });
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).toContain(failure.run);
  });
  test('finished steps of a failed run stay readable', () => {
    const run = report.failures.find((f) => f.label === 'throw')!.run;
    expect(
      readFileSync(join(out, 'runs', run, 'steps.jsonl'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(2);
  });
});

test('budgets end a run as its data would, and say so', async () => {
  const out = join(dir, 'budget');
  const { code } = await tiltyard(
    'run',
    'smoke',
    '--out',
    out,
    '--set',
    'stages.reward.budget={maxSteps: 3}',
    '--set',
    'stages.dpo.budget={maxSeconds: 0.000001}',
  );
  expect(code).toBe(1); // a run that was stopped by the clock is shown as a failure
  const plan = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8')) as {
    runs: { id: string; stage: string }[];
  };
  const outcome = (stage: string) =>
    JSON.parse(
      readFileSync(join(out, 'runs', plan.runs.find((r) => r.stage === stage)!.id, 'outcome.json'), 'utf8'),
    ) as { outcome: string; steps: number; summary: Record<string, number> };
  expect(outcome('reward')).toMatchObject({ outcome: 'budget-spent', steps: 3 });
  expect(outcome('reward').summary['normalisation/std']).toBeGreaterThan(0);
  expect(outcome('dpo')).toMatchObject({ outcome: 'timed-out', steps: 0 });
}, 60_000);
