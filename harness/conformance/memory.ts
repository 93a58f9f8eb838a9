import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { bench } from './bench.js';
import { arms, type Params, rewardOf, train } from './run.js';

/** Steps over which memory is watched. */
export const LONG = 1000;
const MEBIBYTE = 2 ** 20;

/** Memory after step 100 stays within 32 MiB of what it was then. */
export async function memoryIsBounded(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  setFlagsFromString('--expose_gc');
  const gc = runInNewContext('gc') as () => void;
  const used = (): number => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const world = arms(40_000);
  const reward = rewardOf(world);
  const trial = bench(plugin, world, reward === undefined ? {} : { reward });
  let settled = 0;
  let last = 0;
  let steps = 0;
  try {
    await train(plugin, trial, params, LONG, async (step) => {
      steps = step;
      if (step === 100) settled = used();
      if (step % 100 === 0) last = used();
      return false;
    });
  } finally {
    trial.dispose();
  }
  if (steps < 200) return `takes ${steps} steps on this data`;
  const growth = (last - settled) / MEBIBYTE;
  if (growth <= 32) return undefined;
  const between = `between step 100 and step ${steps}`;
  throw new Error(`memory grew by ${growth.toFixed(0)} MiB ${between}; something is kept on every step`);
}
