import type { LlmJudge } from '../store/experiment.js';
import type { VerdictRow } from '../store/verdicts.js';
import { backOff, type Clock, PATIENCE_MS } from './backoff.js';
import { call, type Usage } from './client.js';
import type { Asked } from './question.js';
import { judgeRequest } from './request.js';
import { LETTERS_PER_TOKEN, type Spending } from './spending.js';
import { type ReadVerdict, readVerdict } from './verdict.js';

/** What all questions to one judge have in common while they are asked. */
export interface Asking {
  readonly judge: LlmJudge;
  readonly apiKey: string | null;
  readonly spending: Spending;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether its server still seems to take `response_format`. */
  form: LlmJudge['form'];
  /** Milliseconds before which no call is made, since the server asked for it. */
  notBefore: number;
}

/** What a question came to. */
export interface Came {
  /** Null where no call was made. */
  readonly row: Omit<VerdictRow, 'seal'> | null;
  /** Why the judge is to be asked no more; null: it may be. */
  readonly stop: 'limit' | 'aborted' | { readonly rejected: string } | null;
}

/** Calls in which an answer may come that says no verdict; a model that does so twice does so again. */
const READINGS = 2;
/** Characters kept of what a judge said. */
const KEPT = 2000;
const REASON = 300;

/** Asks one question until it is answered, its calls are used up, or the asking ends. */
export async function ask(asked: Asked, asking: Asking): Promise<Came> {
  const { judge, spending, clock, signal } = asking;
  const began = clock.now();
  const failures: string[] = [];
  let calls = 0;
  let tokens = { prompt: 0, completion: 0, estimated: false };
  let last: { said: ReadVerdict; answer: string | null; servedBy: string | null } | null = null;
  let readings = 0;

  const row = (outcome: VerdictRow['outcome'], why: string | null): NonNullable<Came['row']> => ({
    key: asked.key,
    judge: judge.name,
    outcome,
    why: why === null ? null : why.slice(0, REASON),
    answer: last?.answer?.slice(0, KEPT) ?? null,
    servedBy: last?.servedBy ?? null,
    calls,
    tokens,
    failures,
    about: asked.about,
    clock: { atMs: began, ms: clock.now() - began },
  });
  const stopped = (stop: NonNullable<Came['stop']>, why: string): Came => ({
    row: calls === 0 ? null : row('stopped', why),
    stop,
  });

  while (true) {
    await clock.sleep(Math.max(0, asking.notBefore - clock.now()), signal);
    if (signal.aborted) return stopped('aborted', 'the pass was stopped');
    const { fence, body } = judgeRequest(judge, asked, asked.key, asking.form);
    const reserved = Math.ceil(body.length / LETTERS_PER_TOKEN) + judge.maxAnswerTokens;
    if (!spending.reserve(reserved)) return stopped('limit', 'what may be spent is spent');
    calls++;
    const form = asking.form;
    const reply = await call(judge, asking.apiKey, body, signal, clock.now);
    const usage = reply.kind === 'said' ? reply.usage : null;
    const taken = usage ?? estimateOf(body, reply.kind === 'said' ? (reply.content ?? '') : '');
    spending.settle(reserved, taken.prompt + taken.completion);
    tokens = {
      prompt: tokens.prompt + taken.prompt,
      completion: tokens.completion + taken.completion,
      estimated: tokens.estimated || usage === null,
    };
    let waitMs: number | null = null;
    switch (reply.kind) {
      case 'aborted':
        return stopped('aborted', 'the pass was stopped');
      case 'rejected':
        return stopped({ rejected: reply.what }, reply.what);
      case 'declined':
        return { row: { ...row('no-answer', reply.what), failures: [...failures, reply.what] }, stop: null };
      case 'no-schema':
        if (form === 'plain') {
          return { row: row('no-answer', 'its server wants another form'), stop: null };
        }
        asking.form = 'plain';
        failures.push('response_format not taken');
        continue;
      case 'said': {
        const said = readVerdict(reply.content, reply.refusal, fence);
        last = { said, answer: reply.content ?? reply.refusal, servedBy: reply.servedBy };
        readings++;
        const isVerdict = said.outcome !== 'empty' && said.outcome !== 'unreadable';
        if (isVerdict || readings >= READINGS || failures.length >= judge.retries) {
          return { row: row(said.outcome, said.why), stop: null };
        }
        failures.push(said.outcome);
        break;
      }
      case 'failed':
        failures.push(reply.what);
        waitMs = reply.retryAfterMs;
        if (waitMs !== null)
          asking.notBefore = Math.max(asking.notBefore, clock.now() + Math.min(waitMs, PATIENCE_MS));
        if (failures.length > judge.retries || (waitMs ?? 0) > PATIENCE_MS) {
          return last === null
            ? { row: row('no-answer', reply.what), stop: null }
            : { row: row(last.said.outcome, last.said.why), stop: null };
        }
        break;
      default:
        reply satisfies never;
    }
    await clock.sleep(backOff(asked.key, failures.length, waitMs), signal);
  }
}

/** Where a server does not count tokens: by letters; a question that brought nothing was still read. */
const estimateOf = (body: string, answer: string): Usage => ({
  prompt: Math.ceil(body.length / LETTERS_PER_TOKEN),
  completion: Math.ceil(answer.length / LETTERS_PER_TOKEN),
});
