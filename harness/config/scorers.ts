import { TiltyardError, unknownName } from '../errors.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { RunSpec } from '../store/records.js';
import type { Experiment } from './experiment.js';
import { upstream, variantCount } from './graph.js';

type Plugins = ReadonlyMap<string, { readonly plugin: AlgorithmPlugin }>;

/** A stage that is to score evaluations: there, giving a reward, and one for all. @param where the setting that names it */
function checkScorer(name: string, experiment: Experiment, plugins: Plugins, where: string): void {
  if (experiment.stages[name] === undefined) throw unknownName(where, 'stage', name, Object.keys(experiment.stages));
  const { plugin } = plugins.get(name)!;
  if (plugin.gives !== 'reward') throw new TiltyardError('no-reward', `${where}: ${name} is ${plugin.name}, which gives a policy; name a stage whose plugin gives a reward`);
  const n = variantCount(name, experiment);
  if (n !== 1) throw new TiltyardError('swept-source', `${where}: stage ${name} is swept into ${n} variants; name a reward stage without a sweep, so that all are scored alike`);
}

/** The stage whose reward scores compared runs without one: the named one, or the only reward stage where that has one variant. */
export function proxyStage(experiment: Experiment, plugins: Plugins, source: string): string | null {
  const { stages, evaluation: { proxy, judge } } = experiment;
  if (proxy !== null) {
    checkScorer(proxy, experiment, plugins, `${source}: evaluation.proxy`);
    return proxy;
  }
  const rewards = Object.keys(stages).filter((name) => plugins.get(name)!.plugin.gives === 'reward' && name !== judge);
  return rewards.length === 1 && variantCount(rewards[0]!, experiment) === 1 ? rewards[0]! : null;
}

/** The stage whose reward stands for a gold reward, held to what keeps it apart from what it judges. @param proxy as found by `proxyStage` */
export function judgeStage(experiment: Experiment, plugins: Plugins, proxy: string | null, roleOf: (name: string) => RunSpec['role'], source: string): string | null {
  const { stages, evaluation: { judge } } = experiment;
  if (judge !== null) checkScorer(judge, experiment, plugins, `${source}: evaluation.judge`);
  for (const [name, { pairs }] of Object.entries(stages)) {
    if (pairs === 'heldout' && name !== judge) throw new TiltyardError('heldout', `${source}: stage ${name}: pairs: heldout is for the judge alone, or it would learn what it is measured on; remove it, or set evaluation.judge: ${name}`);
  }
  if (judge === null) return null;
  const refuse = (code: string, what: string): TiltyardError => new TiltyardError(code, `${source}: evaluation.judge: ${what}`);
  if (stages[judge]!.pairs !== 'heldout') throw refuse('judge-pairs', `${judge} learns from the pairs that the algorithms learn from; set pairs: heldout in it`);
  if (judge === proxy) throw refuse('judge-proxy', `${judge} is the proxy too; configurations would be chosen by what judges them, name another`);
  const before = upstream(judge, experiment);
  for (const [name, { start, reward }] of Object.entries(stages)) {
    if (reward === judge) throw refuse('judge-reward', `stage ${name} trains against ${judge}; give it another reward, a judge is for evaluation only`);
    if (start !== null && before.has(start) && roleOf(name) === 'compared') {
      throw refuse('judge-start', `${judge} is built from ${start}, so ${start} runs before it and cannot be judged, and nothing that starts from it can be compared with it; start ${judge} from an earlier stage, or from null`);
    }
  }
  return judge;
}
