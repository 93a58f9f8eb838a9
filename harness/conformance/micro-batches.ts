import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { bench, type World } from './bench.js';
import { arms, language, type Params, type Ran, rewardOf, train, weightsOf } from './run.js';
import { beforeSteps } from './watched.js';

/** Steps that are compared: rounding grows with them. */
const STEPS = 3;
/** Odd numbers of rows, which divide no batch and part the two sides of a pair. */
const ROWS = [1, 7] as const;
/** Of the length of a gradient: sums of float32 numbers in another order. */
const ROUNDING = 1e-5;

type Gradients = ReadonlyMap<string, Float32Array>;

interface Trained extends Pick<Ran, 'steps' | 'weights'> {
  /** Of the first step of each trainer, by group and array. */
  readonly gradients: Gradients;
  readonly tokens: number;
}

/**
 * A batch that networks take a few rows at a time trains as it does whole, whatever the loss makes of its
 * rows together: gradients of the first step to the rounding of float32, metrics and weights of a few steps
 * as near as that leaves them.
 */
export async function trainsInParts(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  for (const world of [language(), arms()]) {
    const whole = await trained(plugin, world, params, null);
    if (whole.gradients.size === 0) return 'uses no trainer';
    for (const rows of ROWS) mustAgree(whole, await trained(plugin, world, params, rows), rows);
  }
  return undefined;
}

async function trained(
  plugin: AlgorithmPlugin,
  world: World,
  params: Params,
  microBatchRows: number | null,
): Promise<Trained> {
  const reward = rewardOf(world);
  const trial = bench(plugin, world, {
    ...(reward === undefined ? {} : { reward }),
    ...(microBatchRows === null ? {} : { microBatchRows }),
  });
  const seen = new Set<object>();
  const gradients = new Map<string, Float32Array>();
  try {
    beforeSteps(trial, async (trainer, feeds) => {
      if (seen.has(trainer)) return;
      seen.add(trainer);
      for (const [group, arrays] of await trainer.gradient(feeds))
        for (const [name, data] of arrays) gradients.set(`${seen.size} ${group} ${name}`, data);
    });
    const steps = await train(plugin, trial, params, STEPS);
    const tokens = trial.meter.totals().tokensTrained;
    return { steps, weights: await weightsOf(plugin, trial), gradients, tokens };
  } finally {
    trial.dispose();
  }
}

/** @throws Error saying what differs, and by how much */
function mustAgree(whole: Trained, parts: Trained, rows: number): void {
  const refuse = (what: string, a: number, b: number): never => {
    throw new Error(
      `with engine.microBatchRows ${rows}, ${what} is ${b} instead of ${a}; ` +
        'does the loss read what is neither a network nor a feed?',
    );
  };
  const all = Math.hypot(...[...whole.gradients.values()].map((g) => Math.hypot(...g)));
  for (const [name, gradient] of whole.gradients) {
    const other = parts.gradients.get(name)!;
    const apart = Math.hypot(...gradient.map((g, i) => g - other[i]!));
    if (!(apart <= ROUNDING * all)) refuse(`the error of the gradient of ${name}`, 0, apart / all);
  }
  whole.steps.forEach((metrics, s) => {
    for (const [name, value] of Object.entries(metrics)) {
      const other = parts.steps[s]?.[name] ?? Number.NaN;
      if (!(Math.abs(other - value) <= 1e-3 * Math.max(1, Math.abs(value))))
        refuse(`${name} at step ${s + 1}`, value, other);
    }
  });
  whole.weights.forEach(([name, values], i) => {
    const apart = Math.hypot(...values.map((x, j) => x - parts.weights[i]![1][j]!));
    // AdamW's first steps are as long for the smallest gradient as for the largest.
    if (!(apart <= 1e-2 * Math.max(1, Math.hypot(...values)))) refuse(`the error of ${name}`, 0, apart);
  });
  if (whole.tokens !== parts.tokens) refuse('the number of trained tokens', whole.tokens, parts.tokens);
}
