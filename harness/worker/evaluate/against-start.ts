import type { Prompt } from '../../contracts/dataset.js';
import { outcome } from '../../metrics/win-rate.js';
import { mean } from '../../stats/moments.js';
import type { Estimate } from '../../store/records.js';
import type { MeasuredRow } from '../../store/shared.js';
import { estimate } from './estimate.js';

/** Gold rewards of one sample of each prompt, [prompts]; null without a gold reward or without a start. */
export type StartDraw = (
  prompts: readonly Prompt[],
  split: string,
  sample: number,
) => Promise<Float64Array | null>;

/**
 * Win rates against the start. Its samples are drawn from streams of their own: with the policy's streams two
 * equal completions would meet far more often than two draws do, and the rate would be that of another
 * question. The prompts of a split are the same in every evaluation of a run, so that they are drawn once.
 */
export class AgainstStart {
  private readonly known = new Map<string, Float64Array | null>();

  /** @param known rewards by split, [samples][prompts], as `MeasuredRow.golds` */
  constructor(
    private readonly draw: StartDraw,
    known: MeasuredRow['golds'] = null,
  ) {
    for (const [split, samples] of Object.entries(known ?? {})) {
      samples.forEach((golds, i) => this.known.set(`${split}/${i}`, Float64Array.from(golds)));
    }
  }

  /** Gold rewards of the start, one array a sample; null without gold or start. */
  async golds(
    prompts: readonly Prompt[],
    samplesPerPrompt: number,
    split: string,
  ): Promise<Float64Array[] | null> {
    const all: Float64Array[] = [];
    for (let sample = 0; sample < samplesPerPrompt; sample++) {
      const key = `${split}/${sample}`;
      if (!this.known.has(key)) this.known.set(key, await this.draw(prompts, split, sample));
      const golds = this.known.get(key)!;
      if (golds === null) return null;
      all.push(golds);
    }
    return all;
  }
}

/**
 * Mean over prompts of the share of all pairs of samples that the policy wins, ties half.
 * @param own gold rewards, one array [prompts] a sample; `start` likewise
 */
export function winRate(own: readonly ArrayLike<number>[], start: readonly ArrayLike<number>[]): Estimate {
  const prompts = own[0]!.length;
  const shares = Array.from({ length: prompts }, (_, p) =>
    mean(own.flatMap((mine) => start.map((theirs) => outcome(mine[p]!, theirs[p]!)))),
  );
  return estimate(shares);
}
