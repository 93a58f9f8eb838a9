import type { Duplex, Readable } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { writeTextAtomic } from '../../store/atomic.js';
import { runPaths } from '../../store/layout.js';
import type { RunSpec } from '../../store/spec.js';
import type { LaunchOptions, LaunchResult } from './launch.js';
import { eachLine } from './lines.js';
import { type Message, messageIn } from './messages.js';
import { lastLines, Printed } from './printed.js';

/** Between the budget that a worker keeps itself, evaluations aside, and the moment its parent ends it. */
const GRACE_SECONDS = 60;
/** Milliseconds that a timer can wait for. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** Milliseconds that a worker has to end by itself after it was told to. */
const TO_END = 20_000;
/** Milliseconds in which what an ended process printed arrives; a child of its own may hold the pipe open. */
const TO_ARRIVE = 200;
/**
 * Bytes from which glibc gives memory back as soon as it is freed. Left alone it raises this to 32 MiB, and
 * what one run has freed would lie in the peak of the next.
 */
const GIVEN_BACK_FROM = 2 ** 20;
/** Bytes that may lie free at the end of the heap: small ones are not given back at every step. */
const KEPT_AT_END = 2 ** 26;

/** How a run ended for the process that worked on it. */
export interface WorkedOn extends LaunchResult {
  /** Whether the worker got to it at all. */
  readonly taken: boolean;
}

type Ended = Pick<LaunchResult, 'exitCode' | 'signal'>;

/**
 * A process that works on one run after the other, and what it is at. It is told and tells on a pipe of its
 * own, so that whatever code prints is only print; another pipe, on which nobody speaks to it, tells it by
 * ending that its parent is gone.
 */
export class WorkerProcess {
  /** Whether it can take no run any more. */
  hasEnded = false;
  private readonly child;
  private readonly channel: Duplex;
  private readonly engine: string;
  /** UUID of the only card that it sees; null: those that this process sees. */
  readonly card: string | null;
  private readonly ended: Promise<Ended>;
  private readonly printed: Printed;
  private overtime = false;
  private onMessage: (message: Message | null) => void = () => undefined;

  /**
   * @param flags of its Node, in addition
   * @param card UUID of the only one that it sees
   */
  constructor(
    entry: string,
    engine: RunSpec['engine'],
    flags: readonly string[] = [],
    card: string | null = null,
  ) {
    this.engine = JSON.stringify(engine);
    this.card = card;
    this.child = execa(process.execPath, ['--expose-gc', ...flags, entry], {
      // Its pipes are read here, and how it ended is told by its events.
      buffer: false,
      reject: false,
      // It ends by itself when the lifeline does; execa's way takes signals over, that of a full disk too.
      cleanup: false,
      // Ctrl-C reaches the whole process group: the worker's own handler makes it a checkpoint.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: {
        OMP_NUM_THREADS: String(engine.threads),
        ...(card === null ? {} : { CUDA_VISIBLE_DEVICES: card }),
        MALLOC_MMAP_THRESHOLD_: String(GIVEN_BACK_FROM),
        MALLOC_TRIM_THRESHOLD_: String(KEPT_AT_END),
      },
    });
    const [, stdout, stderr, channel, lifeline] = this.child.stdio as unknown as [
      null,
      Readable,
      Readable,
      Duplex,
      Duplex,
    ];
    this.channel = channel;
    this.printed = new Printed(stdout, stderr);
    eachLine(channel, (line) => this.onMessage(messageIn(line)));
    eachLine(lifeline, (line) => {
      if (line === 'overtime') this.overtime = true;
    });
    const pipes = [stdout, stderr, channel, lifeline];
    const closed = new Promise<void>((resolve) => this.child.once('close', () => resolve()));
    this.ended = new Promise((resolve) => {
      const end = async (ended: Ended): Promise<void> => {
        await Promise.race([closed, sleep(TO_ARRIVE)]);
        for (const pipe of pipes) pipe.destroy();
        this.hasEnded = true;
        resolve(ended);
      };
      this.child.once('exit', (exitCode, signal) => void end({ exitCode, signal }));
      this.child.once('error', () => void end({ exitCode: null, signal: null })); // it could not be started
    });
  }

  /** Whether it runs with these engine settings: what an engine does to its process outlives a run. */
  serves(engine: RunSpec['engine']): boolean {
    return !this.hasEnded && this.engine === JSON.stringify(engine);
  }

  /**
   * @param maxSeconds that the run may take by itself; null: as long as it likes
   * @param part of the work on a run whose plugin is not built in; absent: all of another
   */
  async work(
    dir: string,
    maxSeconds: number | null,
    options: LaunchOptions,
    part?: 'stage' | 'confined' | 'grade',
  ): Promise<WorkedOn> {
    const { concurrent, signal, onEvent, onProcess } = options;
    this.printed.clear();
    let taken = false;
    let strange = 0;
    const free = new Promise<Ended>((resolve) => {
      this.onMessage = (message) => {
        if (message === null) strange++;
        else if (message.type === 'taken') taken = true;
        else if (message.type === 'free') resolve({ exitCode: 0, signal: null });
        else onEvent(message);
      };
    });
    const kill = (): void => void this.child.kill('SIGKILL');
    let last: NodeJS.Timeout | undefined;
    const stop = (): void => {
      this.child.kill();
      last ??= setTimeout(kill, TO_END);
    };
    const late = (): void => {
      this.overtime = true;
      stop();
    };
    const longest = maxSeconds === null ? Number.POSITIVE_INFINITY : patience(maxSeconds);
    const limit = longest > LONGEST_TIMER ? undefined : setTimeout(late, longest);
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (this.child.pid !== undefined) onProcess?.(this.child.pid);
      if (signal.aborted) stop();
      this.channel.write(`${JSON.stringify({ dir, concurrent, part })}\n`);
      const ended = await Promise.race([free, this.ended]);
      await turn(); // what was printed before it came to its end has arrived on another pipe
      await turn();
      if (strange > 0) onEvent({ type: 'note', message: `its worker said ${strange} things that none says` });
      return { ...ended, printed: this.keep(dir), timedOut: this.overtime, taken };
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(limit);
      clearTimeout(last);
      this.onMessage = () => undefined;
    }
  }

  /** Ends it, once what it is at has ended. @param within milliseconds, or it is killed; absent: whenever */
  async end(within?: number): Promise<void> {
    this.channel.end();
    const kill = (): void => void this.child.kill('SIGKILL');
    const last = within === undefined ? undefined : setTimeout(kill, within);
    await this.ended;
    clearTimeout(last);
  }

  /** Keeps what was printed in the run's folder. @returns its last lines */
  private keep(dir: string): string {
    const { tail } = this.printed;
    if (tail.trim() === '') return '';
    try {
      writeTextAtomic(runPaths(dir).output, tail);
    } catch {
      // It is a help and no result: a disk that is full is said by what has to be written.
    }
    return lastLines(tail);
  }
}

const patience = (maxSeconds: number): number => (maxSeconds * 1.5 + GRACE_SECONDS) * 1000;
