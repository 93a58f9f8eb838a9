import type { Evidence } from './decide.js';
import { measured } from './frontier.js';
import { scatter } from './figures.js';
import { goldOf, klOf, param, type Result, rewardOf, type Seed } from './runs.js';

const run = (seed: Seed, advantages: string, scale: number): Result | undefined =>
  seed.of('ppo').find((r) => { const reward = rewardOf(seed, r); return r.spec.algorithm!.params['advantages'] === advantages && reward !== undefined && param(reward, 'scale') === scale; });
const between = (seed: Seed, advantages: string, f: (one: Result, hundred: Result) => number): number | null => {
  const [one, hundred] = [run(seed, advantages, 1), run(seed, advantages, 100)];
  return one?.end == null || hundred?.end == null ? null : f(one, hundred);
};

/** F20: rewards a hundred times as large. Statistics: normalised gold lost, raw advantages minus whitened (above .05); change of KL with rank advantages (within .1). */
export function scale(seeds: readonly Seed[]): Evidence[] {
  const lost = (seed: Seed, advantages: string) => between(seed, advantages, (one, hundred) => (goldOf(one.end!) - goldOf(hundred.end!)) / seed.unit);
  const scenario = 'strings of 6 letters, PPO at KL coefficient .1, the same reward model at standard deviation 1 and 100';
  const marks = seeds.flatMap((seed) => ['raw', 'whitened', 'rank'].flatMap((name) => [1, 100].flatMap((x) => { const end = run(seed, name, x)?.end; return end == null ? [] : [{ name, seed: seed.seed, x, y: (goldOf(end) - seed.start) / seed.unit }]; })));
  const figure = scatter('scale', 'Gold reward against the scale of the reward', 'Each line is one seed; flat: blind to the scale.', { x: 'standard deviation of the reward', y: 'normalised gold reward', logX: true }, marks);
  return [
    { id: 'F20-scale', claim: 'Raw advantages lose gold reward where rewards are large; whitened ones do not.', scenario, statistic: 'normalised gold lost from scale 1 to 100, raw minus whitened', values: measured(seeds, (seed) => { const [raw, whitened] = [lost(seed, 'raw'), lost(seed, 'whitened')]; return raw === null || whitened === null ? null : raw - whitened; }), rule: { above: 0.05 }, reported: null, figure },
    { id: 'F20-rank', claim: 'Rank advantages do not change where the policy ends when rewards are rescaled.', scenario, statistic: 'KL at scale 100 over KL at scale 1, minus 1', values: measured(seeds, (seed) => between(seed, 'rank', (one, hundred) => klOf(hundred.end!) / klOf(one.end!) - 1)), rule: { within: [-0.1, 0.1] }, reported: null, figure, note: 'ranks do not see the scale, so the two runs are the same by construction' },
  ];
}
