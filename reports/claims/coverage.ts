import { slope } from '../../harness/stats/least-squares.js';
import { readJsonl } from '../../harness/store/jsonl.js';
import { runPaths } from '../../harness/store/layout.js';
import type { PairRow } from '../../harness/store/records.js';
import type { Evidence } from './decide.js';
import { PPO_MINUS_DPO, ppoLead, worldOf } from './exploration.js';
import { scatter } from './figures.js';
import { at, commonRange, sweep } from './frontier.js';
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

/** One pipeline seed at one coverage: normalised gold of both at the same KL. */
interface AtCoverage {
  readonly seed: number;
  readonly share: number;
  readonly dpo: number;
  readonly ppo: number;
}

/**
 * One pipeline seed at every coverage, read at the most KL that both reach in all of them. Null where they
 * share none.
 */
function atMostKl(row: readonly Seed[]): AtCoverage[] | null {
  const curves = row.map((seed) => ({ seed, dpo: sweep(seed, 'dpo'), ppo: sweep(seed, 'ppo') }));
  const range = commonRange(curves.flatMap(({ dpo, ppo }) => [dpo, ppo]));
  if (range === null) return null;
  const [, kl] = range;
  return curves.map(({ seed, dpo, ppo }) => {
    return { seed: seed.seed, share: covered(seed), dpo: at(dpo, kl), ppo: at(ppo, kl) };
  });
}

/**
 * F18: DPO needs coverage more than PPO. Statistic: slope of normalised gold on the share of strings that
 * pairs show, DPO minus PPO, gold read at the most KL that both reach at every coverage. Rules: above 0; a
 * match where pairs come from the reference itself.
 * @param members by rising coverage, the last one sampled from the reference
 */
export function coverage(members: readonly (readonly Seed[])[]): Evidence[] {
  const rows = together(members).flatMap((row) => {
    const found = atMostKl(row);
    return found === null ? [] : [found];
  });
  const scenario = 'strings of 4 letters, 2,000 pairs sampled at temperature .3, .6 and 1';
  const figure = scatter(
    'coverage',
    'Gold reward at equal KL against coverage',
    'Each line is one seed; the steeper one needs coverage more.',
    { x: 'share of strings that pairs show', y: 'normalised gold at equal KL' },
    rows.flat().flatMap(({ share, seed, dpo, ppo }) => [
      { name: 'DPO', seed, x: share, y: dpo },
      { name: 'PPO', seed, x: share, y: ppo },
    ]),
  );
  return [
    {
      id: 'F18',
      claim: 'DPO gains more from coverage than PPO.',
      scenario,
      statistic: 'slope of normalised gold at equal KL on the share of strings shown, DPO minus PPO',
      values: measured(rows, (row) => {
        const dpo = slope(row.map((cell) => [cell.share, cell.dpo]));
        const ppo = slope(row.map((cell) => [cell.share, cell.ppo]));
        return dpo === null || ppo === null ? null : dpo - ppo;
      }),
      rule: { above: 0 },
      reported: null,
      figure,
    },
    {
      id: 'F18-whole',
      claim: 'With pairs sampled from the reference DPO and PPO match.',
      scenario: `${scenario}; the last of them`,
      statistic: PPO_MINUS_DPO,
      values: measured(members.at(-1)!, ppoLead),
      rule: { within: [-0.02, 0.02] },
      reported: null,
      figure,
    },
  ];
}
