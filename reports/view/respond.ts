import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { isInside } from '../../harness/store/inside.js';
import { clean } from '../report/escape.js';

const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
};
const NOTHING = "default-src 'none'";

function send(response: ServerResponse, status: number, type: string, text: string, policy: string): void {
  const headers = { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': policy };
  response.writeHead(status, { ...HEADERS, ...headers }).end(text);
}

export const sendPage = (response: ServerResponse, html: string, policy: string): void =>
  send(response, 200, 'text/html', html, policy);

export const sendJson = (response: ServerResponse, value: unknown): void =>
  send(response, 200, 'application/json', toJson(value), NOTHING);

/** One line in place of what was asked for. */
export const sendRefusal = (response: ServerResponse, status: number, text: string): void =>
  send(response, status, 'text/plain', text, NOTHING);

export const sendNotFound = (response: ServerResponse): void => sendRefusal(response, 404, 'not found');

export const redirect = (response: ServerResponse, location: string): void =>
  void response.writeHead(307, { ...HEADERS, Location: location }).end();

export const beginEvents = (response: ServerResponse): void =>
  void response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' });

/** Bytes that may wait for a reader; one that is slower is let go, and its page asks for all anew. */
const MOST_WAITING = 2 ** 23;

export function sendEvent(response: ServerResponse, event: string, value: unknown): void {
  if (response.writableLength > MOST_WAITING) response.destroy();
  else response.write(`event: ${event}\ndata: ${toJson(value)}\n\n`);
}

/**
 * Text from data goes out without control characters and direction marks: the page sets it as text, and these
 * would still act.
 */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, x: unknown) => (typeof x === 'string' ? clean(x) : x));

const REPORTS: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/report': ['report.html', 'text/html'],
  '/report.json': ['report.json', 'application/json'],
  '/report.csv': ['report.csv', 'text/csv'],
  '/report.md': ['report.md', 'text/markdown'],
};

/** The report brings its own, stricter policy; this one keeps it from the network whatever is in it. */
const REPORT_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const hasReport = (dir: string): boolean => existsSync(join(dir, 'report.html'));

/** Sends the file of a folder's report that this path names. @returns whether it names one */
export function sendReport(response: ServerResponse, dir: string, path: string): boolean {
  const report = REPORTS[path];
  if (report === undefined) return false;
  const [name, type] = report;
  const file = join(dir, name);
  if (existsSync(file) && isInside(dir, file))
    send(response, 200, type, readFileSync(file, 'utf8'), REPORT_POLICY);
  else {
    const missing = 'there is no report yet; it is written when the runs are done, or by: tiltyard report';
    sendRefusal(response, 404, missing);
  }
  return true;
}
