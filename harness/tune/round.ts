import { hashOf } from '../hash.js';
import type { LoadedExperiment } from '../config/load.js';
import { makePlan } from '../config/plan.js';
import { environment } from '../environment.js';
import type { LaidOut } from '../run/lay-out.js';
import type { Experiment, Stage } from '../store/experiment.js';
import { type RunSpec, STORE_VERSION } from '../store/spec.js';
import type { Family } from './family.js';
import type { Request } from './search.js';
import type { Place } from './trials.js';

/** The folder of a round, beside the runs of all. */
export const roundFolder = (number: number): string => `round-${number}`;

/** A family, and what its search wants to know. */
export interface Asked {
  readonly family: Family;
  readonly request: Request;
}

/** A request, and the runs that answer it: of each place one for every tuning seed. */
export interface Planned extends Asked {
  readonly runs: readonly { readonly place: Place; readonly specs: readonly RunSpec[] }[];
}

/**
 * The experiment that tuning runs: on seeds of its own, where nothing but the validation rewards of stages
 * and KL is measured. There is no judge, so that none can be read.
 */
export function blinded(experiment: Experiment, seeds: readonly number[]): Experiment {
  const { judges: _, ...evaluation } = experiment.evaluation;
  const { judge } = evaluation;
  const stages = Object.entries(experiment.stages).filter(([name]) => name !== judge);
  const onlyEnds = ({ evaluation: own, ...stage }: Stage): Stage => ({
    ...stage,
    control: false,
    evaluation: { ...own, every: 0 },
  });
  return {
    ...experiment,
    seeds,
    stages: Object.fromEntries(stages.map(([name, stage]) => [name, onlyEnds(stage)])),
    evaluation: { ...evaluation, judge: null, every: 0, blind: true },
    tuning: { ...experiment.tuning, equal: false },
  };
}

/**
 * Plans what is asked as one experiment in a folder of its own beside the runs that all rounds share.
 * @param experiment blinded
 * @returns what is to be laid out, and which of its runs answer what
 */
export async function planRound(
  number: number,
  asked: readonly Asked[],
  experiment: Experiment,
  { baseDir, source, request }: LoadedExperiment,
  plugins: readonly string[],
): Promise<{ readonly laidOut: LaidOut; readonly planned: readonly Planned[] }> {
  const swept = {
    ...experiment,
    stages: { ...experiment.stages, ...Object.fromEntries(asked.map(sweepOf(experiment))) },
  };
  const { runs } = await makePlan(swept, baseDir, source, plugins);
  const planned = asked.map(({ family, request: wanted }) => ({
    family,
    request: wanted,
    runs: wanted.places.map((place) => ({ place, specs: runs.filter((run) => isAt(run, family, place)) })),
  }));
  const needed = withInputs(
    planned.flatMap((p) => p.runs.flatMap(({ specs }) => specs)),
    runs,
  );
  const { tiltyardVersion: version, gitCommit: commit } = environment();
  const folder = roundFolder(number);
  const plan = {
    storeVersion: STORE_VERSION,
    hash: hashOf(swept),
    source: request,
    tiltyard: { version, commit },
    store: '..',
    runs: needed,
  };
  return { laidOut: { folder, experiment: swept, plan, data: null }, planned };
}

/** A stage that sweeps every value asked of it, at the share asked; the plan keeps the combinations asked. */
const sweepOf =
  (experiment: Experiment) =>
  ({ family: { stage: name, space }, request }: Asked): [string, Stage] => {
    const stage = experiment.stages[name]!;
    const params = { ...stage.params };
    const sweep: Record<string, number[]> = {};
    for (const axis of ['strength', 'rate'] as const) {
      const values = space[axis];
      if (values === null) continue;
      delete params[values.parameter];
      sweep[values.parameter] = [...new Set(request.places.map((place) => values.at(place[axis])!))];
    }
    const { share } = request;
    const budget = share === 1 ? stage.budget : { ...stage.budget, share };
    return [name, { ...stage, params, sweep, ...(budget === undefined ? {} : { budget }) }];
  };

const isAt = ({ stage, algorithm }: RunSpec, { stage: own, space }: Family, place: Place): boolean =>
  stage === own &&
  (['strength', 'rate'] as const).every((axis) => {
    const values = space[axis];
    return values === null || algorithm!.params[values.parameter] === values.at(place[axis]);
  });

/** Runs and all that must run before them, in the plan's order. */
function withInputs(wanted: readonly RunSpec[], all: readonly RunSpec[]): RunSpec[] {
  const byId = new Map(all.map((run) => [run.id, run]));
  const needed = new Set<string>();
  const queue = wanted.map(({ id }) => id);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    const { inputs } = byId.get(id)!;
    queue.push(...Object.values(inputs).filter((input): input is string => input !== null));
  }
  return all.filter(({ id }) => needed.has(id));
}
