/** A merge: the ids of two neighbours, and of what they become. */
export type Merge = readonly [left: number, right: number, merged: number];

/** Stands where a symbol has been merged into the one before it. */
const GONE = -1;
/** Of heap entries: a rank times this, plus a place. */
const PLACES = 2 ** 31;

/**
 * Byte pair encoding: of all neighbours the pair of the lowest rank is merged, the leftmost of equals, until
 * none is left. Symbols are ids; negative ones below -1 are characters without an id, which nothing merges.
 * @param merges in the order of their ranks; of two for one pair the later counts
 */
export function bpeMerger(merges: readonly Merge[]): (symbols: readonly number[]) => number[] {
  const known = new PairTable(merges);
  return (symbols) => {
    const count = symbols.length;
    if (count < 2) return [...symbols];
    const ids = Int32Array.from(symbols);
    const next = Int32Array.from(ids, (_, i) => i + 1);
    const before = Int32Array.from(ids, (_, i) => i - 1);
    const heap = new Heap();
    const consider = (place: number): void => {
      const at = known.find(ids[place]!, ids[next[place]!]!);
      if (at !== -1) heap.push(known.ranks[at]! * PLACES + place);
    };
    for (let i = 0; i + 1 < count; i++) consider(i);
    while (heap.size > 0) {
      const first = heap.pop();
      const rank = Math.floor(first / PLACES);
      const place = first - rank * PLACES;
      const right = next[place]!;
      if (ids[place] === GONE || right >= count) continue;
      const at = known.find(ids[place]!, ids[right]!);
      if (at === -1 || known.ranks[at] !== rank) continue; // one of the two has become another since
      ids[place] = known.merged[at]!;
      ids[right] = GONE;
      const after = next[right]!;
      next[place] = after;
      if (after < count) {
        before[after] = place;
        consider(place);
      }
      if (before[place]! >= 0) consider(before[place]!);
    }
    const out: number[] = [];
    for (let place = 0; place < count; place = next[place]!) out.push(ids[place]!);
    return out;
  };
}

/** Pairs of ids, hashed into arrays: a vocabulary of 128,000 tokens has 280,000 of them. */
class PairTable {
  readonly ranks: Int32Array;
  readonly merged: Int32Array;
  private readonly left: Int32Array;
  private readonly right: Int32Array;
  private readonly mask: number;

  constructor(merges: readonly Merge[]) {
    const slots = 2 ** Math.ceil(Math.log2(2 * merges.length + 2));
    this.mask = slots - 1;
    this.left = new Int32Array(slots).fill(-1);
    [this.right, this.ranks, this.merged] = [
      new Int32Array(slots),
      new Int32Array(slots),
      new Int32Array(slots),
    ];
    merges.forEach(([left, right, merged], rank) => {
      const slot = this.slot(left, right);
      this.left[slot] = left;
      this.right[slot] = right;
      this.ranks[slot] = rank;
      this.merged[slot] = merged;
    });
  }

  /** The slot of a pair; -1: it is never merged. */
  find(left: number, right: number): number {
    if (left < 0 || right < 0) return -1;
    const slot = this.slot(left, right);
    return this.left[slot] === -1 ? -1 : slot;
  }

  private slot(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.mask;
    while (this.left[slot] !== -1 && (this.left[slot] !== left || this.right[slot] !== right))
      slot = (slot + 1) & this.mask;
    return slot;
  }
}

/** The smallest number first. */
class Heap {
  private readonly items: number[] = [];

  get size(): number {
    return this.items.length;
  }

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (items[above]! <= item) break;
      items[at] = items[above]!;
      at = above;
    }
    items[at] = item;
  }

  pop(): number {
    const { items } = this;
    const first = items[0]!;
    const last = items.pop()!;
    const { length } = items;
    if (length === 0) return first;
    let at = 0;
    for (let below = 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && items[below + 1]! < items[below]!) below++;
      if (items[below]! >= last) break;
      items[at] = items[below]!;
      at = below;
    }
    items[at] = last;
    return first;
  }
}
