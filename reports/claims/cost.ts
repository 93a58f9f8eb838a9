import { trainingFlops } from '../../harness/metrics/training-cost.js';
import type { Evidence } from './decide.js';
import { measured } from './frontier.js';
import { scatter } from './figures.js';
import { goldOf, ppoOnPenalty, type Result, rewardOf, type Seed } from './runs.js';

interface Spending {
  readonly flops: number;
  readonly gold: number;
}

/** What a run had spent, its reward model included, at each evaluation. */
function spending(seed: Seed, run: Result): Spending[] {
  const reward = rewardOf(seed, run);
  const before = reward === undefined ? 0 : trainingFlops(reward.outcome.ledger);
  return run.along.map((row) => ({ flops: before + row.flops, gold: goldOf(row) }));
}

const plain = ppoOnPenalty(0);

function race(seed: Seed) {
  const [dpo, ppo] = [seed.of('dpo')[0], plain(seed)];
  if (dpo === undefined || ppo === undefined) return null;
  const [a, b] = [spending(seed, dpo), spending(seed, ppo)];
  const start = a[0]!.gold;
  const best = Math.max(...a.map((x) => x.gold));
  const reached = (path: readonly Spending[]): number | null => path.find((x) => x.gold >= start + 0.9 * (best - start) && x.flops > 0)?.flops ?? null;
  // Ahead for good: from here on never below DPO's best.
  const behind = b.findLastIndex((x) => x.gold < best);
  return { dpo, ppo, target: reached(a)!, arrival: reached(b), spent: b.at(-1)!.flops, whole: a.at(-1)!.flops, crossover: b[behind + 1]?.flops ?? null };
}

/**
 * F19: what PPO costs against DPO. Statistics: FLOPs to 90 % of DPO's best gold gain (a run that never gets there counts with all it
 * spent, a lower bound), and peak resident memory of the process. Rules: ratio above 3; ratio 1.5 to 2.5.
 */
export function cost(seeds: readonly Seed[]): Evidence[] {
  const races = seeds.flatMap((seed) => race(seed) ?? []);
  const late = races.filter((r) => r.arrival === null).length;
  const crossed = races.flatMap((r) => (r.crossover === null ? [] : [r.crossover / r.whole]));
  const figure = scatter('cost', 'Gold reward against training cost', 'Each line is one seed on validation prompts; reward models are charged to PPO. The line that is higher at the same cost is the better buy.', { x: 'training FLOPs', y: 'gold reward', logX: true },
    seeds.flatMap((seed) => [['DPO', seed.of('dpo')[0]] as const, ['PPO', plain(seed)] as const].flatMap(([name, run]) => (run === undefined ? [] : spending(seed, run).filter((s) => s.flops > 0).map((s) => ({ name, seed: seed.seed, x: s.flops, y: s.gold }))))));
  const scenario = 'reviews, DPO beta .1 for 6 epochs, PPO KL coefficient .02 for 80 rollouts';
  const memory = scatter('memory', 'Peak memory', 'One mark a seed; most of either is the program around the models.', { x: 'seed', y: 'peak resident memory, MiB' }, races.flatMap((r, i) => (['dpo', 'ppo'] as const).map((stage) => ({ name: stage.toUpperCase(), seed: 0, x: i, y: r[stage].outcome.clock.peakRssBytes / 2 ** 20 }))));
  return [
    { id: 'F19-compute', claim: 'PPO needs more than three times the compute of DPO for 90% of the gold reward that DPO reaches.', scenario, statistic: 'log10 of the ratio of FLOPs, reward model charged to PPO', values: measured(races, (r) => Math.log10((r.arrival ?? r.spent) / r.target)), rule: { above: Math.log10(3) }, reported: '14 times the node-hours in TULU-3 8B, 12 times the PF-days of SFT in InstructGPT (second-hand)', figure,
      note: `${late} of ${races.length} seeds never got there and count as a lower bound; PPO passes DPO's best for good ${crossed.length === 0 ? `in none, within ${Math.max(0, ...races.map((r) => r.spent / r.whole)).toFixed(1)} times DPO's whole cost` : `in ${crossed.length} of ${races.length}, at ${crossed.map((x) => x.toFixed(1)).join(', ')} times DPO's whole cost`}` },
    { id: 'F19-memory', claim: 'PPO needs 1.5 to 2.5 times the memory of DPO.', scenario, statistic: 'ratio of peak resident memory of the process', values: measured(races, (r) => r.ppo.outcome.clock.peakRssBytes / r.dpo.outcome.clock.peakRssBytes), rule: { within: [1.5, 2.5] }, reported: 'PPO more than 3 times SFT; four model copies against two (second-hand)', figure: memory, note: 'the models are so small that the program around them weighs more' },
  ];
}
