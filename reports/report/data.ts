import {
  array,
  count,
  described,
  integer,
  nullable,
  number,
  object,
  optionally,
  pair,
  type Static,
  text,
} from './schema-builder.js';

const lengths = object({
  min: count,
  mean: number,
  median: count,
  p95: count,
  max: count,
  bins: array(object({ from: count, to: count, rows: count })),
});

const source = object({
  file: text,
  sha256: text,
  rows: count,
  kept: count,
  dropped: array(object({ reason: text, rows: count, first: text })),
  truncated: object({ prompts: count, completions: count }),
});

const pairs = object({
  pairs: count,
  duplicates: count,
  equalSides: count,
  conflicting: count,
  chosen: lengths,
  rejected: lengths,
  chosenLonger: number,
  rejectedLonger: number,
  lengthDifference: number,
  withoutEnd: count,
  severalEnds: count,
  margins: object({ rows: count, negative: count }),
  answers: array(object({ text, chosen: count, rejected: count })),
});

const judged = object({
  rows: count,
  good: described('Those labelled true.', count),
  duplicates: count,
  conflicting: count,
  completion: lengths,
  withoutEnd: count,
  severalEnds: count,
});

const split = optionally(
  { unpaired: described('Of data whose completions are judged one by one.', nullable(judged)) },
  object({
    split: text,
    prompts: count,
    promptTokens: nullable(lengths),
    unknownTokens: count,
    given: nullable(pairs),
  }),
);

const asked = object({
  asked: count,
  there: described("In the first seed's split.", count),
  given: described('By seed, of the seeds whose pairs are collected.', array(count)),
});

/** What was trained on: data.json, with what reads it. */
export const dataReport = object({
  dataset: text,
  seed: described('The pipeline seed whose splits are counted.', integer),
  sources: array(source),
  template: nullable(object({ name: text, from: text })),
  specialTokens: array(object({ role: text, ids: array(integer), from: text })),
  notes: array(text),
  bounds: described('In tokens.', object({ prompt: count, completion: count })),
  splits: array(split),
  shared: array(object({ splits: pair(text, text), prompts: count, first: text })),
  asked: nullable(object({ pairs: asked, heldoutPairs: asked })),
  warnings: array(text),
  beginning: described('What policies that begin untrained can show; null for others.', nullable(text)),
});
export type DataReport = Static<typeof dataReport>;
