import type { Ended } from './kept.js';

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
  if (/unexpected error|\b(Type|Range|Reference|Syntax)Error\b|\n\s+at .*:\d+:\d+/.test(stderr)) return all;
  if (code === 0) return null;
  const lines = stderr.split('\n').filter((line) => line !== '');
  if (lines.length === 1 && lines[0]!.startsWith('tiltyard: ') && !/\binternal\b/.test(stderr)) return null;
  if (listing === null) return `not one message: ${stderr}`;
  const said = lines.length > 0 ? lines : stdout.split('\n').filter((line) => line !== '');
  return said.length > 0 && said.every((line) => line.includes(listing)) ? null : `not a list: ${all}`;
}
