import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Forecast } from '../forecast/forecast.js';
import type { RunSpec } from '../store/spec.js';
import { machineMemory } from './machine-memory.js';
import { inWords } from './progress/duration.js';
import { type Estimate, Remaining } from './progress/remaining.js';

/** What a plan costs on this machine. */
export interface Cost {
  readonly jobs: number;
  readonly seconds: Estimate;
  /** Bytes of a run: what models and steps need, with what its process may keep beside; of the machine. */
  readonly memory: { readonly low: number; readonly high: number; readonly machine: number };
  /** Bytes that results take, and that are free where they go. */
  readonly disk: { readonly results: number; readonly free: number };
}

/**
 * Bytes that a process may keep beside what its models and steps need: garbage, and graphs of earlier runs.
 * Of 36 runs of a small transformer one kept as much, and half of them a third.
 */
const KEPT = 2 ** 30;

/**
 * @param runs of a plan, from its first one
 * @param out where results go, or would
 * @returns null where nothing was foreseen of any run
 */
export function costOf(runs: readonly RunSpec[], forecast: Forecast, jobs: number, out: string): Cost | null {
  const remaining = new Remaining(runs, jobs);
  remaining.foreseen(forecast.seconds);
  const left = remaining.left(0);
  if (left === null) return null;
  const { bavail, bsize } = statfsSync(nearest(resolve(out)));
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  return {
    jobs,
    seconds: left,
    memory: { low: forecast.memory, high: forecast.memory + KEPT, machine: machineMemory() },
    disk: { results: seeds * forecast.diskPerSeed, free: bavail * bsize },
  };
}

/** The folder itself, or the nearest one above that exists. */
const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

/** A cost in sentences; what does not fit says what to do. */
export function costInWords({ jobs, seconds, memory, disk }: Cost): string[] {
  const cores = availableParallelism();
  const at = `${jobs} at a time on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  const lines = [
    `time: ${inWords(seconds)} (${at}), by steps measured on this machine`,
    `memory: about ${bytes(memory.low)} to ${bytes(memory.high)} a run, of ${bytes(memory.machine)}`,
    `disk: about ${bytes(disk.results)} of ${bytes(disk.free)} free`,
  ];
  if (jobs > 1 && memory.low <= memory.machine && jobs * memory.low > memory.machine) {
    const fit = Math.max(1, Math.floor(memory.machine / memory.low));
    lines.push(`warning: memory does not suffice for ${jobs} runs at a time: run with --jobs ${fit}`);
  }
  if (disk.results > disk.free)
    lines.push('warning: disk space does not suffice: free some, or give another --out');
  return lines;
}

/**
 * Where one run needs more than the machine has: how much, and what to lower. Null where it fits.
 * @param machine bytes
 */
export function shortOfMemory({ memory, largest }: Forecast, machine: number): string | null {
  if (memory <= machine || largest === null) return null;
  const { label, part } = largest;
  const remedy =
    part === 'step'
      ? 'lower batchSize in its params, or maxPromptTokens and maxCompletionTokens of the dataset'
      : 'take a smaller model: policy.width, policy.layers, or another checkpoint';
  return `${label} needs about ${bytes(memory)}, and this machine has ${bytes(machine)}; ${remedy}`;
}

/** A size as people say it. */
export function bytes(n: number): string {
  const [per, unit] = n >= 2 ** 30 ? [2 ** 30, 'GiB'] : [2 ** 20, 'MiB'];
  const shown = n / per;
  return `${shown < 10 ? shown.toFixed(1) : String(Math.round(shown))} ${unit}`;
}
