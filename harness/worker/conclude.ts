import { relative } from 'node:path';
import type { Prompt } from '../contracts/dataset.js';
import type { Variables } from '../engine/engine.js';
import type { HostTensor } from '../engine/tensor.js';
import type { Adapter } from '../policy/lora/adapter.js';
import { writeAdapterFolder } from '../policy/lora/peft.js';
import type { NetworkModule } from '../policy/module.js';
import { runsBeside } from '../store/layout.js';
import { writeModelFolder } from '../policy/checkpoint/write.js';
import { JsonlWriter } from '../store/jsonl.js';
import { PAIR_FIGURES, UNPAIRED_FIGURES } from '../store/reward-figures.js';
import type { Evaluation } from './evaluate/evaluator.js';
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
  const { spec, data, record } = job;
  const { result } = run;
  record.phase = 'evaluate';
  summarise(job, run);
  const { evaluator } = run;
  const { prompts, samples, split } = onTest(spec, data);
  const evaluate = evaluator === null ? null : () => evaluator.evaluate(prompts, samples, split);
  if (spec.evaluation.blind !== true)
    Object.assign(record.summary, await measured(job, { ...run, evaluate }));
  await writeModel(job, result);
}

/** What a plugin said of its run, and what it learned from where that was judged one by one. */
export function summarise(
  { record }: Job,
  { ctx, unpaired }: { readonly ctx: Pick<TrainingRun['ctx'], 'summary'> } & Pick<TrainingRun, 'unpaired'>,
): void {
  record.summary = ctx.summary;
  if (unpaired === null) return;
  const { labels } = unpaired;
  record.summary[UNPAIRED_FIGURES.rows] = labels.length;
  record.summary[UNPAIRED_FIGURES.good] = labels.filter((label) => label === 1).length;
}

/** Writes the model folder of a run that has ended. */
export async function writeModel(job: Job, result: NetworkModule): Promise<void> {
  const { spec, paths, data, record } = job;
  record.modelHash = await result.hash();
  writeModelFolder(paths.model, {
    architecture: result.architecture,
    arrays: await result.arrays(),
    normalisation: result.normalisation,
    tokenizer: data.dataset.tokenizer,
    from: (spec.checkpoint ?? spec.policy.checkpoint)?.path ?? null,
  });
  if (result.adapter !== null) await writeAdapter(job, result, result.adapter);
}

/** Beside the whole model what was trained of it, for whoever has its start. */
async function writeAdapter({ spec, paths }: Job, result: NetworkModule, adapter: Adapter): Promise<void> {
  const arraysOf = async (variables: Variables): Promise<Map<string, HostTensor>> =>
    new Map(
      [...(await variables.read())].map(([name, data]) => [
        name,
        { shape: variables.shapes.get(name)!, data },
      ]),
    );
  const { start } = spec.inputs;
  writeAdapterFolder(paths.adapter, {
    architecture: result.architecture,
    spec: adapter.spec,
    matrices: await arraysOf(adapter.variables),
    head: result.head === null ? null : await arraysOf(result.head),
    // The start lies beside this run wherever the folder goes.
    base:
      start === null
        ? spec.policy.checkpoint!.path
        : relative(paths.adapter, runsBeside(paths.dir)(start).model),
  });
}

/** What is measured of a run at its end. */
export interface Concluded
  extends Pick<
    TrainingRun,
    'result' | 'reference' | 'pairs' | 'agreement' | 'known' | 'measured' | 'samples'
  > {
  /** Its evaluation on test prompts; null for a run that trains a reward. */
  readonly evaluate: (() => Promise<Evaluation>) | null;
}

/** The final evaluation of a policy, or how a reward fares on pairs: what this adds to the run's summary. */
export async function measured(job: Job, run: Concluded): Promise<Readonly<Record<string, number>>> {
  const { spec, runs, data } = job;
  const { result, reference, pairs, samples, agreement, known } = run;
  const { meter } = job.record;
  const unseen = collectedPairs(spec, runs, 'other') ?? [];
  const relabelled = agreement === null ? {} : { [PAIR_FIGURES.agreement]: agreement };
  if (run.evaluate === null) {
    return { ...relabelled, ...(await meter.charge('eval', () => scorePairs(result, data, unseen))) };
  }
  await finalEvaluation(job, run, run.evaluate);
  const others = unseen.length === 0 ? null : tokenPairs(data, unseen, 'held-out pairs');
  const logpsOf = (rows: TokenPairs): Promise<ReferenceLogps> => pairLogps(reference, rows, data.shape);
  return meter.charge('eval', async () => ({
    ...relabelled,
    ...(pairs === null ? {} : await scoreMargins(result, known ?? (await logpsOf(pairs)), pairs, data)),
    // A sampler is its start but for what it chooses: it ranks no pair.
    ...(samples || others === null
      ? {}
      : await rankPairs(
          result,
          knownLogps(spec, run.measured, 'other', unseen, unseen) ?? (await logpsOf(others)),
          others,
          data,
        )),
  }));
}

/** Writes a policy's samples on test prompts, and the evaluation that comes of them. */
export async function finalEvaluation(
  job: Job,
  run: Pick<Concluded, 'result' | 'samples'>,
  evaluate: NonNullable<Concluded['evaluate']>,
): Promise<void> {
  const { spec, paths, data, record } = job;
  const { prompts } = onTest(spec, data);
  const { rows, row: measured } = await evaluate();
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
  { result, samples }: Pick<Concluded, 'result' | 'samples'>,
): Promise<Evaluation['row']> {
  if (spec.role !== 'shared' || samples || row.exact === null) return row;
  const frontier = await record.meter.charge('eval', () => goldFrontier(result, data, prompts));
  return frontier === null ? row : { ...row, exact: { ...row.exact, frontier } };
}
