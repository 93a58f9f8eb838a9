import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunHost } from '../../../harness/run/host.js';
import type { Progress } from '../../../harness/run/progress/progress.js';
import { writeJsonAtomic, writeTextAtomic } from '../../../harness/store/atomic.js';
import { runPaths } from '../../../harness/store/layout.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { tune } from '../../../harness/tune/tune.js';
import { sweepOf, type Tuning } from '../../../harness/tune/tuning.js';
import { temporary } from '../../support.js';

const dir = temporary();
const file = join(dir, 'mine.yaml');
const text = `
name: mine
seeds: 3
dataset: { name: bandit }
policy: { kind: tabular }
collect: { pairs: 64, heldoutPairs: 64 }
stages:
  start: { algorithm: sft, params: { epochs: 0 } }
  chooser: { algorithm: bt-reward, start: start, pairs: heldout }
  reward: { algorithm: bt-reward, start: start }
  dpo:
    algorithm: dpo
    start: start
    params: { learningRate: 0.001 }
    sweep: { beta: [0.05, 0.2] }
    control: true
  ppo: { algorithm: ppo-rlhf, start: start, reward: reward, evaluation: { every: 10 } }
  best-of-n: { algorithm: best-of-n, start: start, reward: reward }
tuning: { by: chooser, chooser: chooser }
`;
writeFileSync(file, text);

/** A candidate's reward by what chooses: best at a rate of .004 and a quarter of the middle strength. */
const reward = ({ algorithm, seed }: RunSpec): number => {
  const { learningRate = 0.004, beta, klCoefficient, n } = algorithm!.params as Record<string, number>;
  const looseness = n === undefined ? Math.log2(0.025 / (beta ?? klCoefficient!)) / 2 : Math.log2(n / 32) / 2;
  return 5 - (Math.log2(learningRate / 0.004) / 3) ** 2 - looseness ** 2 / 4 + (seed % 10) / 10;
};
const estimate = (mean: number) => ({ mean, se: 0.1, n: 8 });
/** Rows as a worker writes them, with gold and proxy rewards that say the opposite. */
const rowsOf = (spec: RunSpec): object[] => {
  const row = (step: number, value: number, kl: object): object => ({
    step,
    split: 'validation',
    chooserReward: estimate(value),
    proxyReward: estimate(-value),
    goldReward: estimate(-100 * value),
    kl: { exact: null, raoBlackwell: null, k1: null, sampler: null, ...kl },
  });
  const samples = spec.algorithm!.params['n'] !== undefined;
  if (samples) return [row(0, reward(spec), { sampler: { ...estimate(1), name: 'x' } })];
  return [row(0, 1, { raoBlackwell: estimate(0) }), row(10, reward(spec), { raoBlackwell: estimate(1) })];
};

interface Watched {
  readonly specs: RunSpec[];
  readonly notes: string[];
}

/** Workers that write at once what `rowsOf` says; a signal after `most` of them; some end as `ends` says. */
function host({
  most = Number.POSITIVE_INFINITY,
  ends = (_: RunSpec): string => 'completed',
} = {}): RunHost & Watched {
  const abort = new AbortController();
  const specs: RunSpec[] = [];
  const notes: string[] = [];
  const nothing = (): void => {};
  const progress: Progress = {
    planned: nothing,
    foreseen: nothing,
    started: nothing,
    event: nothing,
    ended: nothing,
    note: (message) => void notes.push(message),
    close: nothing,
  };
  return {
    specs,
    notes,
    progress,
    signal: abort.signal,
    report: async () => ({ path: '', damages: [] }),
    launcher: {
      async launch(spec, at) {
        specs.push(spec);
        const paths = runPaths(at);
        const outcome = ends(spec);
        if (spec.role === 'compared' && outcome === 'completed') {
          writeTextAtomic(
            paths.evals,
            rowsOf(spec)
              .map((row) => `${JSON.stringify(row)}\n`)
              .join(''),
          );
        }
        const flops = { rollout: 1, score: 0, forward: 0, update: 2, eval: 5 };
        const cause = outcome === 'completed' ? null : { code: outcome, message: 'went wrong' };
        writeJsonAtomic(paths.outcome, { outcome, cause, ledger: { flops }, clock: {} });
        if (specs.length >= most) abort.abort();
        return { exitCode: 0, signal: null, printed: '' };
      },
    },
  };
}

let folders = 0;
const run = (
  own: RunHost,
  folder = join(dir, `tuning-${folders++}`),
  more: { experiment?: string; set?: string[]; tuningSeeds?: number } = {},
): Promise<Tuning | null> =>
  tune(
    {
      experiment: file,
      plugins: [],
      jobs: 2,
      engine: 'reference',
      folder,
      tuningSeeds: 1,
      ...more,
      allowance: { configurations: 4, strengths: 3, rates: 5, further: 8, maxKl: null },
    },
    own,
  );
const said = ({ families, shared, ...rest }: Tuning): unknown => ({
  ...rest,
  dir: null,
  shared,
  families: families.map((tuned) => ({ ...tuned, family: tuned.family.stage, trials: tuned.trials.all })),
});

