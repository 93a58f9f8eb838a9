import type { Evidence } from './decide.js';
import { measured, slope } from './frontier.js';
import { scatter } from './figures.js';
import { goldOf, klOf, type Seed } from './runs.js';

/** KL at which a seed's PPO run has its highest gold reward on validation prompts. */
function peakKl(seed: Seed): number | null {
  const along = seed.of('ppo')[0]?.along ?? [];
  if (along.length === 0) return null;
  return klOf(along.reduce((best, row) => (goldOf(row) > goldOf(best) ? row : best)));
}

/** Spearman's rank correlation of values with their order, without ties in it; null for fewer than two values or where all are equal. */
function rankCorrelation(values: readonly number[]): number | null {
  const rank = (v: number): number => values.filter((w) => w < v).length + (values.filter((w) => w === v).length + 1) / 2;
  const [n, ranks] = [values.length, values.map(rank)];
  const spread = ranks.reduce((sum, r) => sum + (r - (n + 1) / 2) ** 2, 0);
  const order = slope(ranks.map((r, i) => [i + 1, r]));
  return spread === 0 || order === null ? null : order * Math.sqrt((n * (n * n - 1)) / 12 / spread);
}

/**
 * F11, second half: a reward model fitted on more data can be followed further. Statistic: within a seed, rank correlation of the number
 * of pairs with the KL of PPO's gold peak. Rule: above 0.
 * @param members by rising number of pairs
 */
export function rewardData(members: readonly { readonly pairs: number; readonly seeds: readonly Seed[] }[]): Evidence[] {
  const rows = (members[0]?.seeds ?? []).flatMap(({ seed }) => {
    const kls = members.map((m) => { const mine = m.seeds.find((s) => s.seed === seed); return mine === undefined ? null : peakKl(mine); });
    return kls.every((kl) => kl !== null) ? [{ seed, kls }] : [];
  });
  const marks = rows.flatMap(({ seed, kls }) => kls.map((y, i) => ({ name: 'PPO', seed, x: members[i]!.pairs, y })));
  return [{
    id: 'F11-data',
    claim: 'The more pairs the reward model has seen, the further PPO goes before gold reward falls.',
    scenario: `strings of 6 letters, PPO at KL coefficient .01, reward models on ${members.map((m) => m.pairs).join(', ')} pairs`,
    statistic: 'rank correlation of pairs with the KL of the gold peak, within a seed',
    values: measured(rows, ({ kls }) => rankCorrelation(kls)),
    rule: { above: 0 },
    reported: null,
    figure: scatter('reward-data', 'KL of the gold peak against the reward model\'s data', 'Each line is one seed; rising: more data let PPO go further.', { x: 'pairs', y: 'KL at the gold peak, nats', logX: true }, marks),
  }];
}
