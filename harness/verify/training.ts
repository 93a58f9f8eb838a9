import { dirname, join } from 'node:path';
import { validated } from '../config/validate.js';
import { bench, trainAll, type World } from '../conformance/bench.js';
import type { OpenDataset } from '../contracts/dataset.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { Engine } from '../engine/engine.js';
import { TiltyardError } from '../errors.js';
import { builtins, loadPlugin } from '../extensions.js';
import type { TokenRow } from '../policy/batch.js';
import { readModelFolder } from '../policy/checkpoint/folder.js';
import { huggingFaceTokenizer } from '../policy/tokenizers/huggingface.js';
import { readJson } from '../store/atomic.js';
import { type Check, failed, relative } from './checks.js';

/** trl-*.json: losses, gradient norms and trajectories of a TRL trainer on pairs. */
interface Expected {
  readonly policy: string;
  readonly pairs: readonly { readonly prompt: string; readonly chosen: string; readonly rejected: string }[];
  readonly losses: Readonly<Record<string, GoldenLoss>>;
  readonly trajectory: Readonly<Record<string, GoldenTrajectory>>;
}

/** Of the first batch. */
interface GoldenLoss {
  readonly loss: number;
  readonly gradNorm: number;
  readonly metrics: Metrics;
}

interface GoldenTrajectory {
  readonly loss: readonly number[];
  readonly gradNorm: readonly number[];
}

type Metrics = Readonly<Record<string, number>>;

const LOSS = 1e-4;
/** Stored values have few decimals, and AdamW amplifies rounding: relative, at the last step. */
const TRAJECTORY = 2e-3;
const METRICS = 5e-4;
const BATCH = 4;
/** The optimiser of the golden trajectories: AdamW, no decay, clip 1, constant rate. */
export const OPTIMISER = {
  learningRate: 1e-3,
  schedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0,
  maxGradNorm: 1,
};

/** Trains the plugins that declare a golden loss on the golden pairs, in order, and compares. */
export async function verifyTraining(path: string, engine: Engine): Promise<Check[]> {
  const want = readJson<Expected>(path);
  const world = goldenWorld(want, join(dirname(path), want.policy));
  const plugins = await byLossType();
  const checks: Check[] = [];
  /** Trains and compares; one failed check with the reason where it cannot. */
  const attempt = async (
    name: string,
    known: GoldenPlugin,
    steps: number,
    compared: (metrics: readonly Metrics[]) => Check[],
  ): Promise<Check[]> => {
    try {
      return compared(await train(known, world, engine, steps));
    } catch (error) {
      return [failed(name, error)];
    }
  };
  for (const [lossType, golden] of Object.entries(want.losses)) {
    const known = plugins.get(lossType);
    const name = `loss ${lossType}`;
    if (known === undefined) checks.push(failed(name, unknownLoss(lossType, plugins)));
    else checks.push(...(await attempt(name, known, 1, ([first]) => ofFirstBatch(lossType, first!, golden))));
  }
  for (const [lossType, golden] of Object.entries(want.trajectory)) {
    const known = plugins.get(lossType);
    if (known === undefined) continue; // it has failed above
    const name = `trajectory ${lossType}`;
    checks.push(
      ...(await attempt(name, known, golden.loss.length, (steps) => ofSteps(lossType, steps, golden))),
    );
  }
  return checks;
}

function ofFirstBatch(lossType: string, first: Metrics, golden: GoldenLoss): Check[] {
  const names = Object.keys(golden.metrics).filter(
    (name) => first[name] !== undefined && name !== 'num_tokens',
  );
  const of = (metrics: Metrics): number[] => names.map((name) => metrics[name]!);
  const metrics = `metrics ${lossType} (${names.join(', ')})`;
  return [
    relative(`loss ${lossType}`, [first['loss']!], [golden.loss], LOSS),
    relative(`gradient norm ${lossType}`, [first['grad_norm']!], [golden.gradNorm], LOSS),
    ...(names.length === 0 ? [] : [relative(metrics, of(first), of(golden.metrics), METRICS)]),
  ];
}

function ofSteps(lossType: string, steps: readonly Metrics[], { loss, gradNorm }: GoldenTrajectory): Check[] {
  const name = (what: string): string => `trajectory ${lossType}: ${what} over ${loss.length} steps`;
  const of = (metric: string): number[] => steps.map((s) => s[metric]!);
  return [
    relative(name('loss'), of('loss'), loss, TRAJECTORY),
    relative(name('gradient norm'), of('grad_norm'), gradNorm, TRAJECTORY),
  ];
}

/** A plugin, with the parameters under which it computes a golden loss. */
export interface GoldenPlugin {
  readonly plugin: AlgorithmPlugin;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Built-in plugins by the golden losses that they declare. */
export async function byLossType(): Promise<Map<string, GoldenPlugin>> {
  const out = new Map<string, GoldenPlugin>();
  for (const name of builtins('algorithm')) {
    const plugin = await loadPlugin(name);
    for (const { name: golden, params } of plugin.checks?.golden ?? []) out.set(golden, { plugin, params });
  }
  return out;
}

/** No built-in plugin declares that loss. */
export function unknownLoss(lossType: string, plugins: ReadonlyMap<string, GoldenPlugin>): TiltyardError {
  const known = [...plugins.keys()].join(', ');
  return new TiltyardError('no-plugin', `no plugin declares golden loss type '${lossType}'; known: ${known}`);
}

/** @param folder the policy's; the reference lies beside it */
function goldenWorld(want: Expected, folder: string): World {
  const tokenizer = huggingFaceTokenizer(folder);
  const row = (prompt: string, completion: string): TokenRow => {
    const before = tokenizer.encode(prompt);
    const after = tokenizer.encode(prompt + completion).slice(before.length);
    return { prompt: before, completion: [...after, tokenizer.eosId] };
  };
  const pairs = want.pairs.map((p) => ({
    chosen: row(p.prompt, p.chosen),
    rejected: row(p.prompt, p.rejected),
  }));
  const rows = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const { architecture, body } = readModelFolder(folder);
  return {
    architecture,
    dataset: {
      tokenizer: tokenizer as OpenDataset['tokenizer'],
      maxPromptTokens: Math.max(...rows.map((r) => r.prompt.length)),
      maxCompletionTokens: Math.max(...rows.map((r) => r.completion.length)),
      endsWithEos: true,
      repeatsPrompts: true,
    },
    prompts: [],
    pairs,
    completions: pairs.map((p) => p.chosen),
    weights: { policy: body, reference: readModelFolder(`${folder}-ref`).body },
  };
}

async function train(
  { plugin, params }: GoldenPlugin,
  world: World,
  engine: Engine,
  steps: number,
): Promise<Metrics[]> {
  const epochs = Math.ceil(steps / Math.floor(world.pairs!.length / BATCH));
  const wanted = Object.entries({ ...OPTIMISER, batchSize: BATCH, epochs, ...params });
  const given = Object.fromEntries(wanted.filter(([name]) => plugin.params.properties[name] !== undefined));
  const checked = validated<Record<string, unknown>>(plugin.params, given, `verify: ${plugin.name}`);
  return trainAll(plugin, bench(plugin, world, { engine, inOrder: true }), checked, steps);
}
