import type { Engine } from '../engine/engine.js';
import { environment } from '../environment.js';
import { TiltyardError } from '../errors.js';
import { systemError } from '../system-error.js';
import { Meter } from '../metrics/meter.js';
import { writeOutcome } from '../store/files.js';
import type { RunPaths } from '../store/layout.js';
import type { EvalRow, Outcome, OutcomeRow } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import { Diverged } from './loop.js';
import { TimedOut } from './timed-out.js';
import { peakMemory } from './memory.js';
import { placeOf } from './place.js';

/** What is known of a run so far. Its outcome row says it, whenever and however the run ends. */
export class RunRecord {
  readonly meter = new Meter();
  /** What the run is doing: where it fails, the outcome names it. */
  phase: 'prepare' | 'train' | 'evaluate' | 'collect' = 'prepare';
  /** Steps taken, by earlier processes too. */
  step = 0;
  engine: Engine | null = null;
  startHash: string | null = null;
  modelHash: string | null = null;
  /** Of a file that other runs read. */
  sharedHash: string | null = null;
  parameters = 0;
  copies = { all: 0, trainable: 0 };
  summary: Record<string, number> = {};
  /** Of a trainer outside: what it said of its work. */
  trainer: NonNullable<OutcomeRow['clock']['trainer']> | null = null;
  external: NonNullable<OutcomeRow['external']> | null = null;
  /** Seconds that earlier processes worked. */
  earlierSeconds = 0;
  private readonly startedAt = new Date();
  private readonly clock = performance.now();

  constructor(
    private readonly spec: RunSpec,
    private readonly paths: RunPaths,
    /** Whether other runs share the cores. */
    private readonly concurrent: boolean,
  ) {}

  /** Seconds that the run has taken, earlier processes included. */
  get elapsed(): number {
    return this.earlierSeconds + (performance.now() - this.clock) / 1000;
  }

  get atMs(): number {
    return Math.round(this.elapsed * 1000);
  }

  /** An evaluation as a row of the store: with the step, and what the run has cost so far. */
  evalRow<R extends object>(step: number, row: R): R & Pick<EvalRow, 'step' | 'flops' | 'clock'> {
    const { trainFlops, trainSeconds } = this.meter;
    return { step, ...row, flops: trainFlops, clock: { atMs: this.atMs, trainSeconds } };
  }

  finish(outcome: Outcome): Outcome {
    return this.write(outcome, null);
  }

  fail(error: unknown): Outcome {
    const said = error instanceof TiltyardError ? error : systemError(error);
    if (said === null) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    const outcome = error instanceof TimedOut ? 'timed-out' : 'failed';
    return this.write(error instanceof Diverged ? 'diverged' : outcome, {
      code: said?.code ?? 'exception',
      message: withPlace(causeChain(said ?? error), error),
      plugin: this.spec.algorithm?.name ?? null,
      phase: this.phase,
      step: this.step,
    });
  }

  private write(outcome: Outcome, cause: OutcomeRow['cause']): Outcome {
    const totals = this.meter.totals();
    const { precision } = this.spec.engine;
    const row: OutcomeRow = {
      outcome,
      cause,
      steps: this.step,
      startHash: this.startHash,
      modelHash: this.modelHash,
      parameters: this.parameters,
      ...(this.sharedHash === null ? {} : { sharedHash: this.sharedHash }),
      ledger: {
        flops: totals.flops,
        paddingFlops: totals.paddingFlops,
        tokensTrained: totals.tokensTrained,
        tokensGenerated: totals.tokensGenerated,
        modelCopies: this.copies.all,
        trainableCopies: this.copies.trainable,
      },
      engine: {
        name: this.engine?.name ?? 'none',
        device: this.engine?.device ?? 'none',
        reason: this.engine?.reason ?? 'the run failed before an engine was made',
        ...(precision === undefined ? {} : { precision }),
      },
      ...(this.external === null ? {} : { external: this.external }),
      summary: this.summary,
      clock: {
        startedAt: this.startedAt.toISOString(),
        wallSeconds: this.elapsed,
        seconds: totals.seconds,
        peakRssBytes: Math.max(peakMemory(), this.trainer?.peakMemoryBytes ?? 0),
        ...(this.trainer === null ? {} : { trainer: this.trainer }),
        concurrent: this.concurrent,
        environment: environment(),
      },
    };
    writeOutcome(this.paths, row);
    return outcome;
  }
}

/** With the line of the plugin, or whatever else is not ours, that it came from. */
function withPlace(message: string, error: unknown): string {
  const place = placeOf(error);
  return place === null ? message : `${message} (at ${place})`;
}

/** Codes of errors that say in words what their cause says. */
const IN_WORDS: readonly string[] = ['system', 'out-of-memory'];

/** An error's message and those of what caused it, outermost first, five at most. */
function causeChain(error: unknown): string {
  const messages: string[] = [];
  let at = error;
  // What a system error says is in words already.
  const deepest = error instanceof TiltyardError && IN_WORDS.includes(error.code) ? 1 : 5;
  while (at !== undefined && messages.length < deepest) {
    messages.push(at instanceof Error ? at.message : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return messages.join(': ');
}
