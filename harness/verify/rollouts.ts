import { dirname, join } from 'node:path';
import { validated } from '../config/validate.js';
import { type Bench, bench, trainAll, type World } from '../conformance/bench.js';
import type { OpenDataset } from '../contracts/dataset.js';
import type { Engine } from '../engine/engine.js';
import { packBatch } from '../policy/batch.js';
import { readModelFolder } from '../policy/checkpoint/folder.js';
import { huggingFaceTokenizer } from '../policy/tokenizers/huggingface.js';
import { readJson } from '../store/atomic.js';
import { absolute, type Check, failed, relative } from './checks.js';
import { byLossType, type GoldenPlugin, OPTIMISER, unknownLoss } from './training.js';

/** rollouts-*.json: what a trainer makes of completions and rewards that it is given. */
interface Expected {
  readonly policy: string;
  /** Bound on completions, tokens. */
  readonly maxTokens: number;
  /** Token ids: one list a prompt, and a list of completions a prompt, as many for each. */
  readonly prompts: readonly (readonly number[])[];
  readonly completions: readonly (readonly (readonly number[])[])[];
  /** One a completion. */
  readonly rewards: readonly (readonly number[])[];
  readonly cases: readonly GoldenUpdates[];
}

/** Several updates on the one rollout: the loss and the gradient norm before each. */
interface GoldenUpdates {
  /** What it is, for people. */
  readonly name: string;
  /** The golden loss that a plugin declares. */
  readonly type: string;
  /** Parameters by our names, beside those by which a plugin says that it is this loss. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly loss: readonly number[];
  readonly gradNorm: readonly number[];
}

/** Absolute, in units of the reward: losses near 0 have no relative error. */
const LOSS = 5e-5;
/** Relative: AdamW amplifies rounding. */
const NORM = 5e-4;

/** Gives the plugins that declare a golden loss the golden rollout, and compares every update on it. */
export async function verifyRollouts(path: string, engine: Engine): Promise<Check[]> {
  const want = readJson<Expected>(path);
  const world = worldOf(want, join(dirname(path), want.policy));
  const plugins = await byLossType();
  const checks: Check[] = [];
  for (const golden of want.cases) {
    const name = (what: string): string =>
      `rollout ${golden.name}: ${what} over ${golden.loss.length} updates`;
    const known = plugins.get(golden.type);
    if (known === undefined) {
      checks.push(failed(`rollout ${golden.name}`, unknownLoss(golden.type, plugins)));
      continue;
    }
    try {
      const updates = await train(known, want, golden, world, engine);
      const of = (metric: string): number[] => updates.map((u) => u[metric]!);
      checks.push(
        absolute(name('loss'), of('loss'), golden.loss, LOSS),
        relative(name('gradient norm'), of('grad_norm'), golden.gradNorm, NORM),
      );
    } catch (error) {
      checks.push(failed(`rollout ${golden.name}`, error));
    }
  }
  return checks;
}

function worldOf({ prompts, maxTokens }: Expected, folder: string): World {
  const { architecture, body } = readModelFolder(folder);
  return {
    architecture,
    dataset: {
      tokenizer: huggingFaceTokenizer(folder) as OpenDataset['tokenizer'],
      maxPromptTokens: Math.max(...prompts.map((ids) => ids.length)),
      maxCompletionTokens: maxTokens,
      endsWithEos: true,
    },
    prompts,
    weights: { policy: body, reference: readModelFolder(`${folder}-ref`).body },
  };
}

/** What the plugin's trainer returned for each update on one rollout. */
async function train(
  { plugin, params }: GoldenPlugin,
  want: Expected,
  { params: given, loss }: GoldenUpdates,
  world: World,
  engine: Engine,
): Promise<Record<string, number>[]> {
  const sizes = { iterations: 1, batchSize: want.prompts.length, groupSize: want.rewards[0]!.length };
  const wanted = { ...OPTIMISER, ...sizes, updates: loss.length, ...given, ...params };
  const checked = validated<Record<string, unknown>>(plugin.params, wanted, `verify: ${plugin.name}`);
  const trial = bench(plugin, world, { engine, inOrder: true });
  giveRollout(trial, want, world.dataset.tokenizer!);
  const updates: Record<string, number>[] = [];
  const make = trial.ctx.trainer.bind(trial.ctx);
  trial.ctx.trainer = (options) => {
    const trainer = make(options);
    const step = trainer.step.bind(trainer);
    trainer.step = async (feeds) => {
      updates.push(await step(feeds));
      return updates.at(-1)!;
    };
    return trainer;
  };
  await trainAll(plugin, trial, checked);
  return updates;
}

/** The golden completions in place of drawn ones, and the golden rewards in place of a model's. */
function giveRollout(
  { ctx }: Bench,
  { prompts, completions, rewards, maxTokens }: Expected,
  { padId, eosId }: OpenDataset['tokenizer'],
): void {
  const [G, R] = [prompts.length, rewards[0]!.length];
  const inTurn = Array.from({ length: R * G }, (_, row) => [row % G, Math.floor(row / G)] as const);
  const rows = inTurn.map(([g, r]) => ({ prompt: prompts[g]!, completion: completions[g]![r]! }));
  const longest = Math.max(...prompts.map((ids) => ids.length));
  ctx.generate = async (policy, asked, { temperature = 1 }) => {
    const batch = packBatch(rows, { time: longest + maxTokens, completion: maxTokens, padId });
    return {
      prompts: inTurn.map(([g]) => asked[g]!),
      completions: rows.map(({ completion }) => completion),
      finished: rows.map(({ completion }) => completion.at(-1) === eosId),
      batch,
      logps: await policy.tokenLogps(batch, { temperature }),
    };
  };
  ctx.reward.scores = async () => Float32Array.from(inTurn, ([g, r]) => rewards[g]![r]!);
}
