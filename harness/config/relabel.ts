import { TiltyardError, unknownName } from '../errors.js';
import type { Experiment, Stage } from '../store/experiment.js';
import { feedsCollection, variantCount } from './graph.js';
import type { StagePlugins } from './stage-plugins.js';

/** Refuses labels from what gives none, or for what reads none. @throws TiltyardError naming the stage */
export function checkRelabelling(experiment: Experiment, plugins: StagePlugins, source: string): void {
  for (const [name, stage] of Object.entries(experiment.stages)) {
    if (stage.relabel === undefined) continue;
    const { by } = stage.relabel;
    const where = `${source}: stage ${name}: relabel`;
    if (experiment.stages[by] === undefined) {
      throw unknownName(`${where}.by`, 'stage', by, Object.keys(experiment.stages));
    }
    const problem = giverProblem(by, experiment, plugins) ?? readerProblem(name, stage, experiment, plugins);
    if (problem !== null) throw new TiltyardError(problem.code, `${where}: ${problem.message}`);
  }
}

interface Problem {
  readonly code: string;
  readonly message: string;
}

function giverProblem(by: string, experiment: Experiment, plugins: StagePlugins): Problem | null {
  const { plugin } = plugins.get(by)!;
  if (plugin.gives !== 'reward') {
    const remedy = 'name a stage whose plugin gives a reward';
    return { code: 'no-reward', message: `${by} is ${plugin.name}, which gives a policy; ${remedy}` };
  }
  const variants = variantCount(by, experiment);
  if (variants === 1) return null;
  const remedy = 'name a reward stage without a sweep, so that the pairs have one set of labels';
  return { code: 'swept-source', message: `stage ${by} is swept into ${variants} variants; ${remedy}` };
}

function readerProblem(
  name: string,
  { completions, pairs, relabel }: Stage,
  experiment: Experiment,
  plugins: StagePlugins,
): Problem | null {
  const { plugin } = plugins.get(name)!;
  const readsLabels =
    plugin.needs.includes('pairs') ||
    plugin.needs.includes('unpaired') ||
    (plugin.needs.includes('completions') && completions === 'chosen');
  if (!readsLabels) {
    return { code: 'relabel-unread', message: `${plugin.name} learns from no pairs; remove relabel` };
  }
  if (pairs === 'heldout') {
    const why =
      'held-out pairs are for what judges or chooses, which would learn what it is to be apart from';
    return { code: 'relabel-heldout', message: `${why}; remove relabel` };
  }
  if (relabel?.how === 'soft' && plugin.softLabels !== true) {
    const what = `how: soft, but ${plugin.name} takes labels as certain (it does not declare softLabels)`;
    return { code: 'soft-labels', message: `${what}; use how: drawn` };
  }
  if (!feedsCollection(name, experiment)) return null;
  const why = `pairs are sampled from what ${name} gives, so it has none to label`;
  return { code: 'relabel-unread', message: `${why}; remove relabel` };
}
