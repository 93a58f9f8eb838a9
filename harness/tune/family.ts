import { variantCount } from '../config/graph.js';
import type { Role } from '../config/roles.js';
import type { StagePlugins } from '../config/stage-plugins.js';
import { combinations, sweptParameters } from '../config/variants.js';
import { type ParameterRole, parameterRoles } from '../contracts/params.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { TiltyardError } from '../errors.js';
import type { Experiment, Stage } from '../store/experiment.js';
import { central, geometricAxis } from './axis.js';
import { shapeOf } from './grid.js';
import type { Space } from './trials.js';

/** A compared stage, and what is swept of it. */
export interface Family {
  readonly stage: string;
  readonly space: Space;
  /** Whether it only samples: there is no schedule, and it is never its start. */
  readonly samples: boolean;
  /** Which values of the strength hold the policy closer to its reference; null without a strength. */
  readonly holdsBack: 'larger' | 'smaller' | null;
  /** What could not be tuned, a sentence each. */
  readonly notes: readonly string[];
}

/** Between one value and the next: coarse where two axes are searched, since a grid has few strengths. */
const COARSE = 4;
const FINE = 2;

/**
 * The compared stages with their axes: the declared strength and learning rate of each plugin, around the
 * middle of what the file sweeps, else what it gives, else the plugin's default.
 * @throws TiltyardError for a stage of which nothing can be tuned, or whose sweep is of something else
 */
export function familiesOf(
  experiment: Experiment,
  plugins: StagePlugins,
  roles: ReadonlyMap<string, Role>,
  configurations: number,
  source: string,
): Family[] {
  const compared = Object.entries(experiment.stages).filter(([name]) => roles.get(name) === 'compared');
  if (compared.length === 0) {
    const remedy = 'add a stage that no other builds on, or set role: compared in one';
    throw new TiltyardError(
      'no-families',
      `${source}: no stage is compared, so there is nothing to tune; ${remedy}`,
    );
  }
  return compared.map(([name, stage]) => {
    const where = `${source}: stage ${name}`;
    checkInputs(name, stage, experiment, where);
    const family = familyOf(name, stage, plugins.get(name)!.plugin, where);
    checkRoom(family, configurations, where);
    return family;
  });
}

function familyOf(
  name: string,
  stage: Stage,
  { name: plugin, params, sample }: Pick<AlgorithmPlugin, 'name' | 'params'> & { readonly sample?: unknown },
  where: string,
): Family {
  const roles = [...parameterRoles(params)];
  const [strength, ...others] = roles.filter(([, { kind }]) => kind === 'strength');
  const rate = roles.find(([, { kind }]) => kind === 'learning-rate');
  if (strength === undefined && rate === undefined) {
    const what = `${plugin} says of none of its parameters that it is a strength or a learning rate`;
    const remedy = 'give one a role in the plugin, or set role: shared in the stage';
    throw new TiltyardError('no-roles', `${where}: ${what}; ${remedy}`);
  }
  const axes = [strength?.[0], rate?.[0]];
  const foreign = sweptParameters(stage.sweep, where).find((parameter) => !axes.includes(parameter));
  if (foreign !== undefined) {
    const what = `sweep: ${foreign} is neither the strength nor the learning rate of ${plugin}`;
    const remedy = `give it one value in params, tuning finds the rest`;
    throw new TiltyardError('foreign-sweep', `${where}: ${what}; ${remedy}`);
  }
  const notes: string[] = [];
  if (strength === undefined) notes.push(`${plugin} declares no strength: only ${rate![0]} is tuned`);
  if (others.length > 0) {
    const kept = others.map(([other]) => other).join(', ');
    notes.push(`${plugin} declares several strengths: ${strength![0]} is tuned, ${kept} stays as it is`);
  }
  const axis = (parameter: string | undefined, factor: number) =>
    parameter === undefined
      ? null
      : geometricAxis(
          parameter,
          params.properties[parameter]!,
          middle(parameter, stage, params, where),
          factor,
        );
  const space = {
    strength: axis(strength?.[0], rate === undefined ? FINE : COARSE),
    rate: axis(rate?.[0], FINE),
  };
  const samples = sample !== undefined;
  return { stage: name, space, samples, holdsBack: heldBackBy(strength?.[1]), notes };
}

const heldBackBy = (role: ParameterRole | undefined): Family['holdsBack'] =>
  role?.kind === 'strength' ? role.holdsBack : null;

/** The value that candidates lie around. @throws TiltyardError where it is none that has multiples */
function middle(
  parameter: string,
  { sweep, params }: Stage,
  schema: AlgorithmPlugin['params'],
  where: string,
): number {
  const swept = combinations(sweep).flatMap((values) => (parameter in values ? [values[parameter]] : []));
  const fallback = params[parameter] ?? schema.properties[parameter]!['default'];
  const given = swept.length > 0 ? swept : [fallback];
  for (const value of given) {
    if (typeof value === 'number' && value > 0) continue;
    const remedy = `give one value above 0 in params.${parameter} to search around`;
    throw new TiltyardError(
      'no-middle',
      `${where}: ${parameter} is ${JSON.stringify(value) ?? 'not given'}; ${remedy}`,
    );
  }
  const numbers = given as readonly number[];
  return Math.sqrt(Math.min(...numbers) * Math.max(...numbers));
}

function checkInputs(name: string, { sweep }: Stage, experiment: Experiment, where: string): void {
  const own = combinations(sweep).length;
  if (variantCount(name, experiment) === own) return;
  const remedy = 'remove the sweep of what it builds on';
  throw new TiltyardError('swept-source', `${where}: builds on a stage that is swept itself; ${remedy}`);
}

function checkRoom({ space }: Family, configurations: number, where: string): void {
  const { strengths, rates } = shapeOf(configurations, space);
  for (const [axis, wanted] of [
    [space.strength, strengths],
    [space.rate, rates],
  ] as const) {
    if (axis === null) continue;
    const there = central(axis, wanted).length;
    if (there >= wanted) continue;
    const what = `--configurations ${configurations} needs ${wanted} values of ${axis.parameter}`;
    const remedy = 'widen its bounds, or ask for fewer configurations';
    throw new TiltyardError('no-room', `${where}: ${what}, its bounds leave ${there}; ${remedy}`);
  }
}
