import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { assemble } from '../../../reports/sections/assemble.js';
import type { Report } from '../../../reports/report/model.js';
import { reportSchema } from '../../../reports/report/schema.js';
import { verdicts } from '../../../reports/sections/verdicts.js';
import { temporary } from '../../support.js';
import { fixture } from '../fixture.js';
import { type HandRun, handStore, type Point, START } from '../store.js';

const dir = temporary();
let folders = 0;
const report = (runs: readonly HandRun[]): Report => assemble(handStore(join(dir, String(folders++)), runs));
const SEEDS = [0, 1, 2];
const starts = SEEDS.map((seed): HandRun => ({ label: START, seed, gold: [0, 0, 0, 0] }));
/** Gold rises linearly in sqrt(KL), to `slope` at KL 1. */
const rising = (slope: number, proxy: number | null = null, cost = 100): Point[] => [0, 0.25, 1].map((kl, i) => ({ kl, gold: slope * Math.sqrt(kl), proxy: proxy === null ? null : proxy * Math.sqrt(kl), win: 0.5 + 0.1 * Math.sqrt(kl) * slope, flops: cost * i }));
const each = (make: (seed: number) => HandRun): HandRun[] => SEEDS.map(make);
const flat = (gold: number, seed: number): number[] => [gold, gold, gold, gold].map((g) => g + seed / 100);

describe('a family', () => {
  const two = [
    ...starts,
    // By proxy seed 2 takes the configuration that is worse by gold.
    ...each((seed) => ({ label: 'a[x=1]', stage: 'a', seed, gold: flat(1, 0), curve: rising(1, seed === 2 ? 9 : 1) })),
    ...each((seed) => ({ label: 'a[x=2]', stage: 'a', seed, gold: flat(2, 0), curve: rising(2, 2) })),
  ];
  test('is tuned by proxy and reported by gold', () => {
    const [family] = report(two).families;
    expect(family!.tuned!.choices.map((c) => c.variant)).toEqual(['a[x=2]', 'a[x=2]', 'a[x=1]']);
    expect(family!.tuned!.goldReward!.mean).toBeCloseTo(5 / 3, 12);
    expect(family!.bestOf.map((b) => b.goldReward.mean)).toEqual([expect.closeTo(1.5, 12), expect.closeTo(5 / 3, 12)]);
    expect(family!.tuningFlops!.mean).toBe(400);
  });
  test('its frontier follows the proxy too', () => {
    const { frontier, area } = report(two).families[0]!;
    expect(frontier).toHaveLength(24);
    expect(frontier.at(-1)).toMatchObject({ kl: 1, goldReward: { mean: expect.closeTo(5 / 3, 12), n: 3 } });
    expect(frontier.at(-1)!.winRate!.mean).toBeCloseTo(0.5 + 0.1 * (5 / 3), 12);
    expect(area!.gain.mean).toBeCloseTo(5 / 6, 12); // half of it: linear in sqrt(KL)
  });
  test('without a proxy nothing is chosen, and the report says so', () => {
    const [family] = report([...starts, ...each((seed) => ({ label: 'a[x=1]', stage: 'a', seed, gold: flat(1, 0), curve: rising(1) })), ...each((seed) => ({ label: 'a[x=2]', stage: 'a', seed, gold: flat(2, 0), curve: rising(2) }))]).families;
    expect(family!.tuned).toBeNull();
    expect(family!.missing.join()).toContain('no proxy');
    expect(family!.frontier[5]!.proxyReward).toBeNull();
  });
  test('a reward that two configurations share is paid once', () => {
    const reward = each((seed) => ({ label: 'rm', role: 'shared' as const, seed, gold: [0], curve: [{ kl: 0, gold: 0 }, { kl: 0, gold: 0, flops: 1000 }] }));
    const found = report([...starts, ...reward, ...each((seed) => ({ label: 'a[x=1]', stage: 'a', seed, gold: flat(1, 0), curve: rising(1, 1), reward: 'rm' })), ...each((seed) => ({ label: 'a[x=2]', stage: 'a', seed, gold: flat(2, 0), curve: rising(2, 2), reward: 'rm' }))]);
    expect(found.families[0]!.tuningFlops!.mean).toBe(1400);
    expect(found.algorithms[0]!.compute.flops!.mean).toBe(1200);
  });
  test('the share of points below another family', () => {
    const found = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0), curve: rising(1) })), ...each((seed) => ({ label: 'b', seed, gold: flat(2, 0), curve: rising(2) }))]);
    expect(found.families.map((f) => f.dominated!.mean)).toEqual([expect.closeTo(2 / 3, 12), 0]); // at the start they are the same
  });
});

