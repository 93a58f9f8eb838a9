import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { loadPlugin } from '../extensions.js';
import { Rng } from '../rng.js';
import type { PairRow } from '../store/records.js';
import type { MeasuredRow } from '../store/shared.js';
import { type TokenPairs, tokenPairs } from './data.js';
import { Drawn } from './draws.js';
import { type EvaluationModels, Evaluator } from './evaluate/evaluator.js';
import { policySubject } from './evaluate/policy.js';
import { samplerSubject } from './evaluate/sampler.js';
import { evaluationRng } from './evaluate/streams.js';
import { collectedPairs, completionRows } from './inputs.js';
import type { Job } from './job.js';
import { type KnownLogps, knownLogps, readMeasured } from './measured.js';
import { type OpenRun, openRun } from './open.js';
import { rawScores, relabel } from './relabel.js';
import { checkPolicy, checkStart } from './start.js';
import { RunState } from './state.js';
import { judgedRows, type TokenJudgements } from './unpaired.js';

/** A run whose plugin is ready to train. */
export interface TrainingRun extends OpenRun {
  readonly plugin: AlgorithmPlugin;
  readonly params: Readonly<Record<string, unknown>>;
  readonly state: RunState;
  readonly pairs: TokenPairs | null;
  /** Null for a plugin that does not need completions judged one by one. */
  readonly unpaired: TokenJudgements | null;
  /** Share of the pairs that keep the data's label under the reward that labels them; null without one. */
  readonly agreement: number | null;
  /** What is known of its start; null where nothing is. */
  readonly measured: MeasuredRow | null;
  /** log pi_ref of its pairs, where that is known. */
  readonly known: KnownLogps | null;
  /** Null for a run that trains a reward, which is scored on pairs instead. */
  readonly evaluator: Evaluator | null;
}

/** Loads the plugin, and gives it what it needs of what earlier runs left. */
export async function openTraining(job: Job): Promise<TrainingRun> {
  const { spec, paths, runs, rng, data, models, record } = job;
  const { module, params } = spec.algorithm!;
  const plugin = await loadPlugin(module);
  const state = new RunState(paths.dir, record.meter, (message) =>
    job.host.emit({ type: 'note', message: `${spec.id}: ${message}` }),
  );
  record.step = state.resumedStep;
  record.earlierSeconds = state.resumedSeconds;
  const { inputs } = spec;
  const scorer = inputs.reward ?? inputs.proxy;
  const scoredBy = scorer === null ? null : models.reward(scorer);
  const reward = inputs.reward === null ? null : scoredBy; // a proxy is for evaluations, never for the plugin
  const measured = readMeasured(spec, runs);
  const { rows, agreement, known, chances } = await ownPairs(job, measured);
  const labels = chances === undefined ? {} : { chances };
  const pairs =
    plugin.needs.includes('pairs') && rows !== null
      ? { ...tokenPairs(data, rows, 'pairs'), ...labels }
      : null;
  const unpaired = plugin.needs.includes('unpaired') ? judgedRows(spec, data, rows) : null;
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
    completions: plugin.needs.includes('completions') ? completionRows(spec, data, rows) : null,
    prompts: data.dataset.prompts('train').map((p) => data.prompt(p.id, p.prompt)),
    state,
    share: spec.budget.share ?? 1,
  });
  const { policy, reference, result } = run;
  record.startHash = await reference.hash();
  checkStart(spec, runs, record.startHash);
  if (state.resumedStep === 0) await checkPolicy(spec, policy, record.startHash);
  await state.restored();
  record.copies = modelCopies(plugin, reward !== null);
  record.parameters = result.parameters;
  const judge = inputs.judge === undefined ? null : models.judge(inputs.judge);
  const chooser = inputs.chooser === undefined ? null : models.chooser(inputs.chooser);
  const hasStart = inputs.start !== null;
  const evaluated = { policy, reference, hasStart, reward: scoredBy, judge, chooser };
  const evaluator = plugin.gives === 'policy' ? evaluatorOf(job, plugin, run, evaluated, measured) : null;
  return { ...run, state, plugin, params, pairs, unpaired, agreement, measured, known, evaluator };
}

/** Collected pairs that the run learns from, with the labels that it is to learn from; null without. */
async function ownPairs(
  { spec, runs, data, models }: Job,
  measured: MeasuredRow | null,
): Promise<{
  readonly rows: readonly PairRow[] | null;
  readonly agreement: number | null;
  readonly chances?: readonly number[];
  readonly known: KnownLogps | null;
}> {
  const collected = collectedPairs(spec, runs, 'own');
  const { relabel: by } = spec.inputs;
  if (collected === null) return { rows: null, agreement: null, known: null };
  const knownOf = (rows: readonly PairRow[]): KnownLogps | null =>
    knownLogps(spec, measured, 'own', collected, rows);
  if (by === undefined) return { rows: collected, agreement: null, known: knownOf(collected) };
  const scores = await rawScores(models.reward(by), data, collected);
  const rng = Rng.fromSeed(spec.seed).split('relabel');
  const { pairs: rows, ...labels } = relabel(collected, scores, spec.relabel!, rng);
  return { rows, known: knownOf(rows), ...labels };
}

function evaluatorOf(
  job: Job,
  plugin: AlgorithmPlugin,
  { ctx }: OpenRun,
  models: EvaluationModels,
  measured: MeasuredRow | null,
): Evaluator {
  const { spec, data, record } = job;
  const { meter } = record;
  const { params } = spec.algorithm!;
  const { replica } = spec;
  const subject =
    plugin.sample === undefined
      ? policySubject(models.policy)
      : samplerSubject({ plugin, ctx, params, replica, meter, reward: models.reward });
  return new Evaluator(data, models, subject, meter, evaluationRng(spec.seed), measured?.golds ?? null);
}

/** Models held at once: the trained one, the reference where needed, the reward; not the plugin's own. */
function modelCopies({ needs }: AlgorithmPlugin, hasReward: boolean): { all: number; trainable: number } {
  return { all: 1 + (needs.includes('reference') ? 1 : 0) + (hasReward ? 1 : 0), trainable: 1 };
}
