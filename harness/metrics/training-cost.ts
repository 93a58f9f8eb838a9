import { type Ledger, type OutcomeRow, type Phase, PHASES } from '../store/records.js';

/** What an algorithm is charged of something counted by phase: everything but evaluation. */
export const charged = (byPhase: Readonly<Record<Phase, number>>): number =>
  PHASES.reduce((sum, phase) => (phase === 'eval' ? sum : sum + byPhase[phase]), 0);

export const trainingFlops = ({ flops }: Ledger): number => charged(flops);
export const trainingSeconds = ({ clock }: OutcomeRow): number => charged(clock.seconds);
