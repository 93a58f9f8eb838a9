import type { Pair, PairTokens } from '../contracts/dataset.js';
import type { PairsRow } from '../store/data.js';
import { FrequentAnswers } from './answers.js';
import { keyOf } from '../keys.js';
import { Lengths } from './lengths.js';
import { Ends, Repeats } from './tallies.js';

/** Counts the pairs of a split. */
export class PairCounts {
  private readonly repeats = new Repeats();
  private readonly ends: Ends;
  private readonly answers = new FrequentAnswers();
  private readonly chosen = new Lengths();
  private readonly rejected = new Lengths();
  private pairs = 0;
  private equalSides = 0;
  private chosenLonger = 0;
  private rejectedLonger = 0;
  private difference = 0;
  private readonly margins = { rows: 0, negative: 0 };

  /** @param endsWithEos whether completions end with a token of their own */
  constructor(endsWithEos: boolean) {
    this.ends = new Ends(endsWithEos);
  }

  add(pair: Pair, { chosen, rejected, equal, ends }: PairTokens): void {
    this.pairs++;
    const { prompt } = pair;
    this.repeats.add(keyOf(prompt, pair.chosen, pair.rejected), keyOf(prompt, pair.rejected, pair.chosen));
    this.answers.add(pair);
    this.lengths(chosen, rejected);
    if (equal) this.equalSides++;
    for (const count of [ends.chosen, ends.rejected]) this.ends.add(count);
    if (pair.margin === undefined) return;
    this.margins.rows++;
    if (pair.margin < 0) this.margins.negative++;
  }

  /** @param all the pairs that were added; null where there were none */
  row(all: readonly Pair[]): PairsRow | null {
    const [chosen, rejected] = [this.chosen.row(), this.rejected.row()];
    if (chosen === null || rejected === null) return null;
    const { pairs, equalSides, margins } = this;
    const { duplicates, conflicting } = this.repeats;
    const { withoutEnd, severalEnds } = this.ends;
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

  private lengths(chosen: number, rejected: number): void {
    this.chosen.add(chosen);
    this.rejected.add(rejected);
    this.difference += chosen - rejected;
    if (chosen > rejected) this.chosenLonger++;
    else if (rejected > chosen) this.rejectedLonger++;
  }
}
