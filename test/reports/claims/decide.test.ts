import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/rng.js';
import { decideTopic, type Evidence, type Rule } from '../../../reports/claims/decide.js';
import type { ClaimRow } from '../../../harness/contracts/analysis.js';

const evidence = (values: readonly number[], rule: Rule, id = 'X'): Evidence => ({
  id,
  claim: 'c',
  scenario: 's',
  statistic: 't',
  reported: null,
  values,
  rule,
  figure: null,
});
const decide = (...family: Evidence[]): ClaimRow[] => decideTopic('alone', family);
const verdict = (values: readonly number[], rule: Rule): string => decide(evidence(values, rule))[0]!.verdict;

describe('one claim alone', () => {
  test.each<[string, number[], Rule, string]>([
    ['above: interval wholly above', [1, 1.1, 0.9], { above: 0.5 }, 'supported'],
    ['above: wholly below', [1, 1.1, 0.9], { above: 1.5 }, 'refuted'],
    ['above: across', [1, 1.1, 0.9], { above: 1 }, 'undecided'],
    ['below: wholly below', [-1, -1.1, -0.9], { below: 0 }, 'supported'],
    ['below: wholly above', [1, 1.1, 0.9], { below: 0 }, 'refuted'],
    ['within: both one-sided tests', [0.001, -0.001, 0.002], { within: [-0.02, 0.02] }, 'supported'],
    ['within: outside', [0.1, 0.101, 0.102], { within: [-0.02, 0.02] }, 'refuted'],
    ['within: no difference found is no match', [0.1, -0.1, 0.02], { within: [-0.02, 0.02] }, 'undecided'],
    ['within: a band that is not around 0', [2, 2.01, 1.99], { within: [1.5, 2.5] }, 'supported'],
    ['equal values have no spread', [0, 0, 0], { within: [-0.1, 0.1] }, 'supported'],
    ['one seed decides nothing', [5], { above: 0 }, 'undecided'],
  ])('%s', (_, values, rule, want) => expect(verdict(values, rule)).toBe(want));
  test('nothing measured: null, n 0, and the reason', () =>
    expect(decide(evidence([], { above: 0 }))[0]).toMatchObject({
      value: null,
      ci: null,
      n: 0,
      verdict: 'undecided',
      note: 'No seed has the runs it takes. Topic alone: 1 test',
    }));
  test('what decides is written out', () =>
    expect(
      decide(
        evidence([1, 2], { above: 0.02 }),
        evidence([1, 2], { within: [-0.1, 0.1] }),
        evidence([1, 2], { within: [1.5, 2.5] }),
      ).map((r) => r.threshold),
    ).toEqual(['above .02', 'within ±.1', '1.5 to 2.5']));
});

test('Holm over the topic: what is clear alone is not among twenty, the raw interval stays', () => {
  const clear = evidence([1, 1.2, 0.9], { above: 0 });
  expect(decide(clear)[0]!.verdict).toBe('supported');
  const [first] = decide(clear, ...Array.from({ length: 19 }, (_, i) => evidence([], { above: 0 }, `Y${i}`)));
  expect(first).toMatchObject({
    verdict: 'undecided',
    note: expect.stringMatching(/Holm-corrected p .*, alone .*, where it would be supported/),
  });
  expect(first!.ci![0]).toBeGreaterThan(0);
});

describe.each([3, 16, 72])('a claim at its threshold, %i seeds, is decided in one of twenty at most', (n) => {
  const pages = n > 20 ? 100 : 300;
  /** The share of pages decided. Bound: 5 % and 2.5 standard errors. */
  const rate = (name: string, rule: Rule, draw: (rng: Rng) => number): number => {
    const rng = Rng.fromSeed('thresholds').split(n, name);
    const said = Array.from({ length: pages }, (_, page) => {
      const own = rng.split(page);
      return verdict(
        Array.from({ length: n }, () => draw(own)),
        rule,
      );
    });
    return said.filter((one) => one !== 'undecided').length / pages;
  };
  const bound = 0.05 + 2.5 * Math.sqrt((0.05 * 0.95) / pages);
  test('above', () =>
    expect(rate('above', { above: 0.02 }, (r) => 0.02 + 0.1 * r.normal())).toBeLessThan(bound));
  test('within', () =>
    expect(rate('within', { within: [-0.02, 0.02] }, (r) => 0.02 + 0.01 * r.normal())).toBeLessThan(bound));
  test('above, with heavy tails', () =>
    expect(
      rate(
        'tails',
        { above: 0 },
        (r) => r.normal() / Math.sqrt((r.normal() ** 2 + r.normal() ** 2 + r.normal() ** 2) / 3),
      ),
    ).toBeLessThan(bound));
});
