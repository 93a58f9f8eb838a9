import pc from 'picocolors';
import type { WorkerEvent } from '../launch/launch.js';
import type { OutcomeRow, RunSpec } from '../../store/records.js';

/** What the main path tells whoever watches. */
export interface Progress {
  planned(total: number, already: number, jobs: number): void;
  started(spec: RunSpec): void;
  event(spec: RunSpec, event: WorkerEvent): void;
  ended(spec: RunSpec, outcome: OutcomeRow): void;
  note(message: string): void;
  close(): void;
}

/** Control characters and escapes in names or messages never reach the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
export const plain = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, ' ');

/** For scripts: one JSON record per event, nothing else. */
export function jsonProgress(write: (line: string) => void): Progress {
  const emit = (record: object): void => write(JSON.stringify(record));
  return {
    planned: (runs, already, jobs) => emit({ type: 'planned', runs, already, jobs }),
    started: (spec) => emit({ type: 'run-started', run: spec.id, label: spec.label, seed: spec.seed }),
    event: (spec, event) => emit({ ...event, type: `run-${event.type}`, run: spec.id }),
    ended: (spec, outcome) => emit({ type: 'run-ended', run: spec.id, outcome: outcome.outcome, cause: outcome.cause, steps: outcome.steps, seconds: outcome.clock.wallSeconds }),
    note: (message) => emit({ type: 'note', message }),
    close: () => {},
  };
}

interface Running {
  readonly spec: RunSpec;
  readonly since: number;
  line: string;
  lastPrinted: number;
}

const SHOWN = ['loss', 'rewards/accuracies', 'objective/scores', 'objective/kl', 'eval/accuracy', 'gold', 'kl'];
const PLAIN_EVERY_MS = 10_000;

/** A live block on a terminal; one plain line per event elsewhere. */
export function textProgress(out: NodeJS.WriteStream): Progress {
  const live = out.isTTY === true && process.env['TERM'] !== 'dumb';
  const running = new Map<string, Running>();
  const start = Date.now();
  let total = 0;
  let done = 0;
  let drawn = 0;
  let engineSaid = '';
  const clear = (): void => {
    if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const print = (line: string): void => {
    clear();
    out.write(`${line}\n`);
    draw();
  };
  const width = (): number => Math.max(40, (out.columns ?? 100) - 1);
  const draw = (): void => {
    if (!live || running.size === 0) return;
    const seconds = (Date.now() - start) / 1000;
    const left = done > 0 ? ` · about ${clock((seconds / done) * (total - done))} left` : '';
    const lines = [`${bar(done / Math.max(1, total))} ${done}/${total} runs · ${clock(seconds)}${left}`, ...[...running.values()].map((r) => `  ${r.line}`)];
    out.write(lines.map((line) => `${line.slice(0, width())}\n`).join(''));
    drawn = lines.length;
  };
  return {
    planned(runs, already, jobs) {
      total = runs;
      done = already;
      print(`${runs} runs${already > 0 ? `, ${already} already finished` : ''}, ${jobs} at a time`);
    },
    started(spec) {
      running.set(spec.id, { spec, since: Date.now(), line: `${spec.label} seed ${spec.seed}: starting`, lastPrinted: Date.now() });
      if (!live) print(`started  ${plain(spec.label)} seed ${spec.seed}`);
    },
    event(spec, event) {
      const run = running.get(spec.id);
      if (run === undefined) return;
      if (event.type === 'started') {
        const said = `engine ${event.engine} on ${event.device}: ${event.reason}`;
        if (said !== engineSaid) print(pc.dim(plain(said)));
        engineSaid = said;
        return;
      }
      if (event.type === 'note') return print(pc.dim(`${plain(spec.label)}: ${plain(event.message)}`));
      const { step, totalSteps, metrics } = event;
      const elapsed = (Date.now() - run.since) / 1000;
      const eta = totalSteps !== null && step > 0 ? ` · ${clock((elapsed / step) * Math.max(0, totalSteps - step))} left` : '';
      const shown = SHOWN.filter((name) => metrics[name] !== undefined).slice(0, 4).map((name) => `${name} ${metrics[name]!.toPrecision(3)}`);
      run.line = plain(`${spec.label} seed ${spec.seed}: ${event.phase} ${step}${totalSteps === null ? '' : `/${totalSteps}`}${eta}${shown.length > 0 ? ` · ${shown.join(' · ')}` : ''}`);
      if (live) {
        clear();
        draw();
      } else if (Date.now() - run.lastPrinted > PLAIN_EVERY_MS) {
        run.lastPrinted = Date.now();
        print(`running  ${run.line}`);
      }
    },
    ended(spec, outcome) {
      running.delete(spec.id);
      done++;
      const good = outcome.outcome === 'completed' || outcome.outcome === 'budget-spent';
      const word = good ? pc.green(outcome.outcome) : pc.red(outcome.outcome);
      const cause = outcome.cause === null ? '' : `: ${plain(outcome.cause.message)}`;
      print(`${word} ${plain(spec.label)} seed ${spec.seed} · ${outcome.steps} steps · ${clock(outcome.clock.wallSeconds)}${cause}`);
    },
    note: (message) => print(plain(message)),
    close: clear,
  };
}

const clock = (seconds: number): string => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`);
const bar = (share: number): string => `${'█'.repeat(Math.round(share * 20))}${'░'.repeat(20 - Math.round(share * 20))}`;
