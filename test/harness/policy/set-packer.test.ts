import { describe, expect, test } from 'vitest';
import type { PackedBlock } from '../../../harness/contracts/batches.js';
import { signature } from '../../../harness/engine/engine.js';
import { type HostTensor, Rng, type TokenBatch } from '../../../harness/index.js';
import { packBatch, type TokenRow } from '../../../harness/policy/batch.js';
import { flattened } from '../../../harness/policy/feeds.js';
import { shareOfTokens, withPacking } from '../../../harness/policy/packing.js';
import { SetPacker } from '../../../harness/policy/set-packer.js';

const shape = { time: 40, completion: 26, padId: 0 };
const rng = Rng.fromSeed('lengths');
const tokens = (n: number): number[] => Array.from({ length: n }, () => 1 + rng.int(8));
/** Pairs with completions of 4 to 26 tokens. */
const pairs = Array.from({ length: 500 }, (): TokenRow[] => {
  const prompt = tokens(6 + rng.int(4));
  return [0, 1].map(() => ({ prompt, completion: tokens(4 + rng.int(12) + rng.int(12)) }));
});
const fixed = { varying: false };
const packer = new SetPacker(pairs.length, (i) => pairs[i]!, shape, fixed);
const shapesOf = ({ packed }: TokenBatch): string =>
  JSON.stringify(packed, (_, value) => (value?.data === undefined ? value : value.shape));
const drawn = (n: number): number[] =>
  Rng.fromSeed(n)
    .shuffle(pairs.map((_, i) => i))
    .slice(0, 32);

describe('batches out of a set', () => {
  test('hold the first row of each prompt, then the second, and nothing but padding is left out', () => {
    const indices = drawn(0);
    const rows = [0, 1].flatMap((r) => indices.map((i) => pairs[i]![r]!));
    const { packed, ...plain } = packer.batch(indices);
    expect(plain).toEqual(packBatch(rows, shape));
    const count = rows.reduce((sum, { completion }) => sum + completion.length, 0);
    expect(packed!.read.data.length).toBeGreaterThan(count);
    expect(packed!.read.data.length).toBeLessThan(1.2 * count);
    // Each prompt once.
    expect(packed!.positions.prompts.map(({ queries }) => queries.shape[0])).toEqual([32]);
  });
  test('have one shape, but for a few that do not fit it', () => {
    const shapes = Array.from({ length: 100 }, (_, n) => shapesOf(packer.batch(drawn(n))));
    const often = shapes.filter((of) => of === shapes[0]).length;
    expect(Math.max(often, 100 - often)).toBeGreaterThanOrEqual(95);
  });
  test('have a shape that does not hang on the batches before', () => {
    const fresh = new SetPacker(pairs.length, (i) => pairs[i]!, shape, fixed);
    expect(fresh.batch(drawn(7))).toEqual(packer.batch(drawn(7)));
  });
  test('that do not fit have sizes of their own', () => {
    const longest = [...pairs.keys()]
      .sort((a, b) => pairs[b]![0]!.completion.length - pairs[a]![0]!.completion.length)
      .slice(0, 32);
    const rows = [0, 1].flatMap((r) => longest.map((i) => pairs[i]![r]!));
    const batch = packer.batch(longest);
    expect(shapesOf(batch)).not.toBe(shapesOf(packer.batch(drawn(0))));
    expect(batch.packed!.read).toEqual(withPacking(packBatch(rows, shape), fixed).packed!.read);
  });
  test('of equal lengths leave no row without a token', () => {
    const even = Array.from({ length: 20 }, () => [{ prompt: tokens(3), completion: tokens(5) }]);
    const { packed } = new SetPacker(20, (i) => even[i]!, shape, fixed).batch([3, 1, 4]);
    expect(packed!.positions.ids.shape).toEqual([3 * 2 + 3 * 5]);
    expect(packed!.last.ids.shape).toEqual([3 * 2 + 3 * 6]);
  });
  describe('where sizes may vary', () => {
    const long = { time: 300, completion: 128, padId: 0 };
    const lengths = Rng.fromSeed('long');
    const rows = Array.from({ length: 400 }, (): TokenRow[] => {
      const prompt = tokens(1 + lengths.int(170));
      return [0, 1].map(() => ({ prompt, completion: tokens(1 + lengths.int(128)) }));
    });
    const varying = new SetPacker(rows.length, (i) => rows[i]!, long, { varying: true });
    const batches = Array.from({ length: 60 }, (_, n) => varying.batch(drawn(n).map((i) => i % rows.length)));
    test('blocks are as wide as their longest sequence, and few graphs serve them all', () => {
      const signatures = batches.map(({ packed }) => signature(flattened({ packed: packed! })));
      // Two numbers of rows of prompts, two of completions.
      expect(new Set(signatures).size).toBeLessThanOrEqual(4);
      for (const { packed } of batches) {
        for (const { queries, queryAt } of packed!.positions.completions) {
          const [b, width] = queries.shape as [number, number];
          const counts = Array.from(
            { length: b },
            (_, i) => queryAt.data.slice(i * width, (i + 1) * width).filter((x) => x < 1e6).length,
          );
          expect(Math.max(...counts)).toBe(width);
        }
      }
    });
    test('of what is computed most is tokens', () => {
      expect(shareOfTokens(batches)).toBeGreaterThan(0.87);
      const places = (of: 'queries' | 'keys') => (block: PackedBlock) =>
        (block[of] ?? block.queries).shape[1]!;
      let [computed, needed] = [0, 0];
      for (const { packed } of batches) {
        const { completions, prompts } = packed!.positions;
        for (const block of [...completions, ...prompts]) {
          computed += block.queries.shape[0]! * places('queries')(block) * places('keys')(block);
          const at = (of: HostTensor, i: number): number =>
            of.data
              .slice((i * of.data.length) / of.shape[0]!, ((i + 1) * of.data.length) / of.shape[0]!)
              .filter((x) => x < 1e6).length;
          for (let i = 0; i < block.queries.shape[0]!; i++)
            needed += at(block.queryAt, i) * at(block.keyAt ?? block.queryAt, i);
        }
      }
      expect(computed / needed).toBeLessThan(1.5);
    });
  });
});
