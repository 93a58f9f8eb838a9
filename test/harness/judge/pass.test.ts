import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { backOff, type Clock } from '../../../harness/judge/backoff.js';
import { pass, type PassOptions } from '../../../harness/judge/pass.js';
import { type Asked, keyOf } from '../../../harness/judge/question.js';
import type { LlmJudge } from '../../../harness/store/experiment.js';
import { readVerdicts, Verdicts } from '../../../harness/store/verdicts.js';
import { temporary } from '../../support.js';
import { judgeAt } from '../../bench/judge/folder.js';
import {
  type Fault,
  FAULTS,
  type JudgeServer,
  judgeServer,
  type ServerOptions,
} from '../../bench/judge/server.js';

const root = temporary();
let folders = 0;
let server: JudgeServer | undefined;
afterEach(() => server?.close());

/** A clock that waits for nothing and remembers what it was to wait for. */
class Hurried implements Clock {
  readonly waits: number[] = [];
  private ms = 1e12;
  now = (): number => this.ms;
  sleep = async (ms: number): Promise<void> => {
    if (ms > 0) this.waits.push(ms);
    this.ms += ms;
  };
}

const questions = (judge: LlmJudge, n: number): Asked[] =>
  Array.from({ length: n }, (_, i) => {
    const question = { prompt: `p${i}`, first: `a${i}`, second: `b${i}` };
    const about = { prompt: `p${i}`, first: 'a', second: 'b' };
    return { ...question, key: keyOf(judge, question), about };
  });

interface Given extends Partial<LlmJudge> {
  readonly n?: number;
  readonly dir?: string;
}

/** What is waited for in vain is waited for briefly; nothing else is, however busy the machine. */
const hurried = (fault: Fault): { timeoutSeconds?: number } =>
  fault === 'timeout' || fault === 'drip' ? { timeoutSeconds: 0.2 } : {};

/** One pass over n questions. */
async function passed(options: ServerOptions, given: Given = {}, how: Partial<PassOptions> = {}) {
  await server?.close();
  server = await judgeServer(options);
  const { n = 5, dir = join(root, String(folders++)), ...more } = given;
  const judge = judgeAt(server.url, { concurrency: 1, timeoutSeconds: 20, ...more });
  const clock = new Hurried();
  const verdicts = new Verdicts(dir);
  const { signal } = new AbortController();
  const result = await pass(judge, questions(judge, n), verdicts, { signal, apiKey: null, clock, ...how });
  verdicts.close();
  return { result, dir, waits: clock.waits, rows: readVerdicts(dir), calls: server.calls.length };
}

