import type { Figure } from '../../harness/stats/interval.js';
import type { AlgorithmRow } from '../../reports/report/algorithms.js';
import { REPORT_VERSION, type Report } from '../../reports/report/model.js';
import { answered } from './answered.js';
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
    readonly seeds?: number;
  } = {},
): Report {
  const families = options.families ?? ['dpo', 'ipo', 'ppo', 'best-of-n'];
  const configurations = options.configurations ?? 2;
  const points = options.points ?? 13;
  const text = options.text ?? 'A quiet film, not without charm.';
  const seeds = options.seeds ?? 10;
  const figure = (mean: number, half = 0.1): Figure => ({
    mean,
    ci: seeds === 1 ? null : [mean - half, mean + half],
    n: seeds,
  });
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
      runs: seeds,
      completed: seeds,
      device: 'onnxruntime/cpu',
      goldReward: figure(gold(f, kl)),
      goldDifference: figure(gain, 0.12),
      winRate: {
        vsReference: figure(0.5 + gain / 10, 0.02),
        vsChosen: null,
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
        cardMemoryBytes: null,
        energyJoules: null,
        tokensTrained: figure(1e5, 10),
        tokensGenerated: figure(f * 1e4, 10),
        paddingShare: figure(0.06, 0.001),
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
  const headToHead = algorithms.flatMap((a, i) =>
    algorithms.slice(i + 1).map((b) => {
      const d = a.goldReward!.mean - b.goldReward!.mean;
      return {
        a: a.name,
        b: b.name,
        winRate: figure(1 / (1 + Math.exp(-d)), 0.02),
        softWinRate: figure(1 / (1 + Math.exp(-d / 2)), 0.01),
        goldDifference: figure(d, 0.15),
        q: Math.exp(-20 * Math.abs(d)),
      };
    }),
  );
  return {
    schemaVersion: REPORT_VERSION,
    name: options.name ?? 'fixture',
    description:
      'Four families with two configurations each, ten seeds: figures by formula, nothing in them was ' +
      'measured.',
    experimentHash: '0123456789abcdef0123456789abcdef',
    seeds: Array.from({ length: seeds }, (_, i) => i),
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
    ...answered(families, { configurations, points, reach, gold, cost, figure }),
    reference: { name: 'sft', goldReward: figure(0.4), proxyReward: figure(0.2), length: figure(18) },
    judge: null,
    chosen: { goldReward: figure(1.2) },
    algorithms,
    headToHead,
    control: {
      pairs: [
        { name: label(0, 0), goldDifference: figure(0.03, 0.1), alarm: false },
        { name: label(2 % families.length, 0), goldDifference: figure(0.2, 0.1), alarm: true },
      ],
      falseAlarms: { rate: 0.047, ci: [0.031, 0.069], n: 512 },
      reason: null,
    },
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
          seeds,
        };
      }),
    ),
    rewardModels: [0, 1].map((i) => ({
      name: `reward[lambda=${i / 100}]`,
      runs: seeds,
      figures: {
        'test/accuracy': figure(0.71 + 0.01 * i, 0.01),
        'test/gold_agreement': figure(0.8 + 0.01 * i, 0.01),
        'test/calibration_error': figure(0.05 - 0.01 * i, 0.01),
        'test/margin_growth': figure(2 - i, 0.2),
      },
    })),
    sharedStages: [
      { stage: 'base', runs: seeds, flops: figure(1e12, 1e9), seconds: figure(60, 2) },
      { stage: 'sft', runs: seeds, flops: figure(2e11, 1e9), seconds: figure(12, 1) },
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
