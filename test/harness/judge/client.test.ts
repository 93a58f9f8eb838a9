import { afterEach, describe, expect, test } from 'vitest';
import { call } from '../../../harness/judge/client.js';
import { FAULTS, type JudgeServer, judgeServer, type ServerOptions } from '../../bench/judge/server.js';
import { judgeRequest } from '../../../harness/judge/request.js';

const judge = { model: 'm', rubric: 'r', maxAnswerTokens: 64 };
const question = { prompt: 'p', first: 'a', second: 'b' };
const { body } = judgeRequest(judge, question, 'key', 'schema');
const now = (): number => Date.parse('2026-01-01T00:00:00Z');

let server: JudgeServer | undefined;
afterEach(() => server?.close());

const answers = async (options: ServerOptions, key: string | null = null, timeoutSeconds = 20) => {
  server = await judgeServer(options);
  return call({ url: server.url, timeoutSeconds }, key, body, new AbortController().signal, now);
};

describe('a call', () => {
  test('brings what was said, by whom, and what it took', async () =>
    expect(await answers({})).toEqual({
      kind: 'said',
      content: expect.stringContaining('"winner":"A"') as string,
      refusal: null,
      servedBy: 'served',
      usage: { prompt: 100, completion: 10 },
    }));
  test('has the key in its header, and the request as it was made', async () => {
    await answers({}, 'sk-secret');
    expect(server!.calls[0]!.headers.authorization).toBe('Bearer sk-secret');
    expect(server!.calls[0]!.body).toEqual(JSON.parse(body));
  });

  test.each([
    ['429', { kind: 'failed', what: 'HTTP 429: slow down', retryAfterMs: 0 }],
    ['500', { kind: 'failed', what: 'HTTP 500: oops', retryAfterMs: null }],
    ['timeout', { kind: 'failed', what: 'timeout', retryAfterMs: null }],
    ['truncated', { kind: 'failed', what: 'truncated or broken JSON', retryAfterMs: null }],
    ['schema', { kind: 'failed', what: 'an answer of another schema', retryAfterMs: null }],
    ['drip', { kind: 'failed', what: 'timeout', retryAfterMs: null }],
    ['empty', { kind: 'said', content: '', refusal: null }],
    ['refusal', { kind: 'said', content: null, refusal: 'I would rather not' }],
  ] as const)('that meets %s says so', async (fault, reply) => {
    expect(FAULTS).toContain(fault);
    expect(await answers({ fault: () => fault }, null, /timeout|drip/.test(fault) ? 0.2 : 20)).toMatchObject(
      reply,
    );
  });

  test.each([
    ['7', 7000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', null],
  ])('reads Retry-After: %s', async (retryAfter, retryAfterMs) =>
    expect(await answers({ fault: () => '429', retryAfter })).toMatchObject({ retryAfterMs }),
  );

  test.each([
    [401, 'rejected'],
    [403, 'rejected'],
    [404, 'rejected'],
    [402, 'rejected'],
    [400, 'declined'],
    [413, 'declined'],
    [503, 'failed'],
    [408, 'failed'],
  ])('that meets status %i is %s', async (status, kind) =>
    expect(await answers({ raw: () => ({ status, body: '{"error":{"message":"no"}}' }) })).toMatchObject({
      kind,
      what: `HTTP ${status}: no`,
    }),
  );
  test('learns that a server takes no response_format', async () =>
    expect(
      await answers({ raw: () => ({ status: 400, body: '"response_format is not supported"' }) }),
    ).toEqual({ kind: 'no-schema' }));

  test('a key that the server repeats is not passed on', async () => {
    const bodyOf = (text: string) => ({
      raw: () => ({ status: 401, body: `{"message":"bad key ${text}"}` }),
    });
    expect(await answers(bodyOf('sk-secret'), 'sk-secret')).toMatchObject({
      what: 'HTTP 401: bad key [key]',
    });
  });
  test('follows no redirect, since the key would go along', async () => {
    const found = await answers({ raw: () => ({ status: 307, body: '' }) }, 'sk-secret');
    expect(found.kind).not.toBe('said');
    expect(server!.calls).toHaveLength(1);
  });
  test('an answer without end is cut off', async () => {
    const endless = { status: 200, body: 'x'.repeat(5 * 2 ** 20) };
    expect(await answers({ raw: () => endless })).toMatchObject({
      what: 'an answer of more than 4194304 bytes',
    });
  });
  test('a server that is not there has failed, and one that is left is aborted', async () => {
    const nobody = { url: 'http://127.0.0.1:9/v1', timeoutSeconds: 20 };
    const { signal } = new AbortController();
    expect(await call(nobody, null, body, signal, now)).toMatchObject({ kind: 'failed' });
    server = await judgeServer({ fault: () => 'timeout' });
    const abort = new AbortController();
    const reply = call({ url: server.url, timeoutSeconds: 20 }, null, body, abort.signal, now);
    setTimeout(() => abort.abort(), 20);
    expect(await reply).toEqual({ kind: 'aborted' });
  });
});
