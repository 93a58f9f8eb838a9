import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../harness/index.js';
import { aotLoss } from '../../plugins/aot/loss.js';
import { apoLoss } from '../../plugins/apo/loss.js';
import { bcoLoss } from '../../plugins/bco/loss.js';
import { discopopLoss } from '../../plugins/discopop/loss.js';
import { dpoLoss } from '../../plugins/dpo/loss.js';
import { dpoPenaltyLoss } from '../../plugins/dpo-penalty/loss.js';
import { exoLoss } from '../../plugins/exo/loss.js';
import { hingeLoss } from '../../plugins/hinge/loss.js';
import { ipoLoss } from '../../plugins/ipo/loss.js';
import { ncaLoss } from '../../plugins/nca/loss.js';
import { onlineDpoLoss } from '../../plugins/online-dpo/loss.js';
import { robustLoss } from '../../plugins/robust/loss.js';
import type { PairExample } from '../../plugins/shared/pairs.js';
import { sigmoidNormLoss } from '../../plugins/sigmoid-norm/loss.js';
import { sppoLoss } from '../../plugins/sppo/loss.js';
import { eagerly, finiteDifferences, gradient, values, vector } from './support.js';

beforeAll(eagerly);

/** l_w, l_l, r_w, r_l, n_w, n_l of one pair or more. */
const pairs = (...rows: number[][]): PairExample => {
  const column = (i: number): Tensor => vector(...rows.map((r) => r[i]!));
  return {
    policyChosen: column(0),
    policyRejected: column(1),
    referenceChosen: column(2),
    referenceRejected: column(3),
    lengthChosen: column(4),
    lengthRejected: column(5),
  };
};
/** a_w = 2, a_l = -.5, D = 2.5. */
const worked = [-12, -15, -14, -14.5, 8, 10];
const beta = 0.1;
const losses: [string, (x: PairExample) => Tensor, number][] = [
  ['dpo', (x) => dpoLoss(x, beta, 0), 0.575939],
  ['dpo, smoothing .1', (x) => dpoLoss(x, beta, 0.1), 0.600939],
  ['dpo-penalty, lambda .01', (x) => dpoPenaltyLoss(x, beta, 0.01), 0.575939 + 0.01 * 0.25 ** 2],
  ['online-dpo', (x) => onlineDpoLoss(x, beta), 0.575939],
  ['hinge', (x) => hingeLoss(x, beta), 0.75],
  ['ipo, tau .1', (x) => ipoLoss(x, 0.1), 6.25],
  ['exo, smoothing .1', (x) => exoLoss(x, beta, 0.1), 0.381962],
  ['nca', (x) => ncaLoss(x, beta), 1.331438],
  ['robust, smoothing .1', (x) => robustLoss(x, beta, 0.1), 0.544689],
  ['bco', (x) => bcoLoss(x, beta), 1.266599],
  ['sppo', (x) => sppoLoss(x, beta), 29.25],
  ['apo, zero', (x) => apoLoss(x, beta, 'zero'), 0.937669],
  ['apo, down', (x) => apoLoss(x, beta, 'down'), 0.987657],
  ['discopop', (x) => discopopLoss(x, beta, 0.05), 0.777443],
  ['sigmoid-norm', (x) => sigmoidNormLoss(x, beta), 0.67826],
  // One pair is its own order statistic.
  ['aot', (x) => aotLoss(x, beta, 0, 'paired'), 0.575939],
  ['aot, unpaired', (x) => aotLoss(x, beta, 0, 'unpaired'), 0.575939],
];

describe.each(losses)('%s', (_, loss, want) => {
  test('the worked pair', () => expect(values(loss(pairs(worked)))[0]).toBeCloseTo(want, 4));
  test('per example: two pairs are two losses', () => {
    const other = [-3, -3, -3, -3, 4, 4];
    const [both, one, two] = [
      values(loss(pairs(worked, worked))),
      values(loss(pairs(worked)))[0]!,
      values(loss(pairs(other)))[0]!,
    ];
    expect(both).toEqual([expect.closeTo(one, 5), expect.closeTo(one, 5)]);
    expect(Number.isFinite(two)).toBe(true);
  });
  test('finite far out', () => {
    for (const shift of [-1e4, 1e4])
      expect(values(loss(pairs([-12 + shift, -15, -14, -14.5, 8, 10])))[0]).not.toBeNaN();
  });
  test('gradient in the chosen log-probability', () => {
    const at = (x: Tensor): Tensor => loss({ ...pairs(worked), policyChosen: x });
    const [exact, approximate] = [gradient(at, [-12])[0]!, finiteDifferences(at, [-12], 0.05)[0]!];
    expect(Math.abs(exact - approximate)).toBeLessThan(2e-3 * Math.max(1, Math.abs(exact)));
  });
});

test('aot sorts margins over the batch: pairs in any order, and not pair by pair', () => {
  const a = [-12, -15, -14, -14.5, 8, 10];
  const b = [-9, -8, -10, -13, 5, 5];
  const c = [-20, -18, -19, -19, 6, 7];
  const mean = (x: PairExample): number => values(aotLoss(x, beta, 0, 'paired')).reduce((s, v) => s + v, 0);
  expect(mean(pairs(a, b, c))).toBeCloseTo(mean(pairs(c, a, b)), 5);
  // By hand: policy margins 3, -1, -2 and reference margins .5, 3, 0 sorted: (3, 3), (-1, .5), (-2, 0).
  const want = [0, -1.5, -2].reduce((s, d) => s + Math.log1p(Math.exp(-beta * d)), 0);
  expect(mean(pairs(a, b, c))).toBeCloseTo(want, 5);
  expect(mean(pairs(a, b, c))).not.toBeCloseTo(
    values(dpoLoss(pairs(a, b, c), beta, 0)).reduce((s, v) => s + v, 0),
    2,
  );
});
