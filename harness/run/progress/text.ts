import pc from 'picocolors';
import type { OutcomeRow } from '../../store/records.js';
import type { RunSpec } from '../../store/spec.js';
import type { WorkerEvent } from '../launch/launch.js';
import { asTyped } from './as-typed.js';
import { shownMetrics } from './metrics.js';
import { plain } from './plain.js';
import { duration, inWords } from './duration.js';
import type { Already, Watched } from './progress.js';
import { type Estimate, Remaining } from './remaining.js';

/** A live block on a terminal; one plain line per event elsewhere. */
export const textProgress = (out: NodeJS.WriteStream): Watched => new TextProgress(out);

interface Running {
  readonly spec: RunSpec;
  readonly since: number;
  line: string;
  lastPrinted: number;
}

const PLAIN_EVERY_MS = 10_000;
const ESTIMATE_EVERY_MS = 60_000;
/** Runs that the live block shows where the terminal does not say how high it is. */
const MOST_LINES = 12;

class TextProgress implements Watched {
  private readonly live: boolean;
  private readonly running = new Map<string, Running>();
  private readonly start = Date.now();
  private total = 0;
  private done = 0;
  /** Lines of the live block that stand on the terminal. */
  private drawn = 0;
  private lastEngine = '';
  /** Runs that could not begin, since the last line. */
  private readonly unmade: string[] = [];
  private remaining = new Remaining([], 1);
  private lastEstimate = 0;
  /** Whether a scheduler says when a run begins, so that nothing here tells how long all take. */
  private elsewhere = false;
  private rest: { readonly at: number; readonly left: Estimate | null } = { at: 0, left: null };

  constructor(private readonly out: NodeJS.WriteStream) {
    this.live = out.isTTY === true && process.env['TERM'] !== 'dumb';
  }

  planned(waiting: readonly RunSpec[], already: readonly Already[], jobs: number, elsewhere?: string): void {
    const done = already.length;
    this.total = waiting.length + done;
    this.done = done;
    const measured = already.flatMap(({ spec, seconds }) => (seconds === null ? [] : [{ spec, seconds }]));
    this.remaining = new Remaining(waiting, jobs, measured);
    this.elsewhere = elsewhere !== undefined;
    const how = elsewhere ?? `${jobs} at a time`;
    this.print(`${this.total} runs${done > 0 ? `, ${done} already finished` : ''}, ${how}`);
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
    if (!this.live && !this.elsewhere) this.print(`started  ${plain(nameOf(spec))}`);
  }

  event(spec: RunSpec, event: WorkerEvent): void {
    const run = this.running.get(spec.id);
    if (run === undefined) return;
    switch (event.type) {
      case 'started':
        this.engine(event);
        break;
      case 'note':
        this.print(pc.dim(`${plain(spec.label)}: ${plain(event.message)}`));
        break;
      case 'progress':
        this.step(run, event);
        break;
      case 'state':
        run.line = plain(`${nameOf(spec)}: ${event.state}`);
        this.redraw();
        break;
    }
  }

  ended(spec: RunSpec, { outcome, cause, steps, clock }: OutcomeRow): void {
    this.running.delete(spec.id);
    this.done++;
    const good = outcome === 'completed' || outcome === 'budget-spent';
    this.remaining.ended(spec, Date.now() / 1000, good);
    // One that began, and found its input other than it was left, says so itself.
    if (cause?.code === 'input-failed' && cause.phase === 'launch') {
      this.unmade.push(nameOf(spec));
      return;
    }
    const word = good ? pc.green(outcome) : pc.red(outcome);
    const why = cause === null ? '' : `: ${asTyped(plain(cause.message))}`;
    const taken = steps === 0 ? '' : ` · ${steps} steps`;
    this.print(`${word} ${plain(nameOf(spec))}${taken} · ${duration(clock.wallSeconds)}${why}`);
    this.estimate();
  }

  /** What remains, counted anew once a second: it takes a look at every run of the plan. */
  private restNow(): Estimate | null {
    const now = Date.now();
    if (this.elsewhere) return null;
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
    this.print(asTyped(plain(message)));
  }

