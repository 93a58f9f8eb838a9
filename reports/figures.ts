import type { Report } from './model.js';
import { ledger, tuning } from './figures/costs.js';
import { draw, type DrawnFigure } from './figures/draw.js';
import { frontier } from './figures/frontier.js';
import { keyOf } from './figures/key.js';
import { matchedCompute, matchedKl } from './figures/pairs.js';
import { profiles, ranking, rewardModels } from './figures/standing.js';
import { learning, overOptimisation } from './figures/training.js';

const PLANS = [frontier, matchedKl, matchedCompute, ledger, tuning, learning, overOptimisation, ranking, profiles, rewardModels] as const;

/** The figures of a report by id, each with a sentence on how to read it, its data and its specification. Figures without data are left out. */
export async function figures(report: Report): Promise<ReadonlyMap<string, DrawnFigure>> {
  const key = keyOf(report);
  const plans = PLANS.flatMap((plan) => plan(report, key) ?? []);
  return new Map(await Promise.all(plans.map(async (plan) => [plan.id, await draw(plan)] as const)));
}
