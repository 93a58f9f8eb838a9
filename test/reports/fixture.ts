import type { Figure } from '../../harness/stats/interval.js';
import { REPORT_VERSION, type Report } from '../../reports/report/model.js';
import type { AlgorithmRow } from '../../reports/report/algorithms.js';
import { dataReport } from './data.js';

/**
 * A complete report by formula, every section filled: families that gain along sqrt(KL) at their own pace and
 * fall off after a peak. Deterministic; nothing in it was measured.
 * @param options.configurations of each family; options.points of each curve
 */
export function fixture(
  options: {
    readonly families?: readonly string[];
    readonly configurations?: number;
    readonly points?: number;
    readonly name?: string;
    readonly text?: string;
  } = {},
): Report {
  const families = options.families ?? ['dpo', 'ipo', 'ppo', 'best-of-n'];
  const configurations = options.configurations ?? 2;
  const points = options.points ?? 13;
  const text = options.text ?? 'A quiet film, not without charm.';
  const figure = (mean: number, half = 0.1): Figure => ({ mean, ci: [mean - half, mean + half], n: 10 });
  const pace = (f: number): number => 1.1 - 0.13 * f;
  const peak = (f: number): number => 9 + 3 * f;
  const gold = (f: number, kl: number): number =>
    0.4 + pace(f) * Math.sqrt(kl) - Math.max(0, kl - peak(f)) * 0.18;
  const proxy = (f: number, kl: number): number => 0.2 + 1.15 * pace(f) * Math.sqrt(kl);
  const reach = (f: number, c: number): number => 6 + 2.5 * f + (8 * (c + 1)) / configurations;
  const cost = (f: number, c: number): number => 2e11 * (f + 1) ** 2 * (1 + 0.1 * c);
  const label = (f: number, c: number): string =>
    configurations === 1 ? families[f]! : `${families[f]!}[beta=${(0.1 * (c + 1)).toFixed(1)}]`;
  const all = families.flatMap((_, f) =>
    Array.from({ length: configurations }, (_, c) => ({ f, c, name: label(f, c) })),
  );

  const algorithms = all.map(({ f, c, name }): AlgorithmRow => {
    const kl = reach(f, c);
    const gain = gold(f, kl) - 0.4;
    return {
      name,
      family: families[f]!,
      algorithm: families[f]!,
      params: { beta: 0.1 * (c + 1), note: text },
      runs: 10,
      completed: 10,
      device: 'onnxruntime/cpu',
      goldReward: figure(gold(f, kl)),
      goldDifference: figure(gain, 0.12),
      winRate: {
        vsReference: figure(0.5 + gain / 10, 0.02),
        vsChosen: figure(0.45 + gain / 12, 0.03),
        lengthControlled: figure(0.48 + gain / 10, 0.03),
      },
      aggregate: {
        interquartileMean: figure(gain / 4, 0.04),
        improvement: figure(Math.min(0.95, 0.5 + gain / 8), 0.05),
        optimalityGap: figure(1 - gain / 4, 0.04),
      },
      kl: { sequence: figure(kl, 0.6), estimator: 'Rao-Blackwellised' },
      proxyReward: figure(proxy(f, kl)),
      proxyDifference: figure(proxy(f, kl) - 0.2),
      length: figure(18 + kl / 2, 0.8),
      exact: { goldReward: null, frontierEfficiency: null, regret: null },
      compute: {
        flops: figure(cost(f, c), cost(f, c) / 50),
        seconds: figure(cost(f, c) / 1e10, 2),
        peakMemoryBytes: figure(3e8 + 1e8 * f, 1e6),
        tokensTrained: figure(1e5, 10),
        tokensGenerated: figure(f * 1e4, 10),
        modelCopies: 2 + f,
        stages: [
          { stage: 'own training', flops: figure(cost(f, c) * 0.8, 1e9), seconds: figure(20, 1) },
          ...(f > 1
            ? [
                {
                  stage: 'reward model (reward)',
                  flops: figure(cost(f, c) * 0.2, 1e9),
                  seconds: figure(5, 1),
                },
              ]
            : []),
        ],
      },
      missing: [],
    };
  });
  const grid = Array.from({ length: points }, (_, i) => i / (points - 1));
  const pairs = families.flatMap((a, i) => families.slice(i + 1).map((b, k) => ({ a, b, i, j: i + 1 + k })));
  const headToHead = algorithms.flatMap((a, i) =>
    algorithms.slice(i + 1).map((b) => {
      const d = a.goldReward!.mean - b.goldReward!.mean;
      return {
        a: a.name,
        b: b.name,
        winRate: figure(1 / (1 + Math.exp(-d)), 0.02),
        softWinRate: figure(1 / (1 + Math.exp(-d / 2)), 0.01),
        goldDifference: figure(d, 0.15),
        adjustedP: Math.exp(-20 * Math.abs(d)),
      };
    }),
  );
  const best = [...algorithms].sort((a, b) => b.goldReward!.mean - a.goldReward!.mean);
  return {
    schemaVersion: REPORT_VERSION,
    name: options.name ?? 'fixture',
    description:
      'Four families with two configurations each, ten seeds: figures by formula, nothing in them was ' +
      'measured.',
    experimentHash: '0123456789abcdef0123456789abcdef',
    seeds: Array.from({ length: 10 }, (_, i) => i),
    dataset: { name: 'reviews', params: { labels: 0.5 } },
    policy: { kind: 'transformer', width: 64 },
    data: dataReport(text),
    environment: {
      cpuModel: 'A processor',
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      platform: 'linux',
      nodeVersion: 'v20.0.0',
      tiltyardVersion: '0.1.0',
      gitCommit: null,
      versions: { 'onnxruntime-node': '1.30.0' },
      engine: 'onnxruntime',
      device: 'cpu',
      engineReason: 'the default',
      parameters: 123_456,
    },
    verdicts: [
      `${families[0]} is ahead at equal KL; what it costs is a third of ${families.at(-1)}.`,
      ...algorithms.map(
        (a) => `${a.name} improves on the start: +${a.goldDifference!.mean.toFixed(2)} gold reward.`,
      ),
      ...headToHead.map((h) => `${h.a} against ${h.b}: ${h.goldDifference.mean.toFixed(2)} gold reward.`),
    ],
    reference: { name: 'sft', goldReward: figure(0.4), proxyReward: figure(0.2), length: figure(18) },
    judge: null,
    chosen: { goldReward: figure(1.2) },
    algorithms,
    headToHead,
    families: families.map((name, f) => ({
      name,
      algorithm: name,
      device: 'onnxruntime/cpu',
      variants: all.filter((v) => v.f === f).map((v) => v.name),
      tuned:
        f === 1
          ? null
          : {
              choices: Array.from({ length: 10 }, (_, seed) => ({
                seed,
                variant: label(f, seed % configurations),
              })),
              goldReward: figure(gold(f, reach(f, 0))),
              goldDifference: figure(gold(f, reach(f, 0)) - 0.4),
              winRate: figure(0.7, 0.02),
              kl: figure(reach(f, 0), 0.4),
            },
      bestOf: Array.from({ length: configurations }, (_, k) => ({
        k: k + 1,
        goldReward: figure(gold(f, reach(f, 0)) + 0.1 * Math.log(k + 1), 0.1),
      })),
      tuningFlops: figure(cost(f, 0) * configurations, 1e9),
      frontier: grid.map((t) => ({
        kl: t * reach(f, 0),
        goldReward: figure(gold(f, t * reach(f, 0)), 0.05 + 0.2 * t),
        winRate: figure(0.5 + 0.3 * t, 0.02),
        proxyReward: figure(proxy(f, t * reach(f, 0)), 0.1),
      })),
      area: { kl: 6, gain: figure(pace(f), 0.05) },
      dominated: figure(0.1 + f / 5, 0.05),
      missing: f === 1 ? ['no proxy: no reward model was given to choose configurations by'] : [],
    })),
    matchedKl: pairs.map(({ a, b, i, j }) => {
      const kl = Math.min(reach(i, 0), reach(j, 0));
      const at = (x: number): Figure => figure(gold(i, x) - gold(j, x), 0.08 + 0.02 * x);
      return {
        a,
        b,
        kl,
        goldDifference: at(kl),
        winRateDifference: figure(at(kl).mean / 10, 0.02),
        areaDifference: figure(pace(i) - pace(j), 0.05),
        match: { margin: 0.02, p: 0.4, equivalent: false },
        adjustedP: 0.03,
        curve: grid.map((t) => ({ kl: t * kl, goldDifference: at(t * kl) })),
      };
    }),
    matchedCompute: pairs.map(({ a, b, i, j }) => {
      const cheap = cost(i, 0);
      const upTo = cost(j, 0) / cheap;
      const at = (x: number): Figure => figure(1.2 - 1.6 * x, 0.3);
      return {
        a,
        b,
        adjustedP: 0.04,
        budgets: grid.map((t) => ({ flops: t * cheap * upTo, goldDifference: at(t) })),
        atCheaper: {
          flops: cheap,
          seconds: cheap / 1e10,
          cheaper: a,
          goldDifference: at(1 / upTo),
          winRateDifference: figure(0.1, 0.02),
          goldDifferenceAtSeconds: figure(0.7, 0.2),
          winRateDifferenceAtSeconds: figure(0.06, 0.02),
        },
        crossover: {
          dearer: b,
          multiple: j === 3 ? null : 0.75 * upTo,
          ci: j === 3 ? null : [0.6 * upTo, j === 2 ? null : 0.9 * upTo],
          upTo,
        },
      };
    }),
    ranking: best.map((a, i) => ({
      rank: i + 1,
      name: a.name,
      theta: figure(a.goldDifference!.mean / 2, 0.1),
    })),
    control: {
      pairs: [
        { name: label(0, 0), goldDifference: figure(0.03, 0.1), alarm: false },
        { name: label(2 % families.length, 0), goldDifference: figure(0.2, 0.1), alarm: true },
      ],
      falseAlarms: { rate: 0.047, ci: [0.031, 0.069], n: 512 },
      reason: null,
    },
    power: { delta: 0.02, seeds: 14, prompts: 4906, deviation: 0.031, correlation: 0.52 },
    profiles: algorithms.map((a) => {
      const share = grid.map((t) => 1 / (1 + Math.exp(8 * (1.5 * t - a.goldDifference!.mean / 4))));
      return {
        name: a.name,
        thresholds: grid.map((t) => 1.5 * t),
        share,
        lo: share.map((s) => Math.max(0, s - 0.1)),
        hi: share.map((s) => Math.min(1, s + 0.1)),
      };
    }),
    curves: all.flatMap(({ f, c, name }) =>
      grid.map((t, i) => {
        const kl = t * t * reach(f, c);
        const g = gold(f, kl);
        return {
          name,
          step: i * 10,
          goldReward: g,
          proxyReward: proxy(f, kl),
          winRate: 0.5 + g / 10,
          kl,
          length: 18 + kl / 2,
          goldCi: [g - 0.1, g + 0.1] as const,
          flops: t * cost(f, c),
          seconds: 20 * t,
          seeds: 10,
        };
      }),
    ),
    rewardModels: [0, 1].map((i) => ({
      name: `reward[lambda=${i / 100}]`,
      runs: 10,
      figures: {
        'test/accuracy': figure(0.71 + 0.01 * i, 0.01),
        'test/gold_agreement': figure(0.8 + 0.01 * i, 0.01),
        'test/calibration_error': figure(0.05 - 0.01 * i, 0.01),
        'test/margin_growth': figure(2 - i, 0.2),
      },
    })),
    sharedStages: [
      { stage: 'base', runs: 10, flops: figure(1e12, 1e9), seconds: figure(60, 2) },
      { stage: 'sft', runs: 10, flops: figure(2e11, 1e9), seconds: figure(12, 1) },
    ],
    samples: [
      {
        prompt: text,
        completions: [
          { name: 'sft (start)', text, gold: 0.4 },
          ...algorithms.map((a) => ({ name: a.name, text, gold: a.goldReward!.mean })),
        ],
      },
    ],
    failures: [
      { run: `${families[0]}-s3-01234567`, label: label(0, 0), seed: 3, outcome: 'diverged', cause: text },
    ],
    deviations: [`the planned engine was webgpu; ${text}`],
    notes: ['10 pipeline seeds.', text],
  };
}
