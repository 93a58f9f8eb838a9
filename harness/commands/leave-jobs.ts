import { createInterface } from 'node:readline/promises';
import type { SlurmLauncher } from '../run/launch/slurm/slurm.js';
import type { Watched } from '../run/progress/progress.js';

/**
 * At Ctrl-C: asks on a terminal whether jobs are left where they are or ended, leaves them where nobody can
 * be asked, and says what came of it.
 * @param terminal whether somebody can be asked
 */
export async function leaveJobs(
  launcher: SlurmLauncher,
  progress: Watched,
  terminal: boolean,
): Promise<void> {
  const jobs = launcher.jobs();
  if (jobs.length === 0) return progress.stopping();
  const named = jobs.join(' ');
  progress.close();
  if (terminal && (await wantsEnd(named))) {
    const problem = await launcher.cancel();
    const ended = 'their runs save where they are';
    progress.note(problem === null ? `cancelled job ${named}; ${ended}` : `scancel: ${problem}`);
    return;
  }
  const remedy = `tiltyard resume takes them over, scancel ${named} ends them`;
  progress.note(`job ${named} stays in Slurm: ${remedy}`);
}

async function wantsEnd(named: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = new Promise<string>((resolve) => {
      lines.once('close', () => resolve(''));
      lines.once('SIGINT', () => resolve('')); // Ctrl-C once more: no answer
    });
    const question = `job ${named} is in Slurm: [l]eave it there or [c]ancel it? (leave) `;
    const answer = await Promise.race([lines.question(question).catch(() => ''), closed]);
    return /^c/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
