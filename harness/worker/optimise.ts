import type { Outcome } from '../store/records.js';
import type { Prompt } from '../contracts/dataset.js';
import type { EvaluatedSplit, KnownSamples, MeasuredRow } from '../store/shared.js';
import type { Evaluation } from './evaluate/evaluator.js';
import { onValidation } from './evaluate/streams.js';
import type { Job } from './job.js';
import { runLoop } from './loop.js';
import { RunRows } from './rows.js';
import { Patience } from './patience.js';
import type { TrainingRun } from './training-run.js';

/** What of a training run is optimised. */
export interface Optimised extends Pick<TrainingRun, 'plugin' | 'params' | 'ctx' | 'state'> {
  readonly measured: Pick<MeasuredRow, 'samples'> | null;
  readonly evaluator: RunEvaluator | null;
}

/** Evaluates a policy while it is trained. */
export interface RunEvaluator {
  prepare(prompts: readonly Prompt[], samplesPerPrompt: number, split: EvaluatedSplit): Promise<void>;
  /** @returns what is kept of it in a row */
  evaluate(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: EvaluatedSplit,
    known: KnownSamples | null,
  ): Promise<{ readonly row: object }>;
}

/** Runs the plugin to its end, its budget's or an interruption; logs, evaluates, checkpoints on the way. */
export async function optimise(job: Job, run: Optimised): Promise<Outcome> {
  const { spec, paths, host, data, record } = job;
  const { plugin, params, ctx, state, evaluator, measured } = run;
  record.phase = 'train';
  const rows = new RunRows(paths, state.resumedRows);
  const { prompts: validation } = onValidation(spec, data);
  const progress = (phase: string, step: number, metrics: Metrics): void =>
    host.emit({ type: 'progress', phase, step, totalSteps: ctx.totalSteps, metrics });
  const evaluate = async (step: number, known: KnownSamples | null = null): Promise<void> => {
    if (evaluator === null || validation.length === 0) return;
    record.phase = 'evaluate';
    const { row } = await evaluator.evaluate(validation, 1, 'validation', known);
    rows.evaluation(record.evalRow(step, row));
    progress('evaluate', step, shown(row));
    record.phase = 'train';
  };
  const { every } = spec.evaluation;
  const due = (step: number): boolean => every > 0 && step % every === 0;
  const patience = new Patience(host, spec.budget.maxSeconds, () => record.elapsed);
  const { checkpointEvery } = spec;
  const checkpointDue = (step: number): boolean => checkpointEvery > 0 && step % checkpointEvery === 0;
  try {
    await evaluator?.prepare(validation, 1, 'validation');
    state.begins();
    // A sampler is not its start before its first step.
    if (record.step === 0 && plugin.sample === undefined && rows.counts.evals === 0)
      await evaluate(0, measured?.samples ?? null);
    const { outcome } = await runLoop(plugin, ctx, params, record.step, spec.budget, {
      log: (step, { metrics }, stepMs) => {
        record.step = step;
        rows.step({ step, metrics, clock: { atMs: record.atMs, stepMs } });
        progress('train', step, metrics);
      },
      after: async (step) => {
        if (due(step)) await evaluate(step);
        if (host.interrupted() || checkpointDue(step)) await state.save(step, rows.counts, record.elapsed);
      },
      plugin: patience.plugin,
      elapsedSeconds: () => record.elapsed,
      interrupted: () => host.interrupted(),
      noMoreBatches: () => ctx.endIterators(),
    });
    state.caughtUp(); // at the latest: what follows the plugin's last line was never done
    if (outcome !== 'interrupted' && (!due(record.step) || record.step === 0)) await evaluate(record.step);
    return outcome;
  } finally {
    patience.plugin(false);
    rows.close();
  }
}

type Metrics = Readonly<Record<string, number>>;

/** What of an evaluation is shown while a run works. */
const shown = ({ goldReward, kl }: Partial<Evaluation['row']>): Metrics => ({
  ...(goldReward == null ? {} : { gold: goldReward.mean }),
  ...(kl?.raoBlackwell == null ? {} : { kl: kl.raoBlackwell.mean }),
});
