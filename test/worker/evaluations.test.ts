import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readJsonl } from '../../harness/store/jsonl.js';
import { readExperiment, type StoredRun } from '../../harness/store/read.js';
import type { EvalRow, SampleRow } from '../../harness/store/records.js';
import { temporary, tiltyard } from '../cli/support.js';

const out = join(temporary(), 'out');
let runs: readonly StoredRun[];
const run = (stage: string, replica = 0): StoredRun => runs.find((r) => r.spec.stage === stage && r.spec.replica === replica)!;
const evals = (of: StoredRun): EvalRow[] => readJsonl<EvalRow>(join(of.dir, 'evals.jsonl'));
const samples = (of: StoredRun): SampleRow[] => readJsonl<SampleRow>(join(of.dir, 'samples.jsonl'));

beforeAll(async () => {
  const { code, stderr } = await tiltyard('run', 'smoke', '--out', out, '--set', 'stages.dpo.control=true', '--set', 'stages.best-of-n.control=true');
  expect(code, stderr).toBe(0);
  runs = readExperiment(out).runs;
}, 240_000);

describe('evaluations', () => {
  test('the win rate against the start is one half before the first step: all ties, drawn with the same randomness', () => {
    for (const stage of ['dpo', 'ipo', 'ppo']) expect(evals(run(stage))[0]).toMatchObject({ step: 0, winRate: { mean: 0.5, se: 0, n: 16 } });
  });
  test('afterwards it is counted on the same prompts against the samples that the start itself has', () => {
    const start = new Map(samples(run('sft')).map((s) => [s.promptId, s.gold!]));
    const mine = samples(run('dpo'));
    const won = mine.map((s): number => (s.gold! > start.get(s.promptId)! ? 1 : s.gold! < start.get(s.promptId)! ? 0 : 0.5));
    const last = evals(run('dpo')).at(-1)!;
    expect(last.split).toBe('test');
    expect(last.winRate!.mean).toBeCloseTo(won.reduce((a, b) => a + b, 0) / won.length, 12);
  });
  test('what starts from fresh weights has none', () => expect(evals(run('base')).every((e) => e.winRate === null)).toBe(true));
  test('the one reward scores every compared run; a policy that was not trained on it has its score too', () => {
    expect(run('dpo').spec.inputs).toMatchObject({ reward: null, proxy: run('reward').spec.id });
    for (const stage of ['dpo', 'ipo', 'ppo', 'best-of-n']) expect(evals(run(stage)).every((e) => e.proxyReward !== null), stage).toBe(true);
    // Before the first step all have the start's score.
    expect(evals(run('dpo'))[0]!.proxyReward!.mean).toBe(evals(run('ppo'))[0]!.proxyReward!.mean);
  });
});

describe('a control', () => {
  test.each(['dpo', 'best-of-n'])('of %s differs from its twin, on the same prompts', (stage) => {
    const [a, b] = [samples(run(stage)), samples(run(stage, 1))];
    expect(b.map((s) => s.promptId)).toEqual(a.map((s) => s.promptId));
    expect(b.map((s) => s.completion)).not.toEqual(a.map((s) => s.completion));
    expect(run(stage, 1).outcome!.startHash).toBe(run(stage).outcome!.startHash);
  });
});

test('plan.json says what was asked for and by which program it was planned', () => {
  const { source, tiltyard: program } = readExperiment(out);
  expect(source).toEqual({ name: 'smoke', fileHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string, overrides: ['--set stages.dpo.control=true', '--set stages.best-of-n.control=true'] });
  expect(program.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(readdirSync(out)).toContain('plan.json');
  expect(readFileSync(join(out, 'plan.json'), 'utf8')).toContain(source.fileHash);
});
