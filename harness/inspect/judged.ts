import type { Judgement } from '../contracts/dataset.js';
import { endsOf, type EncodedRow } from '../policy/tokenizers/rows.js';
import type { OpenDataset } from '../contracts/dataset.js';
import type { JudgedRow } from '../store/data.js';
import { keyOf, KeySet } from './keys.js';
import { Lengths } from './lengths.js';

/** Counts the judged completions of a split. */
export class JudgedCounts {
  private readonly seen = new KeySet();
  private readonly lengths = new Lengths();
  private readonly ends: ReadonlySet<number>;
  private rows = 0;
  private good = 0;
  private duplicates = 0;
  private conflicting = 0;
  private withoutEnd = 0;
  private severalEnds = 0;

  constructor(private readonly open: OpenDataset) {
    this.ends = new Set(endsOf(open.tokenizer));
  }

  add({ prompt, completion, label }: Judgement, { completion: ids }: Pick<EncodedRow, 'completion'>): void {
    this.rows++;
    if (label) this.good++;
    this.lengths.add(ids.length);
    const key = (as: boolean): number => keyOf(prompt, completion, String(as));
    if (this.seen.has(key(label))) this.duplicates++;
    else if (this.seen.has(key(!label))) this.conflicting++;
    this.seen.add(key(label));
    if (!this.open.endsWithEos) return;
    const found = ids.filter((id) => this.ends.has(id)).length;
    if (found === 0) this.withoutEnd++;
    else if (found > 1) this.severalEnds++;
  }

  /** Null where there were none. */
  row(): JudgedRow | null {
    const completion = this.lengths.row();
    if (completion === null) return null;
    const { rows, good, duplicates, conflicting, withoutEnd, severalEnds } = this;
    return { rows, good, duplicates, conflicting, completion, withoutEnd, severalEnds };
  }
}
