import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { bench, type World } from './bench.js';
import { language, type Params, type Ran, run, STEPS, train, weightsOf } from './run.js';

/** Two runs of one seed are equal to the bit. */
export async function sameSeedSameBytes(plugin: AlgorithmPlugin, params: Params): Promise<void> {
  const [a, b] = [await run(plugin, language(), params), await run(plugin, language(), params)];
  mustEqual(a, b, 'two runs of one seed differ; draw only from ctx.rng and look at no clock');
}

/** Two seeds give two runs. */
export async function otherSeedOtherRun(
  plugin: AlgorithmPlugin,
  params: Params,
): Promise<string | undefined> {
  const [a, b] = [await run(plugin, language(), params), await run(plugin, language(), params, { seed: 2 })];
  if (a.steps.length === 0) return 'takes no training step';
  if (JSON.stringify(a) === JSON.stringify(b)) {
    throw new Error('two seeds give the same numbers; use ctx.rng, not a generator of your own');
  }
  return undefined;
}

/** A run that is stopped, saved and resumed equals one that is not. */
export async function resumes(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  const whole = await run(plugin, language(), params);
  if (whole.steps.length < 2) return 'takes fewer than two steps';
  const cut = Math.min(3, whole.steps.length - 1);
  const runDir = mkdtempSync(join(tmpdir(), 'tiltyard-conformance-'));
  try {
    const first = bench(plugin, language(), { runDir });
    const before = await train(plugin, first, params, STEPS, async (step) => {
      if (step < cut) return false;
      await first.state.save(step, { steps: step, evals: 0 }, 0);
      return true;
    });
    first.dispose();
    const second = bench(plugin, language(), { runDir });
    const after = await train(plugin, second, params, STEPS - cut);
    const weights = await weightsOf(plugin, second);
    const resumed = { steps: [...before, ...after], summary: second.ctx.summary, weights };
    second.dispose();
    const advice = "keep state in ctx.state and ctx's iterators, not in variables";
    mustEqual(whole, resumed, `a run resumed after step ${cut} goes on differently; ${advice}`);
    return undefined;
  } finally {
    rmSync(runDir, { recursive: true, force: true });
  }
}

/** Nothing in training looks at the gold reward. */
export async function goldIsUntouched(plugin: AlgorithmPlugin, params: Params): Promise<void> {
  let read = false;
  const world = language();
  const get = () => {
    read = true;
    return () => 0;
  };
  const dataset = Object.defineProperty({ ...world.dataset }, 'gold', { enumerable: true, get });
  await run(plugin, { ...world, dataset } as World, params, { steps: 3 });
  if (read) throw new Error('the gold reward was read during training; it is for evaluation only');
}

/** @throws Error that begins with `what`, where any bit differs */
function mustEqual(a: Ran, b: Ran, what: string): void {
  a.steps.forEach((metrics, i) => {
    for (const [name, value] of Object.entries(metrics)) {
      const other = b.steps[i]?.[name];
      if (!Object.is(other, value)) {
        throw new Error(`${what} (step ${i + 1}, ${name}: ${value} and ${other})`);
      }
    }
  });
  if (a.steps.length !== b.steps.length) {
    throw new Error(`${what} (${a.steps.length} and ${b.steps.length} steps)`);
  }
  for (const [i, [name, values]] of a.weights.entries()) {
    const others = b.weights[i]![1];
    if (values.some((x, j) => !Object.is(x, others[j]))) throw new Error(`${what} (weights ${name})`);
  }
  if (JSON.stringify(a.summary) !== JSON.stringify(b.summary)) throw new Error(`${what} (summary)`);
}
