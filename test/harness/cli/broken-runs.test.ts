import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../../reports/report/model.js';
import { type Ended, root, temporary, tiltyard } from '../../support.js';
import { changedSmoke } from './changed-smoke.js';

const dir = temporary();

describe('a plugin that goes wrong', () => {
  const out = join(dir, 'broken');
  const hows = ['throw', 'throw-text', 'nan-metric', 'nan-loss', 'no-metrics', 'undeclared'];
  let ended: Ended;
  let report: Report;
  beforeAll(async () => {
    const path = changedSmoke(dir, (e) => {
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
  });
  test('exit 1, the report is written, and the others have gone on', () => {
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stdout.trimEnd().split('\n').at(-1)).toBe(join(out, 'report.html'));
    expect(report.algorithms.find((a) => a.name === 'dpo')!.goldReward).not.toBeNull();
  });
  test.each([
    ['throw', 'failed', /^the plugin broke: a deeper reason \(at \/.*\/broken\.js:\d+:\d+\)$/],
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
});
