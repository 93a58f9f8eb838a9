import { mean } from '../../harness/stats/moments.js';
import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { StepRow } from '../../harness/store/records.js';
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

/** Share of training pairs that a reward model ranks wrongly in its last epoch, ties as wrong. */
function wrongAtEnd({ dir }: Result): number {
  const rows = readJsonl<StepRow>(runPaths(dir).steps);
  return 1 - mean(rows.slice(Math.floor((rows.length * 3) / 4)).map(({ metrics }) => metrics['rewards/accuracies']!));
}

/** Of the training pairs that begin ranked wrongly by more than the clamp, how many stay wrong? Rule: at least 90 %. */
function clamp(seeds: readonly Seed[]): Evidence {
  const models = (seed: Seed, clamped: boolean, rate: number): Result[] => seed.of('clamped').filter((r) => (r.spec.algorithm!.params['clampDifference'] !== null) === clamped && param(r, 'learningRate') === rate);
  const named = (clamped: boolean): string => (clamped ? 'clamped at 10' : 'not clamped');
  const rates = [...new Set(seeds.flatMap((seed) => seed.of('clamped').map((r) => param(r, 'learningRate'))))].sort((a, b) => a - b);
  const marks = seeds.flatMap((seed) => [true, false].flatMap((clamped) => rates.flatMap((x) => models(seed, clamped, x).map((r) => ({ name: named(clamped), seed: seed.seed, x, y: wrongAtEnd(r) })))));
  const at = (clamped: boolean, rate: number): number => Math.round(100 * mean(marks.filter((m) => m.name === named(clamped) && m.x === rate).map((m) => m.y)));
  const stuck = (rate: number): number[] => measured(seeds, (seed) => models(seed, true, rate)[0]?.outcome.summary['clamp/uncorrected'] ?? null);
  const slow = rates[0];
  return {
    id: 'F20-clamp', claim: 'A clamp on differences leaves nine of ten pairs that begin ranked wrongly beyond it uncorrected.', scenario: 'strings of 6 letters, reward models whose differences begin at about 40, clamp at 10, 4 epochs, learning rate .002', statistic: 'share still ranked wrongly at the end, of the training pairs that began wrong by more than 10', values: stuck(0.002), rule: { above: 0.9 }, reported: null,
    ...(slow === undefined ? {} : { note: `at the end ${at(true, 0.002)}% of all training pairs are ranked wrongly, without the clamp ${at(false, 0.002)}%; at learning rate ${slow} ${at(true, slow)}% and ${at(false, slow)}%, and ${Math.round(100 * mean(stuck(slow)))}% of those that began beyond the clamp` }),
    figure: scatter('clamp', 'Training pairs ranked wrongly in the last epoch', 'Each line is one seed; a pair beyond the clamp moves only with what the others teach the network they share.', { x: 'learning rate', y: 'share ranked wrongly', logX: true }, marks),
  };
}

/** F20: rewards a hundred times as large. Statistics: normalised gold lost, raw advantages minus whitened (above .05); change of KL with rank advantages (within .1). */
export function scale(seeds: readonly Seed[]): Evidence[] {
  const lost = (seed: Seed, advantages: string) => between(seed, advantages, (one, hundred) => (goldOf(one.end!) - goldOf(hundred.end!)) / seed.unit);
  const scenario = 'strings of 6 letters, PPO at KL coefficient .1, the same reward model at standard deviation 1 and 100';
  const marks = seeds.flatMap((seed) => ['raw', 'whitened', 'rank'].flatMap((name) => [1, 100].flatMap((x) => { const end = run(seed, name, x)?.end; return end == null ? [] : [{ name, seed: seed.seed, x, y: (goldOf(end) - seed.start) / seed.unit }]; })));
  const figure = scatter('scale', 'Gold reward against the scale of the reward', 'Each line is one seed; flat: blind to the scale.', { x: 'standard deviation of the reward', y: 'normalised gold reward', logX: true }, marks);
  return [
    { id: 'F20-scale', claim: 'Raw advantages lose gold reward where rewards are large; whitened ones do not.', scenario, statistic: 'normalised gold lost from scale 1 to 100, raw minus whitened', values: measured(seeds, (seed) => { const [raw, whitened] = [lost(seed, 'raw'), lost(seed, 'whitened')]; return raw === null || whitened === null ? null : raw - whitened; }), rule: { above: 0.05 }, reported: null, figure },
    { id: 'F20-rank', claim: 'Rank advantages do not change where the policy ends when rewards are rescaled.', scenario, statistic: 'KL at scale 100 over KL at scale 1, minus 1', values: measured(seeds, (seed) => between(seed, 'rank', (one, hundred) => klOf(hundred.end!) / klOf(one.end!) - 1)), rule: { within: [-0.1, 0.1] }, reported: null, figure, note: 'ranks do not see the scale, so the two runs are the same by construction' },
    clamp(seeds),
  ];
}
