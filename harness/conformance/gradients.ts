import type { Variables } from '../engine/engine.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { Feeds } from '../contracts/nets.js';
import { Rng } from '../rng.js';
import { bench } from './bench.js';
import { language, type Params, train } from './run.js';
import { type AnyTrainer, beforeSteps } from './watched.js';

/** A step along a direction of length 1. */
const STEP = 0.02;

/** Central differences of the first batch's loss along random directions, array by array. */
export async function gradientsAreRight(
  plugin: AlgorithmPlugin,
  params: Params,
): Promise<string | undefined> {
  const trial = bench(plugin, language());
  try {
    const last: { seen?: { trainer: AnyTrainer; feeds: Feeds } } = {};
    beforeSteps(trial, async (trainer, feeds) => void (last.seen = { trainer, feeds }));
    await train(plugin, trial, params, 2);
    const { seen } = last;
    if (seen === undefined) return 'uses no trainer';
    const { trainer, feeds } = seen;
    const rng = Rng.fromSeed('directions');
    for (const [group, arrays] of await trainer.gradient(feeds)) {
      // The few arrays where most of the gradient lies: small ones drown in float32 rounding.
      const norms = [...arrays].map(([name, g]) => [name, Math.hypot(...g)] as const);
      const largest = norms.sort((x, y) => y[1] - x[1]).slice(0, 4);
      for (const [name, norm] of largest) {
        if (norm < 1e-3) continue;
        const direction = unit(Float32Array.from(arrays.get(name)!, () => rng.normal()));
        const slope = arrays.get(name)!.reduce((sum, g, i) => sum + g * direction[i]!, 0);
        const difference = await slopeAlong(direction, trainer, feeds, trainer.groups[group]!, name);
        // Rounding of the loss over two steps, and curvature over one.
        if (Math.abs(difference - slope) <= 0.05 * Math.abs(slope) + 0.02 * norm + 1e-4) continue;
        const [computed, measured] = [slope.toPrecision(4), difference.toPrecision(4)];
        throw new Error(
          `gradient of ${group} ${name} along a random direction is ${computed}, ` +
            `finite differences say ${measured}; a stopGradient or a metric in place of the loss?`,
        );
      }
    }
    return undefined;
  } finally {
    trial.dispose();
  }
}

/** Central difference of the loss where one array moves; the weights are as before afterwards. */
async function slopeAlong(
  direction: readonly number[],
  trainer: AnyTrainer,
  feeds: Feeds,
  variables: Variables,
  name: string,
): Promise<number> {
  const before = await variables.read();
  const lossAt = async (sign: number): Promise<number> => {
    const moved = before.get(name)!.map((x, i) => x + sign * STEP * direction[i]!);
    await variables.write(new Map(before).set(name, moved));
    return (await trainer.evaluate(feeds))['loss']!;
  };
  const difference = ((await lossAt(1)) - (await lossAt(-1))) / (2 * STEP);
  await variables.write(before);
  return difference;
}

function unit(x: Float32Array): number[] {
  const length = Math.hypot(...x);
  return Array.from(x, (v) => v / length);
}
