import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readExperiment } from '../../../harness/store/read.js';
import { compare } from '../../../reports/compare/compare.js';
import { claimChanges } from '../../../reports/compare/claims.js';
import type { ClaimRow } from '../../../harness/contracts/analysis.js';
import type { Comparison } from '../../../reports/compare/model.js';
import { type Compared, toComparisonMarkdown, toText } from '../../../reports/compare/text.js';
import { temporary } from '../../support.js';
import { type StoredOptions, writeStored } from '../stored.js';

const dir = temporary();
let n = 0;
const stored = (options: StoredOptions = {}) => readExperiment(writeStored(join(dir, `f${n++}`), options));
/** Prompts and seeds spread far more than the algorithms differ. */
const noisy = (_: string, seed: number, prompt: number): number => 3 * Math.sin(7 * prompt + seed) + seed;

const alone = (comparison: Comparison): Compared => ({
  claims: null,
  members: [{ member: null, comparison }],
});

describe('two folders', () => {
  test('equal ones: the same to the byte, nothing changed, no regression', () => {
    const c = compare(stored({ gold: noisy }), stored({ gold: noisy }));
    expect(c.setup).toEqual([]);
    expect(c.algorithms.map((a) => a.direction)).toEqual(['same bytes', 'same bytes']);
    expect(c.algorithms[0]).toMatchObject({
      verdict: 'one is the same to the byte (3 seeds).',
      adjustedP: 1,
      goldReward: { difference: 0, ci: [0, 0] },
      flops: { difference: 0 },
      seconds: { a: 2, b: 2 },
    });
    expect(c.regression).toBe(false);
  });
  test('of different precisions: it is said', () => {
    const c = compare(stored(), stored({ precision: 'tf32' }));
    expect(c.setup).toContainEqual({
      path: 'engine in use',
      a: 'onnxruntime on cpu',
      b: 'onnxruntime on cpu, tf32 products',
    });
  });
  test('pairing by seed and prompt finds a drop that the spread would hide', () => {
    const c = compare(
      stored({ gold: noisy }),
      stored({
        modelHash: () => 'other',
        gold: (label, seed, p) => noisy(label, seed, p) - (label === 'two' ? 0.1 + 0.001 * seed : 0),
      }),
    );
    const [one, two] = c.algorithms;
    expect(one!.direction).toBe('not told apart');
    expect(two).toMatchObject({
      direction: 'worse',
      goldReward: { pairing: 'seed and prompt', seeds: [3, 3] },
    });
    expect(two!.goldReward!.difference).toBeCloseTo(-0.101, 12);
    expect(two!.goldReward!.ci![1]).toBeLessThan(-0.09);
    expect(two!.verdict).toMatch(/^two is worse: −0\.101 .*3 seeds, paired by seed and prompt/);
    expect(c.regression).toBe(true);
    expect(
      compare(
        stored({ modelHash: () => 'other', gold: (l, s, p) => noisy(l, s, p) - 0.1 }),
        stored({ gold: noisy }),
      ).algorithms[0]!.direction,
    ).toBe('improved');
  });
  test('a drop in one of many algorithms that Holm does not uphold is no regression', () => {
    // Differences -1, -1.2, -1.8 with two degrees of freedom: t = -5.55, p = 0.031; times five algorithms it
    // is above 0.05.
    const drop = (label: string, seed: number): number => (label === 'a' ? [1, 1.2, 1.8][seed]! : 0);
    const labels = ['a', 'b', 'c', 'd', 'e'];
    const c = compare(
      stored({ labels }),
      stored({ labels, modelHash: () => 'other', gold: (label, seed) => -drop(label, seed) }),
    );
    expect(c.algorithms[0]!.direction).toBe('worse');
    expect(c.algorithms[0]!.adjustedP).toBeGreaterThan(0.05);
    expect(c.regression).toBe(false);
  });
  test('other seeds: unpaired, Welch over seed means', () => {
    const c = compare(
      stored({ seeds: [0, 1, 2], gold: (_, seed) => seed }),
      stored({ seeds: [3, 4, 5, 6], gold: (_, seed) => seed }),
    );
    // se^2 = 1/3 + 5/12, df = 0.5625 / (1/18 + 25/432) = 4.96, t(0.975) = 2.577: 3.5 - 2.577 * 0.866 = 1.268
    expect(c.algorithms[0]!.goldReward).toMatchObject({
      a: 1,
      b: 4.5,
      difference: 3.5,
      pairing: 'unpaired',
      seeds: [3, 4],
    });
    expect(c.algorithms[0]!.goldReward!.ci![0]).toBeCloseTo(1.268, 2);
    expect(c.algorithms[0]!.direction).toBe('improved');
  });
  test('the same prompt ids with other texts are other prompts', () => {
    const c = compare(stored(), stored({ promptText: (_, p) => `another ${p}` }));
    expect(c.algorithms[0]!.goldReward!.pairing).toBe('unpaired');
    expect(c.algorithms[0]!.flops!.pairing).toBe('seed');
  });
  test('what failed in B and finished in A is a regression, the other way round is not', () => {
    const broke = {
      outcome: (label: string, seed: number) => (label === 'two' && seed === 1 ? 'failed' : 'completed'),
    } as const;
    const c = compare(stored(), stored(broke));
    expect(c.failures).toMatchObject({
      a: [],
      broken: ['two'],
      b: [{ run: 'two-s1-01234567', outcome: 'failed', cause: 'it <b>broke</b>' }],
    });
    expect(c.regression).toBe(true);
    expect(compare(stored(broke), stored()).regression).toBe(false);
    expect(compare(stored(broke), stored(broke)).regression).toBe(false);
  });
  test('what either answers stands before what changed', () => {
    const c = compare(stored(), stored());
    const text = toText(alone(c));
    expect(text).toContain(`A: ${c.answer.a.sentence}\n  B: ${c.answer.b.sentence}`);
    expect(text).toMatch(/What either answers[\s\S]*What changed/);
  });
  test('budgets and rules of choice that differ are said, gains stand beside one another', () => {
    const c = compare(stored(), stored());
    const figure = (mean: number) => ({ mean, ci: [mean - 1, mean + 1] as const, n: 3 });
    const answer = {
      a: { sentence: 'One.', budget: 2, by: 'proxy' },
      b: { sentence: 'Two.', budget: 3, by: 'chooser' },
      figures: [{ name: 'RL − offline', a: figure(1), b: null }],
    };
    const text = toText(alone({ ...c, answer }));
    expect(text).toContain('The budgets differ: up to 2.00 nats in A, 3.00 in B.');
    expect(text).toContain('What chose differs: proxy in A, chooser in B.');
    expect(text).toMatch(/RL − offline +\+1\.00 \[0, \+2\.00\] +–/);
  });
  test('setup, and algorithms on one side only', () => {
    const c = compare(stored(), stored({ labels: ['two', 'three'], params: { beta: 0.2 } }));
    expect(c.onlyA).toEqual(['one']);
    expect(c.onlyB).toEqual(['three']);
    expect(c.setup).toContainEqual({ path: 'two.params.beta', a: '0.1', b: '0.2' });
    // What only one side ran is named, not listed.
    expect(c.setup.filter(({ path }) => path.startsWith('three.'))).toEqual([]);
  });
  test('clocks of different processors are not compared, and it is said', () => {
    const c = compare(stored(), stored({ cpu: 'Another' }));
    expect(c.algorithms[0]).toMatchObject({ seconds: null, peakMemoryBytes: null, flops: { difference: 0 } });
    expect(c.clock).toMatch(/processors differ \(A processor; Another\)/);
    expect(toText(alone(c))).toContain(c.clock!);
  });
  test('a folder without results is refused', () => {
    expect(() => compare(stored(), stored({ outcome: () => null }))).toThrow(
      /none of its 9 runs has finished.*tiltyard resume/,
    );
  });
  test('text from data stays text', () => {
    const c = compare(
      stored(),
      stored({ outcome: (label) => (label === 'two' ? 'failed' : 'completed'), description: '\u001b[31m|x' }),
    );
    expect(toComparisonMarkdown(alone(c))).not.toContain('<b>');
    expect(toText(alone(c))).not.toContain('\u001b');
  });
});

