import { TiltyardError } from '../errors.js';
import { loadPlugin } from '../extensions.js';
import type { OpenedData } from '../inspect/open.js';
import { ALL_PAIRS, type RunSpec } from '../store/spec.js';

/**
 * Refuses what every run of a plan would fail of, before the first of them: what a minute's wait would tell.
 * @throws TiltyardError naming the setting and what it could be
 */
export async function refuseInfeasible(
  runs: readonly RunSpec[],
  opened: OpenedData,
  source: string,
): Promise<void> {
  for (const { policy } of runs) refuseHeads(policy, source);
  refuseMissingSplits(opened, source);
  refuseUnreadCollect(opened, source);
  const configurations = new Map(runs.map((run) => [run.label, run]));
  for (const run of configurations.values()) {
    if (run.algorithm === null || run.inputs.pairs === null) continue;
    // One that is not built in has said so when it was planned, and is not loaded here.
    const { needs } = run.algorithm.says ?? (await loadPlugin(run.algorithm.module));
    const takesPairs = needs.includes('pairs') || needs.includes('completions');
    if (takesPairs) refuseLargeBatches(run, opened, source); // prompts are drawn as often as a batch wants
  }
}

function refuseHeads({ checkpoint, width, heads }: RunSpec['policy'], source: string): void {
  if (checkpoint !== undefined || width === undefined || heads === undefined || width % heads === 0) return;
  const some = Array.from({ length: Math.min(64, width) }, (_, i) => i + 1)
    .filter((n) => width % n === 0)
    .join(', ');
  const what = `policy.heads: ${heads} heads do not divide the width of ${width}`;
  throw new TiltyardError('heads', `${source}: ${what}; take one of ${some}, or another policy.width`);
}

/** Pairs that are sampled need prompts of their split. */
function refuseMissingSplits({ collect, samples, open, where }: OpenedData, source: string): void {
  if (collect === null || !samples) return;
  for (const which of ['pairs', 'heldoutPairs'] as const) {
    if (collect[which] !== ALL_PAIRS) continue;
    const what = `collect.${which}: all, but pairs are sampled here, and there is no end of them`;
    throw new TiltyardError('all-sampled', `${source}: ${what}; say how many`);
  }
  if (collect.heldoutPairs === 0) return;
  if (open.prompts('heldout').length > 0) return;
  const n = collect.heldoutPairs;
  const wanted = `collect.heldoutPairs: ${n === 1 ? 'one pair is' : `${n} pairs are`} to be sampled`;
  const remedy = 'set collect.heldoutPairs: 0, or give the dataset some';
  const what = `${wanted}, and ${where.slice(source.length + 2)} has no heldout prompts`;
  throw new TiltyardError('no-split', `${source}: ${what}; ${remedy}`);
}

/** Pairs that the data brings are neither sampled nor labelled. What equals its default is let be. */
function refuseUnreadCollect({ collect, samples, open, where }: OpenedData, source: string): void {
  if (collect === null || samples || open.pairs === undefined) return;
  const { temperature, labels } = collect;
  const isLabelled = labels.temperature !== 1 || labels.noise !== 0 || labels.labelsPerPair !== 1;
  const unread = [...(temperature === 1 ? [] : ['temperature']), ...(isLabelled ? ['labels'] : [])];
  if (unread.length === 0) return;
  const what = `collect.${unread.join(' and collect.')} would not be read`;
  const why = `${where.slice(source.length + 2)} brings its own pairs with their labels`;
  const remedy = `remove ${unread.length === 1 ? 'it' : 'them'}, or set collect.from`;
  throw new TiltyardError('unread-collect', `${source}: ${what}, as ${why}; ${remedy}`);
}

/** A batch is full or is none. */
function refuseLargeBatches(
  { label, algorithm, pairs }: RunSpec,
  { collect, samples, open }: OpenedData,
  source: string,
): void {
  const size = algorithm?.params['batchSize'];
  if (typeof size !== 'number' || collect === null) return;
  const [which, split] = pairs === 'heldout' ? (['heldoutPairs', 'heldout'] as const) : TRAINING;
  const isMade = samples || open.pairs === undefined; // of a policy, or of a table
  const there = isMade ? collect[which] : Math.min(collect[which], open.pairs!(split).length);
  if (size <= there) return;
  const pairsThere = there === 1 ? 'one pair' : `${there} pairs`;
  const what = `stage ${label}: batchSize ${size} is more than the ${pairsThere} that it learns from`;
  const smaller = Math.max(1, Math.floor(there / 4));
  const remedy = `lower it (params: { batchSize: ${smaller} }), or bring more pairs`;
  throw new TiltyardError('batch-too-large', `${source}: ${what} (collect.${which}); ${remedy}`);
}

const TRAINING = ['pairs', 'train'] as const;
