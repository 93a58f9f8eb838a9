import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TiltyardError } from '../../harness/errors.js';
import { kindOf } from '../../harness/run/kinds.js';
import { ExperimentSite } from './experiment-site.js';
import { sendRefusal } from './respond.js';
import type { Site } from './site.js';
import { SuiteSite } from './suite-site.js';
import { TokenRatios } from './token-ratios.js';

export interface ViewOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  readonly pollMs?: number;
}

export interface View {
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];
const POLL_MS = 1000;

/**
 * Serves a live page of an output folder on this machine alone, and writes nothing to the folder. Its address
 * has a token in it, since other people of this machine can reach the port too.
 * @throws TiltyardError for a folder that is no run's, a host that others could reach, or a port in use
 */
export async function startView(dir: string, options: ViewOptions): Promise<View> {
  if (!LOOPBACK.includes(options.host)) throw notLoopback(options.host);
  const ratios = new TokenRatios();
  const token = randomBytes(16).toString('hex');
  const site = kindOf(dir) === 'suite' ? new SuiteSite(dir, ratios) : new ExperimentSite(dir, ratios);
  const server = createServer((request, response) => void answer(site, token, request, response));
  await listen(server, options);
  const timer = setInterval(() => poll(site), options.pollMs ?? POLL_MS);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host === '::1' ? '[::1]' : options.host}:${port}/${token}/`,
    close: async () => {
      clearInterval(timer);
      site.hangUp();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await ratios.dispose();
    },
  };
}

const notLoopback = (host: string): TiltyardError =>
  new TiltyardError(
    'not-loopback',
    `view: --host ${host} would show the folder to others; ` +
      'use 127.0.0.1, and a tunnel (ssh -L) from another machine',
  );

function listen(server: Server, { port, host }: ViewOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message =
        `view: cannot listen on ${host} port ${port} (${error.code ?? error.message}); ` +
        'give another --port, or 0 for any free one';
      reject(new TiltyardError('cannot-listen', message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

/** What cannot be read now is looked at again; the page stays. */
function poll(site: Site): void {
  try {
    site.poll();
  } catch {
    // the report says by name what is damaged
  }
}

async function answer(
  site: Site,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // A name of somebody else's that was made to point here must not read the folder (DNS rebinding).
    if (!LOOPBACK.includes(hostName(request.headers.host))) {
      return sendRefusal(response, 403, 'this page answers to localhost only');
    }
    if (request.method !== 'GET') return sendRefusal(response.setHeader('Allow', 'GET'), 405, 'only GET');
    const { pathname } = new URL(`http://localhost${request.url ?? '/'}`);
    const [, given = '', path = '/'] = /^\/([^/]*)(\/.*)?$/.exec(pathname) ?? [];
    if (!isToken(given, token))
      return sendRefusal(response, 403, 'open the address that tiltyard view has printed, token included');
    await site.route(path, response);
  } catch (error) {
    const cause = error instanceof TiltyardError ? error.message : 'this could not be read';
    sendRefusal(response, 500, cause);
  }
}

/** Compared in a time that says nothing of where they differ. */
const isToken = (given: string, token: string): boolean =>
  given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token));

/** The name in a Host header, without port and brackets. */
const hostName = (header: string | undefined): string =>
  (header ?? '')
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
