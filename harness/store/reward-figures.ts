/**
 * How a reward fares on pairs that no run has trained on: the names of these figures in a run's summary. The
 * worker writes them for runs that give a reward, and for no others; a report tells its reward models by
 * them.
 */
export const REWARD_FIGURES = {
  /** Share of pairs ranked as labelled, ties as half. */
  accuracy: 'test/accuracy',
  /** How many pairs there were. */
  pairs: 'test/pairs',
  /** Share of pairs ranked as the gold reward ranks them; only where the data has one. */
  goldAgreement: 'test/gold_agreement',
} as const;
