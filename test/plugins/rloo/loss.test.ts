import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../harness/index.js';
import { rlooAdvantages, rlooLoss } from '../../../plugins/rloo/loss.js';
import { tilted } from '../../../plugins/tilt/tilt.js';
import { eagerly, finiteDifferences, gradient, values, vector } from '../support.js';

beforeAll(eagerly);
const close = (got: ArrayLike<number>, want: readonly number[], digits = 6): void => {
  expect(got.length).toBe(want.length);
  want.forEach((x, i) => expect(got[i]).toBeCloseTo(x, digits));
};

describe('rlooLoss', () => {
  // Ratios of whole completions: 1.5 and .5, where a gain or a loss is clipped or not.
  const logs = vector(-10 + Math.log(1.5), -10 + Math.log(1.5), -10 + Math.log(0.5), -10 + Math.log(0.5));
  const old = vector(-10, -10, -10, -10);
  test('hand-worked: the clip takes back gains, not losses', () => {
    const { loss, ratio, clipped } = rlooLoss(logs, old, vector(2, -2, 2, -2), 0.2);
    close(values(loss), [-2.4, 3, -1, 1.6], 4);
    close(values(ratio), [1.5, 1.5, 0.5, 0.5], 4);
    expect(values(clipped)).toEqual([1, 0, 0, 1]);
  });
  test('at the policy that drew: -A, and the gradient is REINFORCE', () => {
    const A = vector(0.5, -4, 0);
    const at = vector(-2, -300, -7);
    expect(values(rlooLoss(at, at, A, 0.2).loss)).toEqual([-0.5, 4, -0]);
    close(
      gradient((x) => rlooLoss(x, at, A, 0.2).loss, [-2, -300, -7]),
      [-0.5, 4, 0],
    );
  });
  test('finite at log-ratios of ±1e4, with finite gradients', () => {
    for (const x of [1e4, -1e4])
      for (const a of [1, -1, 0]) {
        const f = (t: Tensor) => rlooLoss(t, vector(0), vector(a), 0.2).loss;
        expect(Number.isFinite(values(f(vector(x)))[0])).toBe(true);
        expect(Number.isFinite(gradient(f, [x])[0])).toBe(true);
      }
  });
  test('gradient agrees with finite differences away from the kinks', () => {
    const at = [-0.5, -0.1, 0.05, 0.1, 0.6];
    const f = (t: Tensor) => rlooLoss(t, vector(0, 0, 0, 0, 0), vector(1, -0.5, 2, -1, 1), 0.2).loss;
    const numeric = finiteDifferences(f, at);
    gradient(f, at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 3));
  });
});

describe('rlooAdvantages', () => {
  test('worked values, without a KL', () =>
    close(rlooAdvantages([1, 0, 0.5, 2], [9, 9, 9, 9], 0, 1), [1 / 6, -7 / 6, -0.5, 1.5]));
  test('hand-worked: the KL is in the reward, before the baseline', () => {
    // R = 1 - .5 · 2 = 0 and 0 - .5 · (-1) = .5: the other completion is the baseline.
    close(rlooAdvantages([1, 0], [2, -1], 0.5, 1), [-0.5, 0.5]);
  });
  test('two prompts do not touch: row r G + g', () => {
    const of = rlooAdvantages([1, 100, 0, 300], [0, 0, 0, 0], 1, 2);
    close(of, [1, -200, -1, 200]);
  });
  test('0 for every completion at the optimum of the KL-regularised objective', () => {
    const reference = [0.1, 0.2, 0.3, 0.4];
    const rewards = [3, -1, 0.5, 1];
    const { policy } = tilted(reference, rewards, 0.7);
    const drawn = [0, 1, 3, 3, 2, 0];
    const logRatios = drawn.map((y) => Math.log(policy[y]! / reference[y]!));
    close(
      rlooAdvantages(
        drawn.map((y) => rewards[y]!),
        logRatios,
        0.7,
        1,
      ),
      [0, 0, 0, 0, 0, 0],
      12,
    );
  });
  test('a prompt with one completion has no others', () =>
    expect(() => rlooAdvantages([1, 2], [0, 0], 1, 2)).toThrow(
      'groups: 2 rows of 2 prompts; give a multiple of 2, at least 4',
    ));
});
