import { interval, maybeFigure, maybeNumber } from './parts.js';
import {
  array,
  boolean,
  count,
  described,
  nullable,
  number,
  object,
  type Static,
  text,
} from './schema-builder.js';

/** Two entrants on the same prompts, whatever their KL and cost. */
export const headToHead = object({
  a: text,
  b: text,
  winRate: maybeFigure,
  softWinRate: maybeFigure,
  goldDifference: maybeFigure,
  q: described(
    'Benjamini and Hochberg’s q-value of "no difference in gold reward", over all head-to-heads.',
    maybeNumber,
  ),
});
export type HeadToHead = Static<typeof headToHead>;

/** An algorithm against itself with other randomness: what the verdicts say when nothing is there. */
export const controlReport = object({
  pairs: array(object({ name: text, goldDifference: maybeFigure, alarm: boolean })),
  falseAlarms: described(
    'Share of alarms when, in every seed, which of the two is called first is turned at random: all ways, ' +
      'or 512 of them.',
    nullable(object({ rate: number, ci: interval, n: count })),
  ),
  reason: nullable(text),
});
export type ControlReport = Static<typeof controlReport>;
