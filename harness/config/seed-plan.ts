import type { Experiment, Stage } from '../store/experiment.js';
import type { DescribedPlugin } from './described-plugin.js';
import { CONTROL_SUFFIX, type PluginSays, type RunSpec } from '../store/spec.js';
import { COLLECT } from './graph.js';
import { runId } from './identity.js';
import type { Role } from './roles.js';
import type { Scorer, Scorers } from './scorers.js';
import { sharedDraws } from './shared-draws.js';
import type { StagePlugins } from './stage-plugins.js';
import { drawRun, measureRun, scoreRun } from './start-runs.js';
import { validated } from './validate.js';
import { expand, only, type Variant } from './variants.js';

/** What every seed of an experiment has in common. */
interface Setting {
  readonly experiment: Experiment;
  readonly plugins: StagePlugins;
  readonly roles: ReadonlyMap<string, Role>;
  readonly scorers: Scorers;
  /** Stages and the collection, each after what it needs. */
  readonly order: readonly string[];
  /** Stage -> what its reward model begins as. */
  readonly checkpoints: ReadonlyMap<string, NonNullable<RunSpec['checkpoint']>>;
  /** What every run has in common. */
  readonly common: Pick<RunSpec, 'storeVersion' | 'dataset' | 'policy' | 'engine' | 'checkpointEvery'>;
  /** For messages. */
  readonly source: string;
}

/** The runs of one pipeline seed, inputs before what needs them. */
export function planSeed(setting: Setting, seed: number): readonly RunSpec[] {
  const plan = new SeedPlan(setting, seed);
  for (const name of setting.order) {
    if (name === COLLECT) plan.addCollection();
    else plan.addStage(name);
  }
  return plan.runs;
}

class SeedPlan {
  readonly runs: RunSpec[] = [];
  /** A variant's label, or the collection -> run id. */
  private readonly ids = new Map<string, string>();
  private readonly variants = new Map<string, readonly Variant[]>();
  private readonly common: Setting['common'] & Pick<RunSpec, 'seed'>;
  private readonly evaluation: RunSpec['evaluation'];

  constructor(
    private readonly setting: Setting,
    seed: number,
  ) {
    const { storeVersion, ...common } = setting.common;
    this.common = { storeVersion, seed, ...common };
    const { proxy: _, judge: __, judges: ___, ...evaluation } = setting.experiment.evaluation;
    this.evaluation = evaluation;
  }

  addCollection(): void {
    const { from, ...collect } = this.setting.experiment.collect!;
    const start = from === null ? null : this.idOfOnly(from, 'collect.from');
    const id = this.push({
      ...this.common,
      kind: 'collect',
      stage: COLLECT,
      label: COLLECT,
      role: 'shared',
      algorithm: null,
      replica: 0,
      inputs: { start, pairs: null, reward: null, proxy: null },
      completions: 'chosen',
      collect,
      evaluation: this.evaluation,
      budget: this.setting.experiment.budget,
      ...asked(this.setting.experiment),
    });
    this.ids.set(COLLECT, id);
  }

  /** A run for every variant of a stage, each with its control where the stage has one. */
  addStage(name: string): void {
    const stage = this.setting.experiment.stages[name]!;
    const variants = expand(name, stage, this.variants);
    this.variants.set(name, variants);
    for (const variant of variants) {
      const spec = this.stageRun(stage, variant);
      this.ids.set(variant.label, this.push(spec));
      if (!stage.control) continue;
      this.push({ ...spec, label: `${spec.label}${CONTROL_SUFFIX}`, role: 'control', replica: 1 });
    }
  }

  private stageRun(stage: Stage, variant: Variant): Omit<RunSpec, 'id'> {
    const { experiment, plugins, roles, scorers, checkpoints, source } = this.setting;
    const checkpoint = checkpoints.get(variant.stage);
    const { plugin, module, code } = plugins.get(variant.stage)!;
    const where = `${source}: stage ${variant.stage}: ${plugin.name}`;
    const params = validated<Record<string, unknown>>(plugin.params, variant.params, where);
    const spec: Omit<RunSpec, 'id'> = {
      ...this.common,
      kind: 'train',
      stage: variant.stage,
      label: variant.label,
      role: roles.get(variant.stage)!,
      replica: 0,
      algorithm: {
        name: plugin.name,
        module,
        params,
        ...(code === undefined ? {} : { code, says: says(plugin) }),
      },
      ...(checkpoint === undefined ? this.lora(variant) : {}),
      inputs: this.inputs(stage, variant, plugin),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(stage.pairs === 'heldout' ? { pairs: 'heldout' as const } : {}),
      ...heldoutPart(variant.stage, scorers),
      ...(stage.relabel === undefined ? {} : { relabel: stage.relabel.how }),
      completions: stage.completions,
      collect: null,
      evaluation: { ...this.evaluation, ...stage.evaluation },
      budget: { ...experiment.budget, ...stage.budget },
      ...asked(experiment, stage),
    };
    const compared = spec.role === 'compared' && plugin.gives === 'policy';
    const started = compared ? this.startRuns(spec, variant) : {};
    return { ...spec, inputs: { ...spec.inputs, ...started, ...this.scored(spec, stage) } };
  }

