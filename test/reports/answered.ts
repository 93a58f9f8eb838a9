import type { Figure } from '../../harness/stats/interval.js';
import type { Comparison, FrontierRow, GridRow } from '../../reports/report/answer.js';
import { signed } from '../../reports/report/format.js';
import type { Report } from '../../reports/report/model.js';

/** How a family of the fixture does, by its place and that of a configuration. */
interface World {
  readonly configurations: number;
  readonly points: number;
  reach(family: number, configuration: number): number;
  gold(family: number, kl: number): number;
  cost(family: number, configuration: number): number;
  figure(mean: number, half?: number): Figure;
}

type Answered = Pick<
  Report,
  'answer' | 'frontiers' | 'ladder' | 'compute' | 'breakEven' | 'grids' | 'rewardsOnPolicies'
>;

const START = 0.4;
const K = 15;
const MARGIN = 0.17;
/** In the order of the families: half offline, a quarter RL, the rest at use. */
const PARADIGMS = ['pairs', 'own-samples', 'nothing'] as const;
const UNIONS = ['offline', 'RL', 'at use'] as const;

/** What the fixture answers: the best of each paradigm's families at every budget, by formula. */
export function answered(families: readonly string[], world: World): Answered {
  const { configurations, points, reach, gold, cost, figure } = world;
  const paradigm = (f: number): number => [0, 0, 1, 2][Math.floor((4 * f) / families.length)]!;
  const gain = (f: number, budget: number): number =>
    Math.max(...Array.from({ length: 40 }, (_, i) => gold(f, (Math.min(budget, reach(f, 9)) * i) / 39))) -
    START;
  const members = UNIONS.map((_, u) => [...families.keys()].filter((f) => paradigm(f) === u));
  const best = (of: readonly number[], budget: number): number =>
    of.reduce((a, b) => (gain(b, budget) > gain(a, budget) ? b : a));
  const grid = Array.from({ length: points }, (_, i) => (K * i) / (points - 1));
  const budgets = [3, 7, 15];
  const shift = (u: number): number => [0, 0.45, -0.6][u]!;

  const row = (of: readonly number[], union: number | null): FrontierRow => {
    const value = (budget: number): number => {
      const u = paradigm(of[0]!);
      return (
        gain(best(of, budget), budget) + shift(u) * Math.min(1, budget / 8) + (u === 1 ? 0.1 * budget : 0)
      );
    };
    const average = grid.slice(1).reduce((sum, k) => sum + value(k), 0) / (points - 1);
    return {
      name: union === null ? families[of[0]!]! : UNIONS[union]!,
      kind: union === null ? 'family' : 'union',
      paradigm: PARADIGMS[paradigm(of[0]!)]!,
      device: 'onnxruntime/cpu',
      families: union === null ? [] : of.map((f) => families[f]!),
      configurations: configurations * of.length,
      largestKl: Math.max(...of.map((f) => reach(f, configurations - 1))),
      mean: figure(average, 0.12),
      points: [...new Set([...grid, ...budgets])]
        .sort((a, b) => a - b)
        .map((budget) => ({
          budget,
          declared: budgets.includes(budget),
          value: figure(START + value(budget), 0.1 + 0.01 * budget),
          gain: figure(value(budget), budget === 0 ? 0 : 0.05 + 0.015 * budget),
          winRate: figure(Math.min(0.96, 0.5 + value(budget) / 10), 0.02),
          score: figure(1.1 * value(budget)),
          kl: figure(budget * 0.97, 0.1),
        })),
      missing: [],
    };
  };
  const unions = members.flatMap((of, u) => (of.length === 0 ? [] : [row(of, u)]));
  const frontiers = [...unions, ...families.map((_, f) => row([f], null))];

  const compare = (a: FrontierRow, b: FrontierRow, corrected: number): Comparison => {
    const d = a.mean!.mean - b.mean!.mean;
    const half = 0.12 + 0.02 * corrected;
    const p = Math.max(1e-5, Math.exp((-3.2 * Math.abs(d)) / half));
    const matches = Math.abs(d) + half < MARGIN;
    const tested = Math.abs(d) > half ? (d > 0 ? 'ahead' : 'behind') : matches ? 'match' : 'not told apart';
    const known = figure(0).ci !== null;
    return {
      a: a.name,
      b: b.name,
      difference: figure(d, half),
      verdict: known ? tested : 'unknown',
      p: known ? p : null,
      equivalenceP: known ? (matches ? 0.01 : 0.7) : null,
      adjustedP: known ? Math.min(1, p * corrected) : null,
      detectable: known ? 1.4 * half : null,
      budgets: budgets.map((budget) => ({ budget, difference: figure(d * (budget / K), half) })),
    };
  };
  const named = (name: string): FrontierRow | undefined => unions.find((u) => u.name === name);
  const [offline, rl, use] = [named('offline'), named('RL'), named('at use')];
  const primary = rl === undefined || offline === undefined ? null : compare(rl, offline, 1);
  const single = frontiers.filter((f) => f.kind === 'family');
  const pairs = single.flatMap((a, i) => single.slice(i + 1).map((b) => compare(a, b, 4)));
  const sentence = inWords(primary, rl === undefined ? 'RL' : 'offline');

  return {
    answer: {
      sentence,
      details: [
        'Most of the difference is on-policy data: +0.35 [0.10, 0.60] gold reward.',
        'At the budget of offline, RL is not trainable.',
        'Best of n is 0.4 below both and costs 16 answers for one.',
      ],
      by: 'chooser',
      budget: primary === null ? null : K,
      margin: MARGIN,
      primary,
      costRatio: primary === null ? null : figure(4.1, 0.3),
      secondary: {
        open: primary === null || ['ahead', 'behind'].includes(primary.verdict),
        moderated: 11.3,
        comparisons: pairs,
      },
      sensitivity:
        primary === null
          ? []
          : [
              { by: 'proxy', comparison: { ...primary, difference: figure(0.48, 0.2) }, reason: null },
              { by: 'pairs', comparison: null, reason: 'no run has pairs that are held out' },
            ],
    },
    frontiers,
    ladder:
      members[1]!.length === 0
        ? null
        : {
            budget: K,
            rungs: [
              { rung: 'offline', family: families[0]!, value: figure(2.2, 0.1) },
              { rung: 'relabelled', family: families[1 % families.length]!, value: figure(2.05, 0.12) },
              { rung: 'on-policy', family: families[2 % families.length]!, value: figure(2.7, 0.14) },
              { rung: 'rl', family: families[members[1]![0]!]!, value: figure(2.8, 0.12) },
            ],
            steps: [
              {
                from: 'offline',
                to: 'relabelled',
                what: 'labels of the learned reward',
                difference: figure(-0.15, 0.1),
              },
              {
                from: 'relabelled',
                to: 'on-policy',
                what: 'completions of the policy’s own',
                difference: figure(0.65, 0.18),
              },
              {
                from: 'on-policy',
                to: 'rl',
                what: 'the reward itself in the loss',
                difference: figure(0.1, 0.2),
              },
            ],
            whole: figure(0.6, 0.15),
            aboutTruth: null,
          },
    compute: [
      ...(rl === undefined || offline === undefined ? [] : ([[rl, offline, 0]] as const)),
      ...single.flatMap((a, i) => single.slice(i + 1).map((b, j) => [a, b, i + j] as const)),
    ].map(([a, b, k]) => ({
      a: a.name,
      b: b.name,
      budgets: [1, 2, 3, 4, 6, 8, 12].map((times) => {
        const [x, y] = [1.2 + 0.9 * Math.log(times), 2 + 0.2 * Math.log(times)];
        return {
          flops: cost(0, 0) * times,
          a: times < 2 ? null : figure(x, 0.15),
          b: figure(y, 0.1),
          difference: times < 2 ? null : figure(x - y, 0.2),
        };
      }),
      crossover: {
        dearer: a.name,
        after: k % 3 === 1 ? null : cost(0, 0) * (k % 3 === 2 ? 12 : 3),
        from: k % 3 === 2 ? null : cost(0, 0) * (k % 3 === 1 ? 1 : 4),
      },
    })),
    breakEven:
      use === undefined
        ? []
        : families.slice(0, 2).map((trained, i) => ({
            sampler: families.at(-1)!,
            trained,
            perAnswer: 3.2e9,
            perTrainedAnswer: 2e8,
            training: cost(i, 0),
            answers: i === 1 ? null : cost(0, 0) / 3e9,
          })),
    grids: families.map((family, f): GridRow => {
      const rates = Array.from({ length: configurations }, (_, c) => 1e-4 * 3 ** c);
      const atEdge = f === members[1]?.[0];
      const value = rates[atEdge ? configurations - 1 : Math.floor(configurations / 2)]!;
      return {
        family,
        configurations,
        parameters: [
          {
            name: 'learningRate',
            role: 'learning-rate',
            values: rates,
            chosen: [0, 1, 2, 3, 4].map((seed) => ({ seed, value })),
            edge: atEdge ? { side: 'largest', value, seeds: 5, add: 3 * value, freest: false } : null,
          },
        ],
        unspent: f === 1,
        tuningFlops: figure(cost(f, 0) * configurations, 1e9),
      };
    }),
    rewardsOnPolicies: [
      {
        name: 'sft',
        kl: figure(0, 0),
        accuracy: figure(0.78, 0.02),
        disagreement: figure(0.11, 0.01),
        length: figure(18, 0.5),
        entropy: figure(21, 0.5),
        distinct2: figure(0.61, 0.02),
      },
      ...families.flatMap((family, f) =>
        Array.from({ length: configurations }, (_, c) => {
          const kl = reach(f, c);
          return {
            name: configurations === 1 ? family : `${family}[beta=${(0.1 * (c + 1)).toFixed(1)}]`,
            kl: figure(kl, 0.6),
            accuracy: figure(0.78 - 0.012 * kl, 0.03),
            disagreement: figure(0.11 + 0.008 * kl, 0.02),
            length: figure(18 + kl / 2, 0.8),
            entropy: figure(21 - 0.6 * kl, 0.8),
            distinct2: figure(0.61 - 0.01 * kl, 0.02),
          };
        }),
      ),
    ],
  };
}

function inWords(primary: Comparison | null, missing: string): string {
  if (primary?.difference == null) return `There is no answer: this experiment has no ${missing} family.`;
  const { mean, ci, n } = primary.difference;
  const amount = `${signed(mean)}${ci === null ? '' : ` [${ci.map(signed).join(', ')}]`} gold reward`;
  const what =
    primary.verdict === 'ahead'
      ? `RL is ahead of offline by ${amount}`
      : primary.verdict === 'match'
        ? `RL and offline match within ±${MARGIN}: ${amount}`
        : `RL and offline are not told apart: ${amount}`;
  const where = `on average over KL budgets up to ${K} nats (${n} ${n === 1 ? 'seed' : 'seeds'})`;
  const step = 'the largest step between them is completions of the policy’s own (+0.650 [+0.470, +0.830])';
  return `${what}, ${where}; ${step}; RL costs 4.10 times the compute of offline.`;
}
