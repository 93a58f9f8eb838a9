import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { strings, type StringsParams } from '../../../datasets/worlds/strings/dataset.js';
import { peakRarity } from '../../../datasets/worlds/strings/rarity.js';
import { mixtureWithin } from '../../../harness/metrics/budget.js';
import { RUNGS } from '../../../harness/store/experiment.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { runPaths } from '../../../harness/store/layout.js';
import { readExperiment } from '../../../harness/store/read.js';
import type { EvalRow } from '../../../harness/store/records.js';
import type { Report } from '../../../reports/report/model.js';
import { temporary, tiltyard } from '../../support.js';

const params: StringsParams = {
  letters: 3,
  length: 4,
  promptLength: 2,
  rewardSpread: 2,
  landscape: 'additive',
  tilt: 0,
  corpusSize: 200,
  prompts: 18,
};
const dir = temporary();

describe('the world', () => {
  test('lists every string once, each of the right length, and reads it back', async () => {
    const world = await strings.open(params, 0, '');
    const all = world.enumerate!('ab');
    expect(new Set(all).size).toBe(81);
    for (const text of all) expect(world.tokenizer.decode(world.tokenizer.encode(text))).toBe(text);
    expect(new Set(world.prompts('test').map((p) => p.prompt)).size).toBe(9);
    expect(world.tokenizer.vocabSize).toBe(3);
  });
  test('gold rewards have the wanted spread, depend on the prompt, and are the same for a seed', async () => {
    const wide = { ...params, letters: 5, length: 5 };
    const spreads = await Promise.all(
      Array.from({ length: 30 }, async (_, seed) => {
        const world = await strings.open(wide, seed, '');
        const rewards = world.enumerate!('aa').map((c) => world.gold!('aa', c));
        const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
        return Math.sqrt(rewards.reduce((s, r) => s + (r - mean) ** 2, 0) / rewards.length);
      }),
    );
    expect(Math.abs(spreads.reduce((a, b) => a + b, 0) / 30 - 2)).toBeLessThan(0.5);
    const [a, b] = [await strings.open(params, 1, ''), await strings.open(params, 1, '')];
    expect(a.gold!('ab', 'abca')).toBe(b.gold!('ab', 'abca'));
    expect(a.gold!('ab', 'abca')).not.toBe(a.gold!('aa', 'abca'));
    expect(a.corpus!()).toEqual(b.corpus!());
  });
  test('tilt: the corpus shows the optimum the more often the larger it is, as the chain says', async () => {
    const rarity = (tilt: number): number => peakRarity({ ...params, tilt }, 0);
    expect([-1, 0, 1, 3].map(rarity)).toEqual([-1, 0, 1, 3].map(rarity).toSorted((a, b) => a - b));
    const tilted = { ...params, promptLength: 1, corpusSize: 9000, tilt: 1 };
    const world = await strings.open(tilted, 0, '');
    const shares = ['a', 'b', 'c'].map((prompt) => {
      const best = world.enumerate!(prompt).reduce((a, b) =>
        world.gold!(prompt, b) > world.gold!(prompt, a) ? b : a,
      );
      const after = world.corpus!().filter((d) => d.prompt === prompt);
      return after.filter((d) => d.completion === best).length / after.length;
    });
    // Shares of 3,000 strings each; the mean of three log10 then errs by less than .05 at shares above .02.
    expect(
      Math.abs(shares.reduce((sum, s) => sum + Math.log10(s), 0) / 3 - peakRarity(tilted, 0)),
    ).toBeLessThan(0.05);
  });
  test('random landscape: the spread that was asked for, and neighbours say nothing', async () => {
    const world = await strings.open({ ...params, letters: 5, length: 5, landscape: 'random' }, 0, '');
    const all = world.enumerate!('aa');
    const gold = all.map((c) => world.gold!('aa', c));
    // 3,125 normals of deviation 2: within .1.
    expect(Math.sqrt(gold.reduce((s, r) => s + r * r, 0) / gold.length)).toBeCloseTo(2, 0);
    const pairs = gold.slice(1).map((r, i) => r * gold[i]!); // strings that differ in their last letter
    // 4/sqrt(3124) is .07.
    expect(Math.abs(pairs.reduce((a, b) => a + b, 0) / pairs.length)).toBeLessThan(0.3);
    expect(world.gold!('aa', all[0]!)).toBe(gold[0]);
  });
  test('refuses what cannot be listed, and letters it does not have', async () => {
    expect(() => strings.open({ ...params, letters: 10, length: 7 }, 0, '')).toThrow(
      '10 letters and length 7 make 10,000,000 strings, at most 1,000,000 can be listed',
    );
    const { tokenizer } = await strings.open(params, 0, '');
    expect(() => tokenizer.encode('abd')).toThrow("'d' is not one of the letters a..c");
  });
});