describe('a pass', () => {
  test('asks each question once, whatever its place in the list, and keeps what is said', async () => {
    const winner = ({ a }: { a: string }) => (['A', 'B', 'tie'] as const)[Number(a.slice(1)) % 3]!;
    const { result, rows, calls } = await passed({ winner }, { n: 6, concurrency: 4 });
    expect(result).toEqual({ open: 6, left: 0, stop: null });
    expect(calls).toBe(6);
    expect(Object.fromEntries(rows.map(({ about, outcome }) => [about.prompt, outcome]))).toEqual({
      p0: 'first',
      p1: 'second',
      p2: 'tie',
      p3: 'first',
      p4: 'second',
      p5: 'tie',
    });
    expect(rows[0]).toMatchObject({ why: 'because', servedBy: 'served', calls: 1, failures: [] });
  });
  test('what is known is not asked again, and what is new is', async () => {
    const { dir } = await passed({}, { n: 3 });
    const again = await passed({}, { n: 5, dir });
    expect(again.result).toEqual({ open: 2, left: 0, stop: null });
    expect(again.calls).toBe(2);
  });

  test.each(FAULTS.filter((fault) => fault !== 'refusal'))(
    '%s, once, costs a call and no verdict',
    async (fault) => {
      const { rows, waits, calls } = await passed(
        { fault: ({ before }) => (before === 0 ? fault : null) },
        { n: 2, ...hurried(fault) },
      );
      expect(rows.map(({ outcome }) => outcome)).toEqual(['first', 'first']);
      expect(rows.every((row) => row.failures.length === 1 && row.calls === 2)).toBe(true);
      expect([waits.length, calls]).toEqual([2, 4]);
    },
  );
  test.each([
    ['429', 'no-answer', 3],
    ['500', 'no-answer', 3],
    ['timeout', 'no-answer', 3],
    ['truncated', 'no-answer', 3],
    ['schema', 'no-answer', 3],
    ['drip', 'no-answer', 3],
    // What says no verdict twice says none a third time; a refusal is an answer.
    ['empty', 'empty', 2],
    ['refusal', 'refused', 1],
  ] as const)('%s, always, is given up on as %s and counted', async (fault, outcome, calls) => {
    const found = await passed({ fault: () => fault }, { n: 1, retries: 2, ...hurried(fault) });
    expect(found.rows).toMatchObject([{ outcome, calls }]);
    expect(found.result).toEqual({ open: 1, left: 0, stop: null });
  });
  test('an unreadable answer is asked for once more', async () => {
    const { rows } = await passed({ content: () => 'A, I think' }, { n: 1 });
    expect(rows).toMatchObject([{ outcome: 'unreadable', calls: 2, answer: 'A, I think' }]);
  });
  test('what was given up on is asked again only where that is wanted', async () => {
    const { dir } = await passed({ fault: () => '500' }, { n: 2, retries: 0 });
    expect((await passed({}, { n: 2, dir })).calls).toBe(0);
    const again = await passed({}, { n: 2, dir }, { retryFailed: true });
    expect(again.calls).toBe(2);
    expect(again.rows.map(({ outcome }) => outcome)).toEqual(['no-answer', 'no-answer', 'first', 'first']);
  });

  test('waits longer each time, and as long as the server asks, all lines of it', async () => {
    const { waits } = await passed({ fault: ({ before }) => (before < 4 ? '500' : null) }, { n: 1 });
    expect(waits).toHaveLength(4);
    waits.forEach((ms, i) => {
      expect(ms).toBeGreaterThanOrEqual(250 * 2 ** i);
      expect(ms).toBeLessThanOrEqual(500 * 2 ** i);
    });
    const asked = await passed(
      { fault: ({ before }) => (before < 1 ? '429' : null), retryAfter: '20' },
      { n: 1 },
    );
    expect(Math.max(...asked.waits)).toBeGreaterThanOrEqual(20_000);
    expect(backOff('k', 3, null)).toBe(backOff('k', 3, null));
    expect(backOff('k', 3, null)).not.toBe(backOff('l', 3, null));
  });
  test('a server that takes no response_format is asked plainly from then on', async () => {
    const raw: ServerOptions['raw'] = ({ body }) =>
      body.response_format === undefined ? null : { status: 400, body: 'unknown field response_format' };
    const { rows, calls } = await passed({ raw }, { n: 3 });
    expect(rows.map(({ outcome }) => outcome)).toEqual(['first', 'first', 'first']);
    expect(calls).toBe(4);
  });

  test('makes no call beyond its limit, and goes on from there with a higher one', async () => {
    const { result, dir, calls } = await passed({}, { n: 5, maxCalls: 3 });
    expect(result).toEqual({ open: 5, left: 2, stop: 'limit' });
    expect(calls).toBe(3);
    expect((await passed({}, { n: 5, maxCalls: 3, dir })).calls).toBe(0);
    const on = await passed({}, { n: 5, maxCalls: 4, dir });
    expect([on.calls, on.result.left]).toEqual([1, 1]);
    expect((await passed({}, { n: 5, dir })).result).toEqual({ open: 1, left: 0, stop: null });
  });
  test('calls that failed before the limit count in what is spent', async () => {
    const { rows, dir } = await passed({ fault: () => '500' }, { n: 2, maxCalls: 2 });
    expect(rows).toMatchObject([
      { outcome: 'stopped', calls: 2, failures: ['HTTP 500: oops', 'HTTP 500: oops'] },
    ]);
    const on = await passed({}, { n: 2, maxCalls: 3, dir });
    expect([on.calls, on.result]).toEqual([1, { open: 2, left: 1, stop: 'limit' }]);
  });
  test('tokens are held to a limit too, by what the server counts', async () => {
    const { result, calls } = await passed({}, { n: 50, maxTokens: 2000 });
    expect(result.stop).toBe('limit');
    // 110 each; a question is let in while there is room for all that it may take.
    expect(calls).toBeLessThanOrEqual(18);
    expect(calls).toBeGreaterThan(8);
  });

  test('a server that takes no question is asked no more', async () => {
    const { result, rows, calls } = await passed(
      { raw: () => ({ status: 401, body: '{"message":"no such key"}' }) },
      { n: 50 },
    );
    expect(result.stop).toEqual({ rejected: 'HTTP 401: no such key' });
    expect([calls, rows.map(({ outcome }) => outcome)]).toEqual([1, ['stopped']]);
  });
  test('nor is one that answers none, and its questions stay open but for those given up on', async () => {
    const { result, calls } = await passed({ fault: () => '500' }, { n: 50, retries: 1 });
    expect(result).toMatchObject({ open: 50, left: 42, stop: { silent: 'HTTP 500: oops' } });
    expect(calls).toBe(16);
  });
  test('one that is stopped keeps what it has, and no question half asked', async () => {
    const abort = new AbortController();
    const { result, rows, dir } = await passed(
      {
        fault: ({ shown }) => {
          if (shown.a !== 'a3') return null;
          setTimeout(() => abort.abort(), 10);
          return 'timeout';
        },
      },
      { n: 6, timeoutSeconds: 30 },
      { signal: abort.signal },
    );
    expect(result).toEqual({ open: 6, left: 3, stop: 'aborted' });
    expect(rows.map(({ outcome }) => outcome)).toEqual(['first', 'first', 'first', 'stopped']);
    expect((await passed({}, { n: 6, dir })).calls).toBe(3);
  });
});
