import type { Figure } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import type { RewardOnPolicy } from '../report/answer.js';
import { preferredKl } from '../report/kl.js';
import { type Gathered, type Loaded, NOT_NEGATIVE, perSeed, RATE } from './gather.js';
import { rowsByPrompt } from './prompts.js';
import type { RunSamples } from './rows.js';

/**
 * How the learned reward ranks what policies wrote themselves: where it fails, RL has gone where the reward
 * model knows nothing. The start comes first.
 */
export function rewardsOnPolicies({ groups, startOf }: Gathered): RewardOnPolicy[] {
  const starts = new Map(
    groups.flatMap(({ loaded }) =>
      loaded.flatMap((entry) => {
        const start = startOf(entry);
        return start === null ? [] : [[start.run.spec.id, start] as const];
      }),
    ),
  );
  const rows = [
    ...(starts.size === 0 ? [] : [row('the start', [...starts.values()])]),
    ...groups.map(({ name, loaded }) => row(name, loaded)),
  ];
  return rows.filter(({ accuracy }) => accuracy !== null);
}

function row(name: string, entries: readonly Loaded[]): RewardOnPolicy {
  const finals = entries.map(({ evals }) => evals.findLast(({ split }) => split === 'test'));
  return {
    name,
    kl: perSeed(
      finals.map((final) => (final === undefined ? null : preferredKl(final.kl)?.mean)),
      NOT_NEGATIVE,
    ),
    accuracy: perSeed(
      entries.map(({ samples }) =>
        samples === null ? null : agreement(samples, samples.gold, samples.proxy),
      ),
      RATE,
    ),
    disagreement: perSeed(
      entries.map(({ samples }) => {
        const agreed = samples === null ? null : agreement(samples, samples.chooser, samples.proxy);
        return agreed === null ? null : 1 - agreed;
      }),
      RATE,
    ),
    length: perSeed(
      finals.map((final) => final?.length.mean),
      NOT_NEGATIVE,
    ),
    ...measured(
      'entropy',
      finals.map((final) => final?.entropy?.mean),
    ),
    ...measured(
      'distinct2',
      finals.map((final) => final?.distinct2),
    ),
  };
}

/** A figure that not every evaluation has. */
function measured<K extends string>(
  name: K,
  values: readonly (number | undefined)[],
): Partial<Record<K, Figure | null>> {
  return values.every((value) => value === undefined)
    ? {}
    : ({ [name]: perSeed(values, NOT_NEGATIVE) } as Record<K, Figure | null>);
}

/** Share of the pairs of samples of one prompt that both rank alike; null where none is ranked by both. */
function agreement(
  { keys }: RunSamples,
  first: Float64Array | null,
  second: Float64Array | null,
): number | null {
  if (first === null || second === null) return null;
  const outcomes: number[] = [];
  for (const rows of rowsByPrompt(keys).values()) {
    for (const [at, i] of rows.entries()) {
      for (const j of rows.slice(at + 1)) {
        const sign = Math.sign(first[i]! - first[j]!) * Math.sign(second[i]! - second[j]!);
        if (sign !== 0) outcomes.push(sign > 0 ? 1 : 0);
      }
    }
  }
  return outcomes.length === 0 ? null : mean(outcomes);
}