/** How the start would do if it were tilted by the gold reward, as its run has stored it. */
function frontierOfStart(out: string): { readonly kl: number; readonly score: number }[] {
  const start = readExperiment(out).runs.find(({ spec }) => spec.stage === 'sft')!;
  const { exact } = readJsonl<EvalRow>(runPaths(start.dir).evals).find(({ split }) => split === 'test')!;
  expect(exact!.frontier![0]!.kl).toBe(0);
  expect(exact!.frontier![0]!.goldReward).toBeCloseTo(exact!.goldReward, 4); // float32
  return exact!.frontier!.map(({ kl, goldReward }) => ({ kl, score: goldReward }));
}

/** What a stored frontier is below the true one between two of its points: .1 % of a gain of some units. */
const LINE = 2e-3;

describe('a comparison on it', () => {
  test('KL, gold reward and frontier efficiency are exact; sampled estimates agree with them', async () => {
    const out = join(dir, 'out');
    // One configuration of each family.
    const single = ['dpo', 'ipo', 'relabelled', 'online-dpo', 'ppo', 'rloo'].map(
      (s) => `stages.${s}.sweep={}`,
    );
    const set = [
      'dataset.params={letters: 3, length: 4}',
      // The reward of seed 0 stops before it has learned anything.
      'seeds=[2]',
      'stages.dpo.params.epochs=1',
      ...single,
      'stages.best-of-n.sweep={n: [4]}',
      'stages.optimum.sweep={beta: [0.4]}',
    ].flatMap((s) => ['--set', s]);
    const { code, stderr } = await tiltyard('run', 'strings', '--out', out, ...set);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
    expect(report.algorithms).toHaveLength(8);
    // The rungs' steps add up to the whole, up to the truth.
    const { steps, whole, rungs } = report.ladder!;
    expect(rungs.map(({ rung }) => rung)).toEqual([...RUNGS, 'truth']);
    expect(steps).toHaveLength(5);
    const sum = steps.reduce((total, { difference }) => total + difference!.mean, 0);
    expect(Math.abs(sum - whole!.mean)).toBeLessThan(1e-9);
    expect(Math.abs(rungs[5]!.value!.mean - rungs[0]!.value!.mean - whole!.mean)).toBeLessThan(1e-9);
    expect(steps[4]!.difference!.mean).toBeGreaterThan(0);
    // Nobody is above the truth at the KL that it uses: no trained policy, and no mixture of the optimum.
    const truth = frontierOfStart(out);
    const most = (nats: number): number => {
      const mixture = mixtureWithin(truth, Math.max(0, nats))!;
      return [...mixture].reduce((gold, [i, weight]) => gold + weight * truth[i]!.score, 0);
    };
    const optimum = report.frontiers.find(({ name }) => name === 'optimum')!;
    expect(optimum.points.length).toBeGreaterThan(10);
    for (const { budget, kl, value } of optimum.points)
      expect(value.mean, `budget ${budget}`).toBeLessThanOrEqual(most(kl!.mean) + LINE);
    for (const { name, exact, kl } of report.algorithms)
      expect(exact.goldReward!.mean, name).toBeLessThanOrEqual(most(kl.sequence!.mean) + LINE);
    for (const row of report.algorithms) {
      const { name } = row;
      expect(row.kl.estimator).toBe('exact');
      expect(row.exact.frontierEfficiency!.mean).toBeGreaterThan(0);
      expect(row.exact.frontierEfficiency!.mean).toBeLessThanOrEqual(1 + 1e-6);
      expect(row.exact.regret!.mean).toBeGreaterThan(-1e-6);
      const run = readdirSync(join(out, 'runs')).find((r) =>
        r.startsWith(`${name.replaceAll(/[^A-Za-z0-9._=-]+/g, '_')}-s2`),
      )!;
      const last = readFileSync(join(out, 'runs', run, 'evals.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((l) => JSON.parse(l) as EvalRow)
        .find((e) => e.split === 'test')!;
      // 256 samples: within 4 standard errors, plus what the fixed prompts do not cover, and what a
      // sampler's estimate is off by.
      const { exact, raoBlackwell, k1, sampler } = last.kl;
      expect([raoBlackwell === null, k1 === null], name).toEqual([sampler !== null, sampler !== null]);
      for (const [estimate, off] of [
        [raoBlackwell, 0.01],
        [k1, 0.01],
        [sampler, 0.1],
      ] as const)
        if (estimate !== null)
          expect(Math.abs(estimate.mean - exact!.mean), name).toBeLessThan(4 * estimate.se! + off);
      expect(Math.abs(last.goldReward!.mean - last.exact!.goldReward), name).toBeLessThan(
        4 * last.goldReward!.se! + 0.05,
      );
    }
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('frontier efficiency');
  });
});
