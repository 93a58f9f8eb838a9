import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { loadPlugin } from '../extensions.js';
import type { TokenRow } from '../policy/batch.js';
import { Rng } from '../rng.js';
import type { RunSpec } from '../store/spec.js';
import type { TokenData, TokenPairs } from '../worker/data.js';
import { Evaluator } from '../worker/evaluate/evaluator.js';
import { policySubject } from '../worker/evaluate/policy.js';
import { samplerSubject } from '../worker/evaluate/sampler.js';
import { evaluationRng, readings } from '../worker/evaluate/streams.js';
import type { Drawn } from '../worker/draws.js';
import type { Models } from '../worker/models.js';
import { type OpenRun, openRun } from '../worker/open.js';
import { RunState } from '../worker/state.js';
import { textRows } from '../worker/text-rows.js';
import { unpaired } from '../worker/unpaired.js';
import { Samples, SOME } from './samples.js';
import type { StandIns } from './stand-ins.js';
import { minus, NO_WORK, plus, times, type Work, type WorkMeter } from './work.js';

/** Prompts whose completions are listed are few: each may have thousands. */
const FEW = 1;

/** What a run that trains is rehearsed with. */
export interface TrainingParts {
  readonly spec: RunSpec;
  readonly data: TokenData;
  readonly rows: StandIns;
  readonly models: Models;
  readonly meter: WorkMeter;
}

/** @returns what its plugin and its evaluations come to, and how many steps it takes */
export async function rehearseTraining(parts: TrainingParts): Promise<{ work: Work; steps: number }> {
  const { spec, data, rows, models, meter } = parts;
  const plugin = await loadPlugin(spec.algorithm!.module);
  const [own, other] = spec.pairs === 'heldout' ? [rows.heldout, rows.train] : [rows.train, rows.heldout];
  const known = { chosen: zeros(own), rejected: zeros(own), flops: 0 };
  const run = openRun({
    plugin,
    data,
    models,
    meter,
    rng: Rng.fromSeed(spec.seed).split('rehearsal'),
    reward: spec.inputs.reward === null ? null : models.reward('reward'),
    pairs: plugin.needs.includes('pairs') ? own : null,
    unpaired: plugin.needs.includes('unpaired') ? unpaired(own) : null,
    known: spec.inputs.measured === undefined ? null : known,
    drawn: spec.inputs.drawn === undefined ? null : drawnBefore(rows),
    completions: completionsOf(spec.completions, rows, data.shape.completion),
    prompts: rows.prompts,
    state: new RunState(null, meter),
    share: spec.budget.share ?? 1,
    microBatchRows: spec.engine.microBatchRows,
  });
  const { work, steps } = await plugged(parts, plugin, run);
  const labels =
    spec.inputs.relabel === undefined || spec.inputs.scored !== undefined
      ? NO_WORK
      : await new Samples(data, meter).scores(models.reward('relabel'), own);
  return { work: plus(work, labels, await evaluations(parts, plugin, run, steps, [own, other])), steps };
}

/** The plugin's first step, as many like the second as there are others, and what follows the last. */
async function plugged(
  { spec, meter }: TrainingParts,
  plugin: AlgorithmPlugin,
  { ctx }: OpenRun,
): Promise<{ work: Work; steps: number }> {
  const train = plugin.train(ctx, spec.algorithm!.params);
  let steps = 0;
  const next = (): Promise<Work> =>
    meter.of(async () => {
      if ((await train.next()).done !== true) steps++;
    });
  const first = await next();
  if (steps < 1) return { work: first, steps };
  const second = await next();
  if (steps < 2) return { work: plus(first, second), steps };
  ctx.endIterators();
  const last = await next();
  const all = Math.min(ctx.totalSteps ?? steps, spec.budget.maxSteps ?? Number.POSITIVE_INFINITY);
  return { work: plus(first, times(second, Math.max(0, all - 1)), last), steps: all };
}

async function evaluations(
  { spec, data, models, meter }: TrainingParts,
  plugin: AlgorithmPlugin,
  { result, policy, reference, ctx }: OpenRun,
  steps: number,
  [own, other]: readonly [TokenPairs, TokenPairs],
): Promise<Work> {
  const pairs = new Samples(data, meter);
  if (plugin.gives === 'reward') return pairs.scores(result, other);
  const { inputs, evaluation } = spec;
  const isSampler = plugin.sample !== undefined;
  const reward = (inputs.reward ?? inputs.proxy) === null ? null : models.reward('scores');
  const evaluated = {
    policy,
    reference,
    hasStart: inputs.start !== null && inputs.measured === undefined,
    reward,
    judge: inputs.judge === undefined ? null : models.judge('judge'),
    chooser: inputs.chooser === undefined ? null : models.chooser('chooser'),
  };
  const subject = isSampler
    ? samplerSubject({ plugin, ctx, params: spec.algorithm!.params, replica: 0, meter, reward })
    : policySubject(policy);
  const evaluator = new Evaluator(data, evaluated, subject, meter, evaluationRng(spec.seed));
  // Before the first step, unless somebody measured the start; on the way; and after the last.
  const before = isSampler || inputs.measured !== undefined ? 0 : 1;
  const onTheWay = evaluation.every > 0 ? Math.ceil(steps / evaluation.every) : 1;
  const often = { validation: before + Math.max(1, onTheWay), test: 1 };
  const parts: Work[] = [];
  for (const { split, prompts, samples } of readings(spec, data)) {
    const some = prompts.slice(0, SOME);
    if (some.length === 0) continue;
    // What is read on the way lists no completions.
    const sampled = await meter.of(() => evaluator.evaluate(some, 1, 'validation'));
    parts.push(times(sampled, (often[split] * samples * prompts.length) / some.length));
    if (split !== 'test' || data.dataset.enumerate === undefined) continue;
    const different = [...new Map(prompts.map((prompt) => [prompt.prompt, prompt])).values()];
    const few = different.slice(0, FEW);
    const both = await meter.of(() => evaluator.evaluate(few, 1, 'test'));
    const listed = minus(both, times(sampled, few.length / some.length));
    // Of what others start from, the frontier of the gold reward is listed too.
    const frontier = spec.role === 'shared' ? 0.5 : 0;
    parts.push(times(listed, ((1 + frontier) * different.length) / few.length));
  }
  if (evaluation.blind === true || isSampler) return plus(...parts);
  return plus(...parts, await pairs.logps(reference, own), await pairs.logps(reference, other));
}

/** Draws that another run made: as long as usual, and free. */
function drawnBefore({ meanLength }: StandIns): Drawn {
  const completion = Array.from({ length: Math.max(1, Math.round(meanLength)) }, () => 0);
  const take: Drawn['take'] = (prompts, n) => {
    const each = Array.from({ length: n * prompts.length }, (_, i) => i);
    return {
      completions: each.map(() => completion),
      finished: each.map(() => true),
      logps: each.map(() => -1),
      scores: each.map((i) => i / each.length),
    };
  };
  return { take } as Drawn;
}

const zeros = ({ chosen }: TokenPairs): Float64Array => new Float64Array(chosen.length);

function completionsOf(
  kind: RunSpec['completions'],
  { train, corpus }: StandIns,
  length: number,
): readonly TokenRow[] {
  if (kind === 'corpus' && corpus.length > 0) return corpus;
  if (kind !== 'texts') return train.chosen;
  return textRows(train, length);
}
