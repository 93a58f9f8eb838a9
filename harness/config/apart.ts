import { TiltyardError } from '../errors.js';
import type { Experiment } from '../store/experiment.js';
import { upstream } from './graph.js';
import type { Role } from './roles.js';

/** An experiment, and the stages that score evaluations in it. */
interface Cast {
  readonly experiment: Experiment;
  readonly proxy: string | null;
  readonly judge: string | null;
  readonly chooser: string | null;
  readonly roles: ReadonlyMap<string, Role>;
}

interface Problem {
  readonly code: string;
  readonly message: string;
}

/**
 * Holds the judge and the chooser apart from what they score, and from each other: they learn from held-out
 * pairs, which nothing else does, and nothing trains against them. Where there are both, each has half of the
 * held-out prompts (`RunSpec.heldoutPart`).
 * @throws TiltyardError naming the setting or the stage
 */
export function checkApart(cast: Cast, source: string): void {
  const { experiment, judge, chooser } = cast;
  for (const [name, { pairs }] of Object.entries(experiment.stages)) {
    if (pairs !== 'heldout' || name === judge || name === chooser) continue;
    const why = 'pairs: heldout is for a judge or a chooser alone, or it would learn what it is measured on';
    const remedy = `remove it, or set evaluation.judge or tuning.chooser: ${name}`;
    throw new TiltyardError('heldout', `${source}: stage ${name}: ${why}; ${remedy}`);
  }
  const refuse = (setting: string, problem: Problem | null): void => {
    if (problem === null) return;
    throw new TiltyardError(problem.code, `${source}: ${setting}: ${problem.message}`);
  };
  if (judge !== null) refuse('evaluation.judge', judgeProblem(judge, cast));
  if (chooser !== null) refuse('tuning.chooser', chooserProblem(chooser, cast));
}

/** What would mix a judge with what it judges; null where nothing does. */
function judgeProblem(judge: string, cast: Cast): Problem | null {
  const { experiment, proxy, roles } = cast;
  const learning = pairsProblem('judge', judge, experiment);
  if (learning !== null) return learning;
  if (judge === proxy) {
    const why = `${judge} is the proxy too; configurations would be chosen by what judges them`;
    return { code: 'judge-proxy', message: `${why}, name another` };
  }
  const training = trainingProblem('judge', judge, experiment, 'a judge is for evaluation only');
  if (training !== null) return training;
  const before = upstream(judge, experiment);
  for (const [name, { start }] of Object.entries(experiment.stages)) {
    if (start === null || !before.has(start) || roles.get(name) !== 'compared') continue;
    const what = `${judge} is built from ${start}, so ${start} runs before it and cannot be judged`;
    const why = 'and nothing that starts from it can be compared with it';
    const remedy = `start ${judge} from an earlier stage, or from null`;
    return { code: 'judge-start', message: `${what}, ${why}; ${remedy}` };
  }
  return null;
}

/** What would let training, or the judge, into what chooses; null where nothing does. */
function chooserProblem(chooser: string, { experiment, proxy, judge, roles }: Cast): Problem | null {
  const learning = pairsProblem('chooser', chooser, experiment);
  if (learning !== null) return learning;
  if (chooser === proxy) {
    const why = `${chooser} is the proxy too; it would choose by the reward of training`;
    return { code: 'chooser-proxy', message: `${why}, name another or set tuning.by: proxy` };
  }
  if (chooser === judge) {
    const why = `${chooser} is the judge too; configurations would be chosen by what judges them`;
    return { code: 'chooser-judge', message: `${why}; name another, it gets held-out pairs of its own` };
  }
  const training = trainingProblem('chooser', chooser, experiment, 'a chooser is for evaluation only');
  if (training !== null) return training;
  const base = [...upstream(chooser, experiment)].find((name) => roles.get(name) === 'compared');
  if (base === undefined || base === chooser) return null;
  const what = `${chooser} is built from ${base}, so ${base} runs before it and cannot be scored by it`;
  return { code: 'chooser-start', message: `${what}; start ${chooser} from a stage that is not compared` };
}

function pairsProblem(what: 'judge' | 'chooser', name: string, { stages, collect }: Experiment) {
  if (stages[name]!.pairs !== 'heldout') {
    const why = `${name} learns from the pairs that the algorithms learn from`;
    return { code: `${what}-pairs`, message: `${why}; set pairs: heldout in it` };
  }
  if (collect !== null && collect.heldoutPairs > 0) return null;
  const message = `${name} learns from held-out pairs, and there are none; set collect.heldoutPairs`;
  return { code: 'no-heldout', message };
}

function trainingProblem(
  what: 'judge' | 'chooser',
  scorer: string,
  { stages }: Experiment,
  purpose: string,
): Problem | null {
  for (const [name, { reward, relabel }] of Object.entries(stages)) {
    const remedy = `give it another reward, ${purpose}`;
    if (reward === scorer) {
      return { code: `${what}-reward`, message: `stage ${name} trains against ${scorer}; ${remedy}` };
    }
    if (relabel?.by === scorer) {
      const message = `stage ${name} takes its labels from ${scorer}; ${remedy}`;
      return { code: `${what}-reward`, message };
    }
  }
  return null;
}
