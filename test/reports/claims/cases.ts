import { join } from 'node:path';
import { clamp } from '../../../reports/claims/clamp.js';
import { control, finiteBudget } from '../../../reports/claims/collapse.js';
import { conservatism } from '../../../reports/claims/conservatism.js';
import { cost } from '../../../reports/claims/cost.js';
import { coverage } from '../../../reports/claims/coverage.js';
import type { Evidence } from '../../../reports/claims/decide.js';
import { exploration, needle } from '../../../reports/claims/exploration.js';
import { fewPairs } from '../../../reports/claims/few-pairs.js';
import { groupRelative } from '../../../reports/claims/group-relative.js';
import { penaltyAgainstHacking } from '../../../reports/claims/hacking.js';
import { matched } from '../../../reports/claims/matched.js';
import { offlineOverOptimisation, overOptimisation } from '../../../reports/claims/over-optimisation.js';
import { penalty, rangeOfBeta } from '../../../reports/claims/penalty.js';
import { rewardData } from '../../../reports/claims/reward-data.js';
import type { Seed } from '../../../reports/claims/runs.js';
import { scale } from '../../../reports/claims/scale.js';
import { squaredPays } from '../../../reports/claims/squared.js';
import { verification } from '../../../reports/claims/verification.js';
import { temporary } from '../../support.js';
import { handMade, type Run } from './support.js';

const dir = temporary();
let made = 0;
export const world = (runs: (seed: number) => readonly Run[]): Seed[] =>
  handMade(join(dir, String(made++)), 5, runs);
const strings = {
  letters: 2,
  length: 2,
  promptLength: 1,
  rewardSpread: 2,
  landscape: 'additive',
  tilt: 0,
  corpusSize: 1,
  prompts: 1,
};

/** A run that fixes the unit at 1: the exact frontier gains 1 from the smallest KL on. */
export const best: Run = { stage: 'best', end: { kl: 1e-9, gold: 1 } };
/** Two policies at 1 nat, the first better by `x`: at equal KL, three quarters of that (mean over 0 to 2). */
export const pair = (a: string, b: string, x: number): Run[] => [
  best,
  { stage: a, end: { kl: 1, gold: 0.5 + x } },
  { stage: b, end: { kl: 1, gold: 0.5 } },
];
/** A path that ends at gold `x` below its peak of 1, and at a proxy `proxy` above it. */
const falling = (stage: string, x: number, proxy = 0): Run => ({
  stage,
  along: [0, 0.5, 1, 1 - x].map((gold, i) => ({ kl: i, gold, proxy: i === 3 ? 2 + proxy : i })),
  end: { kl: 3, gold: 1 },
});
/** Two betas of penalised DPO or DPO at KL 2 beta^-slope, at one learning rate. */
const atBetas = (stage: string, kl: (beta: number) => number): Run[] =>
  [0.5, 1].map((beta) => ({ stage, params: { beta, learningRate: 1 }, end: { kl: kl(beta), gold: 1 } }));
/** A reward of standard deviation 2 and its optima: KL 2/beta, as of the reward's own units. */
const twoStage: Run[] = [
  { stage: 'reward', id: 'rm', params: { learningRate: 1 }, summary: { 'normalisation/std': 2 } },
  ...[0.25, 0.5, 1].map(
    (beta): Run => ({
      stage: 'optimum',
      reward: 'rm',
      params: { beta },
      end: { kl: 2 / (2 * beta), gold: 1 },
    }),
  ),
];
const inWorld = (runs: readonly Run[], params: object): Run[] =>
  runs.map((run) => ({ ...run, world: { ...strings, ...params } }));

/** Evidence from one number a seed. */
type Build = (x: (seed: number) => number) => Evidence[];
/** The claim, how a world with effect x is built, an effect that supports it, one that refutes it. */
type Case = [id: string, build: Build, supports: number, refutes: number];