describe('equal compute', () => {
  const cheap = each((seed) => ({ label: 'cheap', seed, gold: flat(1, 0), curve: [0, 1, 1].map((gold, i) => ({ kl: i, gold: gold + (i > 0 ? seed / 100 : 0), win: 0.5 + 0.1 * gold, flops: 100 * i })) }));
  const dear = each((seed) => ({ label: 'dear', seed, gold: flat(3, 0), curve: [0, 0.5, 0.5, 0.5, 3].map((gold, i) => ({ kl: i, gold, win: 0.5 + 0.1 * gold, flops: 200 * i })) }));
  const found = report([...starts, ...cheap, ...dear]).matchedCompute[0]!;
  test('each has what it had paid for; past its end it keeps it', () => {
    expect(found.budgets).toHaveLength(16);
    expect([found.budgets[0]!.flops, found.budgets.at(-1)!.flops]).toEqual([200, 800]);
    expect(found.budgets[0]!.goldDifference.mean).toBeCloseTo(0.51, 12);
    expect(found.budgets.at(-1)!.goldDifference.mean).toBeCloseTo(-1.99, 12);
    expect(found.atCheaper).toMatchObject({ flops: 200, seconds: 2, cheaper: 'cheap', winRateDifference: { mean: expect.closeTo(0.05, 12) }, winRateDifferenceAtSeconds: { mean: expect.closeTo(0.05, 12) } });
  });
  test('the crossover is where the dearer one is ahead for good', () => {
    expect(found.crossover).toMatchObject({ dearer: 'dear', upTo: 4, multiple: 4 }); // ahead at its very end
    expect(found.crossover.ci).toEqual([4, 4]);
  });
  test('a reward is paid before the first step', () => {
    const reward = each((seed) => ({ label: 'rm', role: 'shared' as const, seed, gold: [0], curve: [{ kl: 0, gold: 0 }, { kl: 0, gold: 0, flops: 1000 }] }));
    const charged = report([...starts, ...reward, ...cheap, ...dear.map((run) => ({ ...run, reward: 'rm' }))]).matchedCompute[0]!;
    expect(charged.budgets[0]!.flops).toBe(1200);
    expect(charged.atCheaper!.goldDifference.mean).toBeCloseTo(1.01, 12); // the dear one has not begun
  });
  test('what costs nothing has no budget to match', () => {
    const free = each((seed) => ({ label: 'free', seed, gold: flat(1, 0), sampler: { kl: 1, gold: 1, flops: 0 } }));
    expect(report([...starts, ...free, ...dear]).matchedCompute).toEqual([]);
  });
  test('a sampler pays for its draws, and stands on the start of the same validation prompts', () => {
    const start = SEEDS.map((seed): HandRun => ({ label: START, seed, gold: [9, 9, 9, 9], curve: [{ kl: 0, gold: 0.25 }] })); // its test prompts have another gold reward
    const sampler = each((seed) => ({ label: 'sampler', seed, gold: flat(1, 0), sampler: { kl: 1, gold: 1, flops: 150 } }));
    const found = report([...start, ...sampler, ...dear]);
    expect(found.matchedCompute[0]!.atCheaper).toMatchObject({ flops: 150, cheaper: 'sampler' });
    expect(found.matchedCompute[0]!.atCheaper!.goldDifference.mean).toBeCloseTo(1, 12); // the dear one is still the start, gold 0 by its own measure
    expect(found.families.find((f) => f.name === 'sampler')!.area!.gain.mean).toBeCloseTo(0.75 / 2, 12); // from the start's .25 to 1 along sqrt(KL)
    expect(found.notes.join(' ')).toContain('charged for the draws behind the answers');
  });
  test("the start's proxy is never a sampler's, whoever comes first", () => {
    const sampler = each((seed) => ({ label: 'sampler', seed, gold: flat(1, 0), sampler: { kl: 1, gold: 1, proxy: 7, flops: 150 } }));
    const trained = each((seed) => ({ label: 'trained', seed, gold: flat(1, 0), curve: [{ kl: 0, gold: 0, proxy: 0.5 }, { kl: 1, gold: 1, proxy: 2 }] }));
    expect(report([...starts, ...sampler, ...trained]).reference!.proxyReward!.mean).toBe(0.5);
    expect(report([...starts, ...sampler]).reference!.proxyReward).toBeNull();
  });
  test('never ahead: null, and up to what', () => {
    expect(report([...starts, ...cheap, ...dear.map((run) => ({ ...run, curve: run.curve!.map((p) => ({ ...p, gold: 0 })) }))]).matchedCompute[0]!.crossover).toMatchObject({ multiple: null, ci: null, upTo: 4 });
  });
});

