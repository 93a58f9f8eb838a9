import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../harness/index.js';
import * as exact from '../../../harness/metrics/closed-forms.js';
import { Rng } from '../../../harness/rng.js';
import { relabel } from '../../../harness/worker/relabel.js';
import aot from '../../../plugins/aot/plugin.js';
import { dpoLoss } from '../../../plugins/dpo/loss.js';
import dpo from '../../../plugins/dpo/plugin.js';
import { ipoLoss } from '../../../plugins/ipo/loss.js';
import ipo from '../../../plugins/ipo/plugin.js';
import type { PairExample } from '../../../plugins/shared/pairs.js';
import { overLabels } from '../../../plugins/shared/soft-labels.js';
import {
  bandit,
  bench,
  eagerly,
  erased,
  finiteDifferences,
  gradient,
  tableOf,
  trainAll,
  values,
  vector,
  withDefaults,
} from '../support.js';

beforeAll(eagerly);

/** l_w = -12, l_l = -15, r_w = -14, r_l = -14.5: D = 2.5. */
const worked = (): PairExample => ({
  policyChosen: vector(-12),
  policyRejected: vector(-15),
  referenceChosen: vector(-14),
  referenceRejected: vector(-14.5),
  lengthChosen: vector(8),
  lengthRejected: vector(10),
});
const logistic = (x: PairExample): Tensor => dpoLoss(x, 0.1, 0);

describe('the expectation over labels', () => {
  // -log sigma(.25) = .575939 and -log sigma(-.25) = .825939; (2.5 - 5)^2 = 6.25 and (-2.5 - 5)^2 = 56.25.
  test.each<[string, (x: PairExample) => Tensor, number, number]>([
    ['dpo, p = .7', logistic, 0.7, 0.7 * 0.575939 + 0.3 * 0.825939],
    ['dpo, p = 1: the loss itself', logistic, 1, 0.575939],
    ['dpo, p = 0: of the pair turned about', logistic, 0, 0.825939],
    ['ipo, tau .1, p = .7', (x) => ipoLoss(x, 0.1), 0.7, 0.7 * 6.25 + 0.3 * 56.25],
  ])('%s', (_, loss, p, want) => {
    expect(values(overLabels(loss, worked(), vector(p)))[0]).toBeCloseTo(want, 5);
  });
  test('lengths turn with their completions', () => {
    const length = (x: PairExample): Tensor => x.lengthChosen;
    expect(values(overLabels(length, worked(), vector(0.75)))[0]).toBeCloseTo(0.75 * 8 + 0.25 * 10, 6);
  });
  test('the same whichever side is called chosen; conservative DPO where p is one number', () => {
    const x = worked();
    const turned: PairExample = {
      policyChosen: x.policyRejected,
      policyRejected: x.policyChosen,
      referenceChosen: x.referenceRejected,
      referenceRejected: x.referenceChosen,
      lengthChosen: x.lengthRejected,
      lengthRejected: x.lengthChosen,
    };
    const soft = values(overLabels(logistic, worked(), vector(0.9)))[0]!;
    expect(values(overLabels(logistic, turned, vector(0.1)))[0]).toBeCloseTo(soft, 6);
    expect(values(dpoLoss(worked(), 0.1, 0.1))[0]).toBeCloseTo(soft, 6);
  });
  test('gradient in both log-probabilities', () => {
    for (const [side, x] of [
      ['policyChosen', -12],
      ['policyRejected', -15],
    ] as const) {
      const at = (t: Tensor): Tensor => overLabels(logistic, { ...worked(), [side]: t }, vector(0.7));
      const [analytic, numeric] = [gradient(at, [x])[0]!, finiteDifferences(at, [x], 0.05)[0]!];
      expect(Math.abs(analytic - numeric)).toBeLessThan(2e-3);
      expect(analytic).not.toBe(0);
    }
  });
});

describe('on four arms', () => {
  const reference = [0.4, 0, -0.3, 0.2];
  const rewards = [1.1, 0.2, -0.4, 0.3];
  const list = [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
    [0, 2],
  ] as const;
  const chances = list.map(([w, l]) => exact.sigmoid(rewards[w]! - rewards[l]!));
  const optimiser = {
    batchSize: list.length,
    epochs: 1200,
    learningRate: 0.05,
    schedule: 'cosine',
    maxGradNorm: null,
    beta: 0.5,
  };
  const scores = async (plugin: typeof dpo | typeof ipo): Promise<number[]> => {
    const world = { ...bandit(4, list, reference), chances };
    const b = bench(erased(plugin as never), world);
    await trainAll(erased(plugin as never), b, withDefaults(plugin, optimiser));
    return relative((await tableOf(b.policy)).map((x, i) => x - reference[i]!));
  };
  const relative = (x: readonly number[]): number[] => x.map((v) => v - x[0]!);
  /** Wins in expectation, and those of `draws` labels of each pair. */
  const expected = (): number[][] => winsOf((k) => chances[k]!);
  const winsOf = (share: (pair: number) => number): number[][] => {
    const wins = rewards.map(() => rewards.map(() => 0));
    list.forEach(([a, b], k) => {
      wins[a]![b]! += share(k);
      wins[b]![a]! += 1 - share(k);
    });
    return wins;
  };
  const drawn = (draws: number): number[][] =>
    winsOf((k) => {
      const [chosen, rejected] = list[k]!;
      const rows = Array.from({ length: draws }, (_, i) => ({
        id: `${k}-${i}`,
        prompt: '',
        chosen: `arm ${chosen}`,
        rejected: `arm ${rejected}`,
        margin: null,
        goldChosen: null,
        goldRejected: null,
      }));
      const scored = rows.map(() => ({ chosen: rewards[chosen]!, rejected: rewards[rejected]! }));
      return relabel(rows, scored, 'drawn', Rng.fromSeed('draws')).agreement;
    });

  test('dpo ends at the reward itself over beta: where ever more drawn labels lead', async () => {
    const soft = await scores(dpo);
    // The reward is a Bradley-Terry model, so the population optimum is exactly r / beta.
    soft.forEach((s, i) => expect(Math.abs(s - (rewards[i]! - rewards[0]!) / 0.5)).toBeLessThan(2e-3));
    const away = [50, 10_000].map((draws) => {
      const end = exact.minimisePairLoss(drawn(draws), exact.logisticLoss(0.5));
      return Math.max(...end.map((s, i) => Math.abs(s - soft[i]!)));
    });
    expect(away[1]!).toBeLessThan(away[0]! / 5);
    // A logit of 10,000 draws has a standard error of .022, and scores are twice that at beta .5.
    expect(away[1]!).toBeLessThan(0.15);
  });
  test('ipo likewise', async () => {
    const soft = await scores(ipo);
    const want = exact.minimisePairLoss(expected(), exact.squaredLoss(0.5));
    soft.forEach((s, i) => expect(Math.abs(s - want[i]!)).toBeLessThan(2e-3));
    const end = exact.minimisePairLoss(drawn(10_000), exact.squaredLoss(0.5));
    expect(Math.max(...end.map((s, i) => Math.abs(s - soft[i]!)))).toBeLessThan(0.06);
  });
});

test('a loss on each pair alone takes soft labels; one that sorts a batch does not', () => {
  expect([dpo.softLabels, ipo.softLabels, aot.softLabels]).toEqual([true, true, undefined]);
});
