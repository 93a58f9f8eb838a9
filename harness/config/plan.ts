import { TiltyardError, unknownName } from '../errors.js';
import { loadPlugin, locate } from '../plugin-loading.js';
import type { AlgorithmPlugin } from '../plugin.js';
import { type RunSpec, STORE_VERSION } from '../store/records.js';
import { loadDataset } from '../../datasets/index.js';
import type { Experiment, Stage } from './experiment.js';
import { runId } from './identity.js';
import { validated } from './validate.js';

export interface Plan {
  readonly runs: readonly RunSpec[];
}

const COLLECT = 'collect';

/** A stage with one combination of swept values, its own and those it inherits. */
interface Variant {
  readonly stage: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly suffix: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly start: string | null;
  readonly reward: string | null;
}

/**
 * The runs of an experiment, inputs before what needs them. Stages that others share appear once per seed.
 * @param extraPlugins modules that stages may name by their plugin's name (`--plugin`)
 */
export async function makePlan(experiment: Experiment, baseDir: string, source: string, extraPlugins: readonly string[] = []): Promise<Plan> {
  const dataset = await loadDataset(experiment.dataset.name, baseDir);
  const datasetParams = validated<Record<string, unknown>>(dataset.params, experiment.dataset.params, `${source}: dataset ${dataset.name}`);
  const plugins = await loadStagePlugins(experiment, baseDir, source, extraPlugins);
  checkReferences(experiment, plugins, source);
  const roles = rolesOf(experiment, plugins);
  const proxy = proxyOf(experiment, plugins, source);
  checkControls(experiment, roles, source);
  const order = topological(experiment, roles, proxy, source);
  if (experiment.tuning.equal) checkBudgets(experiment, roles, source);
  const { proxy: _, ...evaluation } = experiment.evaluation;
  const runs: RunSpec[] = [];
  for (const seed of experiment.seeds) {
    const ids = new Map<string, string>(); // variant key -> run id
    const variants = new Map<string, Variant[]>();
    const common = {
      storeVersion: STORE_VERSION,
      seed,
      dataset: { name: dataset.name, module: experiment.dataset.name, params: datasetParams, baseDir },
      policy: experiment.policy.kind === 'tabular' ? { kind: 'tabular' as const } : experiment.policy,
      engine: experiment.engine,
      checkpointEvery: experiment.checkpointEvery,
    };
    const push = (spec: Omit<RunSpec, 'id'>): string => {
      const id = runId(spec);
      runs.push({ id, ...spec } as RunSpec);
      return id;
    };
    for (const name of order) {
      if (name === COLLECT) {
        const { from, ...collect } = experiment.collect!;
        const source = from === null ? null : only(variants.get(from)!, from, 'collect.from');
        const start = source === null ? null : ids.get(key(source))!;
        ids.set(COLLECT, push({ ...common, kind: 'collect', stage: COLLECT, label: COLLECT, role: 'shared', algorithm: null, replica: 0, inputs: { start, pairs: null, reward: null, proxy: null }, completions: 'chosen', collect: collect as RunSpec['collect'], evaluation, budget: experiment.budget }));
        continue;
      }
      const stage = experiment.stages[name]!;
      const { plugin, module } = plugins.get(name)!;
      const mine = expand(name, stage, variants);
      variants.set(name, mine);
      for (const variant of mine) {
        const params = validated<Record<string, unknown>>(plugin.params, variant.params, `${source}: stage ${name}: ${plugin.name}`);
        const label = `${name}${variant.suffix}`;
        const spec: Omit<RunSpec, 'id'> = {
          ...common,
          kind: 'train',
          stage: name,
          label,
          role: roles.get(name)!,
          replica: 0,
          algorithm: { name: plugin.name, module, params },
          inputs: {
            start: variant.start === null ? null : ids.get(variant.start)!,
            pairs: experiment.collect !== null && needsPairs(stage, plugin) ? ids.get(COLLECT)! : null,
            reward: variant.reward === null ? null : ids.get(variant.reward)!,
            proxy: proxy !== null && scoredByProxy(name, experiment, roles, proxy) ? ids.get(proxy)! : null,
          },
          completions: stage.completions,
          collect: null,
          evaluation: { ...evaluation, ...stage.evaluation },
          budget: { ...experiment.budget, ...stage.budget },
        };
        ids.set(key(variant), push(spec));
        if (stage.control) push({ ...spec, label: `${label} (A/A)`, role: 'control', replica: 1 });
      }
    }
  }
  return { runs };
}

/** A compared stage is measured against chosen completions, so it reads the pairs even where its plugin does not. */
const needsPairs = (stage: Stage, plugin: AlgorithmPlugin): boolean => plugin.needs.includes('pairs') || stage.completions === 'chosen';

