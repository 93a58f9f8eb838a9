import { TiltyardError } from '../errors.js';
import type { Experiment, LlmJudge } from '../store/experiment.js';
import type { StoredExperiment } from '../store/read.js';
import { Verdicts } from '../store/verdicts.js';
import type { Clock } from './backoff.js';
import { judgesOf } from './judges.js';
import { keyFor } from './key.js';
import { matchupsOf, questionsOf } from './matchups.js';
import { type Passed, pass } from './pass.js';

/** How the judges of a folder are asked. */
export interface JudgingOptions {
  readonly signal: AbortSignal;
  readonly retryFailed?: boolean | undefined;
  /** Replaces what the experiment allows; absent: it stands. */
  readonly maxCalls?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly clock?: Clock;
  readonly note: (sentence: string) => void;
}

/** Milliseconds between two sentences on how far a pass is. */
const SAID_EVERY = 15_000;

/**
 * Asks the language models of an experiment, one after the other, what they have not been asked about its
 * ended runs.
 * @returns whether each of them could be asked: false where a server took no question, or answered none
 */
export async function judgeRuns(stored: StoredExperiment, options: JudgingOptions): Promise<boolean> {
  const verdicts = new Verdicts(stored.dir);
  let could = true;
  try {
    for (const given of judgesOf(stored.experiment)) {
      if (options.signal.aborted) break;
      const judge = withLimits(given, options);
      const passed = await ofJudge(judge, stored, verdicts, options);
      if (typeof passed.stop === 'object' && passed.stop !== null) could = false;
      sayEnd(judge, passed, stored.dir, options.note);
    }
  } finally {
    verdicts.close();
  }
  return could;
}

async function ofJudge(
  judge: LlmJudge,
  stored: StoredExperiment,
  verdicts: Verdicts,
  { signal, retryFailed, clock, note }: JudgingOptions,
): Promise<Passed> {
  const questions = questionsOf(matchupsOf(stored, judge));
  let last = Date.now();
  return pass(judge, questions, verdicts, {
    signal,
    retryFailed,
    apiKey: keyFor(judge),
    ...(clock === undefined ? {} : { clock }),
    onRow: (done, all) => {
      if (Date.now() - last < SAID_EVERY) return;
      last = Date.now();
      note(`judge ${judge.name}: ${done} of ${all} questions asked`);
    },
  });
}

const withLimits = (judge: LlmJudge, { maxCalls, maxTokens }: JudgingOptions): LlmJudge => ({
  ...judge,
  ...(maxCalls === undefined ? {} : { maxCalls }),
  ...(maxTokens === undefined ? {} : { maxTokens }),
});

function sayEnd(
  { name }: LlmJudge,
  { open, left, stop }: Passed,
  dir: string,
  note: JudgingOptions['note'],
): void {
  if (open === 0) return;
  const asked = `judge ${name}: ${open - left} of ${open} questions asked`;
  if (stop === null) note(asked);
  else if (stop === 'limit')
    note(
      `${asked}; what may be spent on it is spent, and the rest is unjudged: ` +
        `tiltyard resume ${dir} --judge-calls N (or --judge-tokens N) goes on with a higher limit`,
    );
  else if (stop !== 'aborted') {
    const why = 'rejected' in stop ? `its server takes no question: ${stop.rejected}` : silent(stop.silent);
    note(`${asked}; ${why}; the rest is unjudged, and tiltyard resume ${dir} goes on`);
  }
}

const silent = (why: string): string =>
  `call after call was not answered (${why}), and what was given up on is asked again with --retry-failed`;

/**
 * A results folder is data: no server that it names is called, with a key of the caller's, unless the caller
 * names it.
 * @throws TiltyardError naming the server
 */
export function requireTrustedJudges(
  dir: string,
  experiment: Pick<Experiment, 'evaluation'>,
  trusted: readonly string[] = [],
): void {
  const foreign = judgesOf(experiment).find(({ url }) => !trusted.includes(url));
  if (foreign === undefined) return;
  const { name, url, keyFrom } = foreign;
  const withKey = keyFrom === null ? '' : ` with the key in ${keyFrom}`;
  const what = `${dir}: names the judge ${name}, for which ${url} would be called${withKey}`;
  throw new TiltyardError(
    'not-trusted',
    `${what}; a results folder is data: to call it, name it: --trust ${url}`,
  );
}
