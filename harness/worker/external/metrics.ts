import { quoted, TiltyardError } from '../../errors.js';
import { checkRecord, Diverged } from '../loop.js';

/** A step as a trainer outside reports it. */
export interface ReportedStep {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** How many there will be; null where it does not say. */
  readonly totalSteps: number | null;
}

/** As Python writes numbers that JSON has no words for. */
const NOT_FINITE = /:\s*(NaN|-?Infinity)\b/;

/**
 * A line of a trainer's metrics.
 * @param after the last step that it reported; 0 before the first
 * @throws TiltyardError for what is none; `Diverged` for a number that is not finite
 */
export function stepIn(plugin: string, line: string, after: number): ReportedStep {
  const refuse = (what: string): TiltyardError =>
    new TiltyardError(
      'bad-metrics',
      `plugin ${plugin}: its metrics after step ${after}: ${what}; a line is { "step": 1, "loss": .7, ... }`,
      { exitCode: 1 },
    );
  const notFinite = NOT_FINITE.exec(line)?.[1];
  let value: unknown;
  try {
    value = JSON.parse(notFinite === undefined ? line : line.replaceAll(/:\s*(NaN|-?Infinity)\b/g, ':null'));
  } catch {
    throw refuse(`${quoted(line.slice(0, 80))} is no JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(`${quoted(line.slice(0, 80))} is no object`);
  const { step, total_steps: total = null, ...metrics } = value as Record<string, unknown>;
  if (!Number.isInteger(step) || (step as number) <= after)
    throw refuse(`step should be a whole number above ${after}, got ${quoted(step)}`);
  if (total !== null && !(Number.isInteger(total) && (total as number) >= (step as number)))
    throw refuse(`total_steps should be a whole number from ${String(step)} on, got ${quoted(total)}`);
  if (notFinite !== undefined) {
    const name = Object.keys(metrics).find((key) => metrics[key] === null) ?? 'a metric';
    const what = `step ${String(step)}: metric '${name}' became ${notFinite}`;
    const advice = 'a smaller learning rate or tighter clipping usually helps';
    throw new Diverged('diverged', `plugin ${plugin}: ${what}; ${advice}`, { exitCode: 1 });
  }
  const record = { metrics: metrics as Record<string, number> };
  checkRecord(plugin, step as number, record);
  return { step: step as number, metrics: record.metrics, totalSteps: total as number | null };
}
