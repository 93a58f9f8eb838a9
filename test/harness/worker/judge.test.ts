import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { outcome } from '../../../harness/metrics/win-rate.js';
import { readJson } from '../../../harness/store/atomic.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { runPaths, storePaths } from '../../../harness/store/layout.js';
import { readExperiment, type StoredExperiment, type StoredRun } from '../../../harness/store/read.js';
import type { EvalRow, PairRow, SampleRow } from '../../../harness/store/records.js';
import type { MeasuredRow } from '../../../harness/store/shared.js';
import type { Report } from '../../../reports/report/model.js';
import { warnings } from '../../../reports/report/warnings.js';
import { root, temporary, tiltyard } from '../../support.js';
import { fixture } from '../../reports/fixture.js';
import { writeYesAndNo } from './yes-and-no.js';

/** Pairs without a gold reward, judged by a reward model that learned from pairs that no algorithm saw. */
const dir = temporary();
const out = join(dir, 'out');
const judgeParams = 'epochs: 4, batchSize: 8, learningRate: 0.01, evaluateEvery: 2, normalisationSamples: 16';
const judgeStage = `{ algorithm: bt-reward, pairs: heldout, params: { ${judgeParams} } }`;
const experiment = ({ judge = 'judge', stage = judgeStage, more = '' } = {}): string => `
name: judged
seeds: 1
dataset:
  name: jsonl
  params:
    { file: pairs.jsonl, testShare: 0.2, heldoutShare: 0.5, maxPromptTokens: 10, maxCompletionTokens: 8 }
policy: { width: 16, layers: 1, heads: 2 }
collect: { pairs: 60, heldoutPairs: 60 }
stages:
  sft: { algorithm: sft, params: { epochs: 2, batchSize: 8, learningRate: 0.01 } }
  judge: ${stage}
  reward:
    algorithm: bt-reward
    start: sft
    params: { epochs: 2, batchSize: 8, evaluateEvery: 2, normalisationSamples: 16 }
  dpo: { algorithm: dpo, start: sft, params: { epochs: 1, batchSize: 8 } }
  best-of-n: { algorithm: best-of-n, start: sft, reward: reward, params: { n: 4 } }
${more}
evaluation: { every: 0, prompts: 8, testPrompts: 16, judge: ${judge} }
`;
const file = (name: string, text: string): string => {
  const path = join(dir, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
};
let stored: StoredExperiment;
const of = (stage: string): StoredRun => stored.runs.find((r) => r.spec.stage === stage)!;
const samples = (stage: string): SampleRow[] => readJsonl(join(of(stage).dir, 'samples.jsonl'));
beforeAll(async () => {
  writeYesAndNo(join(dir, 'pairs.jsonl'));
  const { code, stderr } = await tiltyard(
    'run',
    file(
      'judged',
      experiment({
        more: `  snoop: { algorithm: ${join(root, 'test/fixtures/plugins/snoop.js')}, start: sft }`,
      }),
    ),
    '--out',
    out,
  );
  expect(code, stderr).toBe(0);
  stored = readExperiment(out);
});

test('learns from pairs that no algorithm sees, and is measured on those that it has not seen', () => {
  expect(of('judge').spec.pairs).toBe('heldout');
  expect(of('dpo').spec.pairs).toBeUndefined();
  const { dir: collected } = of('collect');
  const [train, heldout] = ['pairs.jsonl', 'heldout.jsonl'].map(
    (name) => new Set(readJsonl<PairRow>(join(collected, name)).map((p) => p.prompt)),
  ) as [Set<string>, Set<string>];
  expect([...heldout].filter((p) => train.has(p))).toEqual([]);
  // Nor is a prompt that it learned from among those on which it judges.
  expect(samples('dpo').filter(({ prompt }) => heldout.has(prompt))).toEqual([]);
  expect(of('judge').outcome!.summary['test/pairs']).toBe(
    readJsonl<PairRow>(join(collected, 'pairs.jsonl')).length,
  );
  expect(of('judge').outcome!.summary['test/accuracy']).toBeGreaterThan(0.9);
});
test('judges every policy from the start on, on each sample, and gives the win rate against it', () => {
  const id = of('judge').spec.id;
  for (const stage of ['sft', 'dpo', 'best-of-n']) {
    expect(of(stage).spec.inputs.judge, stage).toBe(id);
    expect(
      samples(stage).every((s) => typeof s.gold === 'number' && s.gold !== s.proxy),
      stage,
    ).toBe(true);
  }
  for (const stage of ['judge', 'reward', 'collect'])
    expect(of(stage).spec.inputs.judge, stage).toBeUndefined();
  const last = readJsonl<EvalRow>(join(of('dpo').dir, 'evals.jsonl')).find((row) => row.split === 'test')!;
  expect(last.winRate!.n).toBe(16);
  expect(last.goldReward!.n).toBe(16);
});
test('judges the data’s own answers to test prompts too, and how often policies win against these', () => {
  const { measured } = of('dpo').spec.inputs;
  const { chosen } = readJson<MeasuredRow>(runPaths(storePaths(out).run(measured!)).measured);
  const own = samples('dpo');
  expect(Object.keys(chosen!).sort()).toEqual([...new Set(own.map(({ promptId }) => promptId))].sort());
  expect(new Set(Object.values(chosen!)).size).toBeGreaterThan(1);
  const won = own.map(({ promptId, gold }) => outcome(gold!, chosen![promptId]!));
  const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  const { winRate } = report.algorithms.find((a) => a.name === 'dpo')!;
  // As many samples of every prompt: the mean over prompts is that over samples.
  expect(winRate.vsChosen!.mean).toBeCloseTo(won.reduce((a, b) => a + b, 0) / won.length, 12);
  expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('win rate against the chosen');
  expect(readFileSync(join(out, 'report.md'), 'utf8')).not.toMatch(/gold reward/i);
});
test('is out of reach of a plugin whose run it judges, and no cost of it', () => {
  expect(of('snoop').outcome!.summary).toMatchObject({ heads: 0, golds: 0, refused: 1, control: 1 });
  expect(of('dpo').outcome!.ledger.flops.score).toBe(0);
});
test('the report says so first, and how often it is right; one no better than chance is called that', () => {
  const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  expect(report.judge).toMatchObject({ name: 'judge', accuracy: { n: 1 } });
  const verdict = [
    /^What is compared here is the score of the reward model judge, and no truth; /,
    /of pairs it has not seen it ranks (9\d|100)\.\d% .*as labelled/,
  ];
  expect(warnings(report)[0]).toMatch(new RegExp(verdict.map((part) => part.source).join('')));
  expect(report.algorithms.find((a) => a.name === 'dpo')!.goldDifference).not.toBeNull();
  const guessing = {
    ...fixture(),
    judge: { name: 'j', accuracy: { mean: 0.52, ci: [0.48, 0.56] as const, n: 10 }, canJudge: false },
  };
  expect(warnings(guessing)[0]).toContain('not told apart from chance: it cannot judge');
});

describe('refused with exit code 2, and nothing written', () => {
  test.each<[string, Parameters<typeof experiment>[0], RegExp]>([
    [
      'an unknown stage',
      { judge: 'juge' },
      /evaluation\.judge: unknown stage 'juge'; did you mean 'judge'\?/,
    ],
    ['a policy', { judge: 'sft' }, /evaluation\.judge: sft is sft, which gives a policy/],
    [
      'the pairs of the algorithms',
      { stage: '{ algorithm: bt-reward }' },
      /judge learns from the pairs that the algorithms learn from; set pairs: heldout in it/,
    ],
    [
      'a judge that something trains against',
      { more: '  ppo: { algorithm: ppo-rlhf, start: sft, reward: judge }' },
      /stage ppo trains against judge; give it another reward/,
    ],
    [
      'a judge built from what is to be judged',
      { stage: '{ algorithm: bt-reward, pairs: heldout, start: sft }' },
      /judge is built from sft, so sft runs before it and cannot be judged/,
    ],
    [
      'a swept judge',
      { stage: '{ algorithm: bt-reward, pairs: heldout, sweep: { penalty: [0, 1] } }' },
      /stage judge is swept/,
    ],
    [
      'held-out pairs for others',
      { more: '  ipo: { algorithm: ipo, start: sft, pairs: heldout }' },
      /stage ipo: pairs: heldout is for a judge or a chooser alone/,
    ],
  ])('%s', async (name, options, message) => {
    const target = join(dir, `refused ${name}`);
    expect(
      await tiltyard('run', file(name.replaceAll(' ', '-'), experiment(options)), '--out', target),
    ).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    expect(existsSync(target)).toBe(false);
  });
  test('the proxy as judge, and a dataset that knows its gold reward', async () => {
    expect(
      await tiltyard(
        'run',
        file('proxy', experiment().replace('judge: judge }', 'judge: judge, proxy: judge }')),
        '--out',
        join(dir, 'x'),
      ),
    ).toMatchObject({ code: 2, stderr: expect.stringMatching(/judge is the proxy too/) });
    expect(
      await tiltyard(
        'run',
        'smoke',
        '--set',
        'stages.judge={algorithm: bt-reward, pairs: heldout}',
        '--set',
        'evaluation.judge=judge',
        '--out',
        join(dir, 'y'),
      ),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /dataset reviews knows its own gold reward, which judges; remove the judge/,
      ),
    });
  });
});