  /** The run that scores the pairs of one that labels them anew. */
  private scored(spec: Omit<RunSpec, 'id'>, { relabel }: Stage): Pick<RunSpec['inputs'], 'scored'> {
    return relabel === undefined ? {} : { scored: this.once(scoreRun(spec, relabel.by)) };
  }

  /** Adapters are for weights that were trained before: without any, the weights themselves train. */
  private lora({ start }: Variant): Pick<RunSpec, 'lora'> {
    const { lora, checkpoint } = this.setting.experiment.policy;
    return lora === undefined || (start === null && checkpoint === undefined) ? {} : { lora };
  }

  /** The runs that spare this one what others of its start need too. */
  private startRuns(
    spec: Omit<RunSpec, 'id'>,
    { stage, start, reward }: Variant,
  ): Pick<RunSpec['inputs'], 'measured' | 'drawn'> {
    const measured = measureRun(spec, start, this.ids.get(COLLECT) ?? null);
    const draws = reward === null ? null : sharedDraws(stage, this.setting);
    return {
      measured: this.once(measured),
      ...(draws === null ? {} : { drawn: this.once(drawRun(spec, [start ?? 'initial', reward!], draws)) }),
    };
  }

  /** A run that others may have asked for before. */
  private once(spec: Omit<RunSpec, 'id'>): string {
    const id = runId(spec);
    // It is no stage's, so it asks for what the experiment says.
    const own = { ...spec, ...asked(this.setting.experiment) };
    return this.runs.some((run) => run.id === id) ? id : this.push(own);
  }

  private inputs(
    stage: Stage,
    { stage: name, start, reward }: Variant,
    plugin: DescribedPlugin,
  ): RunSpec['inputs'] {
    const { experiment, roles, scorers } = this.setting;
    const givesPolicy = plugin.gives === 'policy';
    // What a scorer is made of runs before it, and cannot be scored by it.
    const scores = (scorer: Scorer | null): scorer is Scorer =>
      scorer !== null && givesPolicy && !scorer.upstream.has(name);
    const compared = roles.get(name) === 'compared';
    const byProxy = compared && stage.reward === null && scores(scorers.proxy);
    const { judge, chooser } = scorers;
    return {
      start: start === null ? null : this.ids.get(start)!,
      pairs: experiment.collect !== null && readsPairs(stage, plugin) ? this.ids.get(COLLECT)! : null,
      reward: reward === null ? null : this.ids.get(reward)!,
      proxy: byProxy ? this.idOfOnly(scorers.proxy!.stage, 'evaluation.proxy') : null,
      ...(scores(judge) ? { judge: this.idOfOnly(judge.stage, 'evaluation.judge') } : {}),
      ...(compared && scores(chooser) ? { chooser: this.idOfOnly(chooser.stage, 'tuning.chooser') } : {}),
      ...(stage.relabel === undefined ? {} : { relabel: this.idOfOnly(stage.relabel.by, 'relabel') }),
    };
  }

  /** The run of a stage that has one variant. @param where the setting that names it */
  private idOfOnly(stage: string, where: string): string {
    return this.ids.get(only(this.variants.get(stage)!, stage, where).label)!;
  }

  private push(spec: Omit<RunSpec, 'id'>): string {
    const id = runId(spec);
    this.runs.push({ id, ...spec });
    return id;
  }
}

/** A judge and a chooser share no prompt, or configurations would be chosen by what judges them. */
function heldoutPart(stage: string, { judge, chooser }: Scorers): Pick<RunSpec, 'heldoutPart'> {
  if (judge === null || chooser === null) return {};
  if (stage === judge.stage) return { heldoutPart: 'judge' };
  return stage === chooser.stage ? { heldoutPart: 'chooser' } : {};
}

/** A compared stage is measured against chosen completions: it reads pairs even where its plugin does not. */
const readsPairs = (stage: Stage, plugin: DescribedPlugin): boolean =>
  plugin.needs.includes('pairs') || plugin.needs.includes('unpaired') || stage.completions !== 'corpus';

/** What a run asks of a scheduler. */
function asked({ resources: all }: Experiment, stage?: Stage): Pick<RunSpec, 'resources'> {
  const resources = { ...all, ...stage?.resources };
  return Object.keys(resources).length === 0 ? {} : { resources };
}

const says = ({ needs, gives, sample, external }: DescribedPlugin): PluginSays => ({
  needs,
  gives,
  samples: sample !== undefined,
  ...(external === undefined ? {} : { external: true }),
});