describe('ranking', () => {
  test('by wins over all, the start at 0', () => {
    const won = (n: number): number[] => [0, 1, 2, 3].map((i) => (i < n ? 1 : -1)); // n of 4 prompts against the start
    const { ranking } = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: won(3) }))]);
    expect(ranking.map((r) => r.name)).toEqual(['a', START]);
    expect(ranking[0]!.theta.mean).toBeCloseTo(Math.log(3), 8);
    expect(ranking[1]!.theta).toEqual({ mean: 0, ci: [0, 0], n: 3 });
  });
  test('a win of everything is finite', () => {
    const { ranking } = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0) }))]);
    expect(ranking[0]!.theta.mean).toBeCloseTo(Math.log(11.5 / 0.5), 6); // 12 comparisons
  });
});

describe('the control', () => {
  const twin = (shift: readonly number[]): HandRun[] => [...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0) })), ...each((seed) => ({ label: 'a (A/A)', stage: 'a', role: 'control', seed, gold: flat(1 + shift[seed]!, 0) }))];
  test('pairs a repeat with its twin, and counts alarms over turned signs', () => {
    const { control, algorithms } = report(twin([0.1, -0.1, 0.02]));
    expect(control.pairs).toEqual([{ name: 'a', goldDifference: expect.objectContaining({ n: 3 }), alarm: false }]);
    expect(control.falseAlarms).toMatchObject({ rate: 0, n: 4 });
    expect(algorithms.map((a) => a.name)).toEqual(['a']); // a control is no competitor
  });
  test('a constant difference alarms', () => {
    const { control } = report(twin([1, 1.01, 0.99]));
    expect([control.pairs[0]!.alarm, control.falseAlarms!.rate]).toEqual([true, 0.25]); // the one way that turns none
  });
  test('none: the reason', () => expect(report(starts).control).toMatchObject({ pairs: [], falseAlarms: null, reason: expect.stringContaining('itself') }));
});

describe('scores', () => {
  test('0 is the start and 1 the best compared mean', () => {
    const found = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(2, 0) })), ...each((seed) => ({ label: 'b', seed, gold: flat(1, 0) }))]);
    expect(found.algorithms.map((a) => [a.aggregate.interquartileMean!.mean, a.aggregate.improvement!.mean, a.aggregate.optimalityGap!.mean])).toEqual([[1, 1, 0], [0.5, 1, 0.5]]);
    expect(found.algorithms[0]!.aggregate.improvement!.ci![0]).toBeLessThan(0.5); // three seeds that all win are not certainty
    const b = found.profiles[1]!;
    expect([b.share[b.thresholds.indexOf(0.45)], b.share[b.thresholds.indexOf(0.5)]]).toEqual([1, 0]);
  });
  test('where nobody gained there is no scale', () => {
    const found = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(-1, 0) }))]);
    expect(found.algorithms[0]!.aggregate).toMatchObject({ interquartileMean: null, optimalityGap: null, improvement: { mean: 0 } });
    expect(found.algorithms[0]!.missing.join()).toContain('gained');
    expect(found.profiles).toEqual([]);
  });
  test('the length-controlled win rate takes off what length explains', () => {
    const long = { gold: [1, 1, -1, -1], tokens: [6, 6, 1, 1] };
    const { winRate } = report([...starts, ...each((seed) => ({ label: 'a', seed, ...long }))]).algorithms[0]!;
    expect(winRate.vsReference!.mean).toBe(0.5);
    expect(winRate.lengthControlled!.mean).toBeLessThan(0.5); // wins where it is three tokens longer, loses where two shorter
  });
});

describe('many variants', () => {
  const many = Array.from({ length: 13 }, (_, k) => each((seed) => ({ label: `a[x=${k}]`, stage: 'a', seed, gold: flat(k, 0), curve: rising(k, k) }))).flat();
  test('meet only as tuned families', () => {
    const found = report([...starts, ...many, ...each((seed) => ({ label: 'b', seed, gold: flat(5, 0), curve: rising(5) }))]);
    expect(found.headToHead.map(({ a, b }) => [a, b])).toEqual([['a (tuned)', 'b']]);
    expect(found.ranking.map((r) => r.name)).toEqual(['a (tuned)', 'b', START]);
    expect(found.notes.join()).toContain('14 configurations');
    expect(found.deviations).toContain('Tuning was not equal: a 13, b 1 configurations.');
  });
});

