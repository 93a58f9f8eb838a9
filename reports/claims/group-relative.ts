import type { Evidence } from './decide.js';
import { along, BUDGET_AXIS, EQUAL_KL, GOLD_AXIS, lead } from './equal-kl.js';
import { marksOf, scatter } from './figures.js';
import { FAMILIES, MATCH } from './matched.js';
import { measured, type Seed } from './runs.js';

/**
 * F22 (Lanchantin et al. 2025, arXiv:2506.21495, the abstract): online and semi-online DPO perform as GRPO
 * does, and all of them outperform offline methods. There Llama and verifiable rewards too; here a learned
 * reward, and no semi-online DPO, for which there is no plugin. Statistics: value at equal KL. Rules: within
 * .02; above .02.
 */
export function groupRelative(seeds: readonly Seed[]): Evidence[] {
  const figure = scatter(
    'group-relative',
    'Online DPO, GRPO and offline DPO at equal KL',
    'Each line is one seed; higher at the same budget is better.',
    { x: BUDGET_AXIS, y: GOLD_AXIS },
    marksOf(seeds, {
      GRPO: (seed) => along(seed, 'grpo'),
      'online DPO': (seed) => along(seed, 'online'),
      DPO: (seed) => along(seed, 'dpo'),
    }),
  );
  const between = (a: string, b: string) => measured(seeds, (seed) => lead(seed, a, b));
  return [
    {
      id: 'F22',
      claim: 'Online DPO matches GRPO.',
      scenario: FAMILIES,
      statistic: `online DPO minus GRPO: ${EQUAL_KL}`,
      values: between('online', 'grpo'),
      rule: { within: MATCH },
      reported: 'similar performance and convergence, of language models (abstract)',
      figure,
    },
    {
      id: 'F22-offline',
      claim: 'GRPO outperforms offline DPO.',
      scenario: FAMILIES,
      statistic: `GRPO minus DPO: ${EQUAL_KL}`,
      values: between('grpo', 'dpo'),
      rule: { above: 0.02 },
      reported: 'online variants all strongly outperform offline methods (abstract)',
      figure,
    },
  ];
}
