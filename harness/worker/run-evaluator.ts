import type { NetworkModule } from '../policy/module.js';
import type { MeasuredRow } from '../store/shared.js';
import { Evaluator } from './evaluate/evaluator.js';
import { policySubject } from './evaluate/policy.js';
import { evaluationRng } from './evaluate/streams.js';
import type { Subject } from './evaluate/subject.js';
import type { Job } from './job.js';
import { hasStart } from './start.js';

/** What of a run is evaluated. */
export interface Evaluated {
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
  /** What scores its samples; null: nothing does. */
  readonly scoredBy: NetworkModule | null;
  /** What draws; absent: the policy itself. */
  readonly subject?: Subject;
  /** What is known of its start; null where nothing is. */
  readonly measured: MeasuredRow | null;
}

/** What scores a run's samples, a reward of its own or the experiment's proxy; null without. */
export function scorerOf({ spec: { inputs }, models }: Job): NetworkModule | null {
  const scorer = inputs.reward ?? inputs.proxy;
  return scorer === null ? null : models.reward(scorer);
}

/** What evaluates a run, wherever it was trained: with the judge and the chooser that its plan names. */
export function runEvaluator(
  { spec, data, models, record }: Job,
  { policy, reference, scoredBy, subject = policySubject(policy), measured }: Evaluated,
): Evaluator {
  const { judge, chooser } = spec.inputs;
  const evaluated = {
    policy,
    reference,
    hasStart: hasStart(spec),
    reward: scoredBy,
    judge: judge === undefined ? null : models.judge(judge),
    chooser: chooser === undefined ? null : models.chooser(chooser),
  };
  return new Evaluator(
    data,
    evaluated,
    subject,
    record.meter,
    evaluationRng(spec.seed),
    measured?.golds ?? null,
  );
}
