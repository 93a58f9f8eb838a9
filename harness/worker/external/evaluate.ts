import type { NetworkModule } from '../../policy/module.js';
import { JsonlWriter } from '../../store/jsonl.js';
import type { MeasuredRow } from '../../store/shared.js';
import { measured as concluded, summarise } from '../conclude.js';
import type { Evaluator } from '../evaluate/evaluator.js';
import { onTest, onValidation } from '../evaluate/streams.js';
import type { Job } from '../job.js';
import { runEvaluator, scorerOf } from '../run-evaluator.js';
import type { Supply } from '../supply.js';

/** What a model that was trained outside is measured against. */
export interface Measurable {
  readonly supply: Supply;
  readonly measured: MeasuredRow | null;
  readonly reference: NetworkModule;
}

/** The evaluation before the first step, as of any policy. */
export async function evaluateStart(job: Job, { reference, measured }: Measurable): Promise<void> {
  const { spec, data, record } = job;
  const { prompts, samples, split } = onValidation(spec, data);
  if (prompts.length === 0) return;
  record.phase = 'evaluate';
  const evaluator = evaluatorOf(job, reference, { reference, measured });
  await evaluator.prepare(prompts, samples, split);
  append(job, 0, (await evaluator.evaluate(prompts, samples, split, measured?.samples ?? null)).row);
}

/** What a trainer left, measured as any other: a policy by its samples, a reward by pairs. */
export async function evaluateResult(
  job: Job,
  { supply, measured, reference }: Measurable,
  result: NetworkModule,
  gives: 'policy' | 'reward',
): Promise<void> {
  const { spec, data, record } = job;
  record.phase = 'evaluate';
  summarise(job, { ctx: { summary: {} }, unpaired: supply.unpaired });
  const isBlind = spec.evaluation.blind === true;
  const run = { ...supply, result, reference, samples: false, measured };
  if (gives === 'reward') {
    if (!isBlind) Object.assign(record.summary, await concluded(job, { ...run, evaluate: null }));
    return;
  }
  const evaluator = evaluatorOf(job, result, { reference, measured });
  const { prompts, samples, split } = onValidation(spec, data);
  if (prompts.length > 0) append(job, record.step, (await evaluator.evaluate(prompts, samples, split)).row);
  if (isBlind) return;
  const test = onTest(spec, data);
  const evaluate = () => evaluator.evaluate(test.prompts, test.samples, test.split);
  Object.assign(record.summary, await concluded(job, { ...run, evaluate }));
}

function append({ paths, record }: Job, step: number, row: object): void {
  const evals = new JsonlWriter(paths.evals);
  evals.write(record.evalRow(step, row));
  evals.close();
}

const evaluatorOf = (
  job: Job,
  policy: NetworkModule,
  { reference, measured }: Pick<Measurable, 'reference' | 'measured'>,
): Evaluator => runEvaluator(job, { policy, reference, scoredBy: scorerOf(job), measured });
