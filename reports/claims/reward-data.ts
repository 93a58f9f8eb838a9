import { slope } from '../../harness/stats/least-squares.js';
import { ranks } from '../../harness/stats/ranks.js';
import type { Evidence } from './decide.js';
import { scatter } from './figures.js';
import { goldOf, klOf, measured, type Seed, together } from './runs.js';

/** KL at which a seed's PPO run has its highest gold reward on validation prompts. */
function peakKl(seed: Seed): number | null {
  const curve = seed.of('ppo')[0]?.curve ?? [];
  if (curve.length === 0) return null;
  return klOf(curve.reduce((best, row) => (goldOf(row) > goldOf(best) ? row : best)));
}

/**
 * Spearman's rank correlation of values with their order, which has no ties. Null for fewer than two values
 * or where all are equal.
 */
function rankCorrelation(values: readonly number[]): number | null {
  const n = values.length;
  const ranked = ranks(values);
  const spread = ranked.reduce((sum, rank) => sum + (rank - (n + 1) / 2) ** 2, 0);
  const onOrder = slope(ranked.map((rank, i) => [i + 1, rank]));
  if (spread === 0 || onOrder === null) return null;
  return onOrder * Math.sqrt((n * (n * n - 1)) / 12 / spread);
}

/**
 * F11, second half: a reward model fitted on more data can be followed further. Statistic: within a seed,
 * rank correlation of the number of pairs with the KL of PPO's gold peak. Rule: above 0.
 * @param members by rising number of pairs
 */
export function rewardData(
  members: readonly { readonly pairs: number; readonly seeds: readonly Seed[] }[],
): Evidence[] {
  const rows = together(members.map(({ seeds }) => seeds)).flatMap((row) => {
    const kls = row.map(peakKl);
    return kls.every((kl) => kl !== null) ? [{ seed: row[0]!.seed, kls }] : [];
  });
  const pairs = members.map((member) => member.pairs);
  return [
    {
      id: 'F11-data',
      claim: 'The more pairs the reward model has seen, the further PPO goes before gold reward falls.',
      scenario: `strings of 6 letters, PPO at KL coefficient .01, reward models on ${pairs.join(', ')} pairs`,
      statistic: 'rank correlation of pairs with the KL of the gold peak, within a seed',
      values: measured(rows, ({ kls }) => rankCorrelation(kls)),
      rule: { above: 0 },
      reported: null,
      figure: scatter(
        'reward-data',
        "KL of the gold peak against the reward model's data",
        'Each line is one seed; rising: more data let PPO go further.',
        { x: 'pairs', y: 'KL at the gold peak, nats', logX: true },
        rows.flatMap(({ seed, kls }) => kls.map((y, i) => ({ name: 'PPO', seed, x: pairs[i]!, y }))),
      ),
    },
  ];
}
