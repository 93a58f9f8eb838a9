import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { RunContext, StepRecord } from '../contracts/context.js';
import { TiltyardError } from '../errors.js';
import type { Outcome } from '../store/records.js';

/** What the loop tells its host between two yields. */
export interface LoopHooks {
  /** Appends the row. @param step 1-based */
  log(step: number, record: StepRecord, stepMs: number): void;
  /** Called after every step; evaluates and checkpoints when due. */
  after(step: number): Promise<void>;
  /** The plugin's own code runs from here, until it is called with false. */
  plugin?(runs: boolean): void;
  /** Seconds this run has trained, earlier processes included. */
  elapsedSeconds(): number;
  interrupted(): boolean;
  /** The budget is spent: data iterators end. */
  noMoreBatches(): void;
}

export interface LoopLimits {
  readonly maxSteps: number | null;
  readonly maxSeconds: number | null;
}

/** A number that is not finite where one was reported: the run has diverged. */
export class Diverged extends TiltyardError {}

/**
 * The only place that sees a yield. Between yields the harness logs, evaluates, checkpoints, checks the
 * budget, or stops; a plugin knows of none of it.
 */
export async function runLoop(
  plugin: AlgorithmPlugin,
  ctx: RunContext,
  params: Readonly<Record<string, unknown>>,
  resumedStep: number,
  limits: LoopLimits,
  hooks: LoopHooks,
): Promise<{
  outcome: Extract<Outcome, 'completed' | 'budget-spent' | 'timed-out' | 'interrupted'>;
  steps: number;
}> {
  let step = resumedStep;
  const spent = (): 'budget-spent' | 'timed-out' | null => {
    if (limits.maxSteps !== null && step >= limits.maxSteps) return 'budget-spent';
    return limits.maxSeconds !== null && hooks.elapsedSeconds() >= limits.maxSeconds ? 'timed-out' : null;
  };
  const generator = plugin.train(ctx, params);
  for (let end = spent(); ; end = spent()) {
    // Batches run out here, so a plugin ends as at the end of its data: best weights, normalisation, summary.
    if (end !== null) hooks.noMoreBatches();
    const start = performance.now();
    hooks.plugin?.(true);
    const next = await generator.next();
    hooks.plugin?.(false);
    if (next.done === true) return { outcome: end ?? 'completed', steps: step };
    if (end !== null) {
      await generator.return();
      return { outcome: end, steps: step };
    }
    step++;
    checkRecord(plugin.name, step, next.value);
    if (step === 1) checkFirst(plugin.name, next.value, plugin.checks?.atStart?.(params) ?? {});
    hooks.log(step, next.value, performance.now() - start);
    await hooks.after(step);
    // The engine runs synchronously; without a turn of the event loop no signal would ever arrive.
    await new Promise((resolve) => setImmediate(resolve));
    if (hooks.interrupted()) return { outcome: 'interrupted', steps: step };
  }
}

/** @throws TiltyardError for what is no record of a step; `Diverged` where it is no finite one */
export function checkRecord(plugin: string, step: number, record: StepRecord | undefined): void {
  const where = `plugin ${plugin}: step ${step}`;
  if (typeof record?.metrics !== 'object' || record.metrics === null) {
    const message = `${where}: yielded no metrics; yield { metrics: { loss, ... } } once a step`;
    throw new TiltyardError('bad-record', message, { exitCode: 1 });
  }
  for (const [name, value] of Object.entries(record.metrics)) {
    if (typeof value !== 'number') {
      const message = `${where}: metric '${name}' should be a number, got ${typeof value}`;
      throw new TiltyardError('bad-metric', message, { exitCode: 1 });
    }
    if (!Number.isFinite(value)) {
      const advice = 'a smaller learning rate or tighter clipping usually helps';
      throw new Diverged('diverged', `${where}: metric '${name}' became ${value}; ${advice}`, {
        exitCode: 1,
      });
    }
  }
}

/**
 * Relative to the larger of 1 and the value: two float32 graphs of the same forward pass differ by far less.
 */
const START_TOLERANCE = 1e-3;

/**
 * While the policy equals the reference, some metrics are known; anything else means that the two are not the
 * same function.
 */
export function checkFirst(
  plugin: string,
  { metrics }: StepRecord,
  known: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(known)) {
    const got = metrics[name];
    if (got !== undefined && Math.abs(got - value) <= START_TOLERANCE * Math.max(1, Math.abs(value)))
      continue;
    const problem =
      `at the first step ${name} is ${got ?? 'missing'}, ` +
      `but with the policy still equal to its reference it must be ${value}`;
    const message = `plugin ${plugin}: ${problem}; the two differ in weights, precision or dropout`;
    throw new TiltyardError('step-0', message, { exitCode: 1 });
  }
}
