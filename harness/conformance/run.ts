import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { bandit, type Bench, bench, toyLanguage, type World } from './bench.js';

export type Metrics = Readonly<Record<string, number>>;
export type Params = Record<string, unknown>;

/** Steps of a run, unless a check wants more. */
export const STEPS = 6;

/** One prompt whose completions are listed: a table of logits. */
export const listed = bandit;

/** A transformer over tokens 0..5 with ends and padding: enough pairs for any default batch. */
export const language = (): World => toyLanguage(512);

/** A table of four arms with that many pairs, less those of an arm with itself. */
export const arms = (n = 512): World => {
  const pairs = Array.from({ length: n }, (_, i) => [i % 3, i % 2 === 0 ? 3 : 0] as const);
  return listed(
    4,
    pairs.filter(([chosen, rejected]) => chosen !== rejected),
    [0.3, 0, -0.2, 0.1],
  );
};

/** A reward to climb: half the arm's number on a table, a fresh head elsewhere. */
export const rewardOf = ({
  architecture: { kind, vocabSize },
}: World): Record<string, number[]> | undefined =>
  kind === 'tabular' ? { score: Array.from({ length: vocabSize }, (_, i) => i / 2) } : undefined;

/** What a run leaves behind. */
export interface Ran {
  readonly steps: readonly Metrics[];
  readonly summary: Metrics;
  readonly weights: readonly (readonly [string, readonly number[]])[];
}

export interface RunOptions {
  readonly seed?: number;
  readonly steps?: number;
  /** Changes every score of the reward. */
  readonly rescale?: (r: number) => number;
  /** Changes the bench before training. */
  readonly prepare?: (trial: Bench) => void;
}

/** Trains for a few steps on a bench of its own. */
export async function run(
  plugin: AlgorithmPlugin,
  world: World,
  params: Params,
  options: RunOptions = {},
): Promise<Ran> {
  const { seed, rescale } = options;
  const reward = rewardOf(world);
  const trial = bench(plugin, world, {
    ...(reward === undefined ? {} : { reward }),
    ...(seed === undefined ? {} : { seed }),
    ...(rescale === undefined ? {} : { rescale }),
  });
  try {
    options.prepare?.(trial);
    const steps = await train(plugin, trial, params, options.steps ?? STEPS);
    return { steps, summary: trial.ctx.summary, weights: await weightsOf(plugin, trial) };
  } finally {
    trial.dispose();
  }
}

/**
 * At most `limit` records; then data ends, and the plugin closes as it would at the end of its own.
 * @param after called with each step, 1-based; true stops at once
 */
export async function train(
  plugin: AlgorithmPlugin,
  trial: Bench,
  params: Params,
  limit: number,
  after?: (step: number) => Promise<boolean>,
): Promise<Metrics[]> {
  const out: Metrics[] = [];
  for await (const record of plugin.train(trial.ctx, params)) {
    if (typeof record?.metrics !== 'object' || record.metrics === null) {
      throw new Error(`step ${out.length + 1}: yielded no metrics; yield { metrics: { loss, ... } }`);
    }
    out.push({ ...record.metrics });
    if (after !== undefined && (await after(out.length))) return out;
    if (out.length >= limit) trial.ctx.endIterators();
    if (out.length >= limit + 3) return out; // does not read its data from the context
  }
  return out;
}

/** The arrays that training gives, by name. */
export async function weightsOf(plugin: AlgorithmPlugin, trial: Bench): Promise<Ran['weights']> {
  const arrays = await (plugin.gives === 'reward' ? trial.rewardModel : trial.policy).arrays();
  return [...arrays].map(([name, { data }]) => [name, Array.from(data)] as const);
}
