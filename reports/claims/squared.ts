import type { Evidence } from './decide.js';
import { KL_AXIS, marksOf, onKl, scatter } from './figures.js';
import { ALONG_KL, areaBetween, type Point } from './frontier.js';
import { SWEEPS } from './matched.js';
import { finals, klOf, measured, type Seed } from './runs.js';

/** F10: what IPO pays on Bradley-Terry preferences. Statistic: frontier efficiency, read at equal KL. */
export function squaredPays(seeds: readonly Seed[]): Evidence[] {
  const efficiencies = (seed: Seed, stage: string): Point[] =>
    finals(seed, stage).flatMap(({ end }) => {
      const efficiency = end.exact?.frontierEfficiency ?? null;
      return efficiency === null ? [] : [{ kl: klOf(end), y: efficiency }];
    });
  return [
    {
      id: 'F10',
      claim: 'IPO pays on Bradley-Terry preferences: below DPO on the frontier at equal KL.',
      scenario: `${SWEEPS}, labels at temperature 1, rewards of standard deviation 2, tau = beta/4`,
      statistic: `DPO minus IPO: gain as a share of the exact frontier at the same KL, ${ALONG_KL}`,
      values: measured(seeds, (seed) => areaBetween(efficiencies(seed, 'dpo'), efficiencies(seed, 'ipo'))),
      rule: { above: 0.02 },
      reported: 'a toy language model: gold 2.90 at KL 5.5 for DPO, 2.54 at 2.9 for IPO (second-hand)',
      figure: scatter(
        'efficiency',
        'Frontier efficiency against KL',
        "Share of the exact frontier's gain at the policy's own KL; 1 is the best any policy can do there.",
        { x: KL_AXIS, y: 'frontier efficiency' },
        marksOf(seeds, {
          DPO: (seed) => efficiencies(seed, 'dpo').map(onKl),
          IPO: (seed) => efficiencies(seed, 'ipo').map(onKl),
        }),
      ),
    },
  ];
}
