import type { OutcomeRow } from '../../store/records.js';
import type { Evaluator } from '../evaluate/evaluator.js';
import type { Reading } from '../evaluate/streams.js';
import type { Job } from '../job.js';
import { type ObservedRow, stored } from './row.js';

/** What was found, and what has to stand in the place of what was reported. */
export interface Audit {
  readonly audit: NonNullable<OutcomeRow['audit']>;
  readonly instead?: ObservedRow['observed'];
}

/**
 * Holds what a confined run reported last to its model: the same prompts, the same streams, so the same
 * completions and log-probabilities to the bit, unless something but the policy spoke.
 * @param evaluator of the model as its folder has it
 * @param last what was reported
 * @param samples whether the plugin chooses its answers itself
 */
export async function audit(
  { record }: Job,
  evaluator: Evaluator,
  last: ObservedRow,
  { prompts, samples: perPrompt, split }: Reading,
  { modelHash }: OutcomeRow,
  samples: boolean,
): Promise<Audit> {
  const unheld = (why: string): Audit => ({ audit: { verdict: 'unheld', why } });
  if (samples) return unheld('the plugin chooses its answers itself, and nobody else can draw them');
  if (record.engine?.device !== 'cpu') return unheld('on this device no two processes compute alike');
  if (last.weights !== modelHash)
    return unheld('its last evaluation was of weights that it did not end with');
  if (last.isStart) return { audit: { verdict: 'held', why: 'its last evaluation is that of its start' } };
  const instead = stored(await evaluator.observe(prompts, perPrompt, split));
  if (JSON.stringify(instead) === JSON.stringify(last.observed))
    return { audit: { verdict: 'held', why: 'its model gives the figures that it reported' } };
  const why = 'its process reported other figures than its model gives; those of the model stand';
  return { audit: { verdict: 'differs', why }, instead };
}
