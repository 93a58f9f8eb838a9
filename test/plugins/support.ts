import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { OpenDataset } from '../../datasets/schema.js';
import { EagerEngine } from '../../harness/engine/eager.js';
import type { Engine } from '../../harness/engine/engine.js';
import { OnnxEngine } from '../../harness/engine/onnx/engine.js';
import { type AlgorithmPlugin, type HostTensor, Rng, type Tensor } from '../../harness/index.js';
import { Meter } from '../../harness/metrics/meter.js';
import type { Architecture } from '../../harness/policy/architecture.js';
import type { TokenRow } from '../../harness/policy/batch.js';
import { NetworkModule } from '../../harness/policy/module.js';
import { tabular } from '../../harness/policy/tabular.js';
import { transformer } from '../../harness/policy/transformer.js';
import { Context } from '../../harness/worker/context.js';
import { TokenData } from '../../harness/worker/data.js';
import { RunState } from '../../harness/worker/state.js';

/** Losses run eagerly on the pure TensorFlow.js backend in these tests. */
export const eagerly = (): Promise<boolean> => tf.setBackend('cpu').then(() => true);

export const vector = (...xs: number[]): Tensor => tf.tensor1d(xs);
export const values = (x: Tensor): number[] => Array.from(x.dataSync());

/** d(sum f)/dx at x, by TensorFlow.js. */
export const gradient = (f: (x: Tensor) => Tensor, x: number[]): number[] => values(tf.grad((t) => tf.sum(f(t)))(tf.tensor1d(x)));

/**
 * The same by central differences. Float32 losses of size 1 carry errors of 1e-7, so a step of 1e-2 leaves about 1e-5
 * of rounding and 1e-4 of curvature: compare to 3 digits.
 */
export function finiteDifferences(f: (x: Tensor) => Tensor, x: number[], step = 1e-2): number[] {
  const total = (at: number[]): number => values(f(tf.tensor1d(at))).reduce((a, b) => a + b, 0);
  return x.map((_, i) => (total(x.map((v, j) => (j === i ? v + step : v))) - total(x.map((v, j) => (j === i ? v - step : v)))) / (2 * step));
}

/** The x that minimises a convex f of one number, by bisection on TensorFlow.js's gradient. */
export function minimiser(f: (x: Tensor) => Tensor, lo: number, hi: number): number {
  for (let i = 0; i < 40; i++) {
    const middle = (lo + hi) / 2;
    if (gradient(f, [middle])[0]! > 0) hi = middle;
    else lo = middle;
  }
  return (lo + hi) / 2;
}

/** The parameters with their defaults, as the harness fills them. */
export const withDefaults = (plugin: { params: AlgorithmPlugin['params'] }, given: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(plugin.params.properties).map(([name, schema]) => [name, schema['default']])),
  ...given,
});

export interface World {
  readonly architecture: Architecture;
  readonly dataset: Partial<OpenDataset> & Pick<OpenDataset, 'maxPromptTokens' | 'maxCompletionTokens' | 'endsWithEos'>;
  readonly prompts: readonly (readonly number[])[];
  readonly pairs?: readonly { readonly chosen: TokenRow; readonly rejected: TokenRow }[];
  readonly completions?: readonly TokenRow[];
  /** Weights of the policy and of the reference; default the architecture's own initial ones. */
  readonly weights?: { readonly policy: ReadonlyMap<string, HostTensor>; readonly reference: ReadonlyMap<string, HostTensor> };
}

/** One context, K arms, uniform unless logits are given; a prompt is token K, a completion one arm. */
export function bandit(arms: number, pairs: readonly (readonly [number, number])[], logits?: number[]): World {
  const row = (arm: number): TokenRow => ({ prompt: [arms], completion: [arm] });
  return {
    architecture: tabular({ contexts: 1, actions: arms, ...(logits === undefined ? {} : { logits: Float32Array.from(logits) }) }),
    dataset: { maxPromptTokens: 1, maxCompletionTokens: 1, endsWithEos: false, tokenizer: { vocabSize: arms + 3, padId: arms + 1, eosId: arms + 2 } as OpenDataset['tokenizer'] },
    prompts: [[arms]],
    pairs: pairs.map(([w, l]) => ({ chosen: row(w), rejected: row(l) })),
    completions: pairs.map(([w]) => row(w)),
  };
}

