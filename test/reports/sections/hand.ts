import { join } from 'node:path';
import type { StoredExperiment } from '../../../harness/store/read.js';
import type { Report } from '../../../reports/report/model.js';
import { assemble } from '../../../reports/sections/assemble.js';
import { temporary } from '../../support.js';
import { type HandRun, handStore, type Point, START } from '../store.js';

/** What makes a report of runs written by hand, each in a folder of its own. */
export function reporter(): (
  runs: readonly HandRun[],
  settings?: Partial<StoredExperiment['experiment']>,
) => Report {
  const dir = temporary();
  let folders = 0;
  return (runs, settings) => assemble(handStore(join(dir, String(folders++)), runs, settings));
}

export const SEEDS = [0, 1, 2];
export const each = (make: (seed: number) => HandRun): HandRun[] => SEEDS.map(make);

/** The start of every seed, with a gold reward of 0. */
export const starts = each((seed) => ({ label: START, seed, gold: [0, 0, 0, 0] }));

/** Gold rises linearly in sqrt(KL), to `slope` at KL 1. */
export const rising = (slope: number, proxy: number | null = null, cost = 100): Point[] =>
  [0, 0.25, 1].map((kl, i) => ({
    kl,
    gold: slope * Math.sqrt(kl),
    proxy: proxy === null ? null : proxy * Math.sqrt(kl),
    win: 0.5 + 0.1 * Math.sqrt(kl) * slope,
    flops: cost * i,
  }));

/** The same gold reward on four prompts, a little more in every seed. */
export const flat = (gold: number, seed: number): number[] =>
  [gold, gold, gold, gold].map((g) => g + seed / 100);

/** What the start and a policy at its end look like to validation prompts: KL and score. */
export const ending = (kl: number, score: number, cost = 100): Point[] => [
  { kl: 0, gold: 0, proxy: 0, flops: 0 },
  { kl, gold: score, proxy: score, flops: cost },
];

/** A configuration in every seed, gold reward `gold` and a little more in each. */
export const configuration = (
  label: string,
  stage: string,
  learnsFrom: HandRun['learnsFrom'],
  [kl, score, gold]: readonly [number, number, number],
  more: Partial<HandRun> = {},
): HandRun[] =>
  each((seed) => ({
    label,
    stage,
    ...(learnsFrom === undefined ? {} : { learnsFrom }),
    seed,
    gold: flat(gold, seed),
    curve: ending(kl, score),
    ...more,
  }));
