import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { language, type Params, run } from './run.js';

/**
 * Soft labels are read where they are declared: pairs turned about, with no chance that they stand as they
 * are, train as the pairs do.
 */
export async function softLabelsAreRead(
  plugin: AlgorithmPlugin,
  defaults: Params,
): Promise<string | undefined> {
  if (plugin.softLabels !== true) return 'takes labels as certain';
  const world = language();
  const pairs = world.pairs ?? [];
  const turned = pairs.map(({ chosen, rejected }) => ({ chosen: rejected, rejected: chosen }));
  const certain = await run(plugin, world, defaults);
  const soft = await run(plugin, { ...world, pairs: turned, chances: pairs.map(() => 0) }, defaults);
  certain.steps.forEach((metrics, s) => {
    const [x, y] = [metrics['loss'] ?? 0, soft.steps[s]?.['loss'] ?? Number.NaN];
    if (Math.abs(x - y) <= 1e-3 * Math.max(1e-2, Math.abs(x))) return;
    const where = `the loss at step ${s + 1} is ${y} instead of ${x}`;
    throw new Error(`softLabels is declared, but with pairs turned about and chances 0 ${where}`);
  });
  return undefined;
}
