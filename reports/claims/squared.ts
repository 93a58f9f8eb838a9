import type { Evidence } from './decide.js';
import { along, BUDGET_AXIS, EQUAL_KL, GOLD_AXIS, lead } from './equal-kl.js';
import { marksOf, scatter } from './figures.js';
import { FAMILIES } from './matched.js';
import { measured, type Seed } from './runs.js';

/** F10: what IPO pays on Bradley-Terry preferences. Statistic: value at equal KL, DPO minus IPO. */
export function squaredPays(seeds: readonly Seed[]): Evidence[] {
  return [
    {
      id: 'F10',
      claim: 'IPO pays on Bradley-Terry preferences: below DPO on the frontier at equal KL.',
      scenario: `${FAMILIES}; labels at temperature 1, rewards of standard deviation 2`,
      statistic: `DPO minus IPO: ${EQUAL_KL}`,
      values: measured(seeds, (seed) => lead(seed, 'dpo', 'ipo')),
      rule: { above: 0.02 },
      reported: 'a toy language model: gold 2.90 at KL 5.5 for DPO, 2.54 at 2.9 for IPO (second-hand)',
      figure: scatter(
        'squared',
        'DPO and IPO at equal KL',
        'Each line is one seed; higher at the same budget is better.',
        { x: BUDGET_AXIS, y: GOLD_AXIS },
        marksOf(seeds, { DPO: (seed) => along(seed, 'dpo'), IPO: (seed) => along(seed, 'ipo') }),
      ),
    },
  ];
}