describe('tuning', () => {
  test('finds by the chooser what is best, for every family as many configurations', async () => {
    const own = host();
    const tuning = (await run(own))!;
    const sweeps = Object.fromEntries(tuning.families.map((tuned) => [tuned.family.stage, sweepOf(tuned)!]));
    expect(sweeps['dpo']!['learningRate']).toContain(0.004);
    expect(sweeps['dpo']!['beta']).toContain(0.025);
    expect(sweeps['ppo']!['klCoefficient']).toHaveLength(2);
    expect(sweeps['best-of-n']!['n']).toContain(32);
    const sizes = Object.values(sweeps).map((sweep) =>
      Object.values(sweep).reduce((product, values) => product * values.length, 1),
    );
    expect(sizes).toEqual([4, 4, 4]);
    expect(tuning).toMatchObject({ by: 'chooser', seeds: [1_000_000], allowance: { maxKl: 8 } });
  });
  test('by the proxy where that is asked', async () => {
    const tuning = (await run(host(), undefined, { set: ['tuning.by=proxy'] }))!;
    // The proxy says the opposite: rates far from the chooser's best.
    const [dpo] = tuning.families;
    expect(sweepOf(dpo!)!['learningRate']).not.toContain(0.004);
  });
  test('runs only what may choose: blind, on seeds of its own, without controls', async () => {
    const own = host();
    await run(own, undefined, { tuningSeeds: 2 });
    expect(own.specs.length).toBeGreaterThan(60);
    for (const { seed, role, evaluation, inputs } of own.specs) {
      expect(seed).toBeGreaterThanOrEqual(1_000_000);
      expect(role).not.toBe('control');
      expect(evaluation).toMatchObject({ blind: true, every: 0 });
      expect(inputs.judge).toBeUndefined();
    }
    // A candidate runs on both seeds, a shared stage once on each.
    expect(own.specs.filter(({ stage }) => stage === 'reward')).toHaveLength(2);
    const shares = own.specs.filter(({ role }) => role === 'shared').map(({ budget }) => budget.share);
    expect(new Set(shares)).toEqual(new Set([undefined]));
  });
  test('is equal for equal seeds, and what it cost is told', async () => {
    const [first, again] = [(await run(host()))!, (await run(host()))!];
    expect(said(again)).toEqual(said(first));
    const [dpo] = first.families;
    expect(dpo!.cost).toEqual({
      runs: dpo!.trials.all.length,
      flops: 3 * dpo!.trials.all.length,
      evaluationFlops: 5 * dpo!.trials.all.length,
    });
    expect(first.shared.runs).toBe(6); // start, its measures and draws, collection, chooser, reward
  });
  test('stopped and started again, it goes on where it was, to the same end', async () => {
    const whole = host();
    const expected = said((await run(whole))!);
    const folder = join(dir, 'stopped');
    const launched: string[] = [];
    for (const most of [3, 30, 11]) {
      const stopped = host({ most });
      expect(await run(stopped, folder)).toBeNull();
      expect(stopped.notes.at(-1)).toBe('interrupted; the same command goes on');
      launched.push(...stopped.specs.map(({ id }) => id));
    }
    const last = host();
    expect(said((await run(last, folder))!)).toEqual(expected);
    launched.push(...last.specs.map(({ id }) => id));
    // Nothing that had ended ran again.
    expect(launched.length).toBe(new Set(launched).size);
    expect(launched.length).toBe(whole.specs.length);
  });
  test('a candidate that diverges is a result', async () => {
    const rateOf = ({ algorithm }: RunSpec): number => (algorithm?.params['learningRate'] as number) ?? 0;
    const ends = (spec: RunSpec): string =>
      spec.stage === 'dpo' && rateOf(spec) > 0.003 ? 'diverged' : 'completed';
    const tuning = (await run(host({ ends })))!;
    const [dpo] = tuning.families;
    expect(Math.max(...sweepOf(dpo!)!['learningRate']!)).toBeLessThan(0.003);
    expect(dpo!.notes[0]).toMatch(/^\d+ of \d+ candidates dropped out$/);
    const [dropped] = dpo!.trials.all.filter(({ result }) => result.dropped !== null);
    expect(dropped!.result).toEqual({ dropped: 'diverged: went wrong' });
  });
  test('a stage that all build on and that fails is none', async () => {
    const ends = ({ stage }: RunSpec): string => (stage === 'reward' ? 'failed' : 'completed');
    await expect(run(host({ ends }))).rejects.toThrow(/its input reward-.* ended as failed/);
  });
});

describe('refused before anything is written', () => {
  test.each([
    [
      'a sampler alone, of whose start nothing is known',
      ['stages.dpo.role=shared', 'stages.ppo.role=shared'],
      /best-of-n does not train, and nothing that trains from its start is scored alike/,
    ],
  ])('%s', async (_, set, message) => {
    const folder = join(dir, 'refused');
    await expect(run(host(), folder, { set })).rejects.toThrow(message);
    expect(existsSync(folder)).toBe(false);
  });
  test('families that nothing scores', async () => {
    const two = join(dir, 'two.yaml');
    const second = 'stages:\n  second: { algorithm: bt-reward, start: start }\n';
    writeFileSync(two, text.replace('stages:\n', second));
    const folder = join(dir, 'unscored');
    await expect(run(host(), folder, { experiment: two, set: ['tuning.by=proxy'] })).rejects.toThrow(
      /stage dpo: no reward chooses; name a stage .* in tuning\.chooser or evaluation\.proxy/,
    );
    expect(existsSync(folder)).toBe(false);
  });
  test('a folder with another tuning in it', async () => {
    const folder = join(dir, 'another');
    await run(host({ most: 1 }), folder);
    await expect(run(host(), folder, { set: ['stages.dpo.params.learningRate=0.01'] })).rejects.toThrow(
      /holds another tuning; choose another folder/,
    );
    const foreign = join(dir, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'x'), '');
    await expect(run(host(), foreign)).rejects.toThrow(/is not empty, and holds no tuning/);
  });
});
