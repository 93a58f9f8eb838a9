import type { Figure } from '../../harness/stats/interval.js';
import {
  atLeastOne,
  described,
  nullable,
  number,
  object,
  pair,
  type Schema,
  type Static,
  text,
} from './schema-builder.js';

/** Where a value of something lies with 95 % confidence, from and to. */
export const interval = pair(number, number);

export const figure: Schema<Figure> = object({
  mean: number,
  ci: described('95 % interval.', nullable(interval)),
  n: described('Pipeline seeds.', atLeastOne),
});

/** A figure, or null where there is none. */
export const maybeFigure = nullable(figure);

export const maybeNumber = nullable(number);

/** KL from the start. */
export const nats = described('Nats per sequence.', number);

/** What one stage of training cost. */
export const stageCost = object({ stage: text, flops: maybeFigure, seconds: maybeFigure });
export type StageCost = Static<typeof stageCost>;
