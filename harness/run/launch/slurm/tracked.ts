import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { readJson } from '../../../store/atomic.js';
import { clusterPaths, outOf, runPaths } from '../../../store/layout.js';
import type { OutcomeRow } from '../../../store/records.js';
import type { LaunchOptions, LaunchResult } from '../launch.js';
import { lastLines } from '../printed.js';
import { isAlive, type JobState, scheduler } from './scheduler.js';
import { newsIn, readStatus, type Status } from './status.js';
import type { Wave } from './wave.js';

/** Milliseconds in which what a job wrote is seen here, on a file system that is another machine's. */
const TO_ARRIVE = 60_000;
/** The same of one that was last seen waiting, and has most likely written nothing. */
const IF_ANYTHING = 5000;

/** A run that a job works on, as far as it is known here. */
export class Tracked {
  private seen: Status | null = null;
  private shown = '';
  private endedAt: number | null = null;
  private word: Awaited<ReturnType<typeof scheduler.ended>> | null = null;
  private lastState: JobState | undefined;
  private readonly paths;
  private readonly status: string;

  constructor(
    readonly wave: Wave,
    readonly index: number,
    runDir: string,
    private readonly options: LaunchOptions,
  ) {
    this.paths = runPaths(runDir);
    this.status = clusterPaths(outOf(runDir)).status(wave.runs[index]!);
  }

  /** As the scheduler knows it. */
  get job(): string {
    return `${this.wave.job}_${this.index}`;
  }

  /** Whether it is at work, waits, or has ended as far as the scheduler says. */
  get state(): 'queued' | 'running' | 'ended' {
    if (this.lastState === undefined || this.endedAt !== null) return 'ended';
    return ['RUNNING', 'COMPLETING', 'SUSPENDED'].includes(this.lastState.state) ? 'running' : 'queued';
  }

  /** Tells what the run's job wrote. @returns whether there was anything */
  listen(): boolean {
    const now = readStatus(this.status);
    if (now === null || now.beat === this.seen?.beat) return false;
    const events = newsIn(now, this.seen);
    const isAnew = now.job.restarts > (this.seen?.job.restarts ?? now.job.restarts);
    this.seen = now;
    const { onEvent } = this.options;
    if (isAnew) onEvent({ type: 'note', message: `job ${now.job.name} was begun anew, on ${now.node}` });
    for (const event of events) onEvent(event);
    return events.length > 0;
  }

  /** How it ended, where its outcome says so by itself; null as long as it does not. */
  ended(): LaunchResult | null {
    const outcome = this.outcome();
    if (outcome === null || outcome.outcome === 'interrupted' || outcome.cause?.code === 'process-died')
      return null;
    this.listen();
    rmSync(this.status, { force: true });
    return ENDED;
  }

  /**
   * Tells what the scheduler says.
   * @param state undefined: it knows the job no more
   * @returns how it ended, once it has and what it left has arrived; null before
   */
  async told(state: JobState | undefined): Promise<LaunchResult | null> {
    if (state !== undefined && isAlive(state)) {
      this.endedAt = null; // begun anew
      this.word = null;
      this.lastState = state;
      this.show(state);
      return null;
    }
    this.lastState = state ?? this.lastState;
    this.endedAt ??= performance.now();
    readdirSync(this.paths.dir); // asks the file system anew
    const byItself = this.ended();
    if (byItself !== null) return byItself;
    this.word ??= await scheduler.ended(this.job, this.lastState);
    const { state: how, node, more } = this.word;
    const isDone = ['COMPLETED', 'FAILED', 'gone'].includes(how);
    const hasLeft = this.outcome() !== null;
    if (isDone && !hasLeft && performance.now() - this.endedAt < this.patience()) return null;
    rmSync(this.status, { force: true });
    // What it says of itself is more than the scheduler knows.
    if (isDone && this.outcome()?.cause?.code === 'process-died') return ENDED;
    const where = node === '' ? '' : ` on ${node}`;
    const why = more === '' ? '' : ` (${more})`;
    return {
      ...ENDED,
      exitCode: null,
      ended: `job ${this.job}${where}: ${how}${why}${this.printed(isDone)}`,
    };
  }

  private patience(): number {
    return this.lastState?.state === 'PENDING' && this.seen === null ? IF_ANYTHING : TO_ARRIVE;
  }

  /** The last of what it printed, where that may say why it ended. */
  private printed(isByItself: boolean): string {
    const path = clusterPaths(this.wave.out).wave(this.wave.name).printed(this.index);
    if (!isByItself || !existsSync(path)) return '';
    const last = lastLines(readFileSync(path, 'utf8'));
    return last === '' ? '' : `: ${last}`;
  }

  private outcome(): OutcomeRow | null {
    return existsSync(this.paths.outcome) ? readJson<OutcomeRow>(this.paths.outcome) : null;
  }

  private show({ state, node, reason }: JobState): void {
    const why = reason === '' || reason === 'None' ? '' : ` (${reason})`;
    const where = node === '' ? '' : ` on ${node}`;
    const text = `job ${this.job} ${state.toLowerCase()}${where}${state === 'PENDING' ? why : ''}`;
    if (text === this.shown) return;
    this.shown = text;
    this.options.onEvent({ type: 'state', state: text });
  }
}

const ENDED: LaunchResult = { exitCode: 0, signal: null, printed: '' };
