import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AlgorithmPlugin } from '../../../harness/index.js';
import { loadPlugin } from '../../../harness/extensions.js';
import { readJson } from '../../../harness/store/atomic.js';
import { isCheckpoint, runPaths, runsBeside, storePaths } from '../../../harness/store/layout.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { readExperiment } from '../../../harness/store/read.js';
import type { EvalRow, OutcomeRow } from '../../../harness/store/records.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { type LoopHooks, runLoop } from '../../../harness/worker/loop.js';
import { runWorker } from '../../../harness/worker/run-worker.js';
import { bench, type Bench, toyLanguage, withDefaults } from '../../plugins/support.js';
import { finishedSmoke, temporary } from '../../support.js';

const dir = temporary();

describe('a run killed after its last checkpoint, before its outcome', () => {
  const out = join(dir, 'out');
  beforeAll(async () => {
    await finishedSmoke(out);
  });
  const runOf = (stage: string) => readExperiment(out).runs.find((r) => r.spec.stage === stage)!;
  const withoutClock = (row: OutcomeRow | EvalRow): object => ({ ...row, clock: undefined });
  const evals = (runDir: string): object[] => readJsonl<EvalRow>(runPaths(runDir).evals).map(withoutClock);

  /** The whole output folder again, in which one run has only its plan. */
  function begunAgain(stage: string): { spec: RunSpec; runDir: string; whole: OutcomeRow } {
    const { spec, outcome } = runOf(stage);
    const copy = join(dir, `again-${stage}`);
    cpSync(out, copy, { recursive: true });
    const paths = runsBeside(storePaths(copy).run('any'))(spec.id);
    for (const name of readdirSync(paths.dir))
      if (join(paths.dir, name) !== paths.run) rmSync(join(paths.dir, name), { recursive: true });
    return { spec, runDir: paths.dir, whole: outcome! };
  }

  test.each(['sft', 'reward', 'dpo', 'ppo'])(
    '%s: resumes with the ledger, rows and weights of an uninterrupted run',
    async (stage) => {
      const { spec, runDir, whole } = begunAgain(stage);
      // Interrupted at its last step, a run leaves what a kill leaves there, once its outcome row is gone.
      let step = 0;
      const emit = (event: Readonly<Record<string, unknown>>): void => {
        if (event['phase'] === 'train') step = event['step'] as number;
      };
      expect(await runWorker(spec, runDir, { emit, interrupted: () => step === whole.steps })).toBe(
        'interrupted',
      );
      rmSync(runPaths(runDir).outcome);
      expect(readdirSync(runDir).filter(isCheckpoint)).toHaveLength(1);
      expect(await runWorker(spec, runDir, { emit: () => {}, interrupted: () => false })).toBe('completed');
      const again = readJson<OutcomeRow>(runPaths(runDir).outcome);
      expect(again.ledger.flops.update).toBeGreaterThan(0);
      expect(withoutClock(again)).toEqual(withoutClock(whole));
      expect(evals(runDir)).toEqual(evals(runOf(stage).dir));
    },
    180_000,
  );

  test('best-of-n, which takes no step: begins anew, with the same ledger and rows', async () => {
    const { spec, dir: wholeDir, outcome } = runOf('best-of-n');
    const copy = join(dir, 'sampler');
    cpSync(out, copy, { recursive: true });
    const runDir = storePaths(copy).run(spec.id);
    rmSync(runPaths(runDir).outcome);
    expect(existsSync(runPaths(runDir).samples)).toBe(true);
    expect(await runWorker(spec, runDir, { emit: () => {}, interrupted: () => false })).toBe('completed');
    expect(withoutClock(readJson<OutcomeRow>(runPaths(runDir).outcome))).toEqual(withoutClock(outcome!));
    expect(evals(runDir)).toEqual(evals(wholeDir));
  });
});

