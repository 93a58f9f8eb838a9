import { describe, expect, test } from 'vitest';
import { type Mark, scatter } from '../../../reports/claims/figures.js';

const axes = { x: 'x', y: 'y' };
type Value = Mark & { readonly of: string; readonly lo?: number; readonly hi?: number };
const drawn = (marks: readonly Mark[], logX = false) => {
  const figure = scatter('f', 'F', 'Read it.', { ...axes, logX }, marks)!;
  return {
    reading: figure.reading,
    layers: (figure.spec['layer'] as unknown[]).length,
    values: (figure.spec['data'] as { values: Value[] }).values,
  };
};
const line = (seed: number, points: readonly (readonly [number, number])[]): Mark[] =>
  points.map(([x, y]) => ({ name: 'a', seed, x, y }));

describe('the mean over seeds', () => {
  test("at the seeds' own places where these are the same", () => {
    const { values, reading, layers } = drawn(
      [0, 1, 2].flatMap((seed) =>
        line(seed, [
          [0.1, seed],
          [1, 10 + seed],
        ]),
      ),
      true,
    );
    expect(values.filter((v) => v.of === 'mean').map(({ x, y }) => [x, y])).toEqual([
      [0.1, 1],
      [1, 11],
    ]);
    const [first] = values.filter((v) => v.of === 'mean');
    expect(first!.lo).toBeLessThan(1);
    expect(first!.hi).toBeGreaterThan(1);
    expect([reading, layers]).toEqual(['Read it. Bold: mean over seeds with its 95% interval.', 3]);
  });
  test('else where all of them are, linear along sqrt(x)', () => {
    const root = (seed: number, xs: readonly number[]) =>
      line(
        seed,
        xs.map((x) => [x, Math.sqrt(x) + seed] as const),
      );
    const means = drawn([...root(0, [0, 4]), ...root(1, [1, 9])]).values.filter((v) => v.of === 'mean');
    expect(means).toHaveLength(24);
    expect([means[0]!.x, means.at(-1)!.x]).toEqual([1, 4]);
    for (const { x, y } of means) expect(y).toBeCloseTo(Math.sqrt(x) + 0.5, 9);
  });
  test('linear where x is below 0', () => {
    const means = drawn([
      ...line(0, [
        [-2, 0],
        [2, 4],
      ]),
      ...line(1, [
        [-1, 1],
        [3, 5],
      ]),
    ]).values.filter((v) => v.of === 'mean');
    for (const { x, y } of means) expect(y).toBeCloseTo(x + 2, 9);
  });
  test('none of one seed, or of seeds that share no range: the lines stand alone', () => {
    for (const marks of [
      line(0, [
        [0, 0],
        [1, 1],
      ]),
      [
        ...line(0, [
          [0, 0],
          [1, 1],
        ]),
        ...line(1, [
          [2, 0],
          [3, 1],
        ]),
      ],
    ]) {
      const { values, reading, layers } = drawn(marks);
      expect(values.every((v) => v.of === 'seed')).toBe(true);
      expect([reading, layers]).toEqual(['Read it.', 1]);
    }
  });
  test('without a mark there is no figure', () => expect(scatter('f', 'F', '', axes, [])).toBeNull());
});
