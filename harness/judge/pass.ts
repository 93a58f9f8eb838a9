import type { LlmJudge } from '../store/experiment.js';
import type { VerdictRow } from '../store/verdicts.js';
import type { Verdicts } from '../store/verdicts.js';
import { type Asking, ask } from './ask.js';
import { type Clock, systemClock } from './backoff.js';
import type { Asked } from './question.js';
import { Spending, spentOn } from './spending.js';

/** How a pass is made. */
export interface PassOptions {
  readonly signal: AbortSignal;
  /** Questions that no call answered are asked again. */
  readonly retryFailed?: boolean | undefined;
  readonly apiKey: string | null;
  readonly clock?: Clock;
  /** Told now and then how many of the questions have come to something. */
  readonly onRow?: (done: number, all: number) => void;
}

/** What a pass came to. */
export interface Passed {
  /** Questions that were open before it, and that are open after it. */
  readonly open: number;
  readonly left: number;
  /** Why it ended before its last question; null: it did not. */
  readonly stop: 'limit' | 'aborted' | { readonly rejected: string } | { readonly silent: string } | null;
}

/** Questions in a row that no call answered, from which on a server counts as one that does not answer. */
const SILENT = 8;

/** Whether a row settles its question. */
export const settles = (row: VerdictRow | undefined, retryFailed = false): boolean =>
  row !== undefined && row.outcome !== 'stopped' && !(retryFailed && row.outcome === 'no-answer');

/**
 * Asks a judge what it has not been asked, several questions at a time, each once: what comes of it is on the
 * disk before the next question is taken.
 * @param questions may hold one key several times
 */
export async function pass(
  judge: LlmJudge,
  questions: readonly Asked[],
  verdicts: Verdicts,
  { signal, retryFailed = false, apiKey, clock = systemClock, onRow }: PassOptions,
): Promise<Passed> {
  const byKey = new Map(questions.map((question) => [question.key, question]));
  const open = [...byKey.values()].filter(({ key }) => !settles(verdicts.known.get(key), retryFailed));
  const asking: Asking = {
    judge,
    apiKey,
    spending: new Spending(spentOn(verdicts.rows.get(judge.name) ?? []), judge),
    clock,
    signal,
    form: judge.form,
    notBefore: 0,
  };
  const lines = Math.min(judge.concurrency, open.length);
  const most = Math.max(SILENT, 2 * judge.concurrency);
  let [at, done, unanswered] = [0, 0, 0];
  let stop: Passed['stop'] = null;
  const line = async (): Promise<void> => {
    while (stop === null && at < open.length) {
      const { row, stop: why } = await ask(open[at++]!, asking);
      if (row !== null) verdicts.append(row);
      if (row !== null && row.outcome !== 'stopped') {
        done++;
        onRow?.(done, open.length);
      }
      if (row !== null) unanswered = row.outcome === 'no-answer' ? unanswered + 1 : 0;
      // A limit that one call did not fit into may hold another, but no question comes first.
      stop ??= why ?? (unanswered >= most ? { silent: row?.why ?? 'no answer' } : null);
    }
  };
  await Promise.all(Array.from({ length: lines }, line));
  return { open: open.length, left: open.length - done, stop };
}
