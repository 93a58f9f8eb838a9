import type { Ledger, OutcomeRow, Phase } from '../store/records.js';

/** What an algorithm is charged: everything but evaluation. */
const TRAINING: readonly Phase[] = ['rollout', 'score', 'forward', 'update'];

export const trainingFlops = ({ flops }: Ledger): number => TRAINING.reduce((sum, phase) => sum + flops[phase], 0);
export const trainingSeconds = ({ clock }: OutcomeRow): number => TRAINING.reduce((sum, phase) => sum + clock.seconds[phase], 0);
