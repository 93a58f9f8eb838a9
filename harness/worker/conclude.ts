import type { Prompt } from '../contracts/dataset.js';
import { writeModelFolder } from '../policy/checkpoint/write.js';
import { JsonlWriter } from '../store/jsonl.js';
import { PAIR_FIGURES, UNPAIRED_FIGURES } from '../store/reward-figures.js';
import type { Evaluation, Evaluator } from './evaluate/evaluator.js';
import { goldFrontier } from './evaluate/gold-frontier.js';
import { onTest } from './evaluate/streams.js';
import { collectedPairs } from './inputs.js';
import type { Job } from './job.js';
import { type TokenPairs, tokenPairs } from './data.js';
import { knownLogps } from './measured.js';
import { pairLogps, type ReferenceLogps } from './reference-logps.js';
import { writeRows } from './rows.js';
import { rankPairs, scoreMargins, scorePairs } from './score-pairs.js';
import type { TrainingRun } from './training-run.js';

/** Measures what a run made on test data, unless it may not see them, and writes its model folder. */
export async function conclude(job: Job, run: TrainingRun): Promise<void> {
  const { spec, paths, data, record } = job;
  const { result } = run;
  record.phase = 'evaluate';
  record.summary = run.ctx.summary;
  if (run.unpaired !== null) {
    const { labels } = run.unpaired;
    record.summary[UNPAIRED_FIGURES.rows] = labels.length;
    record.summary[UNPAIRED_FIGURES.good] = labels.filter((label) => label === 1).length;
  }
  if (spec.evaluation.blind !== true) Object.assign(record.summary, await measured(job, run));
  record.modelHash = await result.hash();
  writeModelFolder(paths.model, {
    architecture: result.architecture,
    arrays: await result.arrays(),
    normalisation: result.normalisation,
    tokenizer: data.dataset.tokenizer,
    from: spec.policy.checkpoint?.path ?? null,
  });
}

/** The final evaluation of a policy, or how a reward fares on pairs: what this adds to the run's summary. */
async function measured(job: Job, run: TrainingRun): Promise<Readonly<Record<string, number>>> {
  const { spec, runs, data } = job;
  const { result, reference, pairs, plugin, agreement, known } = run;
  const { meter } = job.record;
  const unseen = collectedPairs(spec, runs, 'other') ?? [];
  const relabelled = agreement === null ? {} : { [PAIR_FIGURES.agreement]: agreement };
  if (run.evaluator === null) {
    return { ...relabelled, ...(await meter.charge('eval', () => scorePairs(result, data, unseen))) };
  }
  await finalEvaluation(job, run, run.evaluator);
  const others = unseen.length === 0 ? null : tokenPairs(data, unseen, 'held-out pairs');
  const logpsOf = (rows: TokenPairs): Promise<ReferenceLogps> => pairLogps(reference, rows, data.shape);
  return meter.charge('eval', async () => ({
    ...relabelled,
    ...(pairs === null ? {} : await scoreMargins(result, known ?? (await logpsOf(pairs)), pairs, data)),
    // A sampler is its start but for what it chooses: it ranks no pair.
    ...(plugin.sample !== undefined || others === null
      ? {}
      : await rankPairs(
          result,
          knownLogps(spec, run.measured, 'other', unseen, unseen) ?? (await logpsOf(others)),
          others,
          data,
        )),
  }));
}

async function finalEvaluation(job: Job, run: TrainingRun, evaluator: Evaluator): Promise<void> {
  const { spec, paths, data, record } = job;
  const { prompts, samples, split } = onTest(spec, data);
  const { rows, row: measured } = await evaluator.evaluate(prompts, samples, split);
  const row = await withFrontier(measured, prompts, job, run);
  writeRows(paths.samples, rows);
  const evals = new JsonlWriter(paths.evals);
  evals.write(record.evalRow(record.step, row));
  evals.close();
}

/** What others may start from says how far the gold reward could take them. */
async function withFrontier(
  row: Evaluation['row'],
  prompts: readonly Prompt[],
  { spec, data, record }: Job,
  { result, plugin }: TrainingRun,
): Promise<Evaluation['row']> {
  if (spec.role !== 'shared' || plugin.sample !== undefined || row.exact === null) return row;
  const frontier = await record.meter.charge('eval', () => goldFrontier(result, data, prompts));
  return frontier === null ? row : { ...row, exact: { ...row.exact, frontier } };
}