const collapse: Case[] = [
  [
    'F4',
    (x) =>
      finiteBudget(
        world((s) => [
          best,
          ...[1, 2].flatMap((learningRate) =>
            [1, Math.E].map(
              (beta, i): Run => ({
                stage: 'one-epoch',
                params: { beta, learningRate },
                // The faster rate falls by one more: the slower one decides.
                end: { kl: 5 + i * (x(s) - (learningRate - 1)), gold: 1 },
              }),
            ),
          ),
        ]),
      ),
    -0.5,
    0.5,
  ],
  [
    'F6',
    (x) =>
      control(
        world((s) => [
          best,
          { stage: 'ipo', params: { epochs: 4 }, summary: { 'train/gap_p95': 2 } },
          { stage: 'ipo-long', params: { epochs: 12 }, summary: { 'train/gap_p95': 2 * Math.exp(x(s)) } },
        ]),
      ),
    0.01,
    0.5,
  ],
  [
    'F7',
    (x) =>
      rangeOfBeta(world((s) => [best, ...twoStage, ...atBetas('dpo', (beta) => 2 / beta ** (1 + x(s)))])),
    -0.5,
    0.5,
  ],
  [
    'F8',
    (x) =>
      penalty(
        world((s) => [best, ...twoStage, ...atBetas('penalised', (beta) => (2 / beta) * Math.exp(x(s)))]),
      ),
    0.001,
    0.5,
  ],
];

const equalKl: Case[] = [
  ['F10', (x) => squaredPays(world((s) => pair('dpo', 'ipo', x(s)))), 0.2, -0.1],
  ['F14', (x) => matched(world((s) => pair('ppo', 'dpo', x(s)))), -0.3, 0.3],
  ['F14-match', (x) => matched(world((s) => pair('ppo', 'dpo', x(s)))), 0, 0.3],
  ['F15', (x) => matched(world((s) => pair('online', 'relabelled', x(s)))), 0.3, -0.3],
  ['F15-loss', (x) => matched(world((s) => pair('ppo', 'online', x(s)))), 0, 0.3],
  ['F22', (x) => groupRelative(world((s) => pair('online', 'grpo', x(s)))), 0, 0.3],
  ['F22-offline', (x) => groupRelative(world((s) => pair('grpo', 'dpo', x(s)))), 0.3, -0.3],
];

/** PPO is ahead of DPO by `x` in the first of two members, and not in the second. */
const lead = (x: (seed: number) => number, first: object = {}, second: object = {}): [Seed[], Seed[]] => [
  world((s) => inWorld(pair('ppo', 'dpo', x(s)), first)),
  world(() => inWorld(pair('ppo', 'dpo', 0), second)),
];
const exploring: Case[] = [
  ['F16', (x) => exploration(...lead(x, { tilt: -1 }, { tilt: 2 })), 0.4, -0.4],
  [
    'F16-common',
    (x) => {
      const [common, rare] = lead(x, { tilt: 2 }, { tilt: -1 });
      return exploration(rare, common);
    },
    0,
    0.3,
  ],
  ['F17', (x) => needle(world((s) => pair('ppo', 'dpo', x(s)))), 0, -0.3],
  [
    'F18',
    (x) =>
      coverage(
        world((s) => inWorld([{ stage: 'collect', pairs: ['aa'] }, ...pair('ppo', 'dpo', x(s))], {})),
        world(() => inWorld([{ stage: 'collect', pairs: ['aa', 'ab'] }, ...pair('ppo', 'dpo', 0)], {})),
      ),
    0.3,
    -0.3,
  ],
  ['F23', (x) => verification(...lead(x)), 0.3, -0.3],
  ['F24', (x) => fewPairs(...lead(x)), 0.3, -0.3],
];