describe('deviations', () => {
  test('a clean experiment has none', () => expect(report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0) }))]).deviations).toEqual([]));
  test('lost seeds, outcomes, other machines, a changed file', () => {
    const stored = handStore(join(dir, 'changed'), [...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0), outcome: (['completed', 'diverged', 'budget-spent'] as const)[seed]!, node: seed === 0 ? 'v20' : 'v22' }))]);
    const { deviations } = assemble({ ...stored, hash: 'another', source: { name: 'x', fileHash: '', overrides: ['policy.width=64'] } } as typeof stored);
    expect(deviations).toEqual([
      expect.stringContaining('not what was planned'),
      expect.stringContaining('policy.width=64'),
      'a: seed 1 planned, and no finished run.',
      '1 run ended budget-spent; counted as far as they came.',
      '1 run ended diverged.',
      'Runs differ in Node version: v20 (4), v22 (1).',
    ]);
  });
});

describe('one seed, another device, no gold', () => {
  test('one seed: means, and no interval over seeds', () => {
    const found = report([starts[0]!, { label: 'a', seed: 0, gold: [1, 2, 0, 3], curve: rising(1) }, { label: 'b', seed: 0, gold: [1, 0, 0, 3], curve: rising(2) }]);
    expect(found.matchedKl[0]).toMatchObject({ adjustedP: null, match: null, goldDifference: { ci: null, n: 1 } });
    expect(found.ranking[0]!.theta.ci).toBeNull();
    expect([found.profiles, found.control.falseAlarms, found.power.seeds]).toEqual([[], null, null]);
  });
  test('devices are never merged', () => {
    const found = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0), curve: rising(1) })), ...each((seed) => ({ label: 'b', seed, gold: flat(2, 0), curve: rising(2), device: 'gpu' }))]);
    expect([found.headToHead, found.matchedKl, found.matchedCompute]).toEqual([[], [], []]);
  });
  test('a missing win rate is null, never 0', () => {
    const found = report([...starts, ...['a', 'b'].flatMap((label) => each((seed) => ({ label, seed, gold: flat(1, 0), curve: rising(1).map((p) => ({ ...p, win: null })) })))]);
    expect([found.matchedKl[0]!.winRateDifference, found.matchedCompute[0]!.atCheaper!.winRateDifference, found.families[0]!.frontier[0]!.winRate]).toEqual([null, null, null]);
  });
});

describe('verdicts', () => {
  const found = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, seed), curve: rising(1 + seed / 100) })), ...each((seed) => ({ label: 'b', seed, gold: flat(2, seed), curve: rising(2 + seed / 50) }))]);
  test('what gains most, against the start, at equal KL, at equal compute, head to head, in that order', () => {
    expect(found.verdicts.map((v) => v.split(/[ (,]/, 3).slice(0, 3).join(' '))).toEqual(['b gains most:', 'a improves on', 'b improves on', 'At equal KL', 'At equal compute', 'Head to head']);
    expect(found.verdicts[0]).toMatch(/^b gains most: .*At equal KL b is ahead of a\.$/);
    expect(found.verdicts[3]).toMatch(/b is ahead of a: \+1\.01/);
  });
  test('the lead is always there: the best of those told apart, a higher mean that may be none, or that nobody is told apart', () => {
    const noisy = (scale: number) => each((seed) => ({ label: 'c', seed, gold: flat(3 + scale * (seed - 1), 0), curve: rising(1) }));
    expect(report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, seed), curve: rising(1) })), ...noisy(5)]).verdicts[0]).toMatch(/^Of those told apart from start, a gains most: \+1\.01 \[.*\] gold reward over start; c has a higher mean, \+3\.00 \[.*\], that may be none\./);
    expect(report([...starts, ...noisy(5), ...noisy(9).map((run) => ({ ...run, label: 'd' }))]).verdicts[0]).toMatch(/^No algorithm is told apart from start by its gold reward; [cd] has the highest mean, \+3\.00 \[/);
  });
  test('data without a gold reward: one sentence', () => {
    const whole = fixture();
    expect(verdicts({ ...whole, algorithms: whole.algorithms.map((a) => ({ ...a, goldReward: null })) })).toEqual([expect.stringMatching(/^This data has no gold reward, so nothing here says which algorithm is better/)]);
  });
  test('a match is said where the tests say it', () => {
    const same = report([...starts, ...['a', 'b'].flatMap((label) => each((seed) => ({ label, seed, gold: flat(1, seed), curve: rising(1) })))]);
    expect(same.verdicts.find((v) => v.startsWith('At equal KL'))).toContain('a and b match');
  });
});

test('every section keeps to the published schema', () => {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(reportSchema);
  const found = report([...starts, ...['a', 'b'].flatMap((label, k) => each((seed) => ({ label, seed, gold: flat(k + 1, seed), curve: rising(k + 1 + seed / 50, 1) }))), ...each((seed) => ({ label: 'a (A/A)', stage: 'a', role: 'control', seed, gold: flat(1, seed / 2) }))]);
  validate(JSON.parse(JSON.stringify(found)));
  expect(validate.errors).toBeNull();
});
