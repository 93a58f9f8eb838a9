import { execa } from 'execa';
import { TiltyardError } from '../../../errors.js';

/** Milliseconds that one of Slurm's commands has; its own patience with a slow controller is shorter. */
const PATIENCE = 120_000;

/** How a command ended. */
export interface Answer {
  readonly ok: boolean;
  readonly stdout: string;
  /** Its own words, on one line. */
  readonly said: string;
}

/**
 * Calls one of Slurm's commands.
 * @throws TiltyardError where there is none of that name
 */
export async function ask(program: string, args: readonly string[]): Promise<Answer> {
  const { exitCode, stdout, stderr, code, timedOut } = await execa(program, [...args], {
    reject: false,
    stdin: 'ignore',
    timeout: PATIENCE,
    env: { SLURM_TIME_FORMAT: 'standard' },
    // Ctrl-C is for the one who asks: a submission under way is not cut off.
    detached: true,
    cleanup: false,
  });
  if (code === 'ENOENT') {
    const remedy = 'call this on a machine that submits jobs, or use --launcher local';
    throw new TiltyardError('no-slurm', `--launcher slurm: there is no ${program} in PATH; ${remedy}`);
  }
  const words = wordsOf(timedOut ? `no answer within ${PATIENCE / 1000} seconds` : stderr);
  return { ok: exitCode === 0, stdout, said: words };
}

/** What Slurm says went wrong, without who says it. */
const wordsOf = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.replace(/^(\w+: )?(error: |fatal: )?/, '').trim())
    .filter((line) => line !== '')
    .join('; ');
