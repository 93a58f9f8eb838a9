import type { Rng } from '../rng.js';
import { STARTS } from './cached-decoding.js';
import type { Asked, NextTokens, Runner } from './runner.js';

/** A row that is being completed, with a generator of its own. */
export interface Row {
  /** Where it stands in the result. */
  readonly index: number;
  readonly prompt: readonly number[];
  readonly rng: Rng;
  readonly tokens: number[];
}

/** How tokens are wanted. */
interface Wanted {
  readonly temperature: number;
  /** A row's next uniform number in [0, 1), for a runner that draws; null: whole distributions are wanted. */
  readonly chance: ((row: Row) => number) | null;
}

/**
 * Completes every row, as many side by side as the runner has places. What has ended makes room for what
 * waits, a quarter of the places at a time; when nothing waits any more, half the rows move to half the
 * places.
 * @param waiting rows that continue the same prompt, the same array, next to each other: it is computed once
 * @param draw gives the row its next token, row `at` of what is known of it; whether the row goes on
 */
export async function complete(
  waiting: readonly Row[],
  first: Runner,
  { temperature, chance }: Wanted,
  draw: (row: Row, next: NextTokens, at: number) => boolean,
): Promise<void> {
  let runner = first;
  const asked = (rows: readonly (Row | null)[]): Asked => {
    const isDrawn = chance !== null && runner.draws;
    const chances = isDrawn ? Float32Array.from(rows, (row) => (row === null ? 0 : chance(row))) : null;
    return { temperature, chances };
  };
  let placed: (Row | null)[] = new Array<Row | null>(runner.places).fill(null);
  for (let begun = 0; ; ) {
    const free = placed.flatMap((row, place) => (row === null ? [place] : []));
    const { places } = runner;
    if (begun < waiting.length && 4 * free.length >= places) {
      const rows = waiting.slice(begun, begun + Math.min(free.length, STARTS));
      const prompts = [...new Set(rows.map((row) => row.prompt))];
      const starts = rows.map((row, i) => ({ place: free[i]!, prompt: prompts.indexOf(row.prompt) }));
      const next = await runner.start(prompts, starts, asked(rows));
      starts.forEach(({ place, prompt }, i) => {
        placed[place] = draw(rows[i]!, next, next.tokens === undefined ? prompt : i) ? rows[i]! : null;
      });
      begun += rows.length;
      continue;
    }
    if (free.length === places) return;
    if (begun === waiting.length && 2 * free.length >= places) {
      const left = placed.flatMap((row, place) => (row === null ? [] : [place]));
      const smaller = await runner.halved(left);
      if (smaller !== runner) {
        placed = Array.from({ length: smaller.places }, (_, i) => placed[left[i]!] ?? null);
        runner = smaller;
        continue;
      }
    }
    const next = await runner.next(
      placed.map((row) => row?.tokens.at(-1) ?? null),
      asked(placed),
    );
    placed = placed.map((row, place) => (row !== null && draw(row, next, place) ? row : null));
  }
}
