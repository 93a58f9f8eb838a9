import type { Rng } from '../rng.js';
import { STARTS } from './cached-decoding.js';
import type { Runner } from './runner.js';

/** A row that is being completed, with a generator of its own. */
export interface Row {
  /** Where it stands in the result. */
  readonly index: number;
  readonly prompt: readonly number[];
  readonly rng: Rng;
  readonly tokens: number[];
}

/**
 * Completes every row, as many side by side as the runner has places. What has ended makes room for what
 * waits, a quarter of the places at a time; when nothing waits any more, half the rows move to half the
 * places.
 * @param waiting rows that continue the same prompt, the same array, next to each other: it is computed once
 * @param draw gives the row its next token, of the probabilities in row `at` of p; whether the row goes on
 */
export async function complete(
  waiting: readonly Row[],
  first: Runner,
  temperature: number,
  draw: (row: Row, p: Float32Array, at: number) => boolean,
): Promise<void> {
  let runner = first;
  let placed: (Row | null)[] = new Array<Row | null>(runner.places).fill(null);
  for (let begun = 0; ; ) {
    const free = placed.flatMap((row, place) => (row === null ? [place] : []));
    const { places } = runner;
    if (begun < waiting.length && 4 * free.length >= places) {
      const rows = waiting.slice(begun, begun + Math.min(free.length, STARTS));
      const prompts = [...new Set(rows.map((row) => row.prompt))];
      const starts = rows.map((row, i) => ({ place: free[i]!, prompt: prompts.indexOf(row.prompt) }));
      const p = await runner.start(prompts, starts, temperature);
      starts.forEach(({ place, prompt }, i) => {
        placed[place] = draw(rows[i]!, p, prompt) ? rows[i]! : null;
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
    const p = await runner.next(
      placed.map((row) => row?.tokens.at(-1) ?? null),
      temperature,
    );
    placed = placed.map((row, place) => (row !== null && draw(row, p, place) ? row : null));
  }
}