async function loadStagePlugins(experiment: Experiment, baseDir: string, source: string, extra: readonly string[]): Promise<Map<string, { plugin: AlgorithmPlugin; module: string }>> {
  const byName = new Map<string, string>();
  for (const module of extra) byName.set((await loadPlugin(module, process.cwd())).name, locate(module, process.cwd()));
  const out = new Map<string, { plugin: AlgorithmPlugin; module: string }>();
  for (const [name, stage] of Object.entries(experiment.stages)) {
    const module = byName.get(stage.algorithm) ?? stage.algorithm;
    try {
      const plugin = await loadPlugin(module, baseDir);
      out.set(name, { plugin, module: plugin.name === module ? module : locate(module, baseDir) });
    } catch (error) {
      if (error instanceof TiltyardError) throw new TiltyardError(error.code, `${source}: stage ${name}: ${error.message}`, { cause: error.cause });
      throw error;
    }
  }
  return out;
}

function checkReferences(experiment: Experiment, plugins: ReadonlyMap<string, { plugin: AlgorithmPlugin }>, source: string): void {
  const names = Object.keys(experiment.stages);
  const known = (where: string, name: string | null): void => {
    if (name !== null && experiment.stages[name] === undefined) throw unknownName(`${source}: ${where}`, 'stage', name, names);
  };
  if (experiment.stages[COLLECT] !== undefined) throw new TiltyardError('reserved-name', `${source}: a stage may not be called '${COLLECT}'; rename it`);
  known('collect.from', experiment.collect?.from ?? null);
  for (const [name, stage] of Object.entries(experiment.stages)) {
    const { plugin } = plugins.get(name)!;
    const refuse = (code: string, message: string): TiltyardError => new TiltyardError(code, `${source}: stage ${name}: ${message}`);
    known(`stage ${name}: start`, stage.start);
    known(`stage ${name}: reward`, stage.reward);
    if (plugin.needs.includes('reward') && stage.reward === null) throw refuse('needs-reward', `${plugin.name} needs a reward; add reward: <stage that gives one>`);
    if (stage.reward !== null) {
      const giver = plugins.get(stage.reward)!.plugin;
      if (giver.gives !== 'reward') throw refuse('no-reward', `reward: ${stage.reward} is ${giver.name}, which gives a policy; name a stage whose plugin gives a reward`);
    }
    if (stage.start !== null && plugins.get(stage.start)!.plugin.gives !== 'policy') throw refuse('no-policy', `start: ${stage.start} gives a reward, not a policy; name a stage that gives a policy`);
    const wantsPairs = plugin.needs.includes('pairs') || (plugin.needs.includes('completions') && stage.completions === 'chosen');
    if (wantsPairs && experiment.collect === null) throw refuse('needs-pairs', `${plugin.name} needs pairs; add a collect section to the experiment`);
    for (const swept of Object.keys(stage.sweep)) {
      if (plugin.params.properties[swept] === undefined) throw unknownName(`${source}: stage ${name}: sweep`, 'parameter', swept, Object.keys(plugin.params.properties));
    }
  }
}

type Roles = ReadonlyMap<string, 'shared' | 'compared'>;

function rolesOf(experiment: Experiment, plugins: ReadonlyMap<string, { plugin: AlgorithmPlugin }>): Roles {
  const used = usedByOthers(experiment);
  return new Map(Object.entries(experiment.stages).map(([name, stage]) => [name, stage.role ?? (used.has(name) || plugins.get(name)!.plugin.gives === 'reward' ? 'shared' : 'compared')]));
}

/** The reward stage that scores evaluations: the one that is named, else the only one there is. */
function proxyOf(experiment: Experiment, plugins: ReadonlyMap<string, { plugin: AlgorithmPlugin }>, source: string): string | null {
  const rewards = Object.keys(experiment.stages).filter((name) => plugins.get(name)!.plugin.gives === 'reward');
  const swept = (name: string): boolean => Object.keys(experiment.stages[name]!.sweep).length > 0;
  const { proxy } = experiment.evaluation;
  if (proxy === null) return rewards.length === 1 && !swept(rewards[0]!) ? rewards[0]! : null;
  if (experiment.stages[proxy] === undefined) throw unknownName(`${source}: evaluation.proxy`, 'stage', proxy, Object.keys(experiment.stages));
  if (!rewards.includes(proxy)) throw new TiltyardError('no-reward', `${source}: evaluation.proxy: ${proxy} is ${plugins.get(proxy)!.plugin.name}, which gives a policy; name a stage whose plugin gives a reward`);
  if (swept(proxy)) throw new TiltyardError('swept-proxy', `${source}: evaluation.proxy: stage ${proxy} is swept; name a reward stage with one configuration, so that all are scored by the same`);
  return proxy;
}

/** Compared policies without a reward of their own; not what the proxy itself builds on. */
const scoredByProxy = (name: string, experiment: Experiment, roles: Roles, proxy: string): boolean =>
  name !== proxy && roles.get(name) === 'compared' && experiment.stages[name]!.reward === null && !ancestors([proxy], experiment).has(name) && !feedsCollection(name, experiment);

