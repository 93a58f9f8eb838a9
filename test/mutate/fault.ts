import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../../harness/store/atomic.js';
import type { OutcomeRow } from '../../harness/store/records.js';
import type { Ended } from './kept.js';

/** What no person is to read. */
const RAW = /unexpected error|\b(Type|Range|Reference|Syntax)Error\b|\n\s+at .*:\d+:\d+/;

/**
 * What is wrong with how a command ended; null where it did what was asked, or refused in one message.
 * @param listing whether it may list what it found, a line each, each of which names something in this folder
 */
export function faultOf(
  { code, stdout, stderr, fault }: Ended,
  listing: string | null = null,
): string | null {
  if (fault !== null) return fault;
  if (code !== 0 && code !== 2) return `exit ${code}: ${stderr}`;
  const all = stdout + stderr;
  if (RAW.test(stderr)) return all;
  if (code === 0) return null;
  const lines = stderr.split('\n').filter((line) => line !== '');
  if (lines.length === 1 && lines[0]!.startsWith('tiltyard: ') && !/\binternal\b/.test(stderr)) return null;
  if (listing === null) return `not one message: ${stderr}`;
  const said = lines.length > 0 ? lines : stdout.split('\n').filter((line) => line !== '');
  return said.length > 0 && said.every((line) => line.includes(listing)) ? null : `not a list: ${all}`;
}

/** Causes of failures that nobody foresaw. */
const UNFORESEEN = ['exception', 'process-died', 'process-exit'];

/**
 * What is wrong with how a command ended that starts runs; null where they ended well, failed of what is said
 * in words, or were stopped when that was asked for.
 * @param dir in which its results are
 */
export function faultOfRuns(
  ended: Ended & { readonly killed: number; readonly stopped: boolean },
  dir: string,
): string | null {
  const { code, stdout, stderr, killed, stopped } = ended;
  if (ended.fault !== null || code === 0 || code === 2) return faultOf(ended);
  if (code !== 1 && !(code === 3 && stopped)) return `exit ${code}: ${stderr}`;
  if (RAW.test(stderr) || RAW.test(stdout)) return stdout + stderr;
  if (killed > 0) return null; // of those it was said that they died
  for (const path of existsSync(dir) ? readdirSync(dir, { recursive: true, encoding: 'utf8' }) : []) {
    if (!/(^|[/\\])outcome\.json$/.test(path)) continue;
    const { cause } = readJson<OutcomeRow>(join(dir, path));
    if (cause !== null && (UNFORESEEN.includes(cause.code) || RAW.test(cause.message)))
      return `${path}: ${cause.code}: ${cause.message}`;
  }
  return null;
}
