import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenDataset } from '../contracts/dataset.js';
import { EagerEngine } from '../engine/eager.js';
import type { Engine } from '../engine/engine.js';
import { OnnxEngine } from '../engine/onnx/engine.js';
import { Meter } from '../metrics/meter.js';
import type { AlgorithmPlugin, HostTensor } from '../contracts/plugin.js';
import type { Architecture } from '../policy/architecture.js';
import type { TokenRow } from '../policy/batch.js';
import { NetworkModule } from '../policy/module.js';
import { tabular } from '../policy/tabular.js';
import { transformer } from '../policy/transformer.js';
import { Rng } from '../rng.js';
import { Context } from '../worker/context.js';
import { TokenData } from '../worker/data.js';
import { RunState } from '../worker/state.js';

/** The parameters with their defaults, as the harness fills them. */
export const withDefaults = (plugin: { params: AlgorithmPlugin['params'] }, given: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(plugin.params.properties).map(([name, schema]) => [name, schema['default']])),
  ...given,
});

/** A small world: an architecture, data as tokens, nothing on disk. */
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
export function toyLanguage(nPairs = 48): World {
  const rng = Rng.fromSeed('toy language');
  const eosId = 6;
  const completion = (favourite: number): number[] => [...Array.from({ length: 1 + rng.int(3) }, () => (rng.bernoulli(0.7) ? favourite : rng.int(6))), eosId];
  const prompts = Array.from({ length: Math.max(24, nPairs / 4) }, () => Array.from({ length: 1 + rng.int(2) }, () => rng.int(6)));
  const pairs = Array.from({ length: nPairs }, (_, i) => {
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

/** A run without files. */
export interface Bench {
  readonly ctx: Context;
  readonly policy: NetworkModule;
  readonly rewardModel: NetworkModule;
  readonly state: RunState;
  dispose(): void;
}

/**
 * The harness's own context around a world, without files.
 * @param reward scalar head arrays of the reward that the run is given (e.g. `score` of a table)
 * @param rescale changes every score that the reward returns
 * @param runDir where checkpoints are looked for and saved
 */
export function bench(plugin: AlgorithmPlugin, world: World, options: { engine?: 'onnxruntime' | 'reference'; reward?: Record<string, number[]>; rescale?: (r: number) => number; runDir?: string; seed?: number } = {}): Bench {
  const { architecture, pairs = [] } = world;
  const engine: Engine = options.engine === 'reference' ? new EagerEngine('reference', 'cpu', 'cpu', 'test') : new OnnxEngine({ device: 'cpu', threads: 1, reason: 'test' });
  const data = new TokenData(world.dataset as OpenDataset);
  const meter = new Meter();
  const rng = Rng.fromSeed(options.seed ?? 'plugins');
  const state = new RunState(options.runDir ?? join(tmpdir(), 'tiltyard-no-such-run'), meter);
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
  return { ctx, policy, rewardModel, state, dispose: () => engine.dispose() };
}

/** Runs a plugin to its end and returns the metrics it yielded. */
export async function trainAll(plugin: AlgorithmPlugin, { ctx }: Bench, params: Record<string, unknown>): Promise<Readonly<Record<string, number>>[]> {
  const out: Readonly<Record<string, number>>[] = [];
  for await (const { metrics } of plugin.train(ctx, params)) out.push(metrics);
  return out;
}

