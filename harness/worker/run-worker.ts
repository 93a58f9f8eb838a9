import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Tokenizer } from '../contracts/tokenizer.js';
import { createEngine } from '../engine/select.js';
import type { Engine } from '../engine/engine.js';
import { environment } from '../environment.js';
import { TiltyardError } from '../errors.js';
import { Meter } from '../metrics/meter.js';
import { loadExtension, loadPlugin } from '../extensions.js';
import type { AlgorithmPlugin, HostTensor } from '../contracts/plugin.js';
import type { Architecture } from '../policy/architecture.js';
import { copyTokenizerSettings, type ModelFolder, readModelFolder, writeModelFolder } from '../policy/checkpoint/folder.js';
import { startingModel } from '../policy/checkpoint/start.js';
import { NetworkModule } from '../policy/module.js';
import { tabular } from '../policy/tabular.js';
import { transformer } from '../policy/transformer.js';
import { Rng } from '../rng.js';
import { readJson, writeJsonAtomic } from '../store/atomic.js';
import { JsonlWriter, readJsonl, truncateJsonl } from '../store/jsonl.js';
import type { EvalRow, Outcome, OutcomeRow, PairRow, RunSpec, StepRow } from '../store/records.js';
import { givenPairs, samplePairs } from './collect.js';
import { Context } from './context.js';
import { TokenData, type TokenPairs, tokenPairs } from './data.js';
import { Evaluator, ofReplica } from './evaluate.js';
import { Diverged, runLoop } from './loop.js';
import { scoreMargins, scorePairs } from './score-pairs.js';
import { RunState } from './state.js';

export interface WorkerHost {
  emit(event: Readonly<Record<string, unknown>>): void;
  interrupted(): boolean;
}

/** Runs one RunSpec to its outcome. Every failure becomes an outcome row; only an interruption leaves the run unfinished. */
export async function runWorker(spec: RunSpec, runDir: string, host: WorkerHost): Promise<Outcome> {
  const worker = new Worker(spec, runDir, host);
  try {
    await worker.prepare();
    await (spec.kind === 'collect' ? worker.collect() : worker.train());
    return worker.finish();
  } catch (error) {
    return worker.fail(error);
  }
}

type Phase = 'prepare' | 'train' | 'evaluate' | 'collect';

class Worker {
  private readonly started = new Date();
  private readonly clock0 = performance.now();
  private readonly meter = new Meter();
  private readonly rng: Rng;
  private phase: Phase = 'prepare';
  private step = 0;
  private outcome: Outcome = 'completed';
  private engine: Engine | undefined;
  private data!: TokenData;
  private checkpoint: ModelFolder | undefined;
  private startHash: string | null = null;
  private modelHash: string | null = null;
  private parameters = 0;
  private copies = { all: 0, trainable: 0 };
  private summary: Record<string, number> = {};
  private elapsedBefore = 0;

  constructor(
    private readonly spec: RunSpec,
    private readonly runDir: string,
    private readonly host: WorkerHost,
  ) {
    // Common random numbers: algorithms of one seed see the same data order, so that their difference is theirs alone.
    // A control is the same run with other draws of its own; replica 0 keeps the bytes it has without controls.
    this.rng = ofReplica(Rng.fromSeed(spec.seed).split('train'), spec.replica);
  }

  async prepare(): Promise<void> {
    const { engine, dataset } = this.spec;
    this.engine = await createEngine(engine.name, engine.device, engine.threads);
    this.host.emit({ type: 'started', engine: this.engine.name, device: this.engine.device, reason: this.engine.reason });
    const source = await loadExtension('dataset', dataset.module, dataset.baseDir);
    this.data = new TokenData(await source.open(dataset.params, this.spec.seed, dataset.baseDir));
  }

