import { describe, expect, test } from 'vitest';
import { groupAdvantages, groupStatistics, leaveOneOutAdvantages } from '../../../plugins/shared/groups.js';

const close = (got: ArrayLike<number>, want: readonly number[]): void => {
  expect(got.length).toBe(want.length);
  want.forEach((x, i) => expect(got[i]).toBeCloseTo(x, 6));
};
const rewards = [1, 0, 0.5, 2];

describe('groups of completions', () => {
  test('row r G + g belongs to group g', () => {
    const { mean, std } = groupStatistics([1, 10, 3, 10, 5, 13], 2);
    close(mean, [3, 11]);
    close(std, [2, Math.sqrt(3)]);
  });
  test('one completion a prompt has no spread', () => close(groupStatistics([4, 7], 2).std, [0, 0]));
  test('worked values, relative to the group: standard deviation unbiased', () => {
    close(groupAdvantages(rewards, 1), [0.146368, -1.024575, -0.439104, 1.317311]);
  });
  test('worked values, against the others', () => {
    close(leaveOneOutAdvantages(rewards, 1), [1 / 6, -7 / 6, -0.5, 1.5]);
  });
  test('groups do not touch, and sum to 0 each', () => {
    const two = rewards.flatMap((r) => [r, 100 * r + 5]);
    for (const of of [groupAdvantages, leaveOneOutAdvantages]) {
      const advantages = of(two, 2);
      close(
        advantages.filter((_, i) => i % 2 === 0),
        Array.from(of(rewards, 1)),
      );
      for (const g of [0, 1]) {
        const total = advantages.filter((_, i) => i % 2 === g).reduce((a, b) => a + b, 0);
        expect(total).toBeCloseTo(0, 9);
      }
    }
  });
  test('equal rewards say nothing', () => close(groupAdvantages([3, 3, 3], 1), [0, 0, 0]));
  test('rows that do not fill the groups are refused, and a single one where there should be others', () => {
    expect(() => groupStatistics([1, 2, 3], 2)).toThrow(
      'groups: 3 rows of 2 prompts; give a multiple of 2, at least 2',
    );
    expect(() => leaveOneOutAdvantages([1, 2], 2)).toThrow(/give a multiple of 2, at least 4/);
  });
});
