import { existsSync } from 'node:fs';
import { Option } from 'commander';
import { TiltyardError } from '../errors.js';
import type { Launcher } from '../run/launch/launch.js';
import { localLauncher } from '../run/launch/local.js';
import { onCards } from '../run/launch/on-cards.js';
import { requireNoJobs } from '../run/launch/slurm/no-jobs.js';
import { scheduler } from '../run/launch/slurm/scheduler.js';
import { checkOptions } from '../run/launch/slurm/script.js';
import { type SlurmLauncher, slurmLauncher } from '../run/launch/slurm/slurm.js';
import type { Watched } from '../run/progress/progress.js';
import { clusterPaths } from '../store/layout.js';

/** How runs are to be started, as it was asked for. */
export interface LauncherFlags {
  /** Absent: as the folder was worked on before. */
  readonly launcher?: 'local' | 'slurm';
  readonly sbatch?: readonly string[];
}

/** `--launcher`, which an environment variable may say too. */
export const launcherOption = (): Option =>
  new Option('--launcher <name>', 'how runs are started: here, or as jobs of Slurm (docs/slurm.md)')
    .choices(['local', 'slurm'])
    .env('TILTYARD_LAUNCHER');

/** What `--sbatch` says in the help. */
export const SBATCH = 'an option for sbatch, e.g. --sbatch=--account=mine (repeatable)';

/**
 * What starts runs.
 * @param dir the folder that is gone on with; null where one is begun
 * @throws TiltyardError where Slurm is not here, or has jobs of a folder that is to be worked on here
 */
export async function launcherFor(
  { launcher, sbatch = [] }: LauncherFlags,
  dir: string | null,
  progress: Watched,
): Promise<Launcher | SlurmLauncher> {
  const before = dir !== null && existsSync(clusterPaths(dir).dir) ? 'slurm' : 'local';
  if ((launcher ?? before) === 'local') {
    if (sbatch.length > 0) throw new TiltyardError('sbatch-option', '--sbatch: is for --launcher slurm');
    if (dir !== null) await requireNoJobs(dir);
    return onCards(localLauncher());
  }
  checkOptions(sbatch);
  await scheduler.check();
  return slurmLauncher((note) => progress.note(note), sbatch);
}

/** Whether runs are jobs of Slurm. */
export const isSlurm = (launcher: Launcher): launcher is SlurmLauncher => launcher.adopt !== undefined;
