import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TiltyardError } from '../../harness/errors.js';
import { isSuite, progressOf, readMembers, readSuite, type StoredSuite } from '../../harness/run/suite.js';
import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import { readExperiment, type StoredRun } from '../../harness/store/read.js';
import type { SampleRow } from '../../harness/store/records.js';
import { clean } from '../report/escape.js';
import { LiveStore } from './live.js';
import { PAGE_POLICY, viewPage } from './page.js';
import { SUITE_POLICY, suitePage } from './suite-page.js';
import { type TokenRatio, TokenRatios } from './token-ratios.js';

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
/** Of each look at the files, so that thousands of runs do not hold up the page. */
const BUDGET_MS = 150;
/** Samples of a run that the page lists. */
const SHOWN = 200;
const REPORTS: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/report': ['report.html', 'text/html'],
  '/report.json': ['report.json', 'application/json'],
  '/report.csv': ['report.csv', 'text/csv'],
  '/report.md': ['report.md', 'text/markdown'],
};
/** The report brings its own, stricter policy; this one keeps it from the network whatever is in it. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Serves a live page of an output folder on this machine alone, and writes nothing to the folder.
 * @throws TiltyardError for a folder that is no run's, a host that others could reach, or a port in use
 */
export async function startView(dir: string, options: ViewOptions): Promise<View> {
  if (!LOOPBACK.includes(options.host)) throw new TiltyardError('not-loopback', `view: --host ${options.host} would show the folder to others; use 127.0.0.1, and a tunnel (ssh -L) from another machine`);
  const ratios = new TokenRatios();
  const site = isSuite(dir) ? new SuiteSite(dir, ratios) : new ExperimentSite(dir, ratios);
  const server = createServer((request, response) => void answer(site, request, response));
  await listen(server, options);
  const timer = setInterval(() => site.poll(), options.pollMs ?? POLL_MS);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host === '::1' ? '[::1]' : options.host}:${port}/`,
    close: async () => {
      clearInterval(timer);
      site.hangUp();
      await new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
      await ratios.dispose();
    },
  };
}

function listen(server: Server, { port, host }: ViewOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new TiltyardError('cannot-listen', `view: cannot listen on ${host} port ${port} (${error.code ?? error.message}); give another --port, or 0 for any free one`, { cause: error })));
    server.listen(port, host, resolve);
  });
}

/** What is served of a folder. */
interface Site {
  /** @param path from this site's own root, beginning with / */
  route(path: string, response: ServerResponse): Promise<void>;
  /** Looks at the files, and tells who listens what is new. */
  poll(): void;
  hangUp(): void;
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    // A name of somebody else's that was made to point here must not read the folder (DNS rebinding).
    if (!LOOPBACK.includes(hostName(request.headers.host))) return plain(response, 403, 'this page answers to localhost only');
    if (request.method !== 'GET') return plain(response.setHeader('Allow', 'GET'), 405, 'only GET');
    await site.route(new URL(request.url ?? '/', 'http://localhost').pathname, response);
  } catch (error) {
    plain(response, 500, error instanceof TiltyardError ? error.message : 'this could not be read');
  }
}

/** The members of a suite, each a site of its own below its name; one is watched from its first visit on. */
class SuiteSite implements Site {
  private readonly sites = new Map<string, ExperimentSite>();
  private readonly suite: StoredSuite;

  constructor(
    private readonly dir: string,
    private readonly ratios: TokenRatios,
  ) {
    this.suite = readSuite(dir);
  }

  async route(path: string, response: ServerResponse): Promise<void> {
    if (path === '/') return body(response, 'text/html', suitePage(this.suite, progressOf(readMembers(this.dir)), existsSync(join(this.dir, 'report.html'))), SUITE_POLICY);
    if (REPORTS[path] !== undefined) return reportFile(this.dir, path, response);
    const [, first, rest] = /^\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    const member = this.suite.members.find((name) => name === decoded(first ?? ''));
    if (member === undefined) return plain(response, 404, 'not found');
    // The page asks for what lies beside it, so its address ends with a slash.
    if (rest === undefined) return void response.writeHead(307, { ...HEADERS, Location: `/${encodeURIComponent(member)}/` }).end();
    let site = this.sites.get(member);
    if (site === undefined) this.sites.set(member, (site = new ExperimentSite(join(this.dir, member), this.ratios)));
    return site.route(rest, response);
  }

  poll(): void {
    for (const site of this.sites.values()) site.poll();
  }

  hangUp(): void {
    for (const site of this.sites.values()) site.hangUp();
  }
}

class ExperimentSite implements Site {
  private readonly listeners = new Set<ServerResponse>();
  private readonly live: LiveStore;
  private samples: { readonly id: string; readonly rows: readonly SampleRow[] } | undefined;

  constructor(
    private readonly dir: string,
    private readonly ratios: TokenRatios,
  ) {
    this.live = new LiveStore(readExperiment(dir));
    this.live.poll(BUDGET_MS);
  }

  poll(): void {
    const update = this.live.poll(BUDGET_MS);
    if (update.runs.length === 0 && Object.keys(update.curves).length === 0) return;
    for (const listener of this.listeners) send(listener, 'change', update);
  }

  hangUp(): void {
    for (const listener of this.listeners) listener.end();
  }

  async route(path: string, response: ServerResponse): Promise<void> {
    const { experiment } = this.live.stored;
    if (path === '/') return body(response, 'text/html', viewPage(experiment.name), PAGE_POLICY);
    if (path === '/api/state') return json(response, this.state());
    if (path === '/api/events') return this.subscribe(response);
    if (REPORTS[path] !== undefined) return reportFile(this.dir, path, response);
    // Ids are looked up in the plan, never put into a path.
    const [, id, index] = /^\/api\/run\/([^/]+)(?:\/sample\/(\d{1,9}))?$/.exec(path) ?? [];
    const run = id === undefined ? undefined : this.live.run(decoded(id));
    if (run === undefined) return plain(response, 404, 'not found');
    const samples = this.samplesOf(run);
    if (index === undefined) return json(response, { spec: run.spec, nSamples: samples.length, samples: samples.slice(0, SHOWN) });
    const sample = samples[Number(index)];
    return sample === undefined ? plain(response, 404, 'not found') : json(response, await this.tokens(run, sample));
  }

  private state(): object {
    const { experiment, hash } = this.live.stored;
    return { name: experiment.name, description: experiment.description, hash, report: existsSync(join(this.dir, 'report.html')), ...this.live.snapshot() };
  }

  private subscribe(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' });
    send(response, 'state', this.state());
    this.listeners.add(response);
    response.on('close', () => this.listeners.delete(response));
  }

  /** That a sample has no token log-ratios is an answer, not a failure. */
  private async tokens(run: StoredRun, sample: SampleRow): Promise<{ tokens: readonly TokenRatio[] } | { reason: string }> {
    try {
      return { tokens: await this.ratios.of(run, sample) };
    } catch (error) {
      if (error instanceof TiltyardError) return { reason: error.message };
      throw error;
    }
  }

  private samplesOf(run: StoredRun): readonly SampleRow[] {
    if (this.samples?.id === run.spec.id) return this.samples.rows;
    const rows = readJsonl<SampleRow>(runPaths(run.dir).samples);
    if (existsSync(runPaths(run.dir).outcome)) this.samples = { id: run.spec.id, rows };
    return rows;
  }
}

function reportFile(dir: string, path: string, response: ServerResponse): void {
  const [name, type] = REPORTS[path]!;
  const file = join(dir, name);
  if (existsSync(file)) body(response, type, readFileSync(file, 'utf8'), REPORT_POLICY);
  else plain(response, 404, 'there is no report yet; it is written when the runs are done, or by: tiltyard report');
}

const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cross-Origin-Resource-Policy': 'same-origin', 'X-Frame-Options': 'DENY' };

function body(response: ServerResponse, type: string, text: string, policy = "default-src 'none'", status = 200): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': policy }).end(text);
}

/** Text from data goes out without control characters and direction marks: the page sets it as text, and these would still act. */
const toJson = (value: unknown): string => JSON.stringify(value, (_, x: unknown) => (typeof x === 'string' ? clean(x) : x));
const json = (response: ServerResponse, value: unknown): void => body(response, 'application/json', toJson(value));
const plain = (response: ServerResponse, status: number, text: string): void => body(response, 'text/plain', text, undefined, status);
const send = (response: ServerResponse, event: string, value: unknown): void => void response.write(`event: ${event}\ndata: ${toJson(value)}\n\n`);

/** The name in a Host header, without port and brackets. */
const hostName = (header: string | undefined): string => (header ?? '').toLowerCase().replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

/** A path with a broken percent sign names nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
