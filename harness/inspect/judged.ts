import type { Judgement, OpenDataset } from '../contracts/dataset.js';
import { endsOf, type EncodedRow } from '../policy/tokenizers/rows.js';
import type { JudgedRow } from '../store/data.js';
import { keyOf } from '../keys.js';
import { Lengths } from './lengths.js';
import { Ends, Repeats } from './tallies.js';

/** Counts the judged completions of a split. */
export class JudgedCounts {
  private readonly repeats = new Repeats();
  private readonly lengths = new Lengths();
  private readonly ends: Ends;
  private readonly endTokens: ReadonlySet<number>;
  private rows = 0;
  private good = 0;

  constructor({ tokenizer, endsWithEos }: OpenDataset) {
    this.ends = new Ends(endsWithEos);
    this.endTokens = new Set(endsOf(tokenizer));
  }

  add({ prompt, completion, label }: Judgement, { completion: ids }: Pick<EncodedRow, 'completion'>): void {
    this.rows++;
    if (label) this.good++;
    this.lengths.add(ids.length);
    const key = (as: boolean): number => keyOf(prompt, completion, String(as));
    this.repeats.add(key(label), key(!label));
    this.ends.add(ids.filter((id) => this.endTokens.has(id)).length);
  }

  /** Null where there were none. */
  row(): JudgedRow | null {
    const completion = this.lengths.row();
    if (completion === null) return null;
    const { rows, good } = this;
    const { duplicates, conflicting } = this.repeats;
    const { withoutEnd, severalEnds } = this.ends;
    return { rows, good, duplicates, conflicting, completion, withoutEnd, severalEnds };
  }
}
