import { TiltyardError } from '../errors.js';
import type { Experiment, Stage } from '../store/experiment.js';
import { combinations } from './variants.js';

/** The collection's place among the stages. */
export const COLLECT = 'collect';

/** What must have run before a stage. */
function dependencies(name: string, experiment: Experiment): string[] {
  if (name === COLLECT) return experiment.collect?.from == null ? [] : [experiment.collect.from];
  const stage = experiment.stages[name]!;
  const needs = inputsOf(stage);
  // Stages that feed the collection cannot wait for it.
  return experiment.collect !== null && !feedsCollection(name, experiment) ? [...needs, COLLECT] : needs;
}

const inputsOf = ({ start, reward, relabel }: Stage): string[] =>
  [start, reward, relabel?.by ?? null].filter((x): x is string => x !== null);

/** Whether the collection waits for a stage, which then has no pairs itself. */
export function feedsCollection(name: string, experiment: Experiment): boolean {
  return (
    experiment.collect?.from != null &&
    closure(experiment.collect.from, (at) => inputsOf(experiment.stages[at]!)).has(name)
  );
}

/** A stage and all that must have run before it. */
export const upstream = (name: string, experiment: Experiment): Set<string> =>
  closure(name, (at) => dependencies(at, experiment));

function closure(from: string, next: (name: string) => readonly string[]): Set<string> {
  const seen = new Set<string>();
  const queue = [from];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    queue.push(...next(at));
  }
  return seen;
}

/** Stages and the collection, each after what it needs. @throws TiltyardError for a circle */
export function topological(experiment: Experiment, source: string): string[] {
  const out: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string, path: readonly string[]): void => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') {
      const circle = [...path.slice(path.indexOf(name)), name].join(' -> ');
      throw new TiltyardError('cycle', `${source}: stages wait for each other: ${circle}; break the circle`);
    }
    state.set(name, 'open');
    for (const needed of dependencies(name, experiment)) visit(needed, [...path, name]);
    state.set(name, 'done');
    out.push(name);
  };
  for (const name of Object.keys(experiment.stages)) visit(name, []);
  if (experiment.collect !== null) visit(COLLECT, []);
  return out;
}

/** Stages that others start from, or take their reward or labels from, and the one sampled for pairs. */
export function usedByOthers(experiment: Experiment): Set<string> {
  const used = new Set<string>();
  for (const stage of Object.values(experiment.stages)) for (const name of inputsOf(stage)) used.add(name);
  if (experiment.collect?.from != null) used.add(experiment.collect.from);
  return used;
}

/** Own sweep times those of what the stage builds on; the graph has no cycles here. */
export function variantCount(name: string, experiment: Experiment): number {
  const { start, reward, sweep } = experiment.stages[name]!;
  return [start, reward].reduce(
    (n, input) => (input === null ? n : n * variantCount(input, experiment)),
    combinations(sweep).length,
  );
}
