import type { LengthsRow } from '../store/data.js';

/** Ranges of a histogram at most. */
const BINS = 10;

/** Lengths as they come, kept as counts: a set of any size takes no more than its longest row. */
export class Lengths {
  private readonly counts = new Map<number, number>();
  private rows = 0;
  private total = 0;

  add(length: number): void {
    this.counts.set(length, (this.counts.get(length) ?? 0) + 1);
    this.rows++;
    this.total += length;
  }

  /** Null where nothing was counted. */
  row(): LengthsRow | null {
    if (this.rows === 0) return null;
    const sorted = [...this.counts].sort(([a], [b]) => a - b);
    const [min, max] = [sorted[0]![0], sorted.at(-1)![0]];
    return {
      min,
      mean: this.total / this.rows,
      median: atShare(sorted, this.rows / 2),
      p95: atShare(sorted, this.rows * 0.95),
      max,
      bins: histogram(sorted, min, max),
    };
  }
}

type Counted = readonly (readonly [length: number, rows: number])[];

/** The smallest length that at least so many rows do not exceed. */
function atShare(sorted: Counted, rows: number): number {
  let seen = 0;
  for (const [length, count] of sorted) {
    seen += count;
    if (seen >= rows) return length;
  }
  return sorted.at(-1)![0];
}

function histogram(sorted: Counted, min: number, max: number): LengthsRow['bins'] {
  const width = Math.ceil((max - min + 1) / BINS);
  const bins = Array.from({ length: Math.ceil((max - min + 1) / width) }, (_, i) => ({
    from: min + i * width,
    to: Math.min(max, min + (i + 1) * width - 1),
    rows: 0,
  }));
  for (const [length, count] of sorted) bins[Math.floor((length - min) / width)]!.rows += count;
  return bins;
}
