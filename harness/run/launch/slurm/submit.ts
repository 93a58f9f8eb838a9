import { setTimeout as sleep } from 'node:timers/promises';
import { TiltyardError } from '../../../errors.js';
import { clusterPaths } from '../../../store/layout.js';
import { scheduler } from './scheduler.js';
import { submitted, type Wave } from './wave.js';

/** Milliseconds between two tries while Slurm's controller is away, and how many there are. */
const AGAIN = 15_000;
const TRIES = 20;

/**
 * Submits a wave as one array, once: before another try it is looked for, since a controller that was too
 * slow to say so may have it.
 * @param options of sbatch, in addition: they stand behind those of the script, and so over them
 * @throws TiltyardError in Slurm's own words, where it takes none
 */
export async function submit(
  wave: Wave,
  options: readonly string[],
  say: (note: string) => void,
  every = AGAIN,
): Promise<Wave> {
  const paths = clusterPaths(wave.out).wave(wave.name);
  const literal = (path: string): string => path.replaceAll('%', '%%');
  const args = [
    `--job-name=${wave.jobName}`,
    `--array=0-${wave.runs.length - 1}`,
    `--output=${literal(paths.folder)}${paths.printed('%a').slice(paths.folder.length)}`,
    `--chdir=${wave.out}`,
    ...options,
    paths.script,
  ];
  for (let tries = 1; ; tries++) {
    const found = await scheduler.submit(args);
    if ('id' in found) return submitted(wave, found.id);
    if (!found.passing || tries === TRIES) throw refused(wave, found.why);
    say(`sbatch: ${found.why}; tried again in ${every / 1000} seconds`);
    await sleep(every);
    const id = await jobOf(wave);
    if (id !== null) return submitted(wave, id);
  }
}

/** The job of a wave of which none is known; null where there is none. */
export async function jobOf({ jobName }: Wave): Promise<string | null> {
  const ids = await scheduler.named(jobName).catch(() => []);
  return ids[0] ?? null;
}

function refused({ runs, out }: Wave, why: string): TiltyardError {
  const what = runs.length === 1 ? 'a run' : `${runs.length} runs`;
  const remedy = 'change `resources` or hand options on with --sbatch=--option=value';
  const later = `tiltyard resume ${out} --launcher slurm goes on`;
  return new TiltyardError('slurm-refused', `sbatch refused ${what}: ${why}; ${remedy}; ${later}`);
}
