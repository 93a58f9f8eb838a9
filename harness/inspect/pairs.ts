import type { Pair } from '../contracts/dataset.js';
import type { TokenRow } from '../policy/batch.js';
import type { PairsRow } from '../store/data.js';
import { frequentAnswers } from './answers.js';
import { keyOf } from './keys.js';
import { Lengths } from './lengths.js';

/** Counts the pairs of a split as they are tokenised. */
export class PairCounts {
  private readonly seen = new Set<number>();
  private readonly chosen = new Lengths();
  private readonly rejected = new Lengths();
  private pairs = 0;
  private duplicates = 0;
  private equalSides = 0;
  private conflicting = 0;
  private chosenLonger = 0;
  private rejectedLonger = 0;
  private difference = 0;
  private withoutEnd = 0;
  private severalEnds = 0;
  private readonly margins = { rows: 0, negative: 0 };

  /** @param endIds tokens that end a completion; empty where completions have no end token */
  constructor(private readonly endIds: ReadonlySet<number>) {}

  add(pair: Pair, chosen: TokenRow, rejected: TokenRow): void {
    this.pairs++;
    this.rows(pair);
    this.lengths(chosen.completion.length, rejected.completion.length);
    if (sameTokens(chosen.completion, rejected.completion)) this.equalSides++;
    for (const { completion } of [chosen, rejected]) this.ends(completion);
    if (pair.margin === undefined) return;
    this.margins.rows++;
    if (pair.margin < 0) this.margins.negative++;
  }

  /** @param all the pairs that were added; null where there were none */
  row(all: readonly Pair[]): PairsRow | null {
    const [chosen, rejected] = [this.chosen.row(), this.rejected.row()];
    if (chosen === null || rejected === null) return null;
    const { pairs, duplicates, equalSides, conflicting, withoutEnd, severalEnds, margins } = this;
    return {
      pairs,
      duplicates,
      equalSides,
      conflicting,
      chosen,
      rejected,
      chosenLonger: this.chosenLonger / pairs,
      rejectedLonger: this.rejectedLonger / pairs,
      lengthDifference: this.difference / pairs,
      withoutEnd,
      severalEnds,
      margins,
      answers: frequentAnswers(all),
    };
  }

  private rows({ prompt, chosen, rejected }: Pair): void {
    const key = keyOf(prompt, chosen, rejected);
    if (this.seen.has(key)) this.duplicates++;
    else if (this.seen.has(keyOf(prompt, rejected, chosen))) this.conflicting++;
    this.seen.add(key);
  }

  private lengths(chosen: number, rejected: number): void {
    this.chosen.add(chosen);
    this.rejected.add(rejected);
    this.difference += chosen - rejected;
    if (chosen > rejected) this.chosenLonger++;
    else if (rejected > chosen) this.rejectedLonger++;
  }

  private ends(completion: readonly number[]): void {
    if (this.endIds.size === 0) return;
    const ends = completion.filter((id) => this.endIds.has(id)).length;
    if (ends === 0) this.withoutEnd++;
    else if (ends > 1) this.severalEnds++;
  }
}

const sameTokens = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, i) => id === b[i]);
