import { TiltyardError } from '../errors.js';
import type { Meter } from '../metrics/meter.js';
import type { AlgorithmPlugin, Need } from '../contracts/plugin.js';
import type {
  CompletionBatch,
  Draws,
  GenerateOptions,
  PairBatch,
  PromptBatch,
  Samples,
  TokenPrompt,
  UnpairedBatch,
} from '../contracts/batches.js';
import type { FeedKinds, Module, Trainer, TrainerOptions } from '../contracts/nets.js';
import type { RunContext } from '../contracts/context.js';
import type { TokenRow } from '../policy/batch.js';
import { SetPacker } from '../policy/set-packer.js';
import type { NetworkModule } from '../policy/module.js';
import { ModuleTrainer, type ModuleTrainerOptions } from '../policy/trainer.js';
import type { Rng } from '../rng.js';
import { type Batches, BatchIterators } from './batches.js';
import type { TokenData, TokenPairs } from './data.js';
import type { Models } from './models.js';
import type { RunLogps } from './run-logps.js';
import { inShare } from './share.js';
import { upTo, wholePrompts } from './hold-out.js';
import { type Drawn, drawEach, scoredDraws } from './draws.js';
import { PairBatches } from './pair-batches.js';
import type { RunState } from './state.js';
import type { TokenJudgements } from './unpaired.js';
import { UnpairedBatches } from './unpaired-batches.js';

/** What a run may draw on, made before the plugin starts. */
export interface Supplies {
  readonly data: TokenData;
  readonly meter: Meter;
  readonly rng: Rng;
  readonly plugin: AlgorithmPlugin;
  /** Makes the scalar modules that the plugin asks for. */
  readonly models: Models;
  readonly policy: NetworkModule;
  readonly reference: NetworkModule;
  readonly reward: NetworkModule | null;
  readonly rewardModel: NetworkModule | null;
  readonly pairs: TokenPairs | null;
  readonly unpaired: TokenJudgements | null;
  readonly refLogps: RunLogps;
  /** Draws of the start that were made before; null where none were. */
  readonly drawn: Drawn | null;
  readonly completions: readonly TokenRow[] | null;
  readonly prompts: readonly TokenPrompt[];
  /** Rows come in the order they were given, not a fresh one each epoch: to compare with other trainers. */
  readonly inOrder: boolean;
  /** Of its schedule that the run goes through, in (0, 1]. */
  readonly share: number;
  /** What every trainer is given beside the plugin's options. */
  readonly micro: Pick<ModuleTrainerOptions<FeedKinds>, 'microBatchRows'>;
}

/** The harness's side of `RunContext`: positions, randomness and state that survive a resume. */
export class Context implements RunContext {
  readonly summary: Record<string, number> = {};
  readonly maxCompletionTokens: number;
  readonly endsWithEos: boolean;
  readonly rng: Rng;
  /** Modules with a body of their own that the plugin asked for: copies in memory, all trainable. */
  ownModules = 0;
  private heldOut: ReadonlySet<number> = new Set();
  private readonly order = { trainers: 0 };

  /** Truly private: the data knows the gold reward, and a plugin holds this object. */
  readonly #supplies: Supplies;
  readonly #state: RunState;
  readonly #iterators: BatchIterators;
  readonly #pairs: PairBatches | null;
  readonly #unpaired: UnpairedBatches | null;

  constructor(supplies: Supplies, state: RunState) {
    this.#supplies = supplies;
    this.#state = state;
    this.rng = supplies.rng;
    this.maxCompletionTokens = supplies.data.dataset.maxCompletionTokens;
    this.endsWithEos = supplies.data.dataset.endsWithEos;
    const { plugin, pairs, unpaired, refLogps, data, rng, inOrder, share } = supplies;
    this.#iterators = new BatchIterators(plugin.name, state, rng, inOrder, share);
    const needed = plugin.needs.includes('reference') ? refLogps : null;
    const { packing } = supplies.policy;
    this.#pairs = pairs === null ? null : new PairBatches(pairs, data.shape, packing, needed);
    this.#unpaired = unpaired === null ? null : new UnpairedBatches(unpaired, data.shape, packing, needed);
  }

  /** Optimiser steps that this run takes, once an iterator has said so. */
  get totalSteps(): number | null {
    return this.#iterators.totalSteps;
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
    const { rewardModel } = this.#supplies;
    if (rewardModel === null) throw this.undeclared(`ctx.rewardModel is for plugins that give 'reward'`);
    return rewardModel;
  }

  pairs({ batchSize, epochs }: { batchSize: number; epochs: number }): Batches<PairBatch> {
    const pairs = this.requirePairs();
    const kept = upTo(pairs.count).filter((i) => !this.heldOut.has(i));
    return this.iterator('pairs', kept.length, batchSize, epochs, (indices, index, epoch) =>
      pairs.batch(
        indices.map((i) => kept[i]!),
        index,
        epoch,
      ),
    );
  }

  get softLabels(): boolean {
    return this.#pairs?.softLabels ?? false;
  }

  async holdOutPairs(fraction: number): Promise<readonly PairBatch[]> {
    const pairs = this.requirePairs();
    if (!(fraction >= 0 && fraction < 1)) {
      throw this.undeclared(`holdOutPairs wants a fraction in [0, 1), got ${fraction}`);
    }
    const n = Math.floor(pairs.count * fraction);
    const shuffled = this.rng.split('held-out').shuffle(upTo(pairs.count));
    // No prompt is on both sides, but where there are only a few contexts.
    const { repeatsPrompts = false, pairs: given } = this.#supplies.data.dataset;
    const byPair = repeatsPrompts && given === undefined;
    const chosen = byPair ? shuffled.slice(0, n) : wholePrompts(shuffled, n, (i) => pairs.promptOf(i));
    this.heldOut = new Set(chosen);
    const batches: PairBatch[] = [];
    for (let i = 0; i < chosen.length; i += 32)
      batches.push(await pairs.batch(chosen.slice(i, i + 32), batches.length, 0));
    return batches;
  }

