import { type Figure, figureOverSeeds } from '../../harness/stats/interval.js';
import { RUNGS, type Rung } from '../../harness/store/experiment.js';
import type { Ladder } from '../report/answer.js';
import { meanGains } from './frontier.js';
import type { Gathered } from './gather.js';
import { largestKl, type Pool } from './pools.js';
import { truth } from './truth.js';

/** What changes from each rung to the next. */
const STEPS: Readonly<Record<Rung | 'truth', string>> = {
  offline: 'the start',
  relabelled: 'labels of the learned reward',
  'on-policy': 'completions of the policy’s own',
  rl: 'the reward itself in the loss',
  optimum: 'its exact optimum',
  truth: 'error of the reward model',
};

/** A rung with its values; the truth is no family. */
interface Standing {
  readonly rung: Rung | 'truth';
  readonly family: string | null;
  readonly pool: Pick<Pool, 'bySeed'>;
}

/**
 * What parts the rungs: each differs from the one before in one thing, and the steps add up to the whole,
 * seed by seed. The last, above the optimum of the learned reward, is that of the gold reward, where known.
 * @param most K of the page
 * @returns null with fewer than two rungs that share a seed
 */
export function ladder(families: readonly Pool[], most: number | null, gathered: Gathered): Ladder | null {
  const named = gathered.stored.experiment.ladder ?? {};
  const found = RUNGS.flatMap((rung) => {
    const family = families.find(({ families: [stage], bySeed }) => stage === named[rung] && bySeed.size > 0);
    return family === undefined ? [] : [{ rung, family }];
  });
  if (found.length < 2) return null;
  const budget = most ?? Math.min(...found.map(({ family }) => largestKl(family)!));
  if (!(budget > 0)) return null;
  const optimum = found.find(({ rung }) => rung === 'optimum');
  const top = optimum === undefined ? null : truth(optimum.family, budget, gathered);
  const standing: Standing[] = [
    ...found.map(({ rung, family }) => ({ rung, family: family.name, pool: family })),
    ...(top?.bySeed == null ? [] : [{ rung: 'truth' as const, family: null, pool: { bySeed: top.bySeed } }]),
  ];
  const gains = standing.map(({ pool }) => meanGains(pool, budget));
  const seeds = [...gains[0]!.keys()].filter((seed) => gains.every((bySeed) => bySeed.has(seed)));
  if (seeds.length === 0) return null;
  const between = (from: number, to: number): Figure | null =>
    figureOverSeeds(
      seeds.map((seed) => gains[to]!.get(seed)!.map((x, i) => x - gains[from]!.get(seed)![i]!)),
    );
  return {
    budget,
    rungs: standing.map(({ rung, family }, i) => ({
      rung,
      family,
      value: figureOverSeeds(seeds.map((seed) => gains[i]!.get(seed)!)),
    })),
    steps: standing.slice(1).map(({ rung }, i) => ({
      from: standing[i]!.rung,
      to: rung,
      what: STEPS[rung],
      difference: between(i, i + 1),
    })),
    whole: between(0, standing.length - 1),
    aboutTruth: top?.said ?? null,
  };
}
