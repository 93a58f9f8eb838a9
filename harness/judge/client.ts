import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LlmJudge } from '../store/experiment.js';

/** Tokens that a server counted for one call. */
export interface Usage {
  readonly prompt: number;
  readonly completion: number;
}

/** What a call came to. */
export type Reply =
  | {
      readonly kind: 'said';
      readonly content: string | null;
      readonly refusal: string | null;
      readonly servedBy: string | null;
      readonly usage: Usage | null;
    }
  /** No answer came; another call may bring one. */
  | { readonly kind: 'failed'; readonly what: string; readonly retryAfterMs: number | null }
  /** The server takes no `response_format`. */
  | { readonly kind: 'no-schema' }
  /** The server will not take this question, however often it is asked. */
  | { readonly kind: 'declined'; readonly what: string }
  /** The server will take no question: its key, address or model is wrong. */
  | { readonly kind: 'rejected'; readonly what: string }
  /** The caller gave up. */
  | { readonly kind: 'aborted' };

/** Bytes of an answer; a server that goes on is cut off. */
const LARGEST = 4 * 2 ** 20;
/** Characters of what a server says of an error. */
const SHOWN = 200;
/** Statuses after which the same call may succeed. */
const PASSING: readonly number[] = [408, 409, 425, 429];
/** Statuses that say the same of every question. */
const HOPELESS: readonly number[] = [401, 402, 403, 404, 405];

/**
 * One call of `/chat/completions`. Redirects are not followed, since the key would go along; what the server
 * says is rid of the key, which some repeat.
 * @param signal ends it from outside
 * @param now milliseconds, for servers that say until when to wait
 */
export async function call(
  { url, timeoutSeconds }: Pick<LlmJudge, 'url' | 'timeoutSeconds'>,
  key: string | null,
  body: string,
  signal: AbortSignal,
  now: () => number,
): Promise<Reply> {
  const failed = (what: string, retryAfterMs: number | null = null): Reply => ({
    kind: 'failed',
    what,
    retryAfterMs,
  });
  const headers = {
    'content-type': 'application/json',
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  };
  let answer: Answer;
  try {
    answer = await post(`${url}/chat/completions`, headers, body, timeoutSeconds * 1000, signal);
  } catch (error) {
    if (signal.aborted) return { kind: 'aborted' };
    return failed(withoutKey(reasonOf(error), key));
  }
  const { status, retryAfter } = answer;
  const text = withoutKey(answer.text, key);
  const what = `HTTP ${status}${saying(text)}`;
  if (status === 200) return answered(text);
  if (PASSING.includes(status) || status >= 500) return failed(what, waitOf(retryAfter, now()));
  if (HOPELESS.includes(status) || (status >= 300 && status < 400)) return { kind: 'rejected', what };
  if (/response_format|json_schema|guided|grammar/i.test(text)) return { kind: 'no-schema' };
  return { kind: 'declined', what };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/**
 * Sends and receives within one deadline, the last byte included. Not by `fetch`: on Node 20 what ends a call
 * may be collected while its body is read, and a server that drips is then waited for without end.
 * @throws what went wrong with the connection, or `timeout`
 */
function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  ms: number,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(url, { method: 'POST', headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > LARGEST) request.destroy(new Error(`an answer of more than ${LARGEST} bytes`));
      });
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        const { statusCode = 0, headers: given } = response;
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: statusCode, retryAfter: given['retry-after'] ?? null, text });
      });
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => request.destroy(new Error('timeout')), ms);
    request.on('error', fail);
    request.end(body);
  });
}

/** A body that is not what the protocol says is a failure of the server's, not a verdict. */
function answered(text: string): Reply {
  const bad = (what: string): Reply => ({ kind: 'failed', what, retryAfterMs: null });
  let value: { choices?: unknown; model?: unknown; usage?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return bad('truncated or broken JSON');
  }
  const choices = value?.choices;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const { message, finish_reason: finish } = (choice ?? {}) as { message?: unknown; finish_reason?: unknown };
  if (typeof message !== 'object' || message === null) return bad('an answer of another schema');
  const { content = null, refusal = null } = message as { content?: unknown; refusal?: unknown };
  if (content !== null && typeof content !== 'string') return bad('an answer of another schema');
  return {
    kind: 'said',
    content,
    refusal: typeof refusal === 'string' ? refusal : finish === 'content_filter' ? 'content filter' : null,
    servedBy: typeof value?.model === 'string' ? value.model.slice(0, SHOWN) : null,
    usage: usageIn(value?.usage),
  };
}

function usageIn(given: unknown): Usage | null {
  const { prompt_tokens: prompt, completion_tokens: completion } = (given ?? {}) as Record<string, unknown>;
  const isCount = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;
  return isCount(prompt) && isCount(completion) ? { prompt, completion } : null;
}

/** Retry-After: seconds, or a date. */
function waitOf(header: string | null, now: number): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

const withoutKey = (text: string, key: string | null): string =>
  key === null || key === '' ? text : text.replaceAll(key, '[key]');

function saying(text: string): string {
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return message.trim() === '' ? '' : `: ${message.trim().slice(0, SHOWN)}`;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return (code ?? message ?? 'no connection').slice(0, SHOWN);
}