  async collect(): Promise<void> {
    this.phase = 'collect';
    const spec = this.spec.collect!;
    const progress = (phase: string) => (done: number, total: number) => this.host.emit({ type: 'progress', phase, step: done, totalSteps: total, metrics: {} });
    let train: PairRow[];
    let test: PairRow[];
    if (this.spec.inputs.start === null && this.data.dataset.pairs !== undefined) {
      train = givenPairs(this.data, 'train', spec.pairs);
      test = givenPairs(this.data, 'test', spec.heldoutPairs);
    } else {
      const source = await this.startModule('source', false);
      this.startHash = await source.hash();
      train = await samplePairs(source, this.data, spec, 'train', spec.pairs, this.rng, progress('prepare'));
      test = await samplePairs(source, this.data, spec, 'test', spec.heldoutPairs, this.rng, progress('prepare'));
    }
    tokenPairs(this.data, train, 'collect'); // refuses what no plugin could train on
    for (const [name, rows] of [['pairs.jsonl', train], ['heldout.jsonl', test]] as const) {
      const path = join(this.runDir, name);
      truncateJsonl(path, () => false);
      const writer = new JsonlWriter(path);
      for (const row of rows) writer.write(row);
      writer.close();
    }
    this.summary = { pairs: train.length, heldoutPairs: test.length };
  }

  async train(): Promise<void> {
    const { spec } = this;
    const plugin = await loadPlugin(spec.algorithm!.module);
    const state = new RunState(this.runDir, this.meter);
    this.step = state.resumedStep;
    this.elapsedBefore = state.resumedSeconds;
    const reference = await this.startModule('reference', false);
    const policy = await this.startModule('policy', plugin.gives === 'policy');
    this.startHash = await reference.hash();
    await this.checkStart(policy, state.resumedStep);
    const scorer = spec.inputs.reward ?? spec.inputs.proxy;
    const scoredBy = scorer === null ? null : await this.moduleFrom(scorer, 'reward');
    const reward = spec.inputs.reward === null ? null : scoredBy; // a proxy is for the evaluations, never for the plugin
    const rewardModel = plugin.gives === 'reward' ? await this.newModule('rewardModel', 'normal', null) : null;
    if (plugin.gives === 'policy') await state.module('policy', policy);
    else await state.module('rewardModel', rewardModel!);
    const pairRows = spec.inputs.pairs === null ? null : readJsonl<PairRow>(join(this.sibling(spec.inputs.pairs), spec.pairs === 'heldout' ? 'heldout.jsonl' : 'pairs.jsonl'));
    const pairs = plugin.needs.includes('pairs') && pairRows !== null ? tokenPairs(this.data, pairRows, 'pairs') : null;
    const ctx = new Context(
      {
        engine: this.engine!,
        data: this.data,
        meter: this.meter,
        rng: this.rng,
        plugin,
        policy,
        reference,
        reward,
        rewardModel,
        pairs,
        completions: plugin.needs.includes('completions') ? this.completionRows(pairRows) : null,
        prompts: this.data.dataset.prompts('train').map((p) => this.data.prompt(p.id, p.prompt)),
        newModule: (name, head, sharing) => this.newModule(name, head, sharing),
      },
      state,
    );
    const params = spec.algorithm!.params;
    const sampler = plugin.sample === undefined ? null : { plugin, ctx, params, replica: spec.replica };
    const judge = spec.inputs.judge === undefined ? null : await this.moduleFrom(spec.inputs.judge, 'reward');
    const models = { policy, reference, hasStart: spec.inputs.start !== null, reward: scoredBy, judge };
    const evaluator = plugin.gives === 'policy' ? new Evaluator(this.data, models, this.meter, Rng.fromSeed(spec.seed).split('evaluation'), sampler) : null;
    this.copies = countCopies(plugin, reward !== null);
    this.parameters = (rewardModel ?? policy).parameters;
    await this.optimise(plugin, ctx, state, evaluator);
    this.copies = { all: this.copies.all + ctx.ownModules, trainable: this.copies.trainable + ctx.ownModules };
    if (this.outcome === 'interrupted') return;
    await this.conclude(ctx, evaluator, rewardModel ?? policy, reference, pairs);
    state.discard();
  }