  unpaired({ batchSize, epochs }: { batchSize: number; epochs: number }): Batches<UnpairedBatch> {
    this.require('unpaired');
    const judged = this.#unpaired!;
    return this.iterator('unpaired', judged.count, batchSize, epochs, (indices, index, epoch) =>
      judged.batch(indices, index, epoch),
    );
  }

  completions({ batchSize, epochs }: { batchSize: number; epochs: number }): Batches<CompletionBatch> {
    this.require('completions');
    const rows = this.#supplies.completions ?? [];
    const { data, policy } = this.#supplies;
    const packer = new SetPacker(rows.length, (i) => [rows[i]!], data.shape, policy.packing);
    return this.iterator('completions', rows.length, batchSize, epochs, async (indices, index, epoch) => ({
      index,
      epoch,
      size: indices.length,
      tokens: packer.batch(indices),
    }));
  }

  prompts({
    batchSize,
    steps,
  }: {
    batchSize: number;
    steps: number;
  }): AsyncIterable<PromptBatch> & { readonly totalSteps: number } {
    this.require('prompts');
    const { prompts } = this.#supplies;
    if (prompts.length === 0) {
      const { name } = this.#supplies.plugin;
      throw new TiltyardError(
        'no-prompts',
        `plugin ${name}: needs prompts, and the dataset has no training prompts; give it some`,
      );
    }
    const size = Math.min(batchSize, prompts.length);
    const epochs = Math.max(1, Math.ceil(steps / Math.max(1, Math.floor(prompts.length / size))));
    const full = (indices: readonly number[]): TokenPrompt[] =>
      Array.from({ length: batchSize }, (_, i) => prompts[indices[i % indices.length]!]!);
    return this.iterator(
      'prompts',
      prompts.length,
      size,
      epochs,
      async (indices, index) => ({ index, prompts: full(indices) }),
      steps,
    );
  }

  async scalarModule(name: string, { init }: { init: 'zero' | 'normal' }): Promise<Module> {
    const module = this.#supplies.models.scalarModule(name, init);
    if (module.adapter === null) this.ownModules++;
    return this.registered(name, module);
  }

  async scalarHead(name: string, module: Module): Promise<Module> {
    return this.registered(name, this.#supplies.models.scalarHead(name, module as NetworkModule));
  }

  async generate(
    policy: Module,
    prompts: readonly TokenPrompt[],
    { completionsPerPrompt = 1, ...options }: GenerateOptions,
  ): Promise<Samples> {
    if (!Number.isInteger(completionsPerPrompt) || completionsPerPrompt < 1) {
      throw this.undeclared(`completionsPerPrompt must be a positive integer, got ${completionsPerPrompt}`);
    }
    const repeated = Array.from({ length: completionsPerPrompt }, () => prompts).flat();
    return (policy as NetworkModule).generate(repeated, options);
  }

  async draws(prompts: readonly TokenPrompt[], n: number, rng: Rng): Promise<Draws> {
    const { reward } = this;
    const { drawn, meter, reference } = this.#supplies;
    const known = drawn?.take(prompts, n, rng, meter);
    if (known != null) return known;
    const samples = await drawEach(reference, prompts, n, rng);
    return scoredDraws(samples, await reward.scores(samples.batch));
  }

  trainer<const K extends FeedKinds, M extends string>(options: TrainerOptions<K, M>): Trainer<K> {
    const { share, meter, micro } = this.#supplies;
    const own = { ...options, ...micro, optimizer: inShare(options.optimizer, share) };
    const n = this.order.trainers++;
    const trainer = new ModuleTrainer<K>(`train-${n}`, own as unknown as ModuleTrainerOptions<K>, meter);
    this.#state.track(`trainer${n}`, trainer.optimizer);
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

  /** The budget is spent: data ends, as `BatchIterators.end` says. */
  endIterators(): void {
    this.#iterators.end();
  }

  private async registered(name: string, module: NetworkModule): Promise<NetworkModule> {
    this.#state.module(name, module);
    await this.#state.restored();
    return module;
  }

  /** Full batches in a fresh seeded order each epoch, starting where an earlier process stopped. */
  private iterator<B>(
    label: string,
    rows: number,
    batchSize: number,
    epochs: number,
    make: (indices: readonly number[], index: number, epoch: number) => Promise<B>,
    limit = Number.POSITIVE_INFINITY,
  ): Batches<B> {
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw this.undeclared(`${label}: batchSize must be a positive integer, got ${batchSize}`);
    }
    return this.#iterators.iterator({ label, rows, batchSize, epochs, limit, make });
  }

  private requirePairs(): PairBatches {
    this.require('pairs');
    return this.#pairs!;
  }

  private require(need: Need): void {
    if (this.#supplies.plugin.needs.includes(need)) return;
    throw this.undeclared(`uses ctx.${need} without declaring need '${need}'; add it to needs`);
  }

  private undeclared(message: string): TiltyardError {
    return new TiltyardError('plugin-contract', `plugin ${this.#supplies.plugin.name}: ${message}`, {
      exitCode: 1,
    });
  }
}
