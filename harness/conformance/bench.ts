import type { OpenDataset } from '../contracts/dataset.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { HostTensor } from '../engine/tensor.js';
import { EagerEngine } from '../engine/eager.js';
import type { Engine } from '../engine/engine.js';
import { OnnxEngine } from '../engine/onnx/engine.js';
import { Meter } from '../metrics/meter.js';
import type { Architecture } from '../policy/architecture.js';
import type { TokenRow } from '../policy/batch.js';
import type { NetworkModule } from '../policy/module.js';
import { tabular } from '../policy/tabular.js';
import { transformer } from '../policy/transformer.js';
import { Rng } from '../rng.js';
import type { Context } from '../worker/context.js';
import { TokenData } from '../worker/data.js';
import { Models, type ModelSources, type StartingWeights } from '../worker/models.js';
import { openRun } from '../worker/open.js';
import { unpaired } from '../worker/unpaired.js';
import { RunState } from '../worker/state.js';

/** The parameters with their defaults, as the harness fills them. */
export const withDefaults = (
  plugin: { params: AlgorithmPlugin['params'] },
  given: Record<string, unknown> = {},
): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(plugin.params.properties).map(([name, schema]) => [name, schema['default']]),
  ),
  ...given,
});

/** A small world: an architecture, data as tokens, nothing on disk. */
export interface World {
  readonly architecture: Architecture;
  readonly dataset: Partial<OpenDataset> &
    Pick<OpenDataset, 'maxPromptTokens' | 'maxCompletionTokens' | 'endsWithEos'>;
  readonly prompts: readonly (readonly number[])[];
  readonly pairs?: readonly { readonly chosen: TokenRow; readonly rejected: TokenRow }[];
  /** How likely the label of each pair is; default: certain. */
  readonly chances?: readonly number[];
  readonly completions?: readonly TokenRow[];
  /** Weights of the policy and of the reference; default the architecture's own initial ones. */
  readonly weights?: {
    readonly policy: ReadonlyMap<string, HostTensor>;
    readonly reference: ReadonlyMap<string, HostTensor>;
  };
}

/** One context, K arms, uniform unless logits are given; a prompt is token K, a completion one arm. */
export function bandit(
  arms: number,
  pairs: readonly (readonly [number, number])[],
  logits?: number[],
): World {
  const row = (arm: number): TokenRow => ({ prompt: [arms], completion: [arm] });
  return {
    architecture: tabular({
      contexts: 1,
      actions: arms,
      ...(logits === undefined ? {} : { logits: Float32Array.from(logits) }),
    }),
    dataset: {
      maxPromptTokens: 1,
      maxCompletionTokens: 1,
      endsWithEos: false,
      repeatsPrompts: true,
      tokenizer: { vocabSize: arms + 3, padId: arms + 1, eosId: arms + 2 } as OpenDataset['tokenizer'],
    },
    prompts: [[arms]],
    pairs: pairs.map(([w, l]) => ({ chosen: row(w), rejected: row(l) })),
    completions: pairs.map(([w]) => row(w)),
  };
}

/**
 * Tokens 0..5, end token 6, padding 7; completions of at most 4 tokens, with more of token 0 in the chosen
 * ones.
 */
export function toyLanguage(nPairs = 48): World {
  const rng = Rng.fromSeed('toy language');
  const eosId = 6;
  const completion = (favourite: number): number[] => [
    ...Array.from({ length: 1 + rng.int(3) }, () => (rng.bernoulli(0.7) ? favourite : rng.int(6))),
    eosId,
  ];
  const prompts = Array.from({ length: Math.max(24, nPairs / 4) }, () =>
    Array.from({ length: 1 + rng.int(2) }, () => rng.int(6)),
  );
  const pairs = Array.from({ length: nPairs }, (_, i) => {
    const prompt = prompts[i % prompts.length]!;
    return { chosen: { prompt, completion: completion(0) }, rejected: { prompt, completion: completion(5) } };
  });
  return {
    architecture: transformer({ vocabSize: 8, contextLength: 6, width: 16, layers: 1, heads: 2 }),
    dataset: {
      maxPromptTokens: 2,
      maxCompletionTokens: 4,
      endsWithEos: true,
      repeatsPrompts: true,
      tokenizer: { vocabSize: 8, padId: 7, eosId } as OpenDataset['tokenizer'],
    },
    prompts,
    pairs,
    completions: pairs.map((p) => p.chosen),
  };
}

/** A run without files. */
export interface Bench {
  readonly ctx: Context;
  readonly policy: NetworkModule;
  /** Of a plugin that gives a reward; for any other, asking for it throws. */
  readonly rewardModel: NetworkModule;
  readonly state: RunState;
  readonly meter: Meter;
  dispose(): void;
}

