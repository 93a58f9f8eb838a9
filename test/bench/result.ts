import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { environment } from '../../harness/environment.js';
import { TiltyardError } from '../../harness/errors.js';
import type { EnvironmentInfo } from '../../harness/store/records.js';
import type { Setting, Work } from './part.js';

/** Of the file that `--json` writes; another is refused. */
export const FORMAT = 1;

/** What was measured of one part at one size. */
export interface CaseResult {
  /** Its part, and its size where it has one: `dpo D64`. */
  readonly name: string;
  readonly what: string;
  /** Every time taken, milliseconds. */
  readonly ms: readonly number[];
  /** Of all processors, median over runs; other work on the machine moves it little. Null: not known. */
  readonly cpuMs: number | null;
  /** Of a run, in the mean. */
  readonly work: Work | null;
  /** Milliseconds that it may take; null: only ratios count. */
  readonly bar: number | null;
}

/** The file that `--json` writes. */
export interface BenchResult {
  readonly format: number;
  readonly environment: EnvironmentInfo;
  readonly setting: Setting;
  /** Runnable processes in the mean over a minute, before and after: more than the threads is other work. */
  readonly load: readonly [number, number];
  readonly cases: readonly CaseResult[];
}

export const loadNow = (): number => loadavg()[0]!;

export const resultOf = (
  setting: Setting,
  loadBefore: number,
  cases: readonly CaseResult[],
): BenchResult => ({
  format: FORMAT,
  environment: environment(),
  setting,
  load: [loadBefore, loadNow()],
  cases,
});

/** @throws TiltyardError for a file that is not there, or not of `--json` */
export function readResult(path: string): BenchResult {
  const wanted = 'write one with npm run bench -- --json FILE';
  let read: Partial<BenchResult>;
  try {
    read = JSON.parse(readFileSync(path, 'utf8')) as Partial<BenchResult>;
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new TiltyardError('bench-file', `${path}: cannot be read as JSON: ${reason}; ${wanted}`, { cause });
  }
  if (read.format === FORMAT) return read as BenchResult;
  throw new TiltyardError('bench-file', `${path}: format is ${read.format}, wanted ${FORMAT}; ${wanted}`);
}
