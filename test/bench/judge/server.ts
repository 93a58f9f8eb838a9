import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A question as a server sees it: what stands between the lines of its fence. */
export interface Shown {
  readonly fence: string;
  readonly prompt: string;
  readonly a: string;
  readonly b: string;
}

/** What a server can do instead of answering. */
export const FAULTS = ['429', '500', 'timeout', 'truncated', 'schema', 'empty', 'drip', 'refusal'] as const;
export type Fault = (typeof FAULTS)[number];

export interface Call {
  readonly shown: Shown;
  /** Calls of this question before this one. */
  readonly before: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly response_format?: unknown } & Readonly<Record<string, unknown>>;
}

export interface ServerOptions {
  /** What is said of a question; 'A' where not given. */
  readonly winner?: (shown: Shown) => 'A' | 'B' | 'tie';
  /** What goes wrong with a call; null: nothing. */
  readonly fault?: (call: Call) => Fault | null;
  /** All that is answered, instead of a verdict. */
  readonly content?: (call: Call) => string;
  /** Status and body of an answer, instead of anything else. */
  readonly raw?: (call: Call) => { readonly status: number; readonly body: string } | null;
  readonly retryAfter?: string;
}

export interface JudgeServer {
  readonly url: string;
  /** Every call, in the order of their arrival. */
  readonly calls: Call[];
  /** Calls whose answer, with a verdict, was written whole, by fence. */
  readonly answered: Map<string, number>;
  readonly close: () => Promise<void>;
}

/** A server on this machine that speaks the protocol, and fails as it is told. */
export async function judgeServer(options: ServerOptions = {}): Promise<JudgeServer> {
  const calls: Call[] = [];
  const answered = new Map<string, number>();
  const times = new Map<string, number>();
  const open = new Set<NodeJS.Timeout>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body = JSON.parse(text) as Call['body'];
      const shown = shownIn(body);
      const before = times.get(shown.fence) ?? 0;
      times.set(shown.fence, before + 1);
      const call: Call = { shown, before, headers: request.headers, body };
      calls.push(call);
      answer(call, response, options, open, () =>
        answered.set(shown.fence, (answered.get(shown.fence) ?? 0) + 1),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    answered,
    close: () => {
      for (const timer of open) clearInterval(timer);
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(
  call: Call,
  response: ServerResponse,
  { winner = () => 'A', fault = () => null, content, raw = () => null, retryAfter = '0' }: ServerOptions,
  open: Set<NodeJS.Timeout>,
  onAnswer: () => void,
): void {
  const send = (status: number, body: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
  const given = raw(call);
  if (given !== null) {
    send(given.status, given.body);
    return;
  }
  const { fence } = call.shown;
  const verdict = JSON.stringify({ id: fence, why: 'because', winner: winner(call.shown) });
  const whole = (message: object, finish = 'stop'): string =>
    JSON.stringify({
      model: 'served',
      choices: [{ message, finish_reason: finish }],
      usage: { prompt_tokens: 100, completion_tokens: 10 },
    });
  switch (fault(call)) {
    case '429':
      send(429, '{"error":{"message":"slow down"}}', { 'retry-after': retryAfter });
      break;
    case '500':
      send(500, 'oops');
      break;
    case 'timeout':
      break;
    case 'truncated':
      send(200, whole({ content: verdict }).slice(0, -30));
      break;
    case 'schema':
      send(200, '{"output":"A"}');
      break;
    case 'empty':
      send(200, whole({ content: '' }));
      break;
    case 'refusal':
      send(200, whole({ content: null, refusal: 'I would rather not' }));
      break;
    case 'drip': {
      const text = whole({ content: verdict });
      let at = 0;
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => {
        response.write(text[at++] ?? ' ');
      }, 20);
      open.add(timer);
      response.on('close', () => {
        clearInterval(timer);
        open.delete(timer);
      });
      break;
    }
    default:
      response.on('finish', onAnswer);
      send(200, whole({ content: content?.(call) ?? verdict }));
      break;
  }
}

/** Reads a question as a judge would: by the fence that it was told of. */
export function shownIn(body: Readonly<Record<string, unknown>>): Shown {
  const [system, user] = body['messages'] as readonly { readonly content: string }[];
  const fence = /The fence is (\w+)\.$/.exec(system!.content)![1]!;
  const part = (name: string): string => {
    const [start, end] = [`===== ${fence} ${name} =====\n`, `\n===== ${fence} end of ${name} =====`];
    const text = user!.content;
    const from = text.indexOf(start) + start.length;
    return text.slice(from, text.indexOf(end, from));
  };
  return { fence, prompt: part('prompt'), a: part('answer A'), b: part('answer B') };
}
