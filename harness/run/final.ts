import type { StoredRun } from '../store/read.js';
import { FINAL_OUTCOMES } from '../store/records.js';

/**
 * Codes of failures that can pass without a change to the experiment: of the process rather than the
 * algorithm, of a scheduler, of a disk, of a file that can come back.
 */
const PASSING: readonly string[] = [
  'process-died',
  'job-ended',
  'input-failed',
  'missing-file',
  'unreadable',
  'system',
  'start-changed',
  'data-changed',
];

/**
 * Whether `resume` leaves a run as it ended.
 * @param retryFailed whether runs that failed for good are tried once more too
 */
export const isFinal = ({ outcome }: Pick<StoredRun, 'outcome'>, retryFailed = false): boolean =>
  outcome !== null &&
  (FINAL_OUTCOMES as readonly string[]).includes(outcome.outcome) &&
  !PASSING.includes(outcome.cause?.code ?? '') &&
  !(retryFailed && FAILED.includes(outcome.outcome));

const FAILED: readonly string[] = ['failed', 'diverged', 'timed-out'];
