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
  // One controller, held by its timer: a signal made of others may be collected, and then ends nothing.
  const both = new AbortController();
  let isLate = false;
  const stop = (): void => both.abort();
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, timeoutSeconds * 1000);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const failed = (what: string, retryAfterMs: number | null = null): Reply => ({
    kind: 'failed',
    what,
    retryAfterMs,
  });
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      body,
      redirect: 'error',
      signal: both.signal,
    });
    text = withoutKey(await bodyOf(response), key);
  } catch (error) {
    if (signal.aborted) return { kind: 'aborted' };
    if (isLate) return failed('timeout');
    return failed(withoutKey(reasonOf(error), key));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
  const { status } = response;
  const what = `HTTP ${status}${saying(text)}`;
  if (status === 200) return answered(text);
  if (PASSING.includes(status) || status >= 500)
    return failed(what, waitOf(response.headers.get('retry-after'), now()));
  if (HOPELESS.includes(status)) return { kind: 'rejected', what };
  if (/response_format|json_schema|guided|grammar/i.test(text)) return { kind: 'no-schema' };
  return { kind: 'declined', what };
}

async function bodyOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > LARGEST) throw new Error(`an answer of more than ${LARGEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
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

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return (cause?.code ?? cause?.message ?? message ?? 'no connection').slice(0, SHOWN);
}