export interface BenchOptions {
  /**
   * Built anew by name, and disposed of with the bench; or one that its owner disposes of. Default
   * onnxruntime.
   */
  readonly engine?: 'onnxruntime' | 'reference' | Engine;
  /**
   * Arrays of the scalar head of the reward that the run is given, e.g. `score` of a table; default random
   * ones.
   */
  readonly reward?: Readonly<Record<string, readonly number[]>>;
  /** Changes every score that this reward returns. */
  readonly rescale?: (r: number) => number;
  /** Where checkpoints are looked for and saved. */
  readonly runDir?: string;
  readonly seed?: number;
  /** Rows come in the order in which the world has them, for comparing with other trainers. */
  readonly inOrder?: boolean;
  /** Adapters that train in place of the weights; default none. */
  readonly lora?: NonNullable<ModelSources['lora']>;
  /** Rows of a batch that networks take at once while they train; default all. */
  readonly microBatchRows?: number;
}

/** The harness's own context around a world, without files. */
export function bench(plugin: AlgorithmPlugin, world: World, options: BenchOptions = {}): Bench {
  const engine = engineOf(options.engine);
  const data = new TokenData(world.dataset as OpenDataset);
  const meter = new Meter();
  const rng = Rng.fromSeed(options.seed ?? 'plugins');
  const models = modelsOf(
    world,
    options,
    { engine, shape: data.shape, meter, heads: rng },
    rng.split('body'),
  );
  const reward = models.reward('the only one');
  const { rescale } = options;
  if (rescale !== undefined) {
    const scores = reward.scores.bind(reward);
    reward.scores = async (batch) => (await scores(batch)).map(rescale);
  }
  const { pairs = [], completions = [], chances } = world;
  const sides = { chosen: pairs.map((p) => p.chosen), rejected: pairs.map((p) => p.rejected) };
  const state = new RunState(options.runDir ?? null, meter);
  const { ctx, policy, rewardModel } = openRun({
    plugin,
    data,
    models,
    meter,
    rng,
    reward,
    pairs: {
      ...sides,
      margins: new Float32Array(pairs.length),
      ...(chances === undefined ? {} : { chances }),
    },
    unpaired: unpaired(sides),
    completions,
    prompts: world.prompts.map((ids, i) => ({ id: String(i), ids })),
    inOrder: options.inOrder ?? false,
    microBatchRows: options.microBatchRows,
    state,
  });
  return {
    ctx,
    policy,
    get rewardModel() {
      if (rewardModel === null)
        throw new Error(`${plugin.name} gives a policy; its bench has no reward model`);
      return rewardModel;
    },
    state,
    meter,
    dispose: () => {
      if (engine !== options.engine) engine.dispose();
    },
  };
}

function engineOf(engine: BenchOptions['engine']): Engine {
  if (typeof engine === 'object') return engine;
  if (engine === 'reference') return new EagerEngine('reference', 'cpu', 'cpu', 'test');
  return new OnnxEngine({ device: 'cpu', threads: 1, reason: 'test' });
}

/** Models of a world, whose one finished run is a reward on the policy's body. */
function modelsOf(
  { architecture, weights }: World,
  { reward = {}, lora }: BenchOptions,
  made: Pick<ModelSources, 'engine' | 'shape' | 'meter' | 'heads'>,
  body: Rng,
): Models {
  const initial = architecture.initialBody(body);
  const start = (role: 'policy' | 'reference'): StartingWeights => ({
    architecture,
    body: weights?.[role] ?? initial,
  });
  const random = architecture.initialHead('normal', made.heads.split('reward'));
  const head = new Map(
    [...random].map(([name, { shape, data }]) => {
      const given = reward[name];
      return [name, { shape, data: given === undefined ? data : Float32Array.from(given) }] as const;
    }),
  );
  const finished = () => ({ ...start('policy'), head, normalisation: null, predicts: true, notes: [] });
  return new Models({ ...made, start, finished, ...(lora === undefined ? {} : { lora }) });
}

/** Runs a plugin to its end, or for so many steps, and returns the metrics it yielded. */
export async function trainAll(
  plugin: AlgorithmPlugin,
  { ctx }: Pick<Bench, 'ctx'>,
  params: Record<string, unknown>,
  steps = Number.POSITIVE_INFINITY,
): Promise<Readonly<Record<string, number>>[]> {
  const out: Readonly<Record<string, number>>[] = [];
  for await (const { metrics } of plugin.train(ctx, params)) {
    out.push(metrics);
    if (out.length === steps) break;
  }
  return out;
}