describe('claims of two folders', () => {
  const claim = (id: string, verdict: ClaimRow['verdict'], value: number | null): ClaimRow => ({
    type: 'claim',
    id,
    claim: `Claim ${id}.`,
    scenario: '',
    statistic: '',
    value,
    ci: value === null ? null : [value - 1, value + 1],
    threshold: '',
    n: 3,
    verdict,
    reported: null,
    figure: null,
  });
  const claims = claimChanges(
    [claim('X', 'undecided', 1), claim('Y', 'supported', 2), claim('gone', 'refuted', null)],
    [claim('X', 'refuted', 3), claim('Y', 'supported', 2), claim('<new>', 'undecided', null)],
  );
  test('every claim of either, and what each decided', () => {
    expect(claims.map(({ id, a, b }) => [id, a?.verdict ?? null, b?.verdict ?? null])).toEqual([
      ['X', 'undecided', 'refuted'],
      ['Y', 'supported', 'supported'],
      ['<new>', null, 'undecided'],
      ['gone', 'refuted', null],
    ]);
  });
  test('as text: what changed first, then the table; a member that cannot be compared says why', () => {
    const text = toText({ claims, members: [{ member: 'one', comparison: 'only in A' }] });
    expect(text).toContain('X: undecided in A, refuted in B. Claim X.');
    expect(text).toContain('1 of the 2 claims that both decide have the same verdict.');
    expect(text).toMatch(/X +undecided, 1\.00 \[0, 2\.00\], n 3 +refuted, 3\.00 \[2\.00, 4\.00\], n 3/);
    expect(text).toMatch(/gone +refuted, n 3 +–/);
    expect(text).toContain('== one ==\n\n  only in A');
    expect(toComparisonMarkdown({ claims, members: [] })).toContain('| \\<new\\> | – | undecided, n 3 |');
  });
});
