import type { Report } from '../report/model.js';
import { ledger, tuning } from './costs.js';
import { draw, type DrawnFigure } from './draw.js';
import { frontier } from './frontier.js';
import { keyOf } from './key.js';
import { matchedCompute, matchedKl } from './pairs.js';
import { profiles, ranking, rewardModels } from './standing.js';
import { learning, overOptimisation } from './training.js';

const PLANS = [
  frontier,
  matchedKl,
  matchedCompute,
  ledger,
  tuning,
  learning,
  overOptimisation,
  ranking,
  profiles,
  rewardModels,
] as const;

/**
 * The figures of a report by id, each with a sentence on how to read it, its data and its specification.
 * Figures without data are left out.
 */
export async function figures(report: Report): Promise<ReadonlyMap<string, DrawnFigure>> {
  const key = keyOf(report);
  const plans = PLANS.flatMap((plan) => plan(report, key) ?? []);
  return new Map(await Promise.all(plans.map(async (plan) => [plan.id, await draw(plan)] as const)));
}
