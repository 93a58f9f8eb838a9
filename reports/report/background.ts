import { figure, interval, maybeFigure, maybeNumber } from './parts.js';
import {
  array,
  count,
  described,
  integer,
  nullable,
  number,
  object,
  open,
  record,
  type Static,
  text,
} from './schema-builder.js';

/** One step of one variant while it trains, averaged over the seeds that reached it. */
export const curvePoint = object({
  name: text,
  step: count,
  goldReward: maybeNumber,
  proxyReward: maybeNumber,
  winRate: maybeNumber,
  kl: maybeNumber,
  length: described('Completion tokens.', maybeNumber),
  goldCi: described('95 % interval of the gold reward over seeds.', nullable(interval)),
  flops: number,
  seconds: number,
  seeds: count,
});
export type CurvePoint = Static<typeof curvePoint>;

/** A test prompt with what the start and every variant answered. */
export const sampleSet = object({
  prompt: text,
  completions: array(object({ name: text, text, gold: maybeNumber })),
});
export type SampleSet = Static<typeof sampleSet>;

/** The machine and the engine of the first finished run. */
export const environment = open({
  cpuModel: text,
  cores: number,
  memoryBytes: number,
  platform: text,
  nodeVersion: text,
  tiltyardVersion: text,
  gitCommit: nullable(text),
  versions: record(text),
  engine: text,
  device: text,
  engineReason: text,
  parameters: number,
});

export const rewardModel = object({ name: text, runs: count, figures: record(figure) });

/** A stage that all algorithms share, with its cost and its finished runs. */
export const sharedStage = object({ stage: text, flops: maybeFigure, seconds: maybeFigure, runs: count });

/** A run that did not come to its end. */
export const failure = object({ run: text, label: text, seed: integer, outcome: text, cause: text });
