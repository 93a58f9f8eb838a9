import { resolve } from 'node:path';
import { checkpointDefaults, type ParamsSchema, parameterRoles } from '../contracts/params.js';
import { learnsFrom } from '../contracts/plugin.js';
import { TiltyardError } from '../errors.js';
import { loadExtension } from '../extensions.js';
import type { Experiment, Stage } from '../store/experiment.js';
import { type PolicySpec, type RunSpec, STORE_VERSION, type StageFacts } from '../store/spec.js';
import { codeOf } from './code.js';
import { checkTestDraws } from './evaluation.js';
import { topological } from './graph.js';
import { checkSize } from './size.js';
import { checkLadder } from './ladder.js';
import { checkRequirements } from './requirements.js';
import { checkReferences } from './references.js';
import { checkRelabelling } from './relabel.js';
import { checkControls, stageRoles } from './roles.js';
import { findScorers, type Scorers } from './scorers.js';
import { planSeed } from './seed-plan.js';
import { loadStagePlugins, type StagePlugin, type StagePlugins } from './stage-plugins.js';
import { checkTuning } from './tuning.js';
import { validated } from './validate.js';
import { combinations } from './variants.js';

export interface Plan {
  readonly runs: readonly RunSpec[];
  readonly stages: Readonly<Record<string, StageFacts>>;
}

/** A file is named on the command line too, so whoever lacks one is told how. */
function refuseWithoutFile(
  schema: ParamsSchema,
  given: Readonly<Record<string, unknown>>,
  where: string,
): void {
  if (schema.required?.includes('file') !== true || given['file'] !== undefined) return;
  throw new TiltyardError('no-data', `${where}: no file; name yours with --data FILE, or as params.file`);
}

/**
 * The runs of an experiment, inputs before what needs them. Stages that others share appear once per seed.
 * @param extraPlugins modules that stages may name by their plugin's name (`--plugin`)
 */
export async function makePlan(
  experiment: Experiment,
  baseDir: string,
  source: string,
  extraPlugins: readonly string[] = [],
): Promise<Plan> {
  const { name: module, params: given } = experiment.dataset;
  const { name, params: schema } = await loadExtension('dataset', module, baseDir);
  refuseWithoutFile(schema, given, `${source}: dataset ${name}`);
  const params = validated<Record<string, unknown>>(schema, given, `${source}: dataset ${name}`);
  const plugins = await loadStagePlugins(experiment, baseDir, source, extraPlugins);
  checkRequirements(plugins, source);
  checkReferences(experiment, plugins, source);
  checkRelabelling(experiment, plugins, source);
  const stages = topological(experiment, source);
  checkSize(experiment, stages, source);
  const roles = stageRoles(experiment, plugins);
  checkLadder(experiment, plugins, roles, source);
  checkControls(experiment, roles, source);
  checkTestDraws(experiment, roles, source);
  const scorers = findScorers(experiment, plugins, roles, source);
  const { engine, checkpointEvery } = experiment;
  const code = codeOf('dataset', module, baseDir);
  const dataset = { name, module, params, baseDir, ...(code === undefined ? {} : { code }) };
  const policy = await policySpec(experiment, baseDir);
  const common = { storeVersion: STORE_VERSION, dataset, policy, engine, checkpointEvery };
  const order = scorersFirst(stages, scorers);
  const checkpoints = await stageCheckpoints(experiment, baseDir);
  const setting = { experiment, plugins, roles, scorers, order, checkpoints, common, source };
  const runs = experiment.seeds.flatMap((seed) => planSeed(setting, seed));
  if (experiment.tuning.equal) checkTuning(runs, source);
  return { runs, stages: stageFacts(experiment, plugins) };
}

function stageFacts({ stages }: Experiment, plugins: StagePlugins): Plan['stages'] {
  return Object.fromEntries(
    [...plugins].map(([name, of]) => [
      name,
      {
        learnsFrom: of.plugin.gives === 'policy' ? learnsFrom(of.plugin) : null,
        roles: Object.fromEntries(parameterRoles(of.plugin.params)),
        ...filledFor(stages[name]!, of),
      },
    ]),
  );
}

/** What a checkpoint decided, since the file does not say it. */
function filledFor({ params, sweep }: Stage, { plugin, size }: StagePlugin): Pick<StageFacts, 'filled'> {
  const given = new Set([...Object.keys(params), ...combinations(sweep).flatMap(Object.keys)]);
  const names = [...checkpointDefaults(plugin.params).keys()].filter((name) => !given.has(name));
  if (size === null || names.length === 0) return {};
  const { properties } = plugin.params;
  const values = Object.fromEntries(names.map((name) => [name, properties[name]!['default'] as number]));
  return { filled: { parameters: size, values } };
}

/**
 * What scores comes as early as what it is made of allows: every run that it scores waits for it. The judge
 * is first, since it judges the policies that others start from too.
 */
function scorersFirst(stages: readonly string[], { proxy, judge, chooser }: Scorers): readonly string[] {
  const rank = (name: string): number => {
    if (judge?.upstream.has(name)) return 0;
    return proxy?.upstream.has(name) || chooser?.upstream.has(name) ? 1 : 2;
  };
  return stages.toSorted((a, b) => rank(a) - rank(b));
}

type Checkpoint = NonNullable<PolicySpec['checkpoint']>;

async function policySpec(
  { policy: { checkpoint, lora: _, ...shape } }: Experiment,
  baseDir: string,
): Promise<PolicySpec> {
  if (shape.kind === 'tabular') return { kind: 'tabular' };
  if (checkpoint === undefined) return shape;
  return { kind: 'transformer', checkpoint: await digestOf(checkpoint, baseDir) };
}

/** Stage -> what its reward model begins as, where the file says. */
async function stageCheckpoints(
  { stages }: Experiment,
  baseDir: string,
): Promise<ReadonlyMap<string, Checkpoint>> {
  const out = new Map<string, Checkpoint>();
  for (const [name, { checkpoint }] of Object.entries(stages))
    if (checkpoint !== undefined) out.set(name, await digestOf(checkpoint, baseDir));
  return out;
}

/** @param folder from the experiment file */
async function digestOf(folder: string, baseDir: string): Promise<Checkpoint> {
  const path = resolve(baseDir, folder);
  const { hashModelFolder } = await import('../policy/checkpoint/files.js');
  return { path, ...hashModelFolder(path) };
}
