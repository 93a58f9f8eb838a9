import { TiltyardError, unknownName } from '../errors.js';
import type { Experiment, Stage } from '../store/experiment.js';
import { COLLECT } from './graph.js';
import { ADDED } from './start-runs.js';
import type { StagePlugins } from './stage-plugins.js';
import { sweptParameters } from './variants.js';

/**
 * Refuses stages that name what is not there, or what cannot give them what their plugins need.
 * @throws TiltyardError naming the stage, and what would do
 */
export function checkReferences(experiment: Experiment, plugins: StagePlugins, source: string): void {
  const { stages, collect, policy } = experiment;
  for (const name of [COLLECT, ...ADDED]) {
    if (stages[name] === undefined) continue;
    throw new TiltyardError('reserved-name', `${source}: a stage may not be called '${name}'; rename it`);
  }
  const checkName = (where: string, name: string | null): void => {
    if (name === null || stages[name] !== undefined) return;
    throw unknownName(`${source}: ${where}`, 'stage', name, Object.keys(stages));
  };
  checkName('collect.from', collect?.from ?? null);
  for (const [name, stage] of Object.entries(stages)) {
    checkName(`stage ${name}: start`, stage.start);
    checkName(`stage ${name}: reward`, stage.reward);
    if (policy.lora !== undefined && plugins.get(name)!.plugin.external !== undefined) {
      const why = `${plugins.get(name)!.plugin.name} trains outside, and policy.lora is not for it`;
      const remedy = 'remove policy.lora, or take a plugin that trains here';
      throw new TiltyardError('lora-outside', `${source}: stage ${name}: ${why}; ${remedy}`);
    }
    const problem = inputProblem(name, stage, plugins, collect !== null);
    if (problem !== null)
      throw new TiltyardError(problem.code, `${source}: stage ${name}: ${problem.message}`);
    const known = Object.keys(plugins.get(name)!.plugin.params.properties);
    for (const swept of sweptParameters(stage.sweep, `${source}: stage ${name}: sweep`)) {
      if (!known.includes(swept))
        throw unknownName(`${source}: stage ${name}: sweep`, 'parameter', swept, known);
    }
  }
}

/** What is wrong with a stage's reward, start and pairs; null where nothing is. */
function inputProblem(
  name: string,
  { start, reward, checkpoint, completions }: Stage,
  plugins: StagePlugins,
  collects: boolean,
): { readonly code: string; readonly message: string } | null {
  const { plugin } = plugins.get(name)!;
  if (plugin.needs.includes('reward') && reward === null) {
    return {
      code: 'needs-reward',
      message: `${plugin.name} needs a reward; add reward: <stage that gives one>`,
    };
  }
  if (reward !== null) {
    const giver = plugins.get(reward)!.plugin;
    const remedy = 'name a stage whose plugin gives a reward';
    if (giver.gives !== 'reward') {
      return {
        code: 'no-reward',
        message: `reward: ${reward} is ${giver.name}, which gives a policy; ${remedy}`,
      };
    }
  }
  if (checkpoint !== undefined && plugin.gives !== 'reward') {
    const remedy = 'remove it, or set policy.checkpoint, which policies begin as';
    return { code: 'checkpoint-unread', message: `checkpoint: ${plugin.name} gives a policy; ${remedy}` };
  }
  if (checkpoint !== undefined && plugin.external !== undefined) {
    const why = `${plugin.name} trains outside, from the start that its job names`;
    return { code: 'checkpoint-unread', message: `checkpoint: ${why}; remove it` };
  }
  if (start !== null && plugins.get(start)!.plugin.gives !== 'policy') {
    const remedy = 'name a stage that gives a policy';
    return { code: 'no-policy', message: `start: ${start} gives a reward, not a policy; ${remedy}` };
  }
  const wantsPairs =
    plugin.needs.includes('pairs') || (plugin.needs.includes('completions') && completions !== 'corpus');
  if (wantsPairs && !collects) {
    const corpus = plugin.needs.includes('pairs')
      ? ''
      : ", or set completions: corpus, the dataset's own (of completions with labels, those labelled true)";
    const message = `${plugin.name} needs pairs; add a collect section to the experiment${corpus}`;
    return { code: 'needs-pairs', message };
  }
  return null;
}
