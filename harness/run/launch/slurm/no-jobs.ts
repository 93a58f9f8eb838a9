import { TiltyardError } from '../../../errors.js';
import { clusterPaths } from '../../../store/layout.js';
import { Found } from './found.js';
import { wavesIn } from './wave.js';

/**
 * Holds a folder that is to be worked on here to have no job in Slurm.
 * @throws TiltyardError where it has, or that cannot be told
 */
export async function requireNoJobs(out: string): Promise<void> {
  if (wavesIn(out).length === 0) return;
  const found = new Found(out, () => undefined);
  const goOn = `go on with tiltyard resume ${out} --launcher slurm`;
  try {
    await found.ready;
  } catch (error) {
    if (!(error instanceof TiltyardError)) throw error;
    const { dir } = clusterPaths(out);
    const remedy = `where none of its jobs is left, delete ${dir}; otherwise ${goOn}`;
    throw new TiltyardError(
      'jobs-unknown',
      `${out}: was worked on by Slurm, which does not answer; ${remedy}`,
    );
  }
  if (found.runs.length === 0) return;
  const what = found.runs.length === 1 ? 'a run of it is a job' : `${found.runs.length} of its runs are jobs`;
  throw new TiltyardError('jobs-alive', `${out}: ${what} in Slurm; ${goOn}, or end them with scancel first`);
}
