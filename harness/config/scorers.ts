import { TiltyardError, unknownName } from '../errors.js';
import type { Experiment } from '../store/experiment.js';
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
}

/** @throws TiltyardError for a proxy or a judge that cannot be one */
export function findScorers(
  experiment: Experiment,
  plugins: StagePlugins,
  roles: ReadonlyMap<string, Role>,
  source: string,
): Scorers {
  const scorer = (stage: string | null): Scorer | null =>
    stage === null ? null : { stage, upstream: upstream(stage, experiment) };
  const proxy = proxyStage(experiment, plugins, source);
  const judge = judgeStage(experiment, plugins, proxy, roles, source);
  return { proxy: scorer(proxy), judge: scorer(judge) };
}

/** The named proxy, or the only reward stage where that has one variant. */
function proxyStage(experiment: Experiment, plugins: StagePlugins, source: string): string | null {
  const { stages, evaluation } = experiment;
  const { proxy, judge } = evaluation;
  if (proxy !== null) {
    checkScorer(proxy, experiment, plugins, `${source}: evaluation.proxy`);
    return proxy;
  }
  const rewards = Object.keys(stages).filter(
    (name) => plugins.get(name)!.plugin.gives === 'reward' && name !== judge,
  );
  return rewards.length === 1 && variantCount(rewards[0]!, experiment) === 1 ? rewards[0]! : null;
}

/** The named judge, held to what keeps it apart from what it judges. */
function judgeStage(
  experiment: Experiment,
  plugins: StagePlugins,
  proxy: string | null,
  roles: ReadonlyMap<string, Role>,
  source: string,
): string | null {
  const { stages, evaluation } = experiment;
  const { judge } = evaluation;
  if (judge !== null) checkScorer(judge, experiment, plugins, `${source}: evaluation.judge`);
  for (const [name, { pairs }] of Object.entries(stages)) {
    if (pairs !== 'heldout' || name === judge) continue;
    const why = 'pairs: heldout is for the judge alone, or it would learn what it is measured on';
    const remedy = `remove it, or set evaluation.judge: ${name}`;
    throw new TiltyardError('heldout', `${source}: stage ${name}: ${why}; ${remedy}`);
  }
  if (judge === null) return null;
  const problem = judgeProblem(judge, experiment, proxy, roles);
  if (problem !== null)
    throw new TiltyardError(problem.code, `${source}: evaluation.judge: ${problem.message}`);
  return judge;
}

/** What would mix a judge with what it judges; null where nothing does. */
function judgeProblem(
  judge: string,
  experiment: Experiment,
  proxy: string | null,
  roles: ReadonlyMap<string, Role>,
): { readonly code: string; readonly message: string } | null {
  const { stages } = experiment;
  if (stages[judge]!.pairs !== 'heldout') {
    const why = `${judge} learns from the pairs that the algorithms learn from`;
    return { code: 'judge-pairs', message: `${why}; set pairs: heldout in it` };
  }
  if (judge === proxy) {
    const why = `${judge} is the proxy too; configurations would be chosen by what judges them`;
    return { code: 'judge-proxy', message: `${why}, name another` };
  }
  const before = upstream(judge, experiment);
  for (const [name, { start, reward }] of Object.entries(stages)) {
    if (reward === judge) {
      const remedy = 'give it another reward, a judge is for evaluation only';
      return { code: 'judge-reward', message: `stage ${name} trains against ${judge}; ${remedy}` };
    }
    if (start !== null && before.has(start) && roles.get(name) === 'compared') {
      const what = `${judge} is built from ${start}, so ${start} runs before it and cannot be judged`;
      const why = 'and nothing that starts from it can be compared with it';
      const remedy = `start ${judge} from an earlier stage, or from null`;
      return { code: 'judge-start', message: `${what}, ${why}; ${remedy}` };
    }
  }
  return null;
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
