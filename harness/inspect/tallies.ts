import { KeySet } from '../keys.js';

/** Counts rows that come again, and rows of which another says the opposite. */
export class Repeats {
  private readonly seen = new KeySet();
  duplicates = 0;
  conflicting = 0;

  /** @param key of the row @param opposite of the row that would contradict it */
  add(key: number, opposite: number): void {
    if (this.seen.has(key)) this.duplicates++;
    else if (this.seen.has(opposite)) this.conflicting++;
    this.seen.add(key);
  }
}

/** Counts completions without an end token, and with more than one. */
export class Ends {
  withoutEnd = 0;
  severalEnds = 0;

  /** @param endsWithEos whether completions end with a token of their own; else nothing is counted */
  constructor(private readonly endsWithEos: boolean) {}

  /** @param found end tokens of a completion */
  add(found: number): void {
    if (!this.endsWithEos) return;
    if (found === 0) this.withoutEnd++;
    else if (found > 1) this.severalEnds++;
  }
}