  private async optimise(plugin: AlgorithmPlugin, ctx: Context, state: RunState, evaluator: Evaluator | null): Promise<void> {
    const { spec } = this;
    this.phase = 'train';
    const paths = { steps: join(this.runDir, 'steps.jsonl'), evals: join(this.runDir, 'evals.jsonl') };
    const counts = { ...state.resumedRows };
    for (const [name, path] of Object.entries(paths)) {
      let seen = 0;
      const keep = counts[name as keyof typeof counts];
      if (existsSync(path)) truncateJsonl(path, () => seen++ < keep);
    }
    const steps = new JsonlWriter(paths.steps);
    const evals = new JsonlWriter(paths.evals);
    const validation = this.data.dataset.prompts('validation').slice(0, spec.evaluation.prompts);
    const evaluate = async (step: number): Promise<void> => {
      if (evaluator === null || validation.length === 0) return;
      this.phase = 'evaluate';
      const { row } = await evaluator.evaluate(validation, 1, 'validation');
      evals.write({ step, ...row, flops: this.meter.trainFlops, clock: { atMs: this.atMs(), trainSeconds: this.meter.trainSeconds } } satisfies EvalRow);
      counts.evals++;
      this.host.emit({ type: 'progress', phase: 'evaluate', step, totalSteps: ctx.totalSteps, metrics: { ...(row.goldReward === null ? {} : { gold: row.goldReward.mean }), ...(row.kl.raoBlackwell === null ? {} : { kl: row.kl.raoBlackwell.mean }) } });
      this.phase = 'train';
    };
    // Before the first batch, where a resumed ledger is set back to what the earlier process counted.
    if (evaluator !== null) await evaluator.prepare(validation, 1, 'validation');
    try {
      // A sampler is not its start before its first step.
      if (this.step === 0 && plugin.sample === undefined && counts.evals === 0) await evaluate(0);
      const result = await runLoop(plugin, ctx, spec.algorithm!.params, this.step, spec.budget, {
        log: (step, record, stepMs) => {
          this.step = step;
          steps.write({ step, metrics: record.metrics, clock: { atMs: this.atMs(), stepMs } } satisfies StepRow);
          counts.steps++;
          this.host.emit({ type: 'progress', phase: 'train', step, totalSteps: ctx.totalSteps, metrics: record.metrics });
        },
        after: async (step) => {
          if (spec.evaluation.every > 0 && step % spec.evaluation.every === 0) await evaluate(step);
          if (this.host.interrupted() || (spec.checkpointEvery > 0 && step % spec.checkpointEvery === 0)) await state.save(step, counts, this.elapsed());
        },
        elapsedSeconds: () => this.elapsed(),
        interrupted: () => this.host.interrupted(),
        noMoreBatches: () => ctx.endIterators(),
      });
      this.outcome = result.outcome;
      if (this.outcome !== 'interrupted' && (spec.evaluation.every === 0 || this.step % spec.evaluation.every !== 0 || this.step === 0)) await evaluate(this.step);
    } finally {
      steps.close();
      evals.close();
    }
  }

