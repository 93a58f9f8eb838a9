import { type LearnsFrom, learnsFrom } from '../contracts/plugin.js';
import { TiltyardError, unknownName } from '../errors.js';
import { type Experiment, RUNGS, type Rung } from '../store/experiment.js';
import type { Role } from './roles.js';
import type { StagePlugins } from './stage-plugins.js';

/** What the stage of each rung learns from, and whether its labels are the learned reward's. */
const WANTED: Readonly<Record<Rung, { readonly from: LearnsFrom; readonly relabelled: boolean }>> = {
  offline: { from: 'pairs', relabelled: false },
  relabelled: { from: 'pairs', relabelled: true },
  'on-policy': { from: 'own-samples', relabelled: false },
  rl: { from: 'own-samples', relabelled: false },
  optimum: { from: 'nothing', relabelled: false },
};
const IN_WORDS: Readonly<Record<LearnsFrom, string>> = {
  pairs: 'learns from pairs',
  'own-samples': 'learns from its own samples',
  nothing: 'learns nothing',
};

/**
 * Refuses rungs that are not compared, or that differ from each other in more than what the ladder is about.
 * @throws TiltyardError naming the rung
 */
export function checkLadder(
  experiment: Experiment,
  plugins: StagePlugins,
  roles: ReadonlyMap<string, Role>,
  source: string,
): void {
  const { stages, ladder = {} } = experiment;
  const rungs = RUNGS.flatMap((rung) => {
    const stage = ladder[rung];
    return stage === undefined ? [] : [{ rung, stage }];
  });
  for (const { rung, stage } of rungs) {
    if (stages[stage] === undefined) {
      throw unknownName(`${source}: ladder.${rung}`, 'stage', stage, Object.keys(stages));
    }
    const problem = rungProblem(rung, stage, experiment, plugins, roles);
    if (problem !== null) throw new TiltyardError('ladder', `${source}: ladder.${rung}: ${problem}`);
  }
  const named = rungs.map(({ stage }) => stage);
  const twice = named.find((stage, i) => named.indexOf(stage) !== i);
  if (twice !== undefined) {
    throw new TiltyardError('ladder', `${source}: ladder: ${twice} stands on two rungs; give each its own`);
  }
  checkEqual('start', (stage) => stages[stage]!.start, named, source);
  const rewarded = rungs.flatMap(({ rung, stage }) => (rung === 'offline' ? [] : [stage]));
  checkEqual('reward', (stage) => stages[stage]!.relabel?.by ?? stages[stage]!.reward, rewarded, source);
}

function rungProblem(
  rung: Rung,
  stage: string,
  { stages }: Experiment,
  plugins: StagePlugins,
  roles: ReadonlyMap<string, Role>,
): string | null {
  const { plugin } = plugins.get(stage)!;
  const role = roles.get(stage)!;
  if (role !== 'compared') return `stage ${stage} is ${role}; name a compared stage`;
  const wanted = WANTED[rung];
  const from = learnsFrom(plugin);
  if (from !== wanted.from) {
    const remedy = `name a stage that ${IN_WORDS[wanted.from]}`;
    return `${stage} is ${plugin.name}, which ${IN_WORDS[from]}; ${remedy}`;
  }
  const relabelled = stages[stage]!.relabel !== undefined;
  if (relabelled === wanted.relabelled) return null;
  return relabelled
    ? `${stage} has its labels from a reward; name a stage without relabel`
    : `${stage} has the labels of the data; give it relabel: { by: <stage that gives a reward> }`;
}

/** What all rungs have in common, or a step between two would be more than one change. */
function checkEqual(
  what: 'start' | 'reward',
  of: (stage: string) => string | null,
  stages: readonly string[],
  source: string,
): void {
  const [first, ...others] = stages;
  const other = others.find((stage) => of(stage) !== of(first!));
  if (other === undefined) return;
  const differ = `${first} has ${what} ${of(first!)}, ${other} has ${what} ${of(other)}`;
  const remedy = `give all rungs one ${what}, so that each step changes one thing`;
  throw new TiltyardError('ladder', `${source}: ladder: ${differ}; ${remedy}`);
}
