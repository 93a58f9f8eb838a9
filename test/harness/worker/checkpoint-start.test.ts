import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readJson } from '../../../harness/store/atomic.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { runPaths } from '../../../harness/store/layout.js';
import { readExperiment, type StoredRun } from '../../../harness/store/read.js';
import type { EvalRow, SampleRow } from '../../../harness/store/records.js';
import type { MeasuredRow } from '../../../harness/store/shared.js';
import type { Report } from '../../../reports/report/model.js';
import { root, temporary, tiltyard } from '../../support.js';
import { writeYesAndNo } from './yes-and-no.js';

/**
 * The same experiment from a checkpoint, and from a stage that leaves the checkpoint as it is: no epoch of
 * SFT. What is measured has to be the same, but for names.
 */
const dir = temporary();
const model = join(root, 'test', 'golden', 'tiny-gpt2');
writeYesAndNo(join(dir, 'pairs.jsonl'));
const experiment = (start: string | null, more: object = {}): object => ({
  name: 'x',
  seeds: 1,
  dataset: {
    name: 'jsonl',
    params: {
      file: join(dir, 'pairs.jsonl'),
      tokenizer: model,
      testShare: 0.2,
      heldoutShare: 0.5,
      maxPromptTokens: 16,
      maxCompletionTokens: 8,
    },
  },
  policy: { checkpoint: model },
  collect: { pairs: 60, heldoutPairs: 60 },
  evaluation: { every: 0, prompts: 8, testPrompts: 8, samplesPerPrompt: 2, judge: 'judge' },
  stages: {
    ...(start === null ? {} : { [start]: { algorithm: 'sft', params: { epochs: 0, batchSize: 8 } } }),
    judge: {
      algorithm: 'bt-reward',
      pairs: 'heldout',
      params: { epochs: 6, batchSize: 8, learningRate: 0.01, evaluateEvery: 2, normalisationSamples: 16 },
    },
    dpo: { algorithm: 'dpo', start, params: { batchSize: 8, epochs: 1 } },
    ipo: { algorithm: 'ipo', start, params: { batchSize: 8, epochs: 1 } },
  },
  ...more,
});
interface Made {
  readonly of: (label: string) => StoredRun;
  readonly report: Report;
}
async function made(name: string, draft: object): Promise<Made> {
  const file = join(dir, `${name}.json`);
  writeFileSync(file, JSON.stringify(draft));
  const out = join(dir, name);
  const { code, stdout, stderr } = await tiltyard('run', file, '--out', out);
  expect(code, `${stdout}${stderr}`).toBe(0);
  const { runs } = readExperiment(out);
  const of = (label: string): StoredRun => runs.find((run) => run.spec.label === label)!;
  return { of, report: readJson<Report>(join(out, 'report.json')) };
}
let direct: Made;
let staged: Made;
beforeAll(async () => {
  direct = await made('direct', experiment(null));
  staged = await made('staged', experiment('sft'));
}, 300_000);
const samples = (run: StoredRun): SampleRow[] => readJsonl(runPaths(run.dir).samples);
const evals = (run: StoredRun): object[] =>
  readJsonl<EvalRow>(runPaths(run.dir).evals).map(({ clock: _, flops: __, ...row }) => row);
const onTest = (run: StoredRun): object[] => evals(run).filter((row) => (row as EvalRow).split === 'test');

describe('a checkpoint that no stage made', () => {
  test('is evaluated on test prompts as a stage that ends with its weights is', () => {
    const [start, sft] = [direct.of('measure[initial]'), staged.of('sft')];
    expect(samples(start)).toEqual(samples(sft));
    expect(samples(start)).toHaveLength(16);
    const [own] = onTest(start);
    const [theirs] = onTest(sft);
    // A stage that others share is not held to the checkpoint: nobody reads that.
    expect({ ...own, winRate: null }).toEqual({ ...theirs, winRate: null });
    expect(onTest(start)).toHaveLength(1);
  });
  test.each(['dpo', 'ipo'])(
    '%s from it has the win rate and all else that it has from the stage',
    (label) => {
      expect(evals(direct.of(label))).toEqual(evals(staged.of(label)));
      expect((onTest(direct.of(label))[0] as EvalRow).winRate).not.toBeNull();
      const measured = (made: Made, of: string): MeasuredRow => readJson(runPaths(made.of(of).dir).measured);
      expect(measured(direct, 'measure[initial]').golds).toEqual(measured(staged, 'measure[sft]').golds);
    },
  );
  test('the report compares with it, by its name, and answers the same', () => {
    expect([direct.report.reference?.name, staged.report.reference?.name]).toEqual(['checkpoint', 'sft']);
    expect(direct.report.reference?.goldReward).toEqual(staged.report.reference?.goldReward);
    expect(direct.report.answer).toEqual(staged.report.answer);
    expect(direct.report.answer.sentence).toContain('This experiment has no RL');
    expect(direct.report.answer.by).toBe('pairs'); // no learned reward scores them
    for (const { name, winRate } of direct.report.algorithms)
      expect(winRate.vsReference, name).not.toBeNull();
  });
});
test('without a judge nothing is compared, and the page says so in one sentence', async () => {
  const { evaluation, stages, ...rest } = experiment(null) as Record<string, Record<string, unknown>>;
  const { judge: _, ...others } = stages!;
  const draft = { ...rest, evaluation: { ...evaluation, judge: null }, stages: others };
  const { report } = await made('unjudged', draft);
  expect(report.answer.sentence).toMatch(/^This data has no gold reward, so nothing here says which/);
  const why = report.frontiers.flatMap(({ missing }) => missing);
  expect(why.length).toBeGreaterThan(0);
  for (const reason of why) expect(reason).toMatch(/^nothing here says how good an answer is/);
}, 120_000);