  /** The final evaluation on test prompts, and the model folder. */
  private async conclude(ctx: Context, evaluator: Evaluator | null, result: NetworkModule, reference: NetworkModule, pairs: TokenPairs | null): Promise<void> {
    const { spec } = this;
    this.phase = 'evaluate';
    this.summary = ctx.summary;
    if (evaluator !== null) {
      const prompts = this.data.dataset.prompts('test').slice(0, spec.evaluation.testPrompts);
      const { rows, row } = await evaluator.evaluate(prompts, spec.evaluation.samplesPerPrompt, 'test');
      const path = join(this.runDir, 'samples.jsonl');
      truncateJsonl(path, () => false);
      const samples = new JsonlWriter(path);
      for (const r of rows) samples.write(r);
      samples.close();
      const evals = new JsonlWriter(join(this.runDir, 'evals.jsonl'));
      evals.write({ step: this.step, ...row, flops: this.meter.trainFlops, clock: { atMs: this.atMs(), trainSeconds: this.meter.trainSeconds } } satisfies EvalRow);
      evals.close();
      if (pairs !== null) Object.assign(this.summary, await this.meter.charge('eval', () => scoreMargins(result, reference, pairs, this.data)));
    } else if (spec.inputs.pairs !== null) {
      // The side that it has not learned from.
      const other = readJsonl<PairRow>(join(this.sibling(spec.inputs.pairs), spec.pairs === 'heldout' ? 'pairs.jsonl' : 'heldout.jsonl'));
      Object.assign(this.summary, await this.meter.charge('eval', () => scorePairs(result, this.data, other)));
    }
    this.modelHash = await result.hash();
    const model = join(this.runDir, 'model');
    writeModelFolder(model, result.architecture, await result.arrays(), this.data.dataset.tokenizer as Tokenizer, result.normalisation);
    if (spec.policy.checkpoint !== undefined) copyTokenizerSettings(spec.policy.checkpoint.path, model);
  }

  finish(): Outcome {
    return this.write(null);
  }

  fail(error: unknown): Outcome {
    this.outcome = error instanceof Diverged ? 'diverged' : 'failed';
    const code = error instanceof TiltyardError ? error.code : 'exception';
    if (!(error instanceof TiltyardError)) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return this.write({ code, message: messageChain(error), plugin: this.spec.algorithm?.name ?? null, phase: this.phase, step: this.step });
  }

  private write(cause: OutcomeRow['cause']): Outcome {
    const totals = this.meter.totals();
    const row: OutcomeRow = {
      outcome: this.outcome,
      cause,
      steps: this.step,
      startHash: this.startHash,
      modelHash: this.modelHash,
      parameters: this.parameters,
      ledger: { flops: totals.flops, tokensTrained: totals.tokensTrained, tokensGenerated: totals.tokensGenerated, modelCopies: this.copies.all, trainableCopies: this.copies.trainable },
      engine: { name: this.engine?.name ?? 'none', device: this.engine?.device ?? 'none', reason: this.engine?.reason ?? 'the run failed before an engine was made' },
      summary: this.summary,
      clock: {
        startedAt: this.started.toISOString(),
        wallSeconds: this.elapsed(),
        seconds: totals.seconds,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
        concurrent: process.env['TILTYARD_CONCURRENT'] === '1',
        environment: environment(),
      },
    };
    writeJsonAtomic(join(this.runDir, 'outcome.json'), row);
    return this.outcome;
  }

  /** The reference is the policy's own start, by content: what the stage before wrote, and what this policy holds before its first step. */
  private async checkStart(policy: NetworkModule, resumedStep: number): Promise<void> {
    const { start } = this.spec.inputs;
    const written = start === null ? null : readJson<OutcomeRow>(join(this.sibling(start), 'outcome.json')).modelHash;
    if (written !== null && written !== this.startHash) {
      throw new TiltyardError('start-changed', `stage ${this.spec.stage}: the weights of ${start} are not those it finished with (hash ${this.startHash?.slice(0, 12)}, recorded ${written.slice(0, 12)}); its model folder was changed, run it again`, { exitCode: 1 });
    }
    if (resumedStep === 0 && (await policy.hash()) !== this.startHash) {
      throw new TiltyardError('start-differs', `stage ${this.spec.stage}: policy and reference do not start from the same weights`, { exitCode: 1 });
    }
  }

  private completionRows(pairs: readonly PairRow[] | null) {
    if (this.spec.completions === 'chosen') {
      if (pairs === null) throw new TiltyardError('no-pairs', `stage ${this.spec.stage}: completions 'chosen' needs pairs; add a collect section to the experiment`);
      return pairs.map((p) => this.data.row(p.prompt, p.chosen, p.id));
    }
    const corpus = this.data.dataset.corpus?.();
    if (corpus === undefined) throw new TiltyardError('no-corpus', `stage ${this.spec.stage}: dataset ${this.spec.dataset.name} has no corpus; use completions: chosen`);
    return corpus.map((d) => this.data.row(d.prompt, d.completion, d.id));
  }

