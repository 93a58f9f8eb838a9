import { resolve } from 'node:path';
import { TiltyardError, unknownName } from '../errors.js';
import { lasting, loadExtension, loadPlugin, locate } from '../extensions.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { hashModelFolder } from '../policy/checkpoint/folder.js';
import { CONTROL_SUFFIX, type PolicySpec, type RunSpec, STORE_VERSION } from '../store/records.js';
import type { Experiment, Stage } from './experiment.js';
import { COLLECT, topological, upstream, usedByOthers } from './graph.js';
import { judgeStage, proxyStage } from './scorers.js';
import { runId } from './identity.js';
import { validated } from './validate.js';

export interface Plan {
  readonly runs: readonly RunSpec[];
}


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
  const dataset = await loadExtension('dataset', experiment.dataset.name, baseDir);
  const datasetParams = validated<Record<string, unknown>>(dataset.params, experiment.dataset.params, `${source}: dataset ${dataset.name}`);
  const plugins = await loadStagePlugins(experiment, baseDir, source, extraPlugins);
  checkReferences(experiment, plugins, source);
  const stages = topological(experiment, source);
  const used = usedByOthers(experiment);
  const roleOf = (name: string): 'shared' | 'compared' => experiment.stages[name]!.role ?? (used.has(name) || plugins.get(name)!.plugin.gives === 'reward' ? 'shared' : 'compared');
  for (const [name, { control }] of Object.entries(experiment.stages)) {
    if (control && roleOf(name) !== 'compared') throw new TiltyardError('control', `${source}: stage ${name}: control: true, but the stage is ${roleOf(name)}; only compared stages have a control, remove it there`);
  }
  const proxy = proxyStage(experiment, plugins, source);
  // What the proxy is made of cannot be scored by it; it runs first, since all others may wait for it.
  const beforeProxy = proxy === null ? new Set<string>() : upstream(proxy, experiment);
  // A judge comes before every policy that it judges, the ones that the others start from included.
  const judge = judgeStage(experiment, plugins, proxy, roleOf, source);
  const beforeJudge = judge === null ? new Set<string>() : upstream(judge, experiment);
  const rank = (name: string): number => (beforeJudge.has(name) ? 0 : beforeProxy.has(name) ? 1 : 2);
  const order = stages.toSorted((a, b) => rank(a) - rank(b));
  const { proxy: _, judge: __, ...evaluation } = experiment.evaluation;
  const policy = policySpec(experiment, baseDir);
  const runs: RunSpec[] = [];
  for (const seed of experiment.seeds) {
    const ids = new Map<string, string>(); // variant key -> run id
    const variants = new Map<string, Variant[]>();
    const common = {
      storeVersion: STORE_VERSION,
      seed,
      dataset: { name: dataset.name, module: experiment.dataset.name, params: datasetParams, baseDir },
      policy,
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
      const role = roleOf(name);
      const scoredBy = role === 'compared' && plugin.gives === 'policy' && stage.reward === null && !beforeProxy.has(name) ? proxy : null;
      for (const variant of mine) {
        const params = validated<Record<string, unknown>>(plugin.params, variant.params, `${source}: stage ${name}: ${plugin.name}`);
        const spec: Omit<RunSpec, 'id'> = {
          ...common,
          kind: 'train',
          stage: name,
          label: key(variant),
          role,
          replica: 0,
          algorithm: { name: plugin.name, module, params },
          inputs: {
            start: variant.start === null ? null : ids.get(variant.start)!,
            pairs: experiment.collect !== null && needsPairs(stage, plugin) ? ids.get(COLLECT)! : null,
            reward: variant.reward === null ? null : ids.get(variant.reward)!,
            proxy: scoredBy === null ? null : ids.get(key(only(variants.get(scoredBy)!, scoredBy, 'evaluation.proxy')))!,
            ...(judge !== null && plugin.gives === 'policy' && !beforeJudge.has(name) ? { judge: ids.get(key(only(variants.get(judge)!, judge, 'evaluation.judge')))! } : {}),
          },
          ...(stage.pairs === 'heldout' ? { pairs: 'heldout' as const } : {}),
          completions: stage.completions,
          collect: null,
          evaluation: { ...evaluation, ...stage.evaluation },
          budget: { ...experiment.budget, ...stage.budget },
        };
        ids.set(key(variant), push(spec));
        if (stage.control) push({ ...spec, label: `${spec.label}${CONTROL_SUFFIX}`, role: 'control', replica: 1 });
      }
    }
  }
  if (experiment.tuning.equal) checkTuning(runs, source);
  return { runs };
}

function policySpec({ policy: { checkpoint, ...shape } }: Experiment, baseDir: string): PolicySpec {
  if (shape.kind === 'tabular') return { kind: 'tabular' };
  if (checkpoint === undefined) return shape;
  const path = resolve(baseDir, checkpoint);
  return { kind: 'transformer', checkpoint: { path, hash: hashModelFolder(path) } };
}

/** Configurations of each compared stage: its variants, the inherited ones included. */
export function configurations(runs: readonly RunSpec[]): Map<string, number> {
  const labels = new Map<string, Set<string>>();
  for (const { role, stage, label } of runs) if (role === 'compared') labels.set(stage, (labels.get(stage) ?? new Set()).add(label));
  return new Map([...labels].map(([stage, mine]) => [stage, mine.size]));
}

function checkTuning(runs: readonly RunSpec[], source: string): void {
  const counts = configurations(runs);
  if (new Set(counts.values()).size <= 1) return;
  throw new TiltyardError('unequal-tuning', `${source}: tuning.equal: configurations of the compared stages differ: ${[...counts].map(([stage, n]) => `${stage}: ${n}`).join(', ')}; give each the same number of swept values, or set tuning.equal: false`);
}

/** A compared stage is measured against chosen completions, so it reads the pairs even where its plugin does not. */
const needsPairs = (stage: Stage, plugin: AlgorithmPlugin): boolean => plugin.needs.includes('pairs') || stage.completions === 'chosen';

async function loadStagePlugins(experiment: Experiment, baseDir: string, source: string, extra: readonly string[]): Promise<Map<string, { plugin: AlgorithmPlugin; module: string }>> {
  const byName = new Map<string, string>();
  for (const module of extra) byName.set((await loadPlugin(module, process.cwd())).name, locate('algorithm', module, process.cwd()));
  const out = new Map<string, { plugin: AlgorithmPlugin; module: string }>();
  for (const [name, stage] of Object.entries(experiment.stages)) {
    const module = byName.get(stage.algorithm) ?? stage.algorithm;
    try {
      const plugin = await loadPlugin(module, baseDir);
      out.set(name, { plugin, module: lasting('algorithm', module, baseDir) });
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
