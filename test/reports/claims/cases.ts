import { join } from 'node:path';
import { clamp } from '../../../reports/claims/clamp.js';
import { control, finiteBudget } from '../../../reports/claims/collapse.js';
import { cost } from '../../../reports/claims/cost.js';
import { coverage } from '../../../reports/claims/coverage.js';
import { exploration, needle } from '../../../reports/claims/exploration.js';
import { penaltyAgainstHacking } from '../../../reports/claims/hacking.js';
import { matched } from '../../../reports/claims/matched.js';
import { overOptimisation } from '../../../reports/claims/over-optimisation.js';
import { penalty } from '../../../reports/claims/penalty.js';
import { rewardData } from '../../../reports/claims/reward-data.js';
import type { Seed } from '../../../reports/claims/runs.js';
import { scale } from '../../../reports/claims/scale.js';
import { squaredPays } from '../../../reports/claims/squared.js';
import type { Evidence } from '../../../reports/claims/decide.js';
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

/** Reward models and the PPO runs on them, one for each lambda. */
const onRewards = (lambdas: readonly number[], ppo: (lambda: number) => Partial<Run>): Run[] =>
  lambdas.flatMap((lambda) => [
    { stage: 'reward', id: `rm${lambda}`, params: { penalty: lambda }, flops: 100 },
    { stage: 'ppo', reward: `rm${lambda}`, id: `ppo${lambda}`, ...ppo(lambda) },
  ]);
/** An optimum run fixes the unit at 1. */
export const best: Run = { stage: 'best', end: { kl: 9, gold: 1 } };
export const pair = (a: string, b: string, x: number): Run[] => [
  best,
  { stage: a, end: { kl: 1, gold: 0.5 + x } },
  { stage: b, end: { kl: 1, gold: 0.5 } },
];
/** Ends of a run at gold `x` below its peak of 1. */
const falling = (x: number, proxy = 0): Partial<Run> => ({
  along: [0, 0.5, 1, 1 - x].map((gold, i) => ({
    kl: i,
    gold,
    proxy: i === 3 ? 2 + proxy : i,
    flops: 1000 * i,
  })),
  end: { kl: 3, gold: 1 },
});
/** Evidence from one number a seed. */
type Build = (x: (seed: number) => number) => Evidence[];