  /** The starting weights: an earlier run's model, the experiment's checkpoint, the world's own table, or fresh ones that every stage of this seed shares. */
  private async startModule(name: string, trainable: boolean): Promise<NetworkModule> {
    const { start } = this.spec.inputs;
    if (start !== null) return this.moduleFrom(start, name, trainable);
    const { checkpoint } = this.spec.policy;
    if (checkpoint !== undefined) {
      const { architecture, body } = (this.checkpoint ??= startingModel(checkpoint, this.data.dataset.tokenizer, this.data.shape));
      return this.module(name, architecture, body, null, trainable);
    }
    const architecture = this.freshArchitecture();
    return this.module(name, architecture, architecture.initialBody(Rng.fromSeed(this.spec.seed).split('initial policy')), null, trainable);
  }

  private freshArchitecture(): Architecture {
    const { policy } = this.spec;
    const table = this.data.dataset.initialTable;
    if (policy.kind === 'tabular') {
      if (table === undefined) throw new TiltyardError('no-table', `policy: dataset ${this.spec.dataset.name} has no table; use policy.kind: transformer`);
      return tabular(table);
    }
    const { tokenizer } = this.data.dataset;
    return transformer({
      vocabSize: tokenizer.vocabSize,
      contextLength: this.data.shape.time,
      width: policy.width ?? 64,
      layers: policy.layers ?? 2,
      heads: policy.heads ?? 2,
      eosId: tokenizer.eosId,
      padId: tokenizer.padId,
    });
  }

  private async moduleFrom(runId: string, name: string, trainable = false): Promise<NetworkModule> {
    const folder: ModelFolder = readModelFolder(join(this.sibling(runId), 'model'));
    const module = this.module(name, folder.architecture, folder.body, name === 'reward' ? folder.head : null, trainable);
    if (name === 'reward') module.normalisation = folder.normalisation;
    return module;
  }

  private async newModule(name: string, init: 'zero' | 'normal', sharing: NetworkModule | null): Promise<NetworkModule> {
    if (sharing !== null) {
      const head = this.engine!.variables(sharing.architecture.initialHead(init, this.rng.split('head', name)));
      return new NetworkModule(name, this.engine!, sharing.architecture, sharing.body, head, this.data.shape, this.meter, true);
    }
    const start = await this.startModule(name, true);
    const head = this.engine!.variables(start.architecture.initialHead(init, this.rng.split('head', name)));
    return new NetworkModule(name, this.engine!, start.architecture, start.body, head, this.data.shape, this.meter, true);
  }

  private module(name: string, architecture: Architecture, body: ReadonlyMap<string, HostTensor>, head: ReadonlyMap<string, HostTensor> | null, trainable: boolean): NetworkModule {
    const engine = this.engine!;
    return new NetworkModule(name, engine, architecture, engine.variables(body), head === null ? null : engine.variables(head), this.data.shape, this.meter, trainable);
  }

  private sibling(runId: string): string {
    return join(dirname(this.runDir), runId);
  }

  private elapsed(): number {
    return this.elapsedBefore + (performance.now() - this.clock0) / 1000;
  }

  private atMs(): number {
    return Math.round(this.elapsed() * 1000);
  }
}

/** Models held at once: the trained one, the reference where it is needed, the reward; the plugin's own come on top. */
function countCopies(plugin: AlgorithmPlugin, hasReward: boolean): { all: number; trainable: number } {
  return { all: 1 + (plugin.needs.includes('reference') ? 1 : 0) + (hasReward ? 1 : 0), trainable: 1 };
}

function messageChain(error: unknown): string {
  const parts: string[] = [];
  for (let e: unknown = error; e !== undefined && parts.length < 5; e = e instanceof Error ? e.cause : undefined) parts.push(e instanceof Error ? e.message : String(e));
  return parts.join(': ');
}
