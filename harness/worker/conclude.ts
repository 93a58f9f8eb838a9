import { writeModelFolder } from '../policy/checkpoint/write.js';
import { JsonlWriter } from '../store/jsonl.js';
import type { Evaluator } from './evaluate/evaluator.js';
import { collectedPairs } from './inputs.js';
import type { Job } from './job.js';
import { writeRows } from './rows.js';
import { scoreMargins, scorePairs } from './score-pairs.js';
import type { TrainingRun } from './training-run.js';

/** Measures what a run made on test data, and writes its model folder. */
export async function conclude(job: Job, run: TrainingRun): Promise<void> {
  const { spec, paths, data, record } = job;
  const { result } = run;
  record.phase = 'evaluate';
  record.summary = run.ctx.summary;
  Object.assign(record.summary, await measured(job, run));
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
  const { result, reference, pairs } = run;
  const { meter } = job.record;
  if (run.evaluator !== null) {
    await finalEvaluation(job, run.evaluator);
    return pairs === null ? {} : meter.charge('eval', () => scoreMargins(result, reference, pairs, data));
  }
  const unseen = collectedPairs(spec, runs, 'other');
  return unseen === null ? {} : meter.charge('eval', () => scorePairs(result, data, unseen));
}

async function finalEvaluation({ spec, paths, data, record }: Job, evaluator: Evaluator): Promise<void> {
  const { testPrompts, samplesPerPrompt } = spec.evaluation;
  const prompts = data.dataset.prompts('test').slice(0, testPrompts);
  const { rows, row } = await evaluator.evaluate(prompts, samplesPerPrompt, 'test');
  writeRows(paths.samples, rows);
  const evals = new JsonlWriter(paths.evals);
  evals.write(record.evalRow(record.step, row));
  evals.close();
}
