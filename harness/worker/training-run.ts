import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { loadPlugin } from '../extensions.js';
import type { NetworkModule } from '../policy/module.js';
import type { MeasuredRow } from '../store/shared.js';
import { Drawn } from './draws.js';
import type { Evaluator } from './evaluate/evaluator.js';
import { policySubject } from './evaluate/policy.js';
import { samplerSubject } from './evaluate/sampler.js';
import type { Job } from './job.js';
import { readMeasured } from './measured.js';
import { type OpenRun, openRun } from './open.js';
import { runEvaluator, scorerOf } from './run-evaluator.js';
import { checkPolicy, checkStart } from './start.js';
import { RunState } from './state.js';
import { type Supply, supplyOf } from './supply.js';

/** A run whose plugin is ready to train. */
export interface TrainingRun extends OpenRun, Pick<Supply, 'pairs' | 'unpaired' | 'agreement' | 'known'> {
  readonly plugin: AlgorithmPlugin;
  readonly params: Readonly<Record<string, unknown>>;
  readonly state: RunState;
  /** Whether the plugin chooses its answers itself. */
  readonly samples: boolean;
  /** What is known of its start; null where nothing is. */
  readonly measured: MeasuredRow | null;
  /** Null for a run that trains a reward, which is scored on pairs instead. */
  readonly evaluator: Evaluator | null;
}

/** Loads the plugin, and gives it what it needs of what earlier runs left. */
export async function openTraining(job: Job): Promise<TrainingRun> {
  const { spec, runs } = job;
  const { module, params } = spec.algorithm!;
  const plugin = await loadPlugin(module);
  const state = resumed(job);
  const { inputs } = spec;
  const scoredBy = scorerOf(job);
  const reward = inputs.reward === null ? null : scoredBy; // a proxy is for evaluations, never for the plugin
  const measured = readMeasured(spec, runs);
  const supply = await supplyOf(job, plugin.needs, measured);
  const run = await begin(job, plugin, state, supply, reward);
  const evaluator = plugin.gives === 'policy' ? evaluatorOf(job, plugin, run, scoredBy, measured) : null;
  const samples = plugin.sample !== undefined;
  return { ...run, ...supply, state, plugin, params, samples, measured, evaluator };
}

/** What an earlier process left of a run, with what it had cost by then. */
export function resumed({ spec, paths, record, host }: Job): RunState {
  const say = (message: string): void => host.emit({ type: 'note', message: `${spec.id}: ${message}` });
  const state = new RunState(paths.dir, record.meter, say, paths);
  record.step = state.resumedStep;
  record.earlierSeconds = state.resumedSeconds;
  return state;
}

/** Makes a plugin's models and its context, and holds its start to what it should be. */
export async function begin(
  { spec, runs, rng, data, models, record }: Job,
  plugin: AlgorithmPlugin,
  state: RunState,
  { pairs, unpaired, known, completions, prompts }: Omit<Supply, 'agreement'>,
  reward: NetworkModule | null,
): Promise<OpenRun> {
  const run = openRun({
    plugin,
    data,
    models,
    meter: record.meter,
    rng,
    reward,
    pairs,
    unpaired,
    known,
    drawn: Drawn.read(spec, runs),
    completions,
    prompts,
    state,
    share: spec.budget.share ?? 1,
    microBatchRows: spec.engine.microBatchRows,
  });
  const { policy, reference, result } = run;
  record.startHash = await reference.hash();
  checkStart(spec, runs, record.startHash);
  if (state.resumedStep === 0) await checkPolicy(spec, policy, record.startHash);
  await state.restored();
  record.copies = modelCopies(plugin.needs, reward !== null, spec.lora !== undefined);
  record.parameters = result.parameters;
  return run;
}

function evaluatorOf(
  job: Job,
  plugin: AlgorithmPlugin,
  { ctx, policy, reference }: OpenRun,
  scoredBy: NetworkModule | null,
  measured: MeasuredRow | null,
): Evaluator {
  const { params } = job.spec.algorithm!;
  const { replica } = job.spec;
  const { meter } = job.record;
  const sampler = { plugin, ctx, params, replica, meter, reward: scoredBy };
  const subject = plugin.sample === undefined ? policySubject(policy) : samplerSubject(sampler);
  return runEvaluator(job, { policy, reference, scoredBy, subject, measured });
}

/**
 * Models held at once: the trained one, the reference where needed, the reward; not the plugin's own. Where
 * adapters train, policy and reference are one, and nothing of it is trained.
 */
export function modelCopies(
  needs: readonly string[],
  hasReward: boolean,
  isAdapted: boolean,
): { all: number; trainable: number } {
  const reference = needs.includes('reference') && !isAdapted ? 1 : 0;
  return { all: 1 + reference + (hasReward ? 1 : 0), trainable: isAdapted ? 0 : 1 };
}
