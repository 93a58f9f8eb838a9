import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { huggingFaceTokenizer } from '../policy/tokenizers/huggingface.js';
import type { OpenDataset } from '../contracts/dataset.js';
import { validated } from '../config/validate.js';
import type { Engine } from '../engine/engine.js';
import { TiltyardError } from '../errors.js';
import { Meter } from '../metrics/meter.js';
import { builtins, loadPlugin } from '../extensions.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { TokenRow } from '../policy/batch.js';
import { readModelFolder } from '../policy/checkpoint/folder.js';
import { NetworkModule } from '../policy/module.js';
import { Rng } from '../rng.js';
import { readJson } from '../store/atomic.js';
import { Context } from '../worker/context.js';
import { TokenData } from '../worker/data.js';
import { RunState } from '../worker/state.js';
import { type Check, failed, relative } from './checks.js';

/** trl-*.json: losses, gradient norms and trajectories of a TRL trainer on pairs. */
interface Expected {
  readonly policy: string;
  readonly pairs: readonly { readonly prompt: string; readonly chosen: string; readonly rejected: string }[];
  readonly losses: Readonly<Record<string, { readonly loss: number; readonly gradNorm: number; readonly metrics: Readonly<Record<string, number>> }>>;
  readonly trajectory: Readonly<Record<string, { readonly batch?: number; readonly loss: readonly number[]; readonly gradNorm: readonly number[] }>>;
}

const LOSS = 1e-4;
/** Stored values have few decimals, and AdamW amplifies rounding: relative, at the last step. */
const TRAJECTORY = 2e-3;
const METRICS = 5e-4;
const BATCH = 4;
/** The optimiser of the golden trajectories: AdamW, no decay, clip 1, constant rate. */
const OPTIMISER = { learningRate: 1e-3, schedule: 'constant', warmupSteps: 0, weightDecay: 0, maxGradNorm: 1 };

/** Trains the plugins that declare a golden loss on the golden pairs, in order, and compares. */
export async function verifyTraining(path: string, engine: Engine): Promise<Check[]> {
  const want = readJson<Expected>(path);
  const folder = join(dirname(path), want.policy);
  const plugins = await byLossType();
  const bench = prepare(want, folder, engine);
  const checks: Check[] = [];
  for (const [lossType, golden] of Object.entries(want.losses)) {
    const known = plugins.get(lossType);
    if (known === undefined) {
      checks.push(failed(`loss ${lossType}`, new TiltyardError('no-plugin', `no plugin declares golden loss type '${lossType}'; known: ${[...plugins.keys()].join(', ')}`)));
      continue;
    }
    try {
      const [first] = await bench(known.plugin, known.params, 1);
      checks.push(relative(`loss ${lossType}`, [first!['loss']!], [golden.loss], LOSS));
      checks.push(relative(`gradient norm ${lossType}`, [first!['grad_norm']!], [golden.gradNorm], LOSS));
      const shared = Object.keys(golden.metrics).filter((name) => first![name] !== undefined && name !== 'num_tokens');
      if (shared.length > 0) checks.push(relative(`metrics ${lossType} (${shared.join(', ')})`, shared.map((n) => first![n]!), shared.map((n) => golden.metrics[n]!), METRICS));
    } catch (error) {
      checks.push(failed(`loss ${lossType}`, error));
    }
  }
  for (const [lossType, { loss, gradNorm }] of Object.entries(want.trajectory)) {
    const known = plugins.get(lossType);
    if (known === undefined) continue; // already failed above
    try {
      const steps = await bench(known.plugin, known.params, loss.length);
      checks.push(relative(`trajectory ${lossType}: loss over ${loss.length} steps`, steps.map((s) => s['loss']!), loss, TRAJECTORY));
      checks.push(relative(`trajectory ${lossType}: gradient norm over ${loss.length} steps`, steps.map((s) => s['grad_norm']!), gradNorm, TRAJECTORY));
    } catch (error) {
      checks.push(failed(`trajectory ${lossType}`, error));
    }
  }
  return checks;
}

async function byLossType(): Promise<Map<string, { plugin: AlgorithmPlugin; params: Readonly<Record<string, unknown>> }>> {
  const out = new Map<string, { plugin: AlgorithmPlugin; params: Readonly<Record<string, unknown>> }>();
  for (const name of builtins('algorithm')) {
    const plugin = await loadPlugin(name);
    for (const { name: golden, params } of plugin.checks?.golden ?? []) out.set(golden, { plugin, params });
  }
  return out;
}

type Train = (plugin: AlgorithmPlugin, params: Readonly<Record<string, unknown>>, steps: number) => Promise<Readonly<Record<string, number>>[]>;

function prepare(want: Expected, folder: string, engine: Engine): Train {
  const tokenizer = huggingFaceTokenizer(folder);
  const { architecture, body } = readModelFolder(folder);
  const reference = readModelFolder(`${folder}-ref`).body;
  const row = (prompt: string, completion: string): TokenRow => {
    const before = tokenizer.encode(prompt);
    return { prompt: before, completion: [...tokenizer.encode(prompt + completion).slice(before.length), tokenizer.eosId] };
  };
  const chosen = want.pairs.map((p) => row(p.prompt, p.chosen));
  const rejected = want.pairs.map((p) => row(p.prompt, p.rejected));
  const longest = (pick: (r: TokenRow) => readonly number[]): number => Math.max(...[...chosen, ...rejected].map((r) => pick(r).length));
  const dataset = { tokenizer, maxPromptTokens: longest((r) => r.prompt), maxCompletionTokens: longest((r) => r.completion), endsWithEos: true } as unknown as OpenDataset;
  const data = new TokenData(dataset);
  return async (plugin, params, steps) => {
    const meter = new Meter();
    const module = (name: string, weights: typeof body, trainable: boolean): NetworkModule => new NetworkModule(name, engine, architecture, engine.variables(weights), null, data.shape, meter, trainable);
    const policy = module('policy', body, true);
    const state = new RunState(join(tmpdir(), 'tiltyard-verify-keeps-nothing'), meter);
    await state.module('policy', policy);
    const ctx = new Context(
      {
        engine, data, meter, plugin, policy, inOrder: true,
        rng: Rng.fromSeed(0),
        reference: module('reference', reference, false),
        reward: null,
        rewardModel: null,
        pairs: { chosen, rejected, margins: new Float32Array(chosen.length) },
        completions: chosen,
        prompts: [],
        newModule: () => Promise.reject(new TiltyardError('no-module', 'verify: a golden loss trains the policy alone')),
      },
      state,
    );
    const perEpoch = Math.floor(chosen.length / BATCH);
    const own = plugin.params.properties;
    const given = Object.fromEntries(Object.entries({ ...OPTIMISER, batchSize: BATCH, epochs: Math.ceil(steps / perEpoch), ...params }).filter(([name]) => own[name] !== undefined));
    const out: Readonly<Record<string, number>>[] = [];
    for await (const { metrics } of plugin.train(ctx, validated(plugin.params, given, `verify: ${plugin.name}`))) {
      out.push(metrics);
      if (out.length === steps) break;
    }
    return out;
  };
}
