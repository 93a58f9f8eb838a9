import { TiltyardError } from '../errors.js';
import type { RunPaths } from '../store/layout.js';
import type { PairRow } from '../store/records.js';
import type { MeasuredRow, PairLogps } from '../store/shared.js';
import type { RunSpec } from '../store/spec.js';
import type { ReferenceLogps } from './reference-logps.js';
import { readShared } from './shared-file.js';

/** What a measure run found out about this run's start; null where the run has to find out itself. */
export function readMeasured({ inputs, stage }: RunSpec, runs: (id: string) => RunPaths): MeasuredRow | null {
  if (inputs.measured === undefined) return null;
  const paths = runs(inputs.measured);
  return JSON.parse(readShared(paths, paths.measured, stage)) as MeasuredRow;
}

/** Log-probabilities of pairs that somebody computed, with the operations that it took. */
export interface KnownLogps extends ReferenceLogps {
  readonly flops: number;
}

/**
 * Those of the pairs that a run reads: the pairs that it learns from, or the other side.
 * @param collected the pairs as they were collected, all of that side
 * @param rows the same, perhaps labelled anew
 */
export function knownLogps(
  { pairs: learnsFrom, stage, inputs }: RunSpec,
  measured: MeasuredRow | null,
  side: 'own' | 'other',
  collected: readonly PairRow[],
  rows: readonly PairRow[],
): KnownLogps | null {
  if (measured === null || measured.logps === null) return null;
  const heldout = (learnsFrom === 'heldout') === (side === 'own');
  const { chosen, rejected, flops }: PairLogps = measured.logps[heldout ? 'heldout' : 'train'];
  if (chosen.length !== rows.length || collected.length !== rows.length) {
    const has = `${inputs.measured} has log-probabilities of ${chosen.length} pairs`;
    const what = `${has}, there are ${rows.length}`;
    throw new TiltyardError('input-failed', `stage ${stage}: ${what}; start a new run with --out`);
  }
  const swapped = rows.map((row, i) => row.chosen !== collected[i]!.chosen);
  const pick = (a: readonly number[], b: readonly number[]): Float64Array =>
    Float64Array.from(a, (logp, i) => (swapped[i] === true ? b[i]! : logp));
  return { chosen: pick(chosen, rejected), rejected: pick(rejected, chosen), flops };
}
