import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/rng.js';
import type { PairRow } from '../../../harness/store/records.js';
import { type PairScores, relabel } from '../../../harness/worker/relabel.js';

const pairs = (n: number): PairRow[] =>
  Array.from({ length: n }, (_, i) => ({
    id: `p${i}`,
    prompt: `prompt ${i}`,
    chosen: i % 2 === 0 ? 'a' : 'b',
    rejected: i % 2 === 0 ? 'b' : 'a',
    margin: 1.5,
    goldChosen: 2,
    goldRejected: -1,
  }));
const turned = (rows: readonly PairRow[]): PairRow[] =>
  rows.map(({ chosen, rejected, goldChosen, goldRejected, ...row }) => ({
    ...row,
    chosen: rejected,
    rejected: chosen,
    goldChosen: goldRejected,
    goldRejected: goldChosen,
  }));
/** Reward of each text, whatever side it is on. */
const scored = (rows: readonly PairRow[], of: Readonly<Record<string, number>>): PairScores[] =>
  rows.map(({ chosen, rejected }) => ({ chosen: of[chosen]!, rejected: of[rejected]! }));
const rng = Rng.fromSeed(7);
const shareOf = (rows: readonly PairRow[], text: string): number =>
  rows.filter(({ chosen }) => chosen === text).length / rows.length;

describe('labels drawn from a reward', () => {
  const rows = pairs(4000);
  test('follow its Bradley-Terry model: a 1.2 above b wins with sigma(1.2) = .7685', () => {
    const { pairs: labelled } = relabel(rows, scored(rows, { a: 0.5, b: -0.7 }), 'drawn', rng);
    // Four standard errors of a share over 4000 pairs.
    expect(Math.abs(shareOf(labelled, 'a') - 0.7685)).toBeLessThan(4 * Math.sqrt((0.7685 * 0.2315) / 4000));
  });
  test('know nothing of the data: turned about, its pairs get the same labels, and the rest agrees', () => {
    const of = { a: 0.3, b: 0 };
    const one = relabel(rows, scored(rows, of), 'drawn', rng);
    const other = relabel(turned(rows), scored(turned(rows), of), 'drawn', rng);
    expect(other.pairs).toEqual(one.pairs);
    expect(one.agreement + other.agreement).toBeCloseTo(1, 12);
    expect(one.pairs.every(({ margin }) => margin === null)).toBe(true);
  });
  test('of equal rewards are coins, and agree with the data half of the time', () => {
    const { agreement } = relabel(rows, scored(rows, { a: 1, b: 1 }), 'drawn', rng);
    expect(Math.abs(agreement - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 4000));
  });
  test('hang on the id of a pair alone: in another order, or with fewer others, they are the same', () => {
    const of = { a: 0.1, b: 0 };
    const all = relabel(rows, scored(rows, of), 'drawn', rng).pairs;
    const some = rows.slice(100, 200).reverse();
    const again = relabel(some, scored(some, of), 'drawn', rng).pairs;
    expect(again).toEqual(all.slice(100, 200).reverse());
    const elsewhere = relabel(rows, scored(rows, of), 'drawn', Rng.fromSeed(8)).pairs;
    expect(elsewhere).not.toEqual(all);
  });
});

test('argmax: the higher reward wins, gold rewards go with their completions, a tie is a coin', () => {
  const rows = pairs(400);
  const { pairs: labelled, agreement } = relabel(rows, scored(rows, { a: 0.01, b: 0 }), 'argmax', rng);
  expect(shareOf(labelled, 'a')).toBe(1);
  expect(agreement).toBe(0.5);
  expect(labelled[0]).toMatchObject({ id: 'p0', chosen: 'a', goldChosen: 2, goldRejected: -1 });
  expect(labelled[1]).toMatchObject({
    id: 'p1',
    chosen: 'a',
    rejected: 'b',
    goldChosen: -1,
    goldRejected: 2,
  });
  const tied = relabel(rows, scored(rows, { a: 0, b: 0 }), 'argmax', rng);
  expect(Math.abs(shareOf(tied.pairs, 'a') - 0.5)).toBeLessThan(0.1); // four standard errors
});

describe('soft labels', () => {
  const rows = pairs(4);
  const of = { a: 0.5, b: -0.7 };
  test('are the chances themselves: the likelier side is chosen, with sigma(1.2) = .7685', () => {
    const { pairs: labelled, chances, agreement } = relabel(rows, scored(rows, of), 'soft', rng);
    expect(labelled.map(({ chosen }) => chosen)).toEqual(['a', 'a', 'a', 'a']);
    expect(labelled.every(({ margin }) => margin === null)).toBe(true);
    for (const chance of chances!) expect(chance).toBeCloseTo(0.7685, 4);
    // a was chosen in two of the four.
    expect(agreement).toBeCloseTo(0.5, 12);
  });
  test('agree with the data as often as drawn ones do in the mean', () => {
    const [first] = rows;
    expect(relabel([first!], scored([first!], of), 'soft', rng).agreement).toBeCloseTo(0.7685, 4);
    const [flipped] = turned([first!]);
    expect(relabel([flipped!], scored([flipped!], of), 'soft', rng).agreement).toBeCloseTo(0.2315, 4);
  });
  test('know nothing of the data, nor of chance', () => {
    const one = relabel(rows, scored(rows, of), 'soft', rng);
    const other = relabel(turned(rows), scored(turned(rows), of), 'soft', Rng.fromSeed(8));
    expect([other.pairs, other.chances]).toEqual([one.pairs, one.chances]);
    expect(relabel(rows, scored(rows, { a: 1, b: 1 }), 'soft', rng).chances).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
  test('drawn and argmax labels have none', () => {
    for (const how of ['drawn', 'argmax'] as const)
      expect(relabel(rows, scored(rows, of), how, rng)).not.toHaveProperty('chances');
  });
});

test('rewards of any size are no accident: certain labels, no NaN', () => {
  const rows = pairs(2);
  const soft = relabel(rows, scored(rows, { a: -1e4, b: 1e4 }), 'soft', rng);
  expect([soft.pairs.map(({ chosen }) => chosen), soft.chances]).toEqual([
    ['b', 'b'],
    [1, 1],
  ]);
  const { pairs: labelled } = relabel(rows, scored(rows, { a: 1e4, b: -1e4 }), 'drawn', rng);
  expect(labelled.map(({ chosen }) => chosen)).toEqual(['a', 'a']);
});
