import type { Pair, PairTokens } from '../contracts/dataset.js';
import type { PairsRow } from '../store/data.js';
import { FrequentAnswers } from './answers.js';
import { keyOf, KeySet } from './keys.js';
import { Lengths } from './lengths.js';

/** Counts the pairs of a split. */
export class PairCounts {
  private readonly seen = new KeySet();
  private readonly answers = new FrequentAnswers();
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

  /** @param endsWithEos whether completions end with a token of their own */
  constructor(private readonly endsWithEos: boolean) {}

  add(pair: Pair, { chosen, rejected, equal, ends }: PairTokens): void {
    this.pairs++;
    this.rows(pair);
    this.answers.add(pair);
    this.lengths(chosen, rejected);
    if (equal) this.equalSides++;
    for (const count of [ends.chosen, ends.rejected]) this.ends(count);
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
      answers: this.answers.rows(all),
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

  private ends(count: number): void {
    if (!this.endsWithEos) return;
    if (count === 0) this.withoutEnd++;
    else if (count > 1) this.severalEnds++;
  }
}
