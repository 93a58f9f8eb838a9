import { TiltyardError, unknownName } from '../errors.js';
import type { Experiment } from '../store/experiment.js';
import { checkApart } from './apart.js';
import { upstream, variantCount } from './graph.js';
import type { Role } from './roles.js';
import type { StagePlugins } from './stage-plugins.js';

/** A stage whose reward scores evaluations, and all that must have run before it, itself included. */
export interface Scorer {
  readonly stage: string;
  readonly upstream: ReadonlySet<string>;
}

/** What scores evaluations beside the dataset's gold reward. */
export interface Scorers {
  /** Its reward scores compared runs that have none of their own. */
  readonly proxy: Scorer | null;
  /** Its reward stands for a gold reward. */
  readonly judge: Scorer | null;
  /** Its reward chooses among configurations, and nothing trains against it. */
  readonly chooser: Scorer | null;
}

/** @throws TiltyardError for a proxy, a judge or a chooser that cannot be one */
export function findScorers(
  experiment: Experiment,
  plugins: StagePlugins,
  roles: ReadonlyMap<string, Role>,
  source: string,
): Scorers {
  const scorer = (stage: string | null): Scorer | null =>
    stage === null ? null : { stage, upstream: upstream(stage, experiment) };
  const { judge } = experiment.evaluation;
  const { chooser = null } = experiment.tuning;
  const proxy = proxyStage(experiment, plugins, source);
  if (judge !== null) checkScorer(judge, experiment, plugins, `${source}: evaluation.judge`);
  if (chooser !== null) checkScorer(chooser, experiment, plugins, `${source}: tuning.chooser`);
  checkApart({ experiment, proxy, judge, chooser, roles }, source);
  return { proxy: scorer(proxy), judge: scorer(judge), chooser: scorer(chooser) };
}

/** The named proxy, or the only reward stage where that has one variant. */
function proxyStage(experiment: Experiment, plugins: StagePlugins, source: string): string | null {
  const { stages, evaluation, tuning } = experiment;
  const { proxy, judge } = evaluation;
  if (proxy !== null) {
    checkScorer(proxy, experiment, plugins, `${source}: evaluation.proxy`);
    return proxy;
  }
  const rewards = Object.keys(stages).filter(
    (name) => plugins.get(name)!.plugin.gives === 'reward' && name !== judge && name !== tuning.chooser,
  );
  return rewards.length === 1 && variantCount(rewards[0]!, experiment) === 1 ? rewards[0]! : null;
}

/**
 * Refuses what cannot score evaluations: the stage has to be there, give a reward, and be one for all.
 * @param where the setting that names it
 */
function checkScorer(name: string, experiment: Experiment, plugins: StagePlugins, where: string): void {
  if (experiment.stages[name] === undefined) {
    throw unknownName(where, 'stage', name, Object.keys(experiment.stages));
  }
  const { plugin } = plugins.get(name)!;
  if (plugin.gives !== 'reward') {
    const what = `${name} is ${plugin.name}, which gives a policy; name a stage whose plugin gives a reward`;
    throw new TiltyardError('no-reward', `${where}: ${what}`);
  }
  const n = variantCount(name, experiment);
  if (n !== 1) {
    const remedy = 'name a reward stage without a sweep, so that all are scored alike';
    throw new TiltyardError('swept-source', `${where}: stage ${name} is swept into ${n} variants; ${remedy}`);
  }
}