/** RLOO on a reward with and without the penalty; what the penalty changes of the end. */
const onPenalty = (change: { proxy?: number; gold?: number }): Run[] => [
  best,
  ...[0, 0.1].flatMap((lambda): Run[] => {
    const by = lambda > 0 ? change : {};
    return [
      { stage: 'penalty', id: `rm${lambda}`, params: { penalty: lambda } },
      {
        stage: 'rloo',
        id: `rloo${lambda}`,
        reward: `rm${lambda}`,
        end: { kl: 1, gold: 0.5 + (by.gold ?? 0), proxy: 1 + (by.proxy ?? 0) },
      },
    ];
  }),
];
const overOptimising: Case[] = [
  ['F11', (x) => overOptimisation(world((s) => [best, falling('ppo-long', x(s))])), 0.5, -0.5],
  ['F11-proxy', (x) => overOptimisation(world((s) => [best, falling('ppo-long', 0.5, x(s))])), 1, -1],
  [
    'F11-data',
    (x) =>
      rewardData(
        world((s) => [best, falling('ppo-long', 0.3 + x(s))]),
        world(() => [best, falling('ppo-long', 0.3)]),
      ),
    0.4,
    -0.2,
  ],
  ['F12-dpo', (x) => offlineOverOptimisation(world((s) => [best, falling('dpo-long', x(s))])), 0.5, -0.5],
  ['F12-proxy', (x) => offlineOverOptimisation(world((s) => [best, falling('dpo-long', 0.5, x(s))])), 1, -1],
  ['F12-ipo', (x) => offlineOverOptimisation(world((s) => [best, falling('ipo-long', x(s))])), 0.5, -0.5],
  [
    'F12',
    (x) =>
      offlineOverOptimisation(
        world((s) => [best, falling('dpo-long', 0.5), falling('ipo-long', 0.5 - x(s))]),
      ),
    0.3,
    -0.4,
  ],
  ['F13-gap', (x) => penaltyAgainstHacking(world((s) => onPenalty({ proxy: x(s) }))), -1, 1],
  ['F13-gold', (x) => penaltyAgainstHacking(world((s) => onPenalty({ gold: x(s) }))), 0.2, -0.4],
  [
    'F21',
    (x) =>
      conservatism(
        world((s) => [
          best,
          ...[0.1, 1].flatMap((beta): Run[] => [
            { stage: 'offline', id: `from${beta}`, params: { beta }, end: { kl: 1, gold: 0.5 } },
            {
              stage: 'onward',
              id: `on${beta}`,
              start: `from${beta}`,
              along: [
                { kl: 0, gold: 0, proxy: 0 },
                { kl: 1, gold: 0.2, proxy: 1 + (beta === 1 ? x(s) : 0) },
              ],
            },
          ]),
        ]),
      ),
    0.5,
    -0.5,
  ],
];

const rest: Case[] = [
  [
    'F19',
    (x) =>
      cost(
        world((s) => [
          best,
          { stage: 'dpo', flops: 100, end: { kl: 1, gold: 0.5 } },
          { stage: 'reward', id: 'rm', flops: 50 },
          { stage: 'ppo-short', reward: 'rm', flops: 250, end: { kl: 1, gold: 0.45 + x(s), chooser: 0.5 } },
          // Better, and too dear with its reward.
          { stage: 'ppo', reward: 'rm', flops: 290, end: { kl: 1, gold: 1 } },
        ]),
      ),
    -0.3,
    0.3,
  ],
  [
    'F20-scale',
    (x) =>
      scale(
        world((s) => [
          best,
          ...['ppo', 'ppo-hundred', 'ppo-raw', 'ppo-raw-hundred'].map(
            (stage): Run => ({
              stage,
              params: { klCoefficient: 0.15 },
              end: { kl: 1, gold: stage === 'ppo-raw-hundred' ? 0.5 - x(s) : 0.5 },
            }),
          ),
          // The family's other strength is none of it.
          { stage: 'ppo', params: { klCoefficient: 0.5 }, end: { kl: 1, gold: 0, chooser: 9 } },
        ]),
      ),
    0.3,
    -0.2,
  ],
  [
    'F20-clamp',
    (x) =>
      clamp(
        world((s) => [
          best,
          ...[0.0002, 0.002].flatMap((learningRate) =>
            [10, null].map(
              (clampDifference): Run => ({
                stage: 'clamped',
                params: { clampDifference, learningRate },
                accuracies: [0, 0.6, 0.7, 0.8],
                summary:
                  clampDifference === null
                    ? {}
                    : { 'clamp/uncorrected': learningRate === 0.002 ? x(s) : 0.99 },
              }),
            ),
          ),
        ]),
      ),
    0.95,
    0.4,
  ],
];

export const cases: readonly Case[] = [...collapse, ...equalKl, ...exploring, ...overOptimising, ...rest];
