import type { Engine } from '../engine/engine.js';
import { TiltyardError } from '../errors.js';
import type { Meter } from '../metrics/meter.js';
import type { AlgorithmPlugin, CompletionBatch, FeedKinds, GenerateOptions, HostTensor, Module, Need, PairBatch, PromptBatch, RunContext, Samples, TokenPrompt, Trainer, TrainerOptions } from '../contracts/plugin.js';
import { packBatch, packShared, completionSums, type TokenRow } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { ModuleTrainer, type ModuleTrainerOptions } from '../policy/trainer.js';
import type { Rng } from '../rng.js';
import type { TokenData, TokenPairs } from './data.js';
import type { RunState } from './state.js';

/** What a run may draw on, read by the worker before the plugin starts. */
export interface Supplies {
  readonly engine: Engine;
  readonly data: TokenData;
  readonly meter: Meter;
  readonly rng: Rng;
  readonly plugin: AlgorithmPlugin;
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
  readonly reward: NetworkModule | null;
  readonly rewardModel: NetworkModule | null;
  readonly pairs: TokenPairs | null;
  readonly completions: readonly TokenRow[] | null;
  readonly prompts: readonly TokenPrompt[];
  /** Rows in the order they were given instead of a fresh one each epoch: for comparing with other trainers. */
  readonly inOrder?: boolean;
  /** Makes engine variables for a new scalar module; the body starts from the run's starting weights. */
  readonly newModule: (name: string, head: 'zero' | 'normal', sharing: NetworkModule | null) => Promise<NetworkModule>;
}

/** The harness's side of `RunContext`: positions, randomness and state that survive a resume. */
export class Context implements RunContext {
  readonly summary: Record<string, number> = {};
  readonly maxCompletionTokens: number;
  readonly endsWithEos: boolean;
  readonly rng: Rng;
  /** Optimiser steps a full run takes, once an iterator has said so. */
  totalSteps: number | null = null;
  /** Modules with a body of their own that the plugin asked for: copies in memory, all trainable. */
  ownModules = 0;
  private heldOut: ReadonlySet<number> = new Set();
  private readonly live: { ended: boolean }[] = [];
  private readonly order = { iterators: 0, trainers: 0 };

  /** Truly private: the data knows the gold reward, and a plugin holds this object. */
  readonly #supplies: Supplies;
  readonly #state: RunState;

  constructor(supplies: Supplies, state: RunState) {
    this.#supplies = supplies;
    this.#state = state;
    this.rng = supplies.rng;
    this.maxCompletionTokens = supplies.data.dataset.maxCompletionTokens;
    this.endsWithEos = supplies.data.dataset.endsWithEos;
  }

  get policy(): NetworkModule {
    return this.#supplies.policy;
  }

  get reference(): NetworkModule {
    this.require('reference');
    return this.#supplies.reference;
  }

  get reward(): NetworkModule {
    this.require('reward');
    return this.#supplies.reward!;
  }

