import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { RunSpec } from '../../store/spec.js';
import type { LaunchOptions, LaunchResult, WorkerEvent } from './launch.js';

/** Between the budget that a worker keeps itself and the moment its parent ends it. */
const GRACE_SECONDS = 60;
/** Characters of stderr that are kept; its last lines are what is wanted. */
const STDERR_KEPT = 100_000;
/**
 * Bytes from which glibc gives memory back as soon as it is freed. Left alone it raises this to 32 MiB, and
 * what one run has freed would lie in the peak of the next.
 */
const GIVEN_BACK_FROM = 2 ** 20;
/** Bytes that may lie free at the end of the heap: small ones are not given back at every step. */
const KEPT_AT_END = 2 ** 26;

/** What a worker says to its parent alone: that it has read its task, and that it can take the next. */
type Message = WorkerEvent | { readonly type: 'taken' } | { readonly type: 'free' };

/** How a run ended for the process that worked on it. */
export interface WorkedOn extends LaunchResult {
  /** Whether the worker got to it at all. */
  readonly taken: boolean;
}

/** A process that works on one run after the other, and what it is at. */
export class WorkerProcess {
  /** Whether it can take no run any more. */
  hasEnded = false;
  private readonly child;
  private readonly engine: string;
  private readonly ended: Promise<LaunchResult>;
  private stderr = '';
  private onMessage: (message: Message) => void = () => undefined;

  constructor(entry: string, engine: RunSpec['engine']) {
    this.engine = JSON.stringify(engine);
    this.child = execa(process.execPath, ['--expose-gc', entry], {
      reject: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      forceKillAfterDelay: 20_000,
      // Ctrl-C reaches the whole process group: the worker's own handler makes it a checkpoint.
      cleanup: true,
      env: {
        OMP_NUM_THREADS: String(engine.threads),
        MALLOC_MMAP_THRESHOLD_: String(GIVEN_BACK_FROM),
        MALLOC_TRIM_THRESHOLD_: String(KEPT_AT_END),
      },
    });
    this.child.stdin.on('error', () => undefined); // `ended` tells
    this.child.stderr.on('data', (text: Buffer) => {
      this.stderr = (this.stderr + text.toString()).slice(-STDERR_KEPT);
    });
    this.ended = this.listen();
  }

  /** Whether it runs with these engine settings: what an engine does to its process outlives a run. */
  serves(engine: RunSpec['engine']): boolean {
    return !this.hasEnded && this.engine === JSON.stringify(engine);
  }

  /** @param maxSeconds that the run may take by itself; null: as long as it likes */
  async work(dir: string, maxSeconds: number | null, options: LaunchOptions): Promise<WorkedOn> {
    const { concurrent, signal, onEvent } = options;
    this.stderr = '';
    let taken = false;
    const free = new Promise<LaunchResult>((resolve) => {
      this.onMessage = (message) => {
        if (message.type === 'taken') taken = true;
        else if (message.type === 'free') resolve({ exitCode: 0, signal: null, stderr: '' });
        else onEvent(message);
      };
    });
    const stop = (): void => void this.child.kill();
    const limit =
      maxSeconds === null ? undefined : setTimeout(stop, (maxSeconds * 1.5 + GRACE_SECONDS) * 1000);
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted) stop();
      this.child.stdin.write(`${JSON.stringify({ dir, concurrent })}\n`);
      const result = await Promise.race([free, this.ended]);
      return { ...result, taken };
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(limit);
      this.onMessage = () => undefined;
    }
  }

  /** Ends it, once what it is at has ended. */
  async end(): Promise<void> {
    this.child.stdin.end();
    await this.ended;
  }

  private async listen(): Promise<LaunchResult> {
    for await (const line of createInterface({ input: this.child.stdout })) {
      const message = parsed(line);
      if (message !== null) this.onMessage(message);
    }
    const { exitCode, signal } = await this.child;
    this.hasEnded = true;
    const stderr = this.stderr.trim().split('\n').slice(-4).join(' | ').slice(-600);
    return { exitCode: exitCode ?? null, signal: signal ?? null, stderr };
  }
}

function parsed(line: string): Message | null {
  try {
    const message = JSON.parse(line) as Message;
    return typeof message.type === 'string' ? message : null;
  } catch {
    return null; // a library's own chatter
  }
}
