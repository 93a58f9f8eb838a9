import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TiltyardError } from '../../../errors.js';
import type { RunSpec } from '../../../store/spec.js';

/** What a job runs: this install's, which every node has to see at the same path. */
const JOB = join(dirname(fileURLToPath(import.meta.url)), 'job.js');

/** What runs have to have in common to be tasks of one array: all that is asked for them. */
export const askedFor = ({ resources = {}, engine }: RunSpec): string => {
  const { gpus = 0, cpus = engine.threads, memory, time, partition } = resources;
  return [
    `--cpus-per-task=${cpus}`,
    ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
    ...(memory === undefined ? [] : [`--mem=${memory}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
  ]
    .map((option) => `#SBATCH ${option}\n`)
    .join('');
};

/**
 * The script of an array's tasks. It is replaced by the program, so that a signal for the job is the
 * program's.
 * @param asked lines of `askedFor`
 * @param out the output folder
 * @param wave name of what its tasks are to work on
 */
export const scriptOf = (asked: string, out: string, wave: string): string => `#!/bin/sh
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --requeue
#SBATCH --open-mode=append
${asked}exec ${[process.execPath, JOB, out, wave].map(quoted).join(' ')} "$SLURM_ARRAY_TASK_ID"
`;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Options of sbatch that say what this program itself says. */
const OURS = ['array', 'job-name', 'output', 'error', 'wait', 'wrap', 'parsable', 'test-only', 'ntasks'];
const OURS_SHORT = ['-a', '-J', '-o', '-e', '-W', '-n', '-Q', '-h', '-V'];

/** @throws TiltyardError for an option that cannot be handed on */
export function checkOptions(options: readonly string[]): void {
  for (const option of options) {
    const refused = (why: string): TiltyardError =>
      new TiltyardError('sbatch-option', `--sbatch ${option}: ${why}`);
    const long = /^--([a-z-]+)(=.*)?$/.exec(option)?.[1];
    if (long === undefined && !/^-[A-Za-z].+$/.test(option)) {
      throw refused('should be one option of sbatch with its value, e.g. --sbatch=--account=mine');
    }
    if (OURS.includes(long ?? '') || OURS_SHORT.includes(option.slice(0, 2)))
      throw refused('is set by tiltyard itself; leave it out');
  }
}
