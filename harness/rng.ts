import { createHash } from 'node:crypto';

/**
 * A seeded generator that is an argument, never a global. `split` derives a child from the generator's *key*
 * (its path of labels), not from how many numbers were drawn: `rng.split('rollout', 7)` is the same stream
 * whether or not steps 1-6 ran in this process, which is what makes a resumed run equal an uninterrupted one.
 *
 * Numbers come from xoshiro128** (Blackman & Vigna 2018, arXiv:1805.01407), seeded from SHA-256 of the key.
 */
export class Rng {
  private readonly state: Uint32Array;

  private constructor(readonly key: string) {
    const digest = createHash('sha256').update(key).digest();
    this.state = new Uint32Array(4);
    for (let i = 0; i < 4; i++) this.state[i] = digest.readUInt32LE(i * 4);
  }

  static fromSeed(seed: number | string): Rng {
    return new Rng(`seed:${seed}`);
  }

  split(...labels: readonly (string | number)[]): Rng {
    return new Rng(`${this.key}/${labels.join('/')}`);
  }

  /** 32 random bits. */
  bits(): number {
    this.fill(ONE);
    return ONE[0]!;
  }

  /** As many calls of `bits`, several times as fast: the state stays in registers. */
  fill(out: Uint32Array): void {
    const s = this.state;
    // Signed, or the JavaScript engine takes them for doubles.
    let [a, b, c, d] = [s[0]! | 0, s[1]! | 0, s[2]! | 0, s[3]! | 0];
    for (let i = 0; i < out.length; i++) {
      const x = Math.imul(b, 5);
      out[i] = Math.imul((x << 7) | (x >>> 25), 9);
      const t = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = (d << 11) | (d >>> 21);
    }
    [s[0], s[1], s[2], s[3]] = [a, b, c, d];
  }

  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  /** Uniform integer in [0, n). @throws RangeError if n is not a positive integer */
  int(n: number): number {
    if (!Number.isInteger(n) || n <= 0)
      throw new RangeError(`Rng.int: n must be a positive integer, got ${n}`);
    return Math.floor(this.uniform() * n);
  }

  bernoulli(p: number): boolean {
    return this.uniform() < p;
  }

  /** Standard normal by Box-Muller, one draw at a time so that no half pair is hidden state. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Index drawn with probability proportional to `weights` (non-negative, not all 0). */
  categorical(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i]!;
    let u = this.uniform() * total;
    for (let i = 0; i < weights.length; i++) {
      u -= weights[i]!;
      if (u < 0) return i;
    }
    for (let i = weights.length - 1; i >= 0; i--) if (weights[i]! > 0) return i;
    throw new RangeError('Rng.categorical: every weight is 0');
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  /** A new array in Fisher-Yates order. */
  shuffle<T>(items: readonly T[]): T[] {
    return this.exchanged([...items]);
  }

  /** The places of `length` items in the order that `shuffle` would give them. */
  permutation(length: number): Uint32Array {
    return this.exchanged(Uint32Array.from({ length }, (_, i) => i));
  }

  private exchanged<List extends { [index: number]: unknown; readonly length: number }>(list: List): List {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const other = list[i];
      list[i] = list[j];
      list[j] = other;
    }
    return list;
  }
}

const ONE = new Uint32Array(1);