  get rewardModel(): NetworkModule {
    if (this.#supplies.rewardModel === null) throw this.undeclared(`ctx.rewardModel is for plugins that give 'reward'`);
    return this.#supplies.rewardModel;
  }

  pairs({ batchSize, epochs }: { batchSize: number; epochs: number }): AsyncIterable<PairBatch> & { readonly totalSteps: number } {
    const pairs = this.requirePairs();
    const kept = Array.from(pairs.chosen.keys()).filter((i) => !this.heldOut.has(i));
    return this.iterator('pairs', kept.length, batchSize, epochs, async (indices, index, epoch) => this.pairBatch(indices.map((i) => kept[i]!), index, epoch));
  }

  async holdOutPairs(fraction: number): Promise<readonly PairBatch[]> {
    const pairs = this.requirePairs();
    if (!(fraction >= 0 && fraction < 1)) throw this.undeclared(`holdOutPairs wants a fraction in [0, 1), got ${fraction}`);
    const n = Math.floor(pairs.chosen.length * fraction);
    const chosen = this.rng.split('held-out').shuffle(Array.from(pairs.chosen.keys())).slice(0, n);
    this.heldOut = new Set(chosen);
    const batches: PairBatch[] = [];
    for (let i = 0; i < n; i += 32) batches.push(await this.pairBatch(chosen.slice(i, i + 32), batches.length, 0));
    return batches;
  }

  completions({ batchSize, epochs }: { batchSize: number; epochs: number }): AsyncIterable<CompletionBatch> & { readonly totalSteps: number } {
    this.require('completions');
    const rows = this.#supplies.completions ?? [];
    return this.iterator('completions', rows.length, batchSize, epochs, async (indices, index, epoch) => ({
      index,
      epoch,
      size: indices.length,
      tokens: packBatch(indices.map((i) => rows[i]!), this.#supplies.data.shape),
    }));
  }

  prompts({ batchSize, steps }: { batchSize: number; steps: number }): AsyncIterable<PromptBatch> & { readonly totalSteps: number } {
    this.require('prompts');
    const { prompts } = this.#supplies;
    if (prompts.length === 0) {
      const { name } = this.#supplies.plugin;
      throw new TiltyardError('no-prompts', `plugin ${name}: needs prompts, and the dataset has no training prompts; give it some`);
    }
    const size = Math.min(batchSize, prompts.length);
    const epochs = Math.max(1, Math.ceil(steps / Math.max(1, Math.floor(prompts.length / size))));
    const full = (indices: readonly number[]): TokenPrompt[] =>
      Array.from({ length: batchSize }, (_, i) => prompts[indices[i % indices.length]!]!);
    return this.iterator('prompts', prompts.length, size, epochs, async (indices, index) => ({ index, prompts: full(indices) }), steps);
  }

  async scalarModule(name: string, { init }: { init: 'zero' | 'normal' }): Promise<Module> {
    this.ownModules++;
    return this.registered(name, await this.#supplies.newModule(name, init, null));
  }

  async scalarHead(name: string, module: Module): Promise<Module> {
    return this.registered(name, await this.#supplies.newModule(name, 'zero', module as NetworkModule));
  }

  async generate(policy: Module, prompts: readonly TokenPrompt[], { completionsPerPrompt = 1, ...options }: GenerateOptions): Promise<Samples> {
    if (!Number.isInteger(completionsPerPrompt) || completionsPerPrompt < 1) {
      throw this.undeclared(`completionsPerPrompt must be a positive integer, got ${completionsPerPrompt}`);
    }
    const network = policy as NetworkModule;
    if (completionsPerPrompt === 1) return network.generate(prompts, options);
    const repeated = Array.from({ length: completionsPerPrompt }, () => prompts).flat();
    const samples = await network.generate(repeated, options);
    const rows = repeated.map(({ ids }, i) => ({ prompt: ids, completion: samples.completions[i]! }));
    return { ...samples, batch: packShared(rows, prompts.length, this.#supplies.data.shape) };
  }

  trainer<const K extends FeedKinds, M extends string>(options: TrainerOptions<K, M>): Trainer<K> {
    const trainer = new ModuleTrainer<K>(`train-${this.order.trainers}`, options as unknown as ModuleTrainerOptions<K>, this.#supplies.meter);
    const name = `trainer${this.order.trainers++}`;
    this.#state.track(name, trainer.optimizer);
    return trainer;
  }

  state<T extends object>(name: string, initial: T): T {
    return this.#state.json(name, initial);
  }

  async keepBest(module: Module): Promise<void> {
    await this.#state.keepBest(module as NetworkModule);
  }

  async restoreBest(module: Module): Promise<void> {
    await this.#state.restoreBest(module as NetworkModule);
  }

  summarise(metrics: Readonly<Record<string, number>>): void {
    Object.assign(this.summary, metrics);
  }

  /** The budget is spent: every iterator made so far stops before its next batch. Those of a plugin's closing work still run. */
  endIterators(): void {
    for (const iterator of this.live) iterator.ended = true;
  }

  private async registered(name: string, module: NetworkModule): Promise<NetworkModule> {
    await this.#state.module(name, module);
    return module;
  }

  /** Full batches in a fresh seeded order each epoch, starting where an earlier process stopped. */
  private iterator<B>(
    label: string,
    n: number,
    batchSize: number,
    epochs: number,
    make: (indices: readonly number[], index: number, epoch: number) => Promise<B>,
    limit = Number.POSITIVE_INFINITY,
  ): AsyncIterable<B> & { readonly totalSteps: number } {
    if (!Number.isInteger(batchSize) || batchSize < 1) throw this.undeclared(`${label}: batchSize must be a positive integer, got ${batchSize}`);
    const perEpoch = Math.floor(n / batchSize);
    if (perEpoch === 0) throw new TiltyardError('batch-too-large', `${this.#supplies.plugin.name}: batchSize ${batchSize} is more than the ${n} ${label} there are; lower batchSize or use more data`);
    const totalSteps = Math.min(limit, perEpoch * epochs);
    const name = `${label}${this.order.iterators++}`;
    const position = this.#state.position(name);
    const { rng } = this;
    const state = this.#state;
    const inOrder = this.#supplies.inOrder === true;
    const mine = { ended: false };
    this.live.push(mine);
    this.totalSteps ??= totalSteps;
    return {
      totalSteps,
      async *[Symbol.asyncIterator]() {
        let order: number[] = [];
        let orderOf = -1;
        for (let index = position.next; index < totalSteps && !mine.ended; index++) {
          const epoch = Math.floor(index / perEpoch);
          if (epoch !== orderOf) {
            const given = Array.from({ length: n }, (_, i) => i);
            order = inOrder ? given : rng.split(label, 'epoch', epoch).shuffle(given);
            orderOf = epoch;
          }
          const start = (index % perEpoch) * batchSize;
          const batch = await make(order.slice(start, start + batchSize), index, epoch);
          position.next = index + 1;
          state.handedOut();
          yield batch;
        }
      },
    };
  }

  private refLogps: Promise<{ chosen: Float32Array; rejected: Float32Array }> | undefined;

  /** log pi_ref of every pair, once for the run: training then needs no reference pass. */
  private async referenceLogps(pairs: TokenPairs): Promise<{ chosen: Float32Array; rejected: Float32Array }> {
    const { data, reference } = this.#supplies;
    const sums = async (rows: readonly TokenRow[]): Promise<Float32Array> => {
      const out = new Float32Array(rows.length);
      for (let start = 0; start < rows.length; start += 1024) {
        out.set(completionSums(await reference.tokenLogps(packBatch(rows.slice(start, start + 1024), data.shape))), start);
      }
      return out;
    };
    return { chosen: await sums(pairs.chosen), rejected: await sums(pairs.rejected) };
  }

  private async pairBatch(indices: readonly number[], index: number, epoch: number): Promise<PairBatch> {
    const pairs = this.requirePairs();
    const B = indices.length;
    const rows = [...indices.map((i) => pairs.chosen[i]!), ...indices.map((i) => pairs.rejected[i]!)];
    const refLogps = new Float32Array(2 * B);
    if (this.#supplies.plugin.needs.includes('reference')) {
      const cached = await (this.refLogps ??= this.referenceLogps(pairs));
      indices.forEach((i, b) => {
        refLogps[b] = cached.chosen[i]!;
        refLogps[B + b] = cached.rejected[i]!;
      });
    }
    const host = (data: Float32Array): HostTensor => ({ shape: [data.length], data });
    return { index, epoch, size: B, tokens: packShared(rows, B, this.#supplies.data.shape), refLogps: host(refLogps), margins: host(Float32Array.from(indices, (i) => pairs.margins[i]!)) };
  }

  private requirePairs(): TokenPairs {
    this.require('pairs');
    return this.#supplies.pairs!;
  }

  private require(need: Need): void {
    if (!this.#supplies.plugin.needs.includes(need)) throw this.undeclared(`uses ctx.${need} without declaring need '${need}'; add it to needs`);
  }

  private undeclared(message: string): TiltyardError {
    return new TiltyardError('plugin-contract', `plugin ${this.#supplies.plugin.name}: ${message}`, { exitCode: 1 });
  }
}
