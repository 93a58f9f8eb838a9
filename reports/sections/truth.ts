import type { EvalRow } from '../../harness/store/records.js';
import { number } from '../report/format.js';
import type { Gathered, Loaded } from './gather.js';
import type { Pool, SeedPool } from './pools.js';
import { rowsByPrompt } from './prompts.js';

/** Where a reward without error would lead, seed by seed, or why that is not known. */
export type Truth =
  | { readonly bySeed: ReadonlyMap<number, SeedPool>; readonly unknown: null }
  | { readonly bySeed: null; readonly unknown: string };

/**
 * The start tilted by the gold reward itself, as the start's run has stored it: an evaluation, and no policy
 * that an algorithm could find. The gold reward may choose here, since it is what is asked about.
 * @param below what the truth is held against, exact where the truth is
 * @param most K of the page
 */
export function truth(below: Pool, most: number, { startOf }: Gathered): Truth {
  const bySeed = new Map<number, SeedPool>();
  for (const [seed, { entries, values }] of below.bySeed) {
    const entry = entries.find((one) => one !== null);
    const start = entry === undefined || entry === null ? null : startOf(entry);
    const frontier = start === null ? undefined : finalRow(start)?.exact?.frontier;
    if (frontier === undefined || values[0]!.length !== 1)
      return { bySeed: null, unknown: notListed(start, most) };
    // The first point is the start, which has one value on the whole page.
    const golds = frontier.map(({ goldReward }, i) => (i === 0 ? values[0]![0]! : goldReward));
    bySeed.set(seed, {
      candidates: frontier.map(({ kl }, i) => ({ kl, score: golds[i]! })),
      entries: golds.map(() => null),
      values: golds.map((gold) => Float64Array.of(gold)),
      wins: null,
      kl: frontier.map(({ kl }) => kl),
    });
  }
  return { bySeed, unknown: null };
}

const finalRow = ({ evals }: Loaded): EvalRow | undefined => evals.findLast((row) => row.split === 'test');

function notListed(start: Loaded | null, most: number): string {
  const why =
    'How far the gold reward itself would lead is not shown: it is known where every completion can be ' +
    'listed';
  const rows = start?.samples == null ? [] : [...rowsByPrompt(start.samples.keys).values()];
  if (rows.length === 0) return `${why}.`;
  const draws = Math.max(...rows.map((own) => own.length));
  const reach = `${number(Math.log(draws))} of the ${number(most)} nats`;
  return `${why}, and the start’s ${draws} samples a prompt reach ${reach} at most.`;
}
