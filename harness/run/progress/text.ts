import pc from 'picocolors';
import type { OutcomeRow } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';
import type { WorkerEvent } from '../launch/launch.js';
import { shownMetrics } from './metrics.js';
import { plain } from './plain.js';
import { duration, inWords } from './duration.js';
import type { Already, Progress } from './progress.js';
import { type Estimate, Remaining } from './remaining.js';

/** A live block on a terminal; one plain line per event elsewhere. */
export const textProgress = (out: NodeJS.WriteStream): Progress => new TextProgress(out);

interface Running {
  readonly spec: RunSpec;
  readonly since: number;
  line: string;
  lastPrinted: number;
}

const PLAIN_EVERY_MS = 10_000;
const ESTIMATE_EVERY_MS = 60_000;

class TextProgress implements Progress {
  private readonly live: boolean;
  private readonly running = new Map<string, Running>();
  private readonly start = Date.now();
  private total = 0;
  private done = 0;
  /** Lines of the live block that stand on the terminal. */
  private drawn = 0;
  private lastEngine = '';
  private remaining = new Remaining([], 1);
  private lastEstimate = 0;
  private rest: { readonly at: number; readonly left: Estimate | null } = { at: 0, left: null };

  constructor(private readonly out: NodeJS.WriteStream) {
    this.live = out.isTTY === true && process.env['TERM'] !== 'dumb';
  }

  planned(waiting: readonly RunSpec[], already: readonly Already[], jobs: number): void {
    const done = already.length;
    this.total = waiting.length + done;
    this.done = done;
    const measured = already.flatMap(({ spec, seconds }) => (seconds === null ? [] : [{ spec, seconds }]));
    this.remaining = new Remaining(waiting, jobs, measured);
    this.print(`${this.total} runs${done > 0 ? `, ${done} already finished` : ''}, ${jobs} at a time`);
  }

  foreseen(seconds: Readonly<Record<string, number>>): void {
    this.remaining.foreseen(seconds);
    this.rest = { at: 0, left: null };
    const left = this.restNow();
    if (left === null || left.seconds < 1) return;
    this.lastEstimate = Date.now();
    this.print(`${inWords(left)} to go, by steps measured on this machine; said anew as runs end`);
  }

  started(spec: RunSpec): void {
    const now = Date.now();
    this.remaining.started(spec, now / 1000);
    this.running.set(spec.id, { spec, since: now, line: `${nameOf(spec)}: starting`, lastPrinted: now });
    if (!this.live) this.print(`started  ${plain(nameOf(spec))}`);
  }

  event(spec: RunSpec, event: WorkerEvent): void {
    const run = this.running.get(spec.id);
    if (run === undefined) return;
    switch (event.type) {
      case 'started':
        this.engine(`engine ${event.engine} on ${event.device}: ${event.reason}`);
        break;
      case 'note':
        this.print(pc.dim(`${plain(spec.label)}: ${plain(event.message)}`));
        break;
      case 'progress':
        this.step(run, event);
        break;
    }
  }

  ended(spec: RunSpec, { outcome, cause, steps, clock }: OutcomeRow): void {
    this.running.delete(spec.id);
    this.done++;
    const good = outcome === 'completed' || outcome === 'budget-spent';
    this.remaining.ended(spec, Date.now() / 1000, good);
    const word = good ? pc.green(outcome) : pc.red(outcome);
    const why = cause === null ? '' : `: ${plain(cause.message)}`;
    this.print(`${word} ${plain(nameOf(spec))} · ${steps} steps · ${duration(clock.wallSeconds)}${why}`);
    this.estimate();
  }

  /** What remains, counted anew once a second: it takes a look at every run of the plan. */
  private restNow(): Estimate | null {
    const now = Date.now();
    if (now - this.rest.at > 1000) this.rest = { at: now, left: this.remaining.left(now / 1000) };
    return this.rest.left;
  }

  /** Where no live block shows it: how long the rest takes, now and then. */
  private estimate(): void {
    const left = this.restNow();
    const isDue = Date.now() - this.lastEstimate > ESTIMATE_EVERY_MS;
    if (this.live || left === null || this.done >= this.total || !isDue) return;
    this.lastEstimate = Date.now();
    this.print(`${this.done} of ${this.total} runs done, ${inWords(left)} left`);
  }

  note(message: string): void {
    this.print(plain(message));
  }

  close(): void {
    this.clear();
  }

  /** Said once, while all runs have the same. */
  private engine(text: string): void {
    if (text !== this.lastEngine) this.print(pc.dim(plain(text)));
    this.lastEngine = text;
  }

  private step(run: Running, event: Extract<WorkerEvent, { type: 'progress' }>): void {
    const { phase, step, totalSteps, metrics } = event;
    const now = Date.now();
    const elapsed = (now - run.since) / 1000;
    this.remaining.stepped(run.spec, now / 1000, step, totalSteps);
    const of = totalSteps === null ? '' : `/${totalSteps}`;
    const left =
      totalSteps === null || step === 0
        ? ''
        : ` · ${duration((elapsed / step) * Math.max(0, totalSteps - step))} left`;
    const shown = shownMetrics(metrics);
    const numbers = shown === '' ? '' : ` · ${shown}`;
    run.line = plain(`${nameOf(run.spec)}: ${phase} ${step}${of}${left}${numbers}`);
    if (this.live) {
      this.clear();
      this.draw();
    } else if (Date.now() - run.lastPrinted > PLAIN_EVERY_MS) {
      run.lastPrinted = Date.now();
      this.print(`running  ${run.line}`);
    }
  }

  private print(line: string): void {
    this.clear();
    this.out.write(`${line}\n`);
    this.draw();
  }

  private clear(): void {
    if (this.drawn > 0) this.out.write(`\u001b[${this.drawn}A\u001b[J`);
    this.drawn = 0;
  }

  private draw(): void {
    if (!this.live || this.running.size === 0) return;
    const { done, total } = this;
    const seconds = (Date.now() - this.start) / 1000;
    const rest = this.restNow();
    const left = rest === null ? '' : ` · ${inWords(rest)} left`;
    const head = `${bar(done / Math.max(1, total))} ${done}/${total} runs · ${duration(seconds)}${left}`;
    const lines = [head, ...[...this.running.values()].map((run) => `  ${run.line}`)];
    const width = Math.max(40, (this.out.columns ?? 100) - 1);
    this.out.write(lines.map((line) => `${line.slice(0, width)}\n`).join(''));
    this.drawn = lines.length;
  }
}

const nameOf = ({ label, seed }: RunSpec): string => `${label} seed ${seed}`;

function bar(share: number): string {
  const filled = Math.round(share * 20);
  return `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`;
}
