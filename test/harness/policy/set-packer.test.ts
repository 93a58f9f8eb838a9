import { describe, expect, test } from 'vitest';
import { Rng, type TokenBatch } from '../../../harness/index.js';
import { packBatch, type TokenRow } from '../../../harness/policy/batch.js';
import { withPacking } from '../../../harness/policy/packing.js';
import { SetPacker } from '../../../harness/policy/set-packer.js';

const shape = { time: 40, completion: 26, padId: 0 };
const rng = Rng.fromSeed('lengths');
const tokens = (n: number): number[] => Array.from({ length: n }, () => 1 + rng.int(8));
/** Pairs with completions of 4 to 26 tokens. */
const pairs = Array.from({ length: 500 }, (): TokenRow[] => {
  const prompt = tokens(6 + rng.int(4));
  return [0, 1].map(() => ({ prompt, completion: tokens(4 + rng.int(12) + rng.int(12)) }));
});
const packer = new SetPacker(pairs.length, (i) => pairs[i]!, shape);
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
    expect(packed!.positions.prompts!.shape[0]).toBe(32);
  });
  test('have one shape, but for a few that do not fit it', () => {
    const shapes = Array.from({ length: 100 }, (_, n) => shapesOf(packer.batch(drawn(n))));
    const often = shapes.filter((of) => of === shapes[0]).length;
    expect(Math.max(often, 100 - often)).toBeGreaterThanOrEqual(95);
  });
  test('have a shape that does not hang on the batches before', () => {
    const fresh = new SetPacker(pairs.length, (i) => pairs[i]!, shape);
    expect(fresh.batch(drawn(7))).toEqual(packer.batch(drawn(7)));
  });
  test('that do not fit have sizes of their own', () => {
    const longest = [...pairs.keys()]
      .sort((a, b) => pairs[b]![0]!.completion.length - pairs[a]![0]!.completion.length)
      .slice(0, 32);
    const rows = [0, 1].flatMap((r) => longest.map((i) => pairs[i]![r]!));
    const batch = packer.batch(longest);
    expect(shapesOf(batch)).not.toBe(shapesOf(packer.batch(drawn(0))));
    expect(batch.packed!.read).toEqual(withPacking(packBatch(rows, shape)).packed!.read);
  });
  test('of equal lengths leave no row without a token', () => {
    const even = Array.from({ length: 20 }, () => [{ prompt: tokens(3), completion: tokens(5) }]);
    const { packed } = new SetPacker(20, (i) => even[i]!, shape).batch([3, 1, 4]);
    expect(packed!.positions.ids.shape).toEqual([3 * 2 + 3 * 5]);
    expect(packed!.last.ids.shape).toEqual([3 * 2 + 3 * 6]);
  });
});