/** Tokens 0..5, end token 6, padding 7; completions of at most 4 tokens; the chosen ones have more of token 0. */
export function toyLanguage(): World {
  const rng = Rng.fromSeed('toy language');
  const eosId = 6;
  const completion = (favourite: number): number[] => [...Array.from({ length: 1 + rng.int(3) }, () => (rng.bernoulli(0.7) ? favourite : rng.int(6))), eosId];
  const prompts = Array.from({ length: 24 }, () => Array.from({ length: 1 + rng.int(2) }, () => rng.int(6)));
  const pairs = Array.from({ length: 48 }, (_, i) => {
    const prompt = prompts[i % prompts.length]!;
    return { chosen: { prompt, completion: completion(0) }, rejected: { prompt, completion: completion(5) } };
  });
  return {
    architecture: transformer({ vocabSize: 8, contextLength: 6, width: 16, layers: 1, heads: 2 }),
    dataset: { maxPromptTokens: 2, maxCompletionTokens: 4, endsWithEos: true, tokenizer: { vocabSize: 8, padId: 7, eosId } as OpenDataset['tokenizer'] },
    prompts,
    pairs,
    completions: pairs.map((p) => p.chosen),
  };
}

export interface Bench {
  readonly ctx: Context;
  readonly policy: NetworkModule;
  readonly rewardModel: NetworkModule;
}

/**
 * The harness's own context around a world, without files.
 * @param reward scalar head arrays of the reward that the run is given (e.g. `score` of a table)
 * @param rescale changes every score that the reward returns
 */
export function bench(plugin: AlgorithmPlugin, world: World, options: { engine?: 'onnxruntime' | 'reference'; reward?: Record<string, number[]>; rescale?: (r: number) => number } = {}): Bench {
  const { architecture, pairs = [] } = world;
  const engine: Engine = options.engine === 'reference' ? new EagerEngine('reference', 'cpu', 'cpu', 'test') : new OnnxEngine({ device: 'cpu', threads: 1, reason: 'test' });
  const data = new TokenData(world.dataset as OpenDataset);
  const meter = new Meter();
  const rng = Rng.fromSeed('plugins');
  const state = new RunState(join(tmpdir(), 'tiltyard-no-such-run'), meter);
  const body = architecture.initialBody(rng.split('body'));
  const module = (name: string, head: 'zero' | 'normal' | null, trainable: boolean): NetworkModule =>
    new NetworkModule(name, engine, architecture, engine.variables(world.weights?.[name === 'reference' ? name : 'policy'] ?? body), head === null ? null : engine.variables(architecture.initialHead(head, rng.split(name))), data.shape, meter, trainable);
  const policy = module('policy', null, plugin.gives === 'policy');
  const reward = module('reward', 'normal', false);
  if (options.reward !== undefined) void reward.head!.write(new Map(Object.entries(options.reward).map(([name, xs]) => [name, Float32Array.from(xs)])));
  if (options.rescale !== undefined) {
    const scores = reward.scores.bind(reward);
    reward.scores = async (batch) => (await scores(batch)).map(options.rescale!);
  }
  const rewardModel = module('rewardModel', 'normal', true);
  void state.module('policy', policy);
  void state.module('rewardModel', rewardModel);
  const ctx = new Context(
    {
      engine,
      data,
      meter,
      rng,
      plugin,
      policy,
      reference: module('reference', null, false),
      reward,
      rewardModel: plugin.gives === 'reward' ? rewardModel : null,
      pairs: { chosen: pairs.map((p) => p.chosen), rejected: pairs.map((p) => p.rejected), margins: new Float32Array(pairs.length) },
      completions: world.completions ?? [],
      prompts: world.prompts.map((ids, i) => ({ id: String(i), ids })),
      newModule: async (name, init, sharing) =>
        sharing === null
          ? module(name, init, true)
          : new NetworkModule(name, engine, architecture, sharing.body, engine.variables(architecture.initialHead(init, rng.split(name))), data.shape, meter, true),
    },
    state,
  );
  return { ctx, policy, rewardModel };
}

/** Runs a plugin to its end and returns the metrics it yielded. */
export async function trainAll(plugin: AlgorithmPlugin, { ctx }: Bench, params: Record<string, unknown>): Promise<Readonly<Record<string, number>>[]> {
  const out: Readonly<Record<string, number>>[] = [];
  for await (const { metrics } of plugin.train(ctx, params)) out.push(metrics);
  return out;
}

/** Logits of a one-context table, up to a constant. */
export const tableOf = async (module: NetworkModule): Promise<number[]> => Array.from((await module.body.read()).get('table')!);

/** A plugin typed with its own parameters, as the harness sees it. */
export const erased = (plugin: AlgorithmPlugin<never>): AlgorithmPlugin => plugin as unknown as AlgorithmPlugin;
