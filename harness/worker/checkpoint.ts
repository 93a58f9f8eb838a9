import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor } from '../engine/tensor.js';
import type { MeterTotals } from '../metrics/meter.js';
import { encodeSafetensors, readSafetensors } from '../policy/checkpoint/safetensors.js';
import type { Normalisation } from '../policy/module.js';
import { readJson } from '../store/atomic.js';
import { checkpointFolder, checkpointPaths, isCheckpoint } from '../store/layout.js';

/** What a checkpoint holds beside arrays. */
export interface Manifest {
  readonly step: number;
  /** Of each iterator that the plugin has made: the batch that it hands out next. */
  readonly positions: Readonly<Record<string, { next: number }>>;
  readonly json: Readonly<Record<string, object>>;
  /** Steps that each optimiser has taken. */
  readonly optimizers: Readonly<Record<string, number>>;
  readonly normalisations: Readonly<Record<string, Normalisation>>;
  readonly totals: MeterTotals;
  readonly rows: RowCounts;
  readonly elapsedSeconds: number;
}

/** Rows that a run has written. */
export interface RowCounts {
  readonly steps: number;
  readonly evals: number;
}

export interface Checkpoint {
  readonly manifest: Manifest;
  readonly arrays: ReadonlyMap<string, HostTensor>;
}

/** The newest whole checkpoint of a run; null where there is none. */
export function newestCheckpoint(runDir: string): Checkpoint | null {
  for (const dir of checkpointFolders(runDir).reverse()) {
    const paths = checkpointPaths(dir);
    if (dir.endsWith(UNFINISHED) || !existsSync(paths.manifest)) continue;
    return { manifest: readJson<Manifest>(paths.manifest), arrays: readSafetensors(paths.state) };
  }
  return null;
}

/** Writes a checkpoint, its manifest last, and removes the older ones: a run's history is in its rows. */
export function writeCheckpoint(runDir: string, { manifest, arrays }: Checkpoint): void {
  const dir = checkpointFolder(runDir, manifest.step);
  const temporary = `${dir}${UNFINISHED}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const paths = checkpointPaths(temporary);
  writeFileSync(paths.state, encodeSafetensors(arrays), { flush: true });
  writeFileSync(paths.manifest, JSON.stringify(manifest), { flush: true });
  rmSync(dir, { recursive: true, force: true });
  renameSync(temporary, dir);
  for (const old of checkpointFolders(runDir)) if (old !== dir) rmSync(old, { recursive: true, force: true });
}

/** A finished run needs no checkpoint. */
export function discardCheckpoints(runDir: string): void {
  for (const dir of checkpointFolders(runDir)) rmSync(dir, { recursive: true, force: true });
}

/** Ending of a checkpoint that is still being written. */
const UNFINISHED = '.tmp';

const checkpointFolders = (runDir: string): string[] =>
  (existsSync(runDir) ? readdirSync(runDir) : [])
    .filter(isCheckpoint)
    .sort()
    .map((name) => join(runDir, name));
