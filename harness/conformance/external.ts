import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { ExternalLedger } from '../contracts/external.js';
import { metricsAreNamed } from './interface.js';
import { OutsideBench } from './outside-bench.js';
import type { Params } from './run.js';

/** Weights of two runs may differ by that share of their size: sums of threads run in any order. */
const CLOSE = 1e-4;
/** Steps of a run that is stopped by its budget. */
const FEW = 3;

/** What it needs is installed. */
export function requirementsAreMet({ external }: AlgorithmPlugin): string | undefined {
  const { requires } = external!;
  if (requires === undefined) return 'requires nothing that could be asked for';
  const { file, args, env = {}, remedy } = requires;
  const { status, error } = spawnSync(file, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  if (error === undefined && status === 0) return undefined;
  throw new Error(`what it requires is not there (${error?.message ?? `exit code ${status}`}); ${remedy}`);
}

/** A job comes back as steps, a ledger and a model. */
export async function jobComesBack(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  return onBench(plugin, params, async (bench) => {
    const { steps, ledger } = await bench.run();
    metricsAreNamed(steps, plugin);
    tokensAreCounted(ledger, plugin);
    if (ledger.stopped !== null) throw new Error(`nothing stopped it, and it says ${ledger.stopped}`);
    if (Object.keys(ledger.versions).length === 0) throw new Error('its ledger names no version of anything');
    return plugin.checks?.atStart === undefined ? 'declares nothing about its first step' : undefined;
  });
}

function tokensAreCounted({ tokens, read }: ExternalLedger, { needs }: AlgorithmPlugin): void {
  if (read.update < tokens.trained) throw new Error('its ledger says that it read less than it trained on');
  if (tokens.trained === 0) throw new Error('its ledger says that it trained on no token');
  if (needs.includes('prompts') && tokens.generated === 0)
    throw new Error('it learns from its own samples, and its ledger says that it drew no token');
}

/** One job twice. */
export async function repeatsItself(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  return onBench(plugin, params, async (bench) => {
    const [first, second] = [await bench.run(), await bench.run()];
    differ(first.weights, second.weights, 'two runs of one job');
    return undefined;
  });
}

/** Interrupted after its first step, nothing of it is left running; it then comes to its end. */
export async function isInterrupted(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  return onBench(plugin, params, async (bench) => {
    const whole = await bench.run();
    const job = await bench.interrupted();
    if (job === null) return 'it came to its end before it could be interrupted';
    const left = bench.processes(job);
    if (left.length > 0) throw new Error(`interrupted, it left running: ${left.join('; ')}`);
    const resumed = await bench.run({ resume: true });
    if (!plugin.external!.resumes) return 'keeps no checkpoints: it begins anew';
    if (resumed.first === 1) throw new Error('it says that it resumes, and began with step 1 again');
    differ(whole.weights, resumed.weights, 'an interrupted run and one without a break');
    return undefined;
  });
}

/** A budget of steps ends it, with a model. */
export async function keepsItsBudget(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  return onBench(plugin, params, async (bench) => {
    const { steps, ledger } = await bench.run({ maxSteps: FEW });
    if (steps.length > FEW) throw new Error(`took ${steps.length} steps of ${FEW}`);
    if (ledger.stopped !== 'steps') throw new Error(`stopped at ${FEW} steps, it says ${ledger.stopped}`);
    return undefined;
  });
}

/** Without its data it fails, and says why. */
export async function failsInWords(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  return onBench(plugin, params, async (bench) => {
    let said = '';
    try {
      await bench.run({ prepare: ({ data }) => rmSync(data.file) });
    } catch (error) {
      said = (error as Error).message;
    }
    if (said === '') throw new Error('without its data file it ended as if nothing were wrong');
    if (!/ended with exit code/.test(said)) throw new Error(`without its data file: ${said}`);
    if (/said nothing/.test(said)) throw new Error('without its data file it failed and said nothing');
    return undefined;
  });
}

async function onBench<T>(
  plugin: AlgorithmPlugin,
  params: Params,
  body: (bench: OutsideBench) => Promise<T>,
): Promise<T> {
  const bench = new OutsideBench(plugin, params);
  try {
    return await body(bench);
  } finally {
    bench.dispose();
  }
}

function differ(
  a: ReadonlyMap<string, Float32Array>,
  b: ReadonlyMap<string, Float32Array>,
  what: string,
): void {
  for (const [name, values] of a) {
    const other = b.get(name)!;
    const furthest = values.reduce((most, x, i) => Math.max(most, Math.abs(x - other[i]!)), 0);
    const size = Math.max(
      1e-3,
      values.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
    );
    if (furthest / size <= CLOSE) continue;
    throw new Error(`${what}: weights ${name} differ by ${(furthest / size).toPrecision(2)} of their size`);
  }
}
