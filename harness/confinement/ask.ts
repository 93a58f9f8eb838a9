import { spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { confinementFlags, type Reach } from './flags.js';

/** Milliseconds in which a process that is asked has to answer. */
const PATIENCE = 120_000;
/** The pipe on which it does. */
const ANSWER = 3;

/** What somebody's code said, or why it said nothing. */
export type Said<T> = { readonly answer: T } | { readonly silence: string };

/**
 * Asks a process of its own, confined to what it may reach, that loads somebody's code and answers with
 * `answer`: the process that asks runs no line of it.
 * @param entry the file that Node runs
 * @param question it is told this as JSON, its only argument
 */
export function ask<T>(entry: string, question: object, reach: Reach): Said<T> {
  const argv = [...confinementFlags(reach), entry, JSON.stringify(question)];
  const { output, signal, stderr } = spawnSync(process.execPath, argv, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    timeout: PATIENCE,
    maxBuffer: 2 ** 26,
  });
  const said = output?.[ANSWER] as Buffer | null | undefined;
  if (said != null && said.length > 0) return { answer: deserialize(said) as T };
  const how = signal === null ? 'its process ended' : 'it did not end';
  const lines = String(stderr ?? '')
    .trim()
    .split('\n');
  const last = lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)!;
  return { silence: last === '' ? how : `${how}: ${last}` };
}

/** Answers whoever asked. */
export function answer(value: unknown): void {
  const bytes = serialize(value);
  for (let at = 0; at < bytes.length; ) at += writeSync(ANSWER, bytes, at);
}
