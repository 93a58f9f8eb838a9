import type { OutcomeRow } from './records.js';

/** What there is to say of a run that left nothing. */
interface Known extends Pick<OutcomeRow, 'outcome' | 'cause'> {
  /** Why no engine is named. */
  readonly reason: string;
  readonly startedAt: string;
  readonly environment: OutcomeRow['clock']['environment'];
}

/** The outcome of a run that left nothing, or nothing that is counted: no step, no model, no cost. */
export function nothingLeft({ outcome, cause, reason, startedAt, environment }: Known): OutcomeRow {
  const none = { rollout: 0, score: 0, forward: 0, update: 0, eval: 0 };
  return {
    outcome,
    cause,
    steps: 0,
    startHash: null,
    modelHash: null,
    parameters: 0,
    ledger: { flops: none, tokensTrained: 0, tokensGenerated: 0, modelCopies: 0, trainableCopies: 0 },
    engine: { name: 'none', device: 'none', reason },
    summary: {},
    clock: { startedAt, wallSeconds: 0, seconds: none, peakRssBytes: 0, concurrent: false, environment },
  };
}