function checkControls(experiment: Experiment, roles: Roles, source: string): void {
  for (const [name, stage] of Object.entries(experiment.stages)) {
    if (stage.control && roles.get(name) !== 'compared') throw new TiltyardError('shared-control', `${source}: stage ${name}: control: only a compared stage can have a control, and this one is shared; remove control`);
  }
}

/** Equal tuning budgets: every compared stage has as many configurations as the others. */
function checkBudgets(experiment: Experiment, roles: Roles, source: string): void {
  const counts = configurations(experiment, roles);
  if (new Set(counts.map(({ n }) => n)).size < 2) return;
  throw new TiltyardError('unequal-tuning', `${source}: tuning.equal: the compared stages have different numbers of configurations (${counts.map(({ name, n }) => `${name}: ${n}`).join(', ')}); give each the same number of swept values, or set tuning.equal: false`);
}

/** Configurations of every compared stage: its own sweep times the variants of what it builds on. */
function configurations(experiment: Experiment, roles: Roles): { name: string; n: number }[] {
  const variants = (name: string | null): number => {
    if (name === null) return 1;
    const { sweep, start, reward } = experiment.stages[name]!;
    return Object.values(sweep).reduce((n, values) => n * values.length, 1) * variants(start) * variants(reward);
  };
  return [...roles].filter(([, role]) => role === 'compared').map(([name]) => ({ name, n: variants(name) }));
}

function dependencies(name: string, experiment: Experiment, roles: Roles, proxy: string | null): string[] {
  if (name === COLLECT) return experiment.collect?.from == null ? [] : [experiment.collect.from];
  const stage = experiment.stages[name]!;
  const needs = [stage.start, stage.reward, proxy !== null && scoredByProxy(name, experiment, roles, proxy) ? proxy : null].filter((x): x is string => x !== null);
  // Stages that feed the collection cannot wait for it.
  return experiment.collect !== null && !feedsCollection(name, experiment) ? [...needs, COLLECT] : needs;
}

const feedsCollection = (name: string, experiment: Experiment): boolean => experiment.collect?.from != null && ancestors([experiment.collect.from], experiment).has(name);

/** The given stages and all that they build on. */
function ancestors(names: readonly string[], experiment: Experiment): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...names];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const stage = experiment.stages[at]!;
    queue.push(...[stage.start, stage.reward].filter((x): x is string => x !== null));
  }
  return seen;
}

function topological(experiment: Experiment, roles: Roles, proxy: string | null, source: string): string[] {
  const out: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string, path: readonly string[]): void => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') throw new TiltyardError('cycle', `${source}: stages wait for each other: ${[...path.slice(path.indexOf(name)), name].join(' -> ')}; break the circle`);
    state.set(name, 'open');
    for (const needed of dependencies(name, experiment, roles, proxy)) visit(needed, [...path, name]);
    state.set(name, 'done');
    out.push(name);
  };
  for (const name of Object.keys(experiment.stages)) visit(name, []);
  if (experiment.collect !== null) visit(COLLECT, []);
  return out;
}

function usedByOthers(experiment: Experiment): Set<string> {
  const used = new Set<string>();
  for (const stage of Object.values(experiment.stages)) for (const name of [stage.start, stage.reward]) if (name !== null) used.add(name);
  if (experiment.collect?.from != null) used.add(experiment.collect.from);
  return used;
}

/** Own sweep times the variants of what the stage builds on. */
function expand(name: string, stage: Stage, variants: ReadonlyMap<string, readonly Variant[]>): Variant[] {
  let combinations: Record<string, unknown>[] = [{}];
  for (const [param, values] of Object.entries(stage.sweep)) combinations = combinations.flatMap((c) => values.map((v) => ({ ...c, [param]: v })));
  const starts = stage.start === null ? [null] : variants.get(stage.start)!;
  const rewards = stage.reward === null ? [null] : variants.get(stage.reward)!;
  return starts.flatMap((start) =>
    rewards.flatMap((reward) =>
      combinations.map((values): Variant => {
        const inherited = [start, reward].flatMap((v) => (v === null || v.suffix === '' ? [] : [`${v.stage}${v.suffix}`]));
        const own = Object.entries(values).map(([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`);
        const parts = [...own, ...inherited];
        return { stage: name, values, suffix: parts.length === 0 ? '' : `[${parts.join(',')}]`, params: { ...stage.params, ...values }, start: start === null ? null : key(start), reward: reward === null ? null : key(reward) };
      }),
    ),
  );
}

const key = (variant: Variant): string => `${variant.stage}${variant.suffix}`;

function only(variants: readonly Variant[], name: string, where: string): Variant {
  if (variants.length !== 1) throw new TiltyardError('swept-source', `${where}: stage ${name} is swept into ${variants.length} variants; collect from a stage without a sweep`);
  return variants[0]!;
}
