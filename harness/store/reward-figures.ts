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

/**
 * What a policy makes of pairs: the names of these figures in a run's summary. Absent where there are no such
 * pairs, and where a sampler, whose weights are its start's, chooses among samples.
 */
export const PAIR_FIGURES = {
  /** Share of held-out pairs that log pi/pi_ref ranks as labelled, ties as half. */
  accuracy: 'heldout_pairs/accuracy',
  /** How many held-out pairs there were. */
  pairs: 'heldout_pairs/pairs',
  /** Of pairs that a reward labelled anew: share whose label is still that of the data. */
  agreement: 'relabel/agreement',
} as const;

/** What a run learned from that judges completions one by one. */
export const UNPAIRED_FIGURES = {
  /** How many completions there were. */
  rows: 'unpaired/rows',
  /** Those judged good. */
  good: 'unpaired/good',
} as const;