  stopping(): void {
    const names = [...this.running.values()].map(({ spec }) => nameOf(spec));
    const awaited = names.length === 0 ? 'what is under way' : `${listed(names)} to save where it is`;
    this.print(pc.yellow(plain(`stopping: waiting for ${awaited}; Ctrl-C once more does not wait`)));
  }

  close(): void {
    this.running.clear(); // what was interrupted has no end, and is not under way either
    this.clear();
    this.sayUnmade();
  }

  /** Said once, while all runs have the same. */
  private engine({ engine, device, reason }: Extract<WorkerEvent, { type: 'started' }>): void {
    const text = `engine: ${engine} on ${device} (${reason}); tiltyard list engines shows what else there is`;
    if (text !== this.lastEngine) this.print(pc.dim(asTyped(plain(text))));
    this.lastEngine = text;
  }

  /** Runs whose input failed are no failures of their own: one line for all of them. */
  private sayUnmade(): void {
    const names = this.unmade.splice(0);
    if (names.length > 0) this.print(`not made, for want of it: ${plain(listed(names))}`);
  }

  private step(run: Running, event: Extract<WorkerEvent, { type: 'progress' }>): void {
    const { phase, step, totalSteps, metrics } = event;
    const now = Date.now();
    const elapsed = (now - run.since) / 1000;
    this.remaining.stepped(run.spec, now / 1000, step, totalSteps);
    const of = totalSteps === null ? '' : `/${totalSteps}`;
    const left = totalSteps === null ? '' : leftOf(elapsed, step, totalSteps);
    const shown = shownMetrics(metrics);
    const numbers = shown === '' ? '' : ` · ${shown}`;
    run.line = plain(`${nameOf(run.spec)}: ${phase} ${step}${of}${left}${numbers}`);
    if (this.live) this.redraw();
    else if (Date.now() - run.lastPrinted > PLAIN_EVERY_MS) {
      run.lastPrinted = Date.now();
      this.print(`running  ${run.line}`);
    }
  }

  private print(line: string): void {
    if (this.unmade.length > 0) this.sayUnmade();
    this.clear();
    this.out.write(`${line}\n`);
    this.draw();
  }

  private clear(): void {
    // Whatever was typed meanwhile moved the cursor along its line.
    if (this.drawn > 0) this.out.write(`\r\u001b[${this.drawn}A\u001b[J`);
    this.drawn = 0;
  }

  private redraw(): void {
    if (!this.live) return;
    this.clear();
    this.draw();
  }

  private draw(): void {
    if (!this.live || this.running.size === 0) return;
    const { done, total } = this;
    const seconds = (Date.now() - this.start) / 1000;
    const rest = this.restNow();
    const left = rest === null ? '' : ` · ${inWords(rest)} left`;
    const head = `${bar(done / Math.max(1, total))} ${done}/${total} runs · ${duration(seconds)}${left}`;
    const runs = [...this.running.values()].map((run) => `  ${run.line}`);
    const most = Math.max(MOST_LINES, (this.out.rows ?? 0) - 4);
    const more = runs.length > most ? [`  and ${runs.length - most + 1} more`] : [];
    const lines = [head, ...(more.length === 0 ? runs : runs.slice(0, most - 1)), ...more];
    const width = Math.max(40, (this.out.columns ?? 100) - 1);
    this.out.write(lines.map((line) => `${line.slice(0, width)}\n`).join(''));
    this.drawn = lines.length;
  }
}

const nameOf = ({ label, seed }: RunSpec): string => `${label} seed ${seed}`;

/** Names that are named; of more the number. */
const NAMED = 4;
const listed = (names: readonly string[]): string =>
  names.length <= NAMED
    ? names.join(', ')
    : `${names.slice(0, NAMED - 1).join(', ')} and ${names.length - NAMED + 1} more`;

/** The first steps make graphs, and tell nothing; after the last one models are evaluated and written. */
function leftOf(elapsed: number, step: number, totalSteps: number): string {
  if (step >= totalSteps) return ' · finishing';
  if (step < totalSteps / 10) return '';
  return ` · ${duration((elapsed / step) * (totalSteps - step))} left`;
}

function bar(share: number): string {
  const filled = Math.round(share * 20);
  return `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`;
}