// The claim, how a world with effect x is built, an effect that supports it, one that refutes it.
export const cases: [string, Build, number, number][] = [
  [
    'F4',
    (x) =>
      finiteBudget(
        world((s) => [
          best,
          ...[1, Math.E].map(
            (beta, i): Run => ({ stage: 'one-epoch', params: { beta }, end: { kl: 3 + i * x(s), gold: 1 } }),
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
          {
            stage: 'ipo',
            params: { beta: 0.25 },
            summary: { 'train/gap_p95': 2 * x(s) },
            end: { kl: 1, gold: 1 },
          },
        ]),
      ),
    0.9,
    1.5,
  ],
  [
    'F7',
    (x) =>
      penalty(
        world((s) => [
          best,
          { stage: 'reward', id: 'rm', summary: { 'normalisation/std': 2 } },
          ...[1, 4 + x(s)].map(
            (kl, i): Run => ({
              stage: 'optimum',
              reward: 'rm',
              params: { beta: i + 1 },
              end: { kl, gold: 1 },
            }),
          ),
          ...[1, 4].map(
            (kl, i): Run => ({ stage: 'dpo', params: { beta: 2 * i + 2 }, end: { kl, gold: 1 } }),
          ),
        ]),
      ),
    1,
    -1,
  ],
  [
    'F8',
    (x) =>
      penalty(
        world((s) => [
          best,
          { stage: 'reward', id: 'rm', summary: { 'normalisation/std': 2 } },
          { stage: 'optimum', reward: 'rm', params: { beta: 0.5 }, end: { kl: 2, gold: 1 } },
          ...[0.5, 2].map(
            (beta): Run => ({ stage: 'penalised', params: { beta }, end: { kl: 2 * (1 + x(s)), gold: 1 } }),
          ),
        ]),
      ),
    0.001,
    0.5,
  ],
  [
    'F10',
    (x) =>
      squaredPays(
        world((s) =>
          [1, 2].flatMap((kl): Run[] => [
            { stage: 'dpo', end: { kl, gold: 1, efficiency: 0.5 + x(s) } },
            { stage: 'ipo', end: { kl, gold: 1, efficiency: 0.5 } },
          ]),
        ),
      ),
    0.2,
    -0.1,
  ],
  ['F11', (x) => overOptimisation(world((s) => onRewards([0], () => falling(x(s))))), 0.5, -0.5],
  ['F11-proxy', (x) => overOptimisation(world((s) => onRewards([0], () => falling(0.5, x(s))))), 1, -1],
  // The peak's KL with 100 pairs is 2; with 1,000 it is 2 more or less.
  [
    'F11-data',
    (x) =>
      rewardData(
        [100, 1000].map((pairs, i) => ({
          pairs,
          seeds: world((s) => [
            best,
            {
              stage: 'ppo',
              along: [
                { kl: 0, gold: 0 },
                { kl: 2 + i * x(s), gold: 1 },
                { kl: 9, gold: 0 },
              ],
              end: { kl: 1, gold: 1 },
            },
          ]),
        })),
      ),
    1,
    -1,
  ],
  ['F12-dpo', (x) => overOptimisation(world((s) => [{ stage: 'dpo', ...falling(x(s)) }])), 0.5, -0.5],
  ['F12-proxy', (x) => overOptimisation(world((s) => [{ stage: 'dpo', ...falling(0.5, x(s)) }])), 1, -1],
  ['F12-ipo', (x) => overOptimisation(world((s) => [{ stage: 'ipo', ...falling(x(s)) }])), 0.5, -0.5],
  [
    'F12',
    (x) =>
      overOptimisation(
        world((s) => [
          { stage: 'dpo', ...falling(0.5) },
          { stage: 'ipo', ...falling(0.5 - x(s)) },
        ]),
      ),
    0.3,
    -0.4,
  ],
  [
    'F13-gap-0.1',
    (x) =>
      penaltyAgainstHacking(
        world((s) => onRewards([0, 0.1], (lambda) => falling(0.5, lambda > 0 ? x(s) : 0))),
      ),
    -1,
    1,
  ],
  [
    'F13-gold-0.1',
    (x) =>
      penaltyAgainstHacking(
        world((s) => onRewards([0, 0.1], (lambda) => falling(lambda > 0 ? 0.5 - x(s) : 0.5))),
      ),
    0.2,
    -0.3,
  ],
  ['F14', (x) => matched(world((s) => pair('ppo', 'dpo', x(s)))), -0.3, 0.3],
  ['F14-match', (x) => matched(world((s) => pair('ppo', 'dpo', x(s)))), 0, 0.3],
  ['F15', (x) => matched(world((s) => pair('online', 'dpo', x(s)))), 0.3, -0.3],
  ['F15-loss', (x) => matched(world((s) => pair('ppo', 'online', x(s)))), 0, 0.3],
  [
    'F16',
    (x) =>
      exploration(
        [-1, 2].map((tilt) =>
          world((s) =>
            pair('ppo', 'dpo', tilt < 0 ? x(s) : 0).map((run) => ({
              ...run,
              world: { ...strings, letters: 4, length: 4, tilt },
            })),
          ),
        ),
      ),
    0.4,
    -0.4,
  ],
  [
    'F16-common',
    (x) =>
      exploration(
        [8].map((tilt) =>
          world((s) =>
            pair('ppo', 'dpo', x(s)).map((run) => ({
              ...run,
              world: { ...strings, letters: 4, length: 4, tilt },
            })),
          ),
        ),
      ),
    0,
    0.3,
  ],
  ['F17', (x) => needle(world((s) => pair('ppo', 'dpo', x(s)))), -0.1, 0.3],
  [
    'F18',
    (x) =>
      coverage(
        [['aa'], ['aa', 'ab', 'ba', 'bb']].map((pairs, i) =>
          world((s) =>
            [{ stage: 'collect', pairs }, ...pair('ppo', 'dpo', i === 0 ? x(s) : 0)].map((run) => ({
              ...run,
              world: strings,
            })),
          ),
        ),
      ),
    0.3,
    -0.3,
  ],
  [
    'F18-whole',
    (x) =>
      coverage(
        [['aa'], ['aa', 'ab']].map((pairs) =>
          world((s) =>
            [{ stage: 'collect', pairs }, ...pair('ppo', 'dpo', x(s))].map((run) => ({
              ...run,
              world: strings,
            })),
          ),
        ),
      ),
    0,
    0.3,
  ],
  // DPO reaches its goal at 1,000; PPO's 100 of the reward model are charged.
  [
    'F19-compute',
    (x) =>
      cost(
        world((s) => [
          {
            stage: 'dpo',
            along: [
              { kl: 0, gold: 0 },
              { kl: 1, gold: 1, flops: 1000 },
            ],
          },
          ...onRewards([0], () => ({
            along: [
              { kl: 0, gold: 0 },
              { kl: 1, gold: 1, flops: 1000 * 10 ** x(s) - 100 },
            ],
            end: { kl: 1, gold: 1 },
          })),
        ]),
      ),
    1,
    0.1,
  ],
  [
    'F19-memory',
    (x) =>
      cost(
        world((s) => [
          {
            stage: 'dpo',
            along: [
              { kl: 0, gold: 0 },
              { kl: 1, gold: 1, flops: 1 },
            ],
          },
          ...onRewards([0], () => ({
            memory: x(s),
            along: [
              { kl: 0, gold: 0 },
              { kl: 1, gold: 1, flops: 1 },
            ],
            end: { kl: 1, gold: 1 },
          })),
        ]),
      ),
    2,
    1,
  ],
  [
    'F20-scale',
    (x) =>
      scale(
        world((s) => [
          best,
          ...[1, 100].flatMap((size): Run[] => [
            { stage: 'reward', id: `rm${size}`, params: { scale: size } },
            ...['raw', 'whitened', 'rank'].map(
              (advantages): Run => ({
                stage: 'ppo',
                id: `${advantages}${size}`,
                reward: `rm${size}`,
                params: { advantages },
                end: { kl: 1, gold: size === 100 && advantages === 'raw' ? 0.5 - x(s) : 0.5 },
              }),
            ),
          ]),
        ]),
      ),
    0.3,
    -0.2,
  ],
  [
    'F20-rank',
    (x) =>
      scale(
        world((s) => [
          best,
          ...[1, 100].flatMap((size): Run[] => [
            { stage: 'reward', id: `rm${size}`, params: { scale: size } },
            {
              stage: 'ppo',
              reward: `rm${size}`,
              params: { advantages: 'rank' },
              end: { kl: size === 100 ? 1 + x(s) : 1, gold: 0.5 },
            },
          ]),
        ]),
      ),
    0,
    0.5,
  ],
  [
    'F20-clamp',
    (x) =>
      clamp(
        world((s) => [
          best,
          ...[10, null].map(
            (clampDifference): Run => ({
              stage: 'clamped',
              params: { clampDifference, learningRate: 0.002 },
              accuracies: [0, 0.6, 0.7, 0.8],
              summary: clampDifference === null ? {} : { 'clamp/uncorrected': x(s) },
            }),
          ),
        ]),
      ),
    0.97,
    0.4,
  ],
];
