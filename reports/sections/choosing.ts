import type { EvalRow } from '../../harness/store/records.js';
import { PAIR_FIGURES } from '../../harness/store/reward-figures.js';
import { evaluationsOf, isStart } from './curves.js';
import type { Loaded } from './gather.js';

/** What configurations are chosen by, on validation prompts (METHOD.md, *Who chooses*). */
export const RULES = ['chooser', 'proxy', 'pairs'] as const;
export type Rule = (typeof RULES)[number];

/** What a configuration scores once it is trained; null where that was not measured. */
export function scoreOf(rule: Rule, entry: Loaded): number | null {
  if (rule === 'pairs') return entry.run.outcome?.summary[PAIR_FIGURES.accuracy] ?? null;
  return scoreIn(rule, evaluationsOf(entry).at(-1));
}

/**
 * What the start scores: as measured before the first step of a run that begins with it. Its implicit reward
 * is 0 for every pair, which are all ties.
 * @param entries of the start's seed
 */
export function scoreOfStart(rule: Rule, entries: readonly Loaded[]): number | null {
  if (rule === 'pairs') return 0.5;
  for (const { evals } of entries) {
    const score = scoreIn(rule, evals.find(isStart));
    if (score !== null) return score;
  }
  return null;
}

function scoreIn(rule: 'chooser' | 'proxy', row: EvalRow | undefined): number | null {
  const estimate = rule === 'chooser' ? row?.chooserReward : row?.proxyReward;
  return estimate?.mean ?? null;
}
