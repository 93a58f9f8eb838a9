import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor } from '../engine/tensor.js';
import { TiltyardError } from '../errors.js';
import { hashFile } from '../hash.js';
import type { MeterTotals } from '../metrics/meter.js';
import { encodeSafetensors, readSafetensors } from '../policy/checkpoint/safetensors.js';
import type { Normalisation } from '../policy/module.js';
import { canFlush } from '../store/atomic.js';
import { firstRows } from '../store/jsonl.js';
import { checkpointFolder, checkpointPaths, isCheckpoint, type RunPaths, runPaths } from '../store/layout.js';
import { readSealed, type Sealed, sealed } from '../store/seal.js';

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
  /** SHA-256 of the bytes of these rows, hex; absent without files, and in folders of an older version. */
  readonly digests?: { readonly steps: string; readonly evals: string };
}

/** Files of rows that a checkpoint counts. */
type RowPaths = Pick<RunPaths, 'steps' | 'evals'>;

export interface Checkpoint {
  readonly manifest: Manifest;
  readonly arrays: ReadonlyMap<string, HostTensor>;
}

/** The manifest as it is stored. */
interface StoredManifest extends Manifest, Sealed {
  /** SHA-256 of the arrays' file, hex; absent in folders that an older version wrote. */
  readonly state?: string;
}

/**
 * The newest checkpoint of a run that is whole: what was written, and the rows that it counts. Null where
 * there is none.
 * @param say told in a sentence of one that was damaged, which is passed over
 * @param rows where the rows lie that it counts; absent: in the run's folder
 */
export function newestCheckpoint(
  runDir: string,
  say: (note: string) => void,
  rows: RowPaths = runPaths(runDir),
): Checkpoint | null {
  for (const dir of checkpointFolders(runDir).reverse()) {
    const paths = checkpointPaths(dir);
    if (dir.endsWith(UNFINISHED) || !existsSync(paths.manifest)) continue;
    try {
      const manifest = readSealed<StoredManifest>(paths.manifest);
      if (manifest.state !== undefined && hashFile(paths.state) !== manifest.state)
        throw new TiltyardError('damaged', `${paths.state}: is not what was written there`);
      checkRows(rows, manifest.rows);
      return { manifest, arrays: readSafetensors(paths.state) };
    } catch (error) {
      if (!(error instanceof TiltyardError)) throw error;
      say(`a checkpoint is passed over, and its steps are taken again: ${error.message}`);
    }
  }
  return null;
}

/** @throws TiltyardError where rows that a checkpoint counts are lost or are not what they were */
function checkRows(paths: RowPaths, { steps, evals, digests }: RowCounts): void {
  if (digests === undefined) return;
  for (const [kind, path, count] of [
    ['steps', paths.steps, steps],
    ['evals', paths.evals, evals],
  ] as const) {
    const found = firstRows(path, count);
    if (found === null)
      throw new TiltyardError('damaged', `${path}: has fewer rows than the ${count} written`);
    if (found !== digests[kind])
      throw new TiltyardError('damaged', `${path}: its first ${count} rows are not those written`);
  }
}

/** Writes a checkpoint, its manifest last, and removes the older ones: a run's history is in its rows. */
export function writeCheckpoint(runDir: string, { manifest, arrays }: Checkpoint): void {
  const dir = checkpointFolder(runDir, manifest.step);
  const temporary = `${dir}${UNFINISHED}`;
  rmSync(temporary, { recursive: true, force: true });
  try {
    mkdirSync(temporary, { recursive: true });
    const paths = checkpointPaths(temporary);
    writeFileSync(paths.state, encodeSafetensors(arrays), { flush: canFlush });
    const stored: StoredManifest = sealed({ ...manifest, state: hashFile(paths.state) });
    writeFileSync(paths.manifest, JSON.stringify(stored), { flush: canFlush });
    rmSync(dir, { recursive: true, force: true });
    renameSync(temporary, dir);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
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
