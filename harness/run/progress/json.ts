import type { Progress } from './progress.js';

/** For scripts: one JSON record per event, nothing else. */
export function jsonProgress(write: (line: string) => void): Progress {
  const emit = (record: object): void => write(JSON.stringify(record));
  return {
    planned: (waiting, already, jobs) =>
      emit({ type: 'planned', runs: waiting.length + already.length, already: already.length, jobs }),
    foreseen: (seconds) => emit({ type: 'forecast', seconds }),
    started: ({ id, label, seed }) => emit({ type: 'run-started', run: id, label, seed }),
    event: ({ id }, event) => emit({ ...event, type: `run-${event.type}`, run: id }),
    ended: ({ id }, { outcome, cause, steps, clock }) =>
      emit({ type: 'run-ended', run: id, outcome, cause, steps, seconds: clock.wallSeconds }),
    note: (message) => emit({ type: 'note', message }),
    close: () => {},
  };
}
