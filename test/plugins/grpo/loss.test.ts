import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../harness/index.js';
import { grpoAdvantages } from '../../../plugins/grpo/advantages.js';
import { grpoTokenLoss, perCompletion } from '../../../plugins/grpo/loss.js';
import { eagerly, finiteDifferences, gradient, softmax, values, vector } from '../support.js';

beforeAll(eagerly);
const close = (got: ArrayLike<number>, want: readonly number[], digits = 5): void => {
  expect(got.length).toBe(want.length);
  want.forEach((x, i) => expect(got[i]).toBeCloseTo(x, digits));
};
const kinds = ['k3', 'corrected'] as const;

describe('grpoTokenLoss', () => {
  test('hand-worked: clipped gain, plain loss, and k3 of three tokens', () => {
    // log π − log π_ref = .2, −.1, .05: k3 = .018731, .005171, .001229 (their sum .025131).
    const x = {
      logps: vector(-1.8, -2.1, -1.95),
      oldLogps: vector(-1.8 - Math.log(1.5), -2.1 - Math.log(0.5), -1.95),
      refLogps: vector(-2, -2, -2),
      advantages: vector(2, 2, -1),
    };
    const k3 = [0.018731, 0.005171, 0.001229];
    for (const [kind, ratios] of [
      ['k3', [1, 1, 1]],
      ['corrected', [1.5, 0.5, 1]],
    ] as const) {
      const { loss, kl, clipped } = grpoTokenLoss(x, 0.2, 0.5, kind);
      close(values(kl), k3);
      close(
        values(loss),
        [-2.4, -1, 1].map((l, i) => l + 0.5 * k3[i]! * ratios[i]!),
      );
      expect(values(clipped)).toEqual([1, 0, 0]);
    }
  });
  test('at the policy that drew and the reference: -A, no KL, the plain policy gradient', () => {
    const at = vector(-2, -3);
    for (const kind of kinds) {
      const of = (t: Tensor) => ({ logps: t, oldLogps: at, refLogps: at, advantages: vector(0.5, -4) });
      expect(values(grpoTokenLoss(of(at), 0.2, 0.1, kind).loss)).toEqual([-0.5, 4]);
      expect(values(grpoTokenLoss(of(at), 0.2, 0.1, kind).kl)).toEqual([0, 0]);
      expect(gradient((t) => grpoTokenLoss(of(t), 0.2, 0.1, kind).loss, [-2, -3])).toEqual([-0.5, 4]);
    }
  });
  test('finite at log-ratios of ±1e4, to the old policy and to the reference', () => {
    for (const kind of kinds)
      for (const [old, ref] of [
        [1e4, 0],
        [-1e4, 0],
        [0, 1e4],
        [0, -1e4],
      ] as const) {
        const f = (t: Tensor) =>
          grpoTokenLoss(
            { logps: t, oldLogps: vector(old), refLogps: vector(ref), advantages: vector(1) },
            0.2,
            0.1,
            kind,
          ).loss;
        expect(Number.isFinite(values(f(vector(0)))[0])).toBe(true);
        expect(Number.isFinite(gradient(f, [0])[0])).toBe(true);
      }
  });
  test.each(kinds)('gradient agrees with finite differences away from the kinks, %s', (kind) => {
    const others = { oldLogps: vector(0, 0, 0, 0, 0), refLogps: vector(0.3, -0.2, 0, 0.1, 0.4) };
    const advantages = vector(1, -0.5, 2, -1, 1);
    const f = (t: Tensor) => grpoTokenLoss({ logps: t, ...others, advantages }, 0.2, 0.7, kind).loss;
    const at = [-0.5, -0.1, 0.05, 0.1, 0.6];
    const numeric = finiteDifferences(f, at);
    gradient(f, at).forEach((g, i) => expect(g).toBeCloseTo(numeric[i]!, 3));
  });
  test('whose gradient the KL has: KL(ref ‖ policy) as in the paper, KL(policy ‖ ref) corrected', () => {
    const logits = [0.5, -0.3, 1.1];
    const reference = [0.2, 0.5, 0.3];
    const policy = softmax(logits);
    const KL = (p: readonly number[], q: readonly number[]): number =>
      p.reduce((sum, v, i) => sum + v * Math.log(v / q[i]!), 0);
    const slope = (f: (p: number[]) => number): number[] =>
      logits.map((_, i) => {
        const at = (h: number) => f(softmax(logits.map((v, j) => (j === i ? v + h : v))));
        return (at(1e-5) - at(-1e-5)) / 2e-5;
      });
    // The loss on samples of the policy, in expectation: each action weighted by its probability, held fixed.
    const expected = (kind: 'k3' | 'corrected') => (theta: Tensor) =>
      tf.mul(
        grpoTokenLoss(
          {
            logps: tf.logSoftmax(theta),
            oldLogps: vector(...policy.map(Math.log)),
            refLogps: vector(...reference.map(Math.log)),
            advantages: vector(0, 0, 0),
          },
          0.2,
          1,
          kind,
        ).loss,
        vector(...policy),
      );
    close(
      gradient(expected('k3'), logits),
      slope((p) => KL(reference, p)),
      4,
    );
    close(
      gradient(expected('corrected'), logits),
      slope((p) => KL(p, reference)),
      4,
    );
  });
});

describe('perCompletion', () => {
  // Made inside a test: tensors belong to the backend that is there then.
  const tokens = (...rows: number[][]) => tf.tensor2d(rows);
  const perToken = () => tokens([1, 2, 99], [4, 5, 6]);
  const mask = () => tokens([1, 1, 0], [1, 1, 1]);
  test('hand-worked: by the bound, by each length, by the mean length', () => {
    close(values(perCompletion(perToken(), mask(), 'constant', 10)), [0.3, 1.5]);
    close(values(perCompletion(perToken(), mask(), 'sequence', 10)), [1.5, 5]);
    close(values(perCompletion(perToken(), mask(), 'token', 10)), [1.2, 6]); // their mean is 18 over 5 tokens
  });
  test('all the same where every completion is as long as the bound', () => {
    const of = (average: 'constant' | 'sequence' | 'token') =>
      values(perCompletion(perToken(), tf.ones([2, 3]), average, 3));
    close(of('sequence'), of('constant'));
    close(of('token'), of('constant'));
  });
});

describe('grpoAdvantages', () => {
  const rewards = [1, 0, 0.5, 2];
  test('worked values: centred, and divided by the unbiased deviation', () => {
    close(grpoAdvantages(rewards, 1, 'none'), [0.125, -0.875, -0.375, 1.125]);
    close(grpoAdvantages(rewards, 1, 'group'), [0.146368, -1.024575, -0.439104, 1.317311]);
  });
  test('only the division is blind to the scale of the rewards, up to its epsilon', () => {
    const scaled = rewards.map((r) => 100 * r);
    close(grpoAdvantages(scaled, 1, 'group'), Array.from(grpoAdvantages(rewards, 1, 'group')), 3);
    close(grpoAdvantages(scaled, 1, 'none'), [12.5, -87.5, -37.5, 112.5]);
  });
  test('equal rewards say nothing, in either', () => {
    for (const scale of ['none', 'group'] as const)
      close(grpoAdvantages([3, 7, 3, 7, 3, 7], 2, scale), [0, 0, 0, 0, 0, 0]);
  });
  test('rows that do not fill the groups are refused', () => {
    for (const scale of ['none', 'group'] as const)
      expect(() => grpoAdvantages([1, 2, 3], 2, scale)).toThrow(
        /groups: 3 rows of 2 prompts; give a multiple/,
      );
  });
});
