import type { VerdictRow } from '../../../harness/store/verdicts.js';

type Row = Omit<VerdictRow, 'seal'>;

/** A verdict that came at the first call, for the answer shown first unless it says otherwise. */
export const verdictRow = (key: string, more: Partial<Row> = {}): Row => ({
  key,
  judge: 'j',
  outcome: 'first',
  why: null,
  answer: null,
  servedBy: null,
  calls: 1,
  tokens: { prompt: 1, completion: 1, estimated: false },
  failures: [],
  about: { prompt: 'p', first: 'a', second: 'b' },
  clock: { atMs: 0, ms: 0 },
  ...more,
});
