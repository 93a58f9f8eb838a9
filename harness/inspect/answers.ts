import type { Pair } from '../contracts/dataset.js';
import type { AnswerRow } from '../store/data.js';

/** A completion is frequent where it is at least one in so many. */
const ONE_IN = 20;
/** Rows of which every completion may well occur more than once by chance. */
const FEWEST = 3;
const SHOWN = 80;

/**
 * Completions that many pairs have, with how often each is preferred: an answer that is always chosen teaches
 * the answer, not the preference. Two passes, and memory for ONE_IN texts: what is that frequent survives
 * the first (Misra & Gries 1982), which takes a pair at a time, and the second counts it.
 */
export class FrequentAnswers {
  private readonly candidates = new Map<string, number>();
  /** How often every candidate was counted down: none occurs more often than it was counted, and this. */
  private down = 0;

  add({ chosen, rejected }: Pair): void {
    for (const text of [chosen, rejected]) this.keep(text);
  }

  /** @param pairs those that were added: they are read again where an answer may be frequent */
  rows(pairs: readonly Pair[]): AnswerRow[] {
    const least = Math.max(FEWEST, (2 * pairs.length) / ONE_IN);
    const possible = [...this.candidates].filter(([, count]) => count + this.down >= least);
    if (possible.length === 0) return [];
    const counts = new Map(possible.map(([text]) => [text, { chosen: 0, rejected: 0 }]));
    for (const pair of pairs) {
      for (const side of ['chosen', 'rejected'] as const) {
        const count = counts.get(pair[side]);
        if (count !== undefined) count[side]++;
      }
    }
    return [...counts]
      .map(([text, count]) => ({ text: text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text, ...count }))
      .filter(({ chosen, rejected }) => chosen + rejected >= least)
      .sort((a, b) => b.chosen + b.rejected - a.chosen - a.rejected);
  }

  private keep(text: string): void {
    const { candidates } = this;
    const count = candidates.get(text);
    if (count !== undefined) candidates.set(text, count + 1);
    else if (candidates.size < ONE_IN) candidates.set(text, 1);
    else {
      this.down++;
      for (const [other, left] of candidates) {
        if (left === 1) candidates.delete(other);
        else candidates.set(other, left - 1);
      }
    }
  }
}
