import { hashOf } from '../hash.js';
import type { RunSpec } from '../store/spec.js';

/** Bump when the meaning of a run changes without its spec changing. */
const IDENTITY_VERSION = 1;

/** Letters of a label in a folder's name, of which file systems take 255; the hash tells two apart. */
const LONGEST_LABEL = 160;

/**
 * A run's id: label, seed, and a hash of everything that decides its result, the ids of its inputs included,
 * so that a changed base changes every run that builds on it. The time budget, checkpoints and
 * what a scheduler gives do not decide results.
 */
export function runId(spec: Omit<RunSpec, 'id'>): string {
  const { budget, checkpointEvery: _, resources: __, label, ...deciding } = spec;
  const { maxSteps, share } = budget;
  const shortened = share === undefined ? {} : { share };
  const hash = hashOf({ version: IDENTITY_VERSION, ...deciding, maxSteps, ...shortened }).slice(0, 8);
  const shown = label.replaceAll(/[^A-Za-z0-9._=-]+/g, '_').slice(0, LONGEST_LABEL);
  return `${shown}-s${spec.seed}-${hash}`;
}
