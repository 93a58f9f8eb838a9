import { TiltyardError } from '../../errors.js';
import type { HostTensor } from '../tensor.js';

/*
 * Sizes that vary from run to run. A graph is traced with a prime in the place of each: no constant of the
 * graph may have one in it, and of a node's operations it says with which sizes they grow.
 */

/** The least stand-in: larger than most sizes, and small enough for exact products of two and a tensor. */
const LEAST = 10007;

/** Floating-point operations of a run. */
export interface Flops {
  readonly fixed: number;
  /** Those that are a product of sizes that vary. */
  readonly varying: readonly Term[];
}

interface Term {
  readonly times: number;
  readonly sizes: readonly string[];
}

/** The operations of a run with these sizes. */
export function flopsAt({ fixed, varying }: Flops, sizes: ReadonlyMap<string, number>): number {
  let total = fixed;
  for (const { times, sizes: names } of varying)
    total += names.reduce((product, name) => product * sizes.get(name)!, times);
  return total;
}

/**
 * The sizes of feeds that vary, by their names.
 * @throws TiltyardError where one name stands for two sizes
 */
export function sizesIn(feeds: Readonly<Record<string, HostTensor>>): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [feed, { shape, varies }] of Object.entries(feeds)) {
    varies?.forEach((name, axis) => {
      if (name === null) return;
      const size = shape[axis]!;
      const known = sizes.get(name);
      if (known !== undefined && known !== size)
        throw new TiltyardError(
          'varying-size',
          `engine: size '${name}' is ${known} in one feed and ${size} in '${feed}'; give them two names`,
          { exitCode: 1 },
        );
      sizes.set(name, size);
    });
  }
  return sizes;
}

/** The primes that stand for sizes while a graph is traced. */
export class StandIns {
  private readonly names = new Map<number, string>();
  private readonly primes = new Map<string, number>();

  /** @param taken sizes that do not vary: none of them becomes a stand-in */
  constructor(feeds: Readonly<Record<string, HostTensor>> = {}, taken: ReadonlySet<number> = new Set()) {
    let n = LEAST;
    for (const name of sizesIn(feeds).keys()) {
      while (taken.has(n) || !isPrime(n)) n += 2;
      this.primes.set(name, n);
      this.names.set(n, name);
      n += 2;
    }
  }

  /** The shape of a feed under trace. */
  shapeOf({ shape, varies }: HostTensor): readonly number[] {
    return varies === undefined ? shape : shape.map((n, i) => this.primes.get(varies[i] ?? '') ?? n);
  }

  /** A shape with names for the sizes that vary. */
  named(shape: readonly number[]): readonly (number | string)[] {
    return shape.map((n) => this.names.get(n) ?? n);
  }

  isIn(shape: readonly number[]): boolean {
    return this.names.size > 0 && shape.some((n) => this.names.has(n));
  }

  /** @throws TiltyardError where a size that varies would be written into the graph */
  refuse(numbers: readonly number[]): void {
    if (!this.isIn(numbers)) return;
    const of = this.named(numbers).filter((n) => typeof n === 'string');
    throw new TiltyardError(
      'varying-size',
      `engine: size '${of[0]}' varies from run to run, and [${this.named(numbers).join(', ')}] would be ` +
        'written into the graph; use operations that take the size from their inputs',
      { exitCode: 1 },
    );
  }

  /** What the operations of a node are a product of. @param shapes of what it reads and writes */
  term(flops: number, shapes: readonly (readonly number[])[]): Term {
    const sizes: string[] = [];
    let times = flops;
    if (this.names.size > 0) {
      for (const n of new Set(shapes.flat())) {
        const name = this.names.get(n);
        if (name === undefined) continue;
        for (; times > 0 && times % n === 0; times /= n) sizes.push(name);
      }
    }
    return { times, sizes };
  }
}

/** The operations of all nodes together. */
export function summed(terms: readonly Term[]): Flops {
  const byKey = new Map<string, { times: number; sizes: readonly string[] }>();
  for (const { times, sizes } of terms) {
    const key = sizes.toSorted().join(' ');
    const known = byKey.get(key);
    byKey.set(key, { times: times + (known?.times ?? 0), sizes });
  }
  const fixed = byKey.get('')?.times ?? 0;
  return { fixed, varying: [...byKey.values()].filter((term) => term.sizes.length > 0) };
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}
