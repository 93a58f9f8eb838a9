import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TiltyardError } from '../errors.js';
import { writeJsonAtomic } from '../store/atomic.js';
import { storePaths } from '../store/layout.js';
import { readExperiment, readPlan } from '../store/read.js';
import { sealed } from '../store/seal.js';
import { asNow, type Change, changesOf } from './changes.js';
import { isFinal } from './final.js';
import type { ResumeOptions } from './kind.js';
import { readSuite } from './suite.js';

/**
 * Holds what the runs of a folder read from the user's files (rows, tokenizer, checkpoint, code) to what was
 * there when they were planned, before any of them goes on. What changed may be accepted: runs that have not
 * ended go on with it, and the report says so.
 * @returns what cannot be told, and what was accepted, a sentence each
 * @throws TiltyardError naming the first file that changed, is gone or was added, where that is not accepted
 */
export async function checkUnchanged(dir: string, options: ResumeOptions): Promise<string[]> {
  const folders = existsSync(storePaths(dir).suite)
    ? readSuite(dir).members.map((member) => join(dir, member))
    : [dir];
  const said: string[] = [];
  for (const folder of folders) {
    const { changes, notes } = await changesOf(readExperiment(folder), dir);
    said.push(...notes);
    if (changes.length === 0) continue;
    if (options.acceptChanges !== true) throw refusal(changes[0]!, dir);
    await accept(folder, changes, options);
    said.push(...changes.map(({ file, what }) => `${file} ${what}, which is accepted; the report says so`));
  }
  return said;
}

/** Plans what has not ended by the files as they are, and keeps what changed for the report. */
async function accept(
  dir: string,
  changes: readonly Change[],
  { retryFailed }: ResumeOptions,
): Promise<void> {
  const plan = readPlan(dir);
  const ended = new Set(
    readExperiment(dir).runs.flatMap((run) => (isFinal(run, retryFailed) ? [run.spec.id] : [])),
  );
  const runs = await Promise.all(plan.runs.map((spec) => (ended.has(spec.id) ? spec : asNow(spec))));
  const accepted = [...(plan.accepted ?? []), ...changes.map(({ file, what }) => ({ file, what }))];
  writeJsonAtomic(storePaths(dir).plan, sealed({ ...plan, runs, accepted }));
}

function refusal({ setting, file, what }: Change, dir: string): TiltyardError {
  const back = what === 'was added' ? 'take it away' : 'bring it back as it was';
  const others = 'go on with --accept-changes, or start a new run with --out';
  const remedy = `${back}, ${others} (tiltyard report ${dir} needs no such file)`;
  return new TiltyardError(
    'input-changed',
    `${setting}: ${file} ${what} since ${dir} was planned; ${remedy}`,
  );
}
