import { mean } from '../../harness/stats/moments.js';
import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { PairRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { EQUAL_KL, normalised, overBudgets, pool } from './equal-kl.js';
import { leadChange, worldOf } from './exploration.js';
import { scatter } from './figures.js';
import { FAMILIES } from './matched.js';
import { NARROW_TEMPERATURE } from './members.js';
import { measured, type Seed, together } from './runs.js';

/** Share of all strings after all prompts that a pair shows. */
function covered(seed: Seed): number {
  const { letters, length, promptLength } = worldOf(seed);
  const collected = [...seed.byId.values()].find(({ spec }) => spec.kind === 'collect')!;
  const pairs = readJsonl<PairRow>(runPaths(collected.dir).pairs);
  const shown = new Set(
    pairs.flatMap(({ prompt, chosen, rejected }) => [`${prompt} ${chosen}`, `${prompt} ${rejected}`]),
  );
  return shown.size / letters ** (length + promptLength);
}

/**
 * F18: DPO needs coverage more than PPO. Statistic: what DPO gains in value at equal KL from pairs that come
 * from the reference itself, over pairs that show fewer strings, minus what PPO gains; rule: above 0. With
 * whole coverage the two are compared by F14-match.
 */
export function coverage(narrow: readonly Seed[], whole: readonly Seed[]): Evidence[] {
  const rows = together([narrow, whole]);
  const marks = rows.flatMap((row) =>
    row.flatMap((seed) =>
      [
        ['DPO', 'dpo'],
        ['PPO', 'ppo'],
      ].flatMap(([name, stage]) => {
        const found = pool(seed, stage!);
        if (found === null) return [];
        return [{ name: name!, seed: seed.seed, x: covered(seed), y: overBudgets(found, normalised(seed)) }];
      }),
    ),
  );
  const shares = [0, 1].map((i) => mean(rows.map((row) => covered(row[i]!))));
  return [
    {
      id: 'F18',
      claim: 'DPO gains more from coverage than PPO.',
      scenario: `${FAMILIES}; pairs sampled at temperature ${NARROW_TEMPERATURE} and 1`,
      statistic: `PPO minus DPO with narrow pairs, minus the same with whole ones: ${EQUAL_KL}`,
      values: measured(rows, ([a, b]) => leadChange(a!, b!)),
      rule: { above: 0 },
      reported: null,
      ...(rows.length === 0
        ? {}
        : { note: `share of strings shown: ${shares.map((x) => `${Math.round(100 * x)}%`).join(' and ')}` }),
      figure: scatter(
        'coverage',
        'Gold reward at equal KL against coverage',
        'Each line is one seed; the steeper one needs coverage more.',
        { x: 'share of strings that pairs show', y: 'normalised gold, mean over KL budgets' },
        marks,
      ),
    },
  ];
}
