import type { EvalRow } from '../../harness/store/records.js';
import { number } from '../report/format.js';
import type { Gathered, Loaded } from './gather.js';
import type { Pool, SeedPool } from './pools.js';
import { rowsByPrompt } from './prompts.js';
import { drawnTruth } from './drawn-truth.js';

/** Where a reward without error would lead, seed by seed, or that it is not known; and what to say of it. */
export interface Truth {
  readonly bySeed: ReadonlyMap<number, SeedPool> | null;
  readonly said: string | null;
}

/**
 * The start tilted by the gold reward itself: an evaluation, and no policy that an algorithm could find. The
 * gold reward may choose here, since it is what is asked about. Exact where the start's run has stored its
 * frontier; else resampled from the draws that the rung below chose among.
 * @param below what the truth is held against, exact where the truth is
 * @param most K of the page
 */
export function truth(below: Pool, most: number, gathered: Gathered): Truth {
  const listed = new Map<number, SeedPool>();
  for (const [seed, { entries, values }] of below.bySeed) {
    const start = startOf(entries, gathered);
    const frontier = start === null ? undefined : finalRow(start)?.exact?.frontier;
    if (frontier === undefined || values[0]!.length !== 1) return resampled(below, most, gathered);
    // The first point is the start, which has one value on the whole page.
    const golds = frontier.map(({ goldReward }, i) => (i === 0 ? values[0]![0]! : goldReward));
    listed.set(seed, {
      candidates: frontier.map(({ kl }, i) => ({ kl, score: golds[i]! })),
      entries: golds.map(() => null),
      values: golds.map((gold) => Float64Array.of(gold)),
      wins: null,
      kl: frontier.map(({ kl }) => kl),
    });
  }
  return { bySeed: listed, said: null };
}

function resampled(below: Pool, most: number, gathered: Gathered): Truth {
  const bySeed = new Map<number, SeedPool>();
  let n = Number.POSITIVE_INFINITY;
  for (const [seed, own] of below.bySeed) {
    const found = drawnTruth(own, gathered);
    if (found === null) return { bySeed: null, said: notKnown(startOf(own.entries, gathered), most) };
    bySeed.set(seed, found.pool);
    n = Math.min(n, found.n);
  }
  const reach = number(Math.log(n));
  const said =
    `The truth is resampled: of the same ${n} draws of the start a prompt the gold reward takes one, where ` +
    `below it the learned reward does. It is what a reward without error would bring to that sampler, ` +
    `which moves ${reach} nats at most, and so the least that the gold reward itself could bring.`;
  return { bySeed, said };
}

const startOf = (entries: SeedPool['entries'], { startOf: of }: Gathered): Loaded | null => {
  const entry = entries.find((one) => one !== null);
  return entry === undefined || entry === null ? null : of(entry);
};

const finalRow = ({ evals }: Loaded): EvalRow | undefined => evals.findLast((row) => row.split === 'test');

function notKnown(start: Loaded | null, most: number): string {
  const why =
    'How far the gold reward itself would lead is not shown: it is known where every completion can be ' +
    'listed, or where the optimum is sampled from stored draws';
  const rows = start?.samples == null ? [] : [...rowsByPrompt(start.samples.keys).values()];
  if (rows.length === 0) return `${why}.`;
  const draws = Math.max(...rows.map((own) => own.length));
  const reach = `${number(Math.log(draws))} of the ${number(most)} nats`;
  return `${why}, and the start’s ${draws} samples a prompt reach ${reach} at most.`;
}
