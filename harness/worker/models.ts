import type { Engine, Variables } from '../engine/engine.js';
import type { HostTensor } from '../engine/tensor.js';
import type { Meter } from '../metrics/meter.js';
import type { Architecture } from '../policy/architecture.js';
import type { ModelFolder } from '../policy/checkpoint/folder.js';
import type { GenerateShape } from '../policy/generate.js';
import { adapterOn, initialAdapter } from '../policy/lora/adapter.js';
import type { AdapterFolder } from '../policy/lora/peft.js';
import { NetworkModule } from '../policy/module.js';
import type { Rng } from '../rng.js';
import type { LoraSpec } from '../store/spec.js';

/** Weights that a policy begins as. */
export type StartingWeights = Pick<ModelFolder, 'architecture' | 'body'>;

/** Weights that a reward model begins as. */
export interface StartingReward extends StartingWeights {
  readonly head: NonNullable<ModelFolder['head']>;
}

/** What models are made from. */
export interface ModelSources {
  readonly engine: Engine;
  readonly shape: GenerateShape;
  readonly meter: Meter;
  /** Randomness of fresh scalar heads, split by the module's name. */
  readonly heads: Rng;
  /** What policies begin as. In a run the reference begins as the same; checks may give it other weights. */
  start(role: 'policy' | 'reference'): StartingWeights;
  /** What a reward model begins as; absent: what policies begin as, with a fresh head. */
  classifier?(): StartingReward;
  /** The model that an earlier run wrote. */
  finished(runId: string): ModelFolder;
  /** What trains in place of the start's weights; absent: these do. */
  readonly lora?: LoraSpec;
}

/** A start that lies on the engine once, whoever begins as it. */
interface FrozenStart {
  readonly architecture: Architecture;
  readonly body: Variables;
}

/**
 * The one place where models are built. What a model is for decides what it keeps of the weights it comes
 * from.
 */
export class Models {
  private frozen: FrozenStart | undefined;

  constructor(private readonly sources: ModelSources) {}

  /** The policy of a run. @param trainable false where the run trains something else */
  policy(trainable: boolean): NetworkModule {
    return this.fromStart('policy', 'policy', trainable);
  }

  /** The frozen start. */
  reference(): NetworkModule {
    return this.fromStart('reference', 'reference', false);
  }

  /** The frozen policy that pairs are sampled from. */
  source(): NetworkModule {
    return this.fromStart('source', 'policy', false);
  }

  /** The reward that an earlier run trained, frozen, with its head and its normalisation. */
  reward(runId: string): NetworkModule {
    return this.scorer('reward', runId);
  }

  /** A reward that stands for gold in evaluations. */
  judge(runId: string): NetworkModule {
    return this.scorer('judge', runId);
  }

  /** A reward that nothing trains against, which chooses among configurations. */
  chooser(runId: string): NetworkModule {
    return this.scorer('chooser', runId);
  }

  /** What a run has made, as its folder has it. */
  result(folder: ModelFolder): NetworkModule {
    const module = this.module(folder.head === null ? 'policy' : 'rewardModel', folder, false);
    module.normalisation = folder.normalisation;
    return module;
  }

  /** The reward model that a run trains. Its scale is its own until the run says what it is. */
  rewardModel(): NetworkModule {
    const given = this.sources.classifier?.();
    return given === undefined
      ? this.scalarModule('rewardModel', 'normal')
      : this.module('rewardModel', given, true);
  }

  /** What a run that trains adapters has made, as the folder of these has it. */
  adapted({ head, matrices, normalisation }: AdapterFolder): NetworkModule {
    const module = this.onStart(head === null ? 'policy' : 'rewardModel', head, matrices, false);
    module.normalisation = normalisation;
    return module;
  }

  /** A trainable copy of the start, or adapters on it, with a fresh scalar head. */
  scalarModule(name: string, init: 'zero' | 'normal'): NetworkModule {
    const { lora, heads } = this.sources;
    const rng = heads.split(name);
    if (lora !== undefined) {
      const head = this.frozenStart().architecture.initialHead(init, rng);
      return this.onStart(name, head, this.freshAdapter(lora, name), true);
    }
    const { architecture, body } = this.sources.start('policy');
    return this.module(name, { architecture, body, head: architecture.initialHead(init, rng) }, true);
  }

  /** A trainable scalar head, 0 everywhere, on another module's body. */
  scalarHead(name: string, { architecture, body, adapter }: NetworkModule): NetworkModule {
    const { engine, shape, meter, heads } = this.sources;
    const head = engine.variables(architecture.initialHead('zero', heads.split(name)));
    return new NetworkModule(name, engine, architecture, body, head, shape, meter, true, adapter);
  }

  /** The same weights, frozen, for rows of another shape. */
  reshaped({ name, architecture, body, head, adapter }: NetworkModule, shape: GenerateShape): NetworkModule {
    const { engine, meter } = this.sources;
    return new NetworkModule(name, engine, architecture, body, head, shape, meter, false, adapter);
  }

  private fromStart(name: string, role: 'policy' | 'reference', trainable: boolean): NetworkModule {
    const { lora } = this.sources;
    if (lora === undefined) return this.module(name, { ...this.sources.start(role), head: null }, trainable);
    return this.onStart(name, null, trainable ? this.freshAdapter(lora, name) : null, trainable);
  }

  /** The start where adapters train: read once, and shared by whoever begins as it. */
  private frozenStart(): FrozenStart {
    if (this.frozen === undefined) {
      const { architecture, body } = this.sources.start('policy');
      this.frozen = { architecture, body: this.sources.engine.variables(body) };
    }
    return this.frozen;
  }

  private freshAdapter(lora: LoraSpec, name: string): ReadonlyMap<string, HostTensor> {
    return initialAdapter(this.frozenStart().architecture, lora, this.sources.heads.split(`${name} adapter`));
  }

  private onStart(
    name: string,
    head: ReadonlyMap<string, HostTensor> | null,
    matrices: ReadonlyMap<string, HostTensor> | null,
    trainable: boolean,
  ): NetworkModule {
    const { engine, shape, meter, lora } = this.sources;
    const { architecture, body } = this.frozenStart();
    const adapter = matrices === null ? null : adapterOn(engine, architecture, lora!, matrices);
    const scalar = head === null ? null : engine.variables(head);
    return new NetworkModule(name, engine, architecture, body, scalar, shape, meter, trainable, adapter);
  }

  private scorer(name: string, runId: string): NetworkModule {
    const folder = this.sources.finished(runId);
    const module = this.module(name, folder, false);
    module.normalisation = folder.normalisation;
    return module;
  }

  private module(
    name: string,
    { architecture, body, head }: Pick<ModelFolder, 'architecture' | 'body' | 'head'>,
    trainable: boolean,
  ): NetworkModule {
    const { engine, shape, meter } = this.sources;
    const scalar = head === null ? null : engine.variables(head);
    return new NetworkModule(
      name,
      engine,
      architecture,
      engine.variables(body),
      scalar,
      shape,
      meter,
      trainable,
    );
  }
}
