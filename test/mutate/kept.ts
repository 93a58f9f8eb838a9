import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../harness/environment.js';
import type { Answer, Call } from './host.js';
import { type Limits, LIMITS, useOf, watch } from './watch.js';

/** How a command ended: as it answered, or why it could not. */
export interface Ended extends Answer {
  /** Why it was killed, or how it died; null where it answered. */
  readonly fault: string | null;
}

const built = (...parts: string[]): string => join(packageRoot(), 'dist', ...parts);
const env = { ...process.env, NO_COLOR: '1' };

/** Commands after which a kept process is replaced: what they leave in memory is not the next one's. */
const COMMANDS = 300;
/** Bytes between commands from which on it is replaced at once. */
const FULL = 900 * 2 ** 20;

/** One process that answers command after command, watched from outside; killed where one takes too much. */
export class Kept {
  private child: ChildProcess | null = null;
  private commands = 0;

  constructor(private readonly limits: Limits = LIMITS) {}

  /** @param visit whether it serves pages, which are asked for before it is ended */
  async run(argv: readonly string[], visit = false): Promise<Ended> {
    const before = this.child === null ? null : useOf(this.child.pid!);
    if (before === null || before.bytes > FULL || this.commands >= COMMANDS) this.close();
    this.child ??= fork(built('test', 'mutate', 'host.js'), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env,
    });
    const child = this.child;
    this.commands++;
    let late = '';
    const onText = (text: Buffer): void => void (late += text.toString());
    child.stderr!.on('data', onText);
    const watched = watch(child.pid!, before ?? { cpuSeconds: 0, bytes: 0 }, this.limits);
    const came = await new Promise<Answer | string>((resolve) => {
      child.once('message', (answer) => resolve(answer as Answer));
      child.once('close', (code, by) => resolve(`died (${code ?? by})`));
      child.send({ argv, visit } satisfies Call);
    });
    watched.stop();
    child.removeAllListeners('message').removeAllListeners('close').stderr!.off('data', onText);
    if (typeof came !== 'string') return { ...came, fault: null };
    this.close();
    return { code: -1, stdout: '', stderr: late, fault: watched.tooMuch() ?? `${came}: ${late}` };
  }

  close(): void {
    this.child?.kill('SIGKILL');
    this.child = null;
    this.commands = 0;
  }
}

/**
 * The same command in a process of its own, as people start it.
 * @param stopAfter seconds after which it is told to stop, as by Ctrl-C; absent: never
 */
export async function runAlone(
  argv: readonly string[],
  limits: Limits = LIMITS,
  stopAfter?: number,
): Promise<Ended & { readonly killed: number; readonly stopped: boolean }> {
  const child = spawn(process.execPath, [built('harness', 'cli.js'), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (piece: Buffer) => {
      if (text[name].length < 20_000) text[name] += piece.toString();
    });
  let stopped = false;
  const stop = (): void => {
    stopped = child.kill('SIGINT');
  };
  const timer = stopAfter === undefined ? undefined : setTimeout(stop, 1000 * stopAfter);
  const watched = watch(child.pid!, { cpuSeconds: 0, bytes: 0 }, limits);
  const [code, by] = (await once(child, 'close')) as [number | null, string | null];
  watched.stop();
  clearTimeout(timer);
  // Before its plan is made nothing is to be left, and a command ends as any does.
  const isStopped = stopped && by === 'SIGINT';
  const died = code === null && !isStopped ? `died (${by})` : null;
  const fault = watched.tooMuch() ?? died;
  return { code: code ?? (isStopped ? 3 : -1), ...text, fault, killed: watched.killed(), stopped };
}