describe('the ledger of a resumed run', () => {
  const hooks = { log: () => {}, elapsedSeconds: () => 0, interrupted: () => false };
  const params = { batchSize: 8, epochs: 1 };

  interface Ended {
    readonly totals: object;
    readonly weights: Record<string, number[]>;
    readonly steps: number;
    readonly summary: object;
  }

  /**
   * Trains to the end. @param stopAt saves after this step and ends there, without closing work, as a kill
   * does
   */
  async function train(
    plugin: AlgorithmPlugin,
    own: Record<string, unknown>,
    runDir: string,
    maxSteps: number | null,
    stopAt?: number,
  ): Promise<Ended> {
    const b = bench(plugin, toyLanguage(), { runDir });
    const after: LoopHooks['after'] = async (step) => {
      if (step === stopAt) await b.state.save(step, { steps: step, evals: 0 }, 0);
    };
    let last = b.state.resumedStep;
    b.state.begins();
    const { steps } = await runLoop(
      plugin,
      b.ctx,
      withDefaults(plugin, own),
      b.state.resumedStep,
      { maxSteps, maxSeconds: null },
      {
        ...hooks,
        log: (step) => (last = step),
        after,
        interrupted: () => last === stopAt,
        noMoreBatches: () => b.ctx.endIterators(),
      },
    );
    b.state.caughtUp();
    return {
      steps,
      totals: { ...b.meter.totals(), seconds: undefined },
      weights: await weightsOf(plugin, b),
      summary: b.ctx.summary,
    };
  }

  async function weightsOf(plugin: AlgorithmPlugin, b: Bench): Promise<Record<string, number[]>> {
    const arrays = await (plugin.gives === 'reward' ? b.rewardModel : b.policy).arrays();
    return Object.fromEntries([...arrays].map(([name, { data }]) => [name, Array.from(data)]));
  }

  const small = { evaluateEvery: 2, normalisationSamples: 8 };
  test.each([
    ['dpo', params],
    ['bt-reward', { ...params, ...small }],
    ['ppo-rlhf', { batchSize: 8, iterations: 3 }],
  ])(
    '%s: is that of an uninterrupted one, wherever it was stopped',
    async (name, own) => {
      const plugin = await loadPlugin(name);
      const whole = await train(plugin, own, join(dir, `${name}-whole`), null);
      for (const stop of [1, whole.steps - 1, whole.steps]) {
        const runDir = join(dir, `${name}-${stop}`);
        await train(plugin, own, runDir, null, stop);
        expect(
          await train(plugin, own, runDir, null),
          `stopped after step ${stop} of ${whole.steps}`,
        ).toEqual(whole);
      }
    },
    180_000,
  );

  test.each([
    ['dpo', params],
    ['bt-reward', { ...params, ...small }],
  ])(
    '%s: a budget that was spent at the last checkpoint is not spent again',
    async (name, own) => {
      const plugin = await loadPlugin(name);
      const whole = await train(plugin, own, join(dir, `${name}-budget`), 3);
      expect(whole.steps).toBe(3);
      const runDir = join(dir, `${name}-budget-spent`);
      await train(plugin, own, runDir, 3, 3);
      expect(await train(plugin, own, runDir, 3)).toEqual(whole);
    },
    180_000,
  );

  const parts = {
    api: 2,
    summary: 'x',
    paper: { url: 'x', equations: [] },
    gives: 'policy',
    params: { type: 'object', additionalProperties: false, properties: {} },
  } as const;

  test('work between two passes over the data counts where it was not done before, only there', async () => {
    const plugin: AlgorithmPlugin = {
      ...parts,
      name: 'two-passes',
      needs: ['completions', 'prompts'],
      async *train(ctx) {
        const first = ctx.completions({ batchSize: 16, epochs: 1 });
        const second = ctx.prompts({ batchSize: 8, steps: 2 });
        for await (const _ of first) yield { metrics: { loss: 0 } };
        await ctx.generate(ctx.policy, [{ id: 'between', ids: [1] }], { rng: ctx.rng.split('between') });
        for await (const _ of second) yield { metrics: { loss: 0 } };
      },
    };
    const whole = await train(plugin, {}, join(dir, 'two-whole'), null);
    expect(whole.steps).toBe(5);
    for (const stop of [2, 3, 4, 5]) {
      const runDir = join(dir, `two-${stop}`);
      await train(plugin, {}, runDir, null, stop);
      expect(await train(plugin, {}, runDir, null), `stopped after step ${stop}`).toEqual(whole);
    }
  });

  test('is kept by a plugin that takes no batch, where nothing says what it repeats', async () => {
    const plugin: AlgorithmPlugin = {
      ...parts,
      name: 'no-batches',
      needs: [],
      async *train(ctx) {
        const at = ctx.state('at', { step: 0 });
        while (at.step < 4) {
          await ctx.generate(ctx.policy, [{ id: 'x', ids: [1] }], { rng: ctx.rng.split('draw', at.step) });
          at.step++;
          yield { metrics: { loss: 0 } };
        }
      },
    };
    const whole = await train(plugin, {}, join(dir, 'none-whole'), null);
    const runDir = join(dir, 'none-2');
    await train(plugin, {}, runDir, null, 2);
    expect(await train(plugin, {}, runDir, null)).toEqual(whole);
  });
});
