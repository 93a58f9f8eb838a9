import { inJudgeWords } from '../report/judge-words.js';
import type { Report } from '../report/model.js';
import { compute } from './compute.js';
import { ledger } from './costs.js';
import { type DrawnFigure, draw, type Plan } from './draw.js';
import { pairs, primary, sensitivity } from './forest.js';
import { families, frontier } from './frontier.js';
import { keyOf } from './key.js';
import { ladder } from './ladder.js';
import { onPolicy } from './on-policy.js';
import { rewardModels } from './reward-models.js';
import { learning, overOptimisation } from './training.js';

const PLANS = [
  primary,
  frontier,
  families,
  ladder,
  compute,
  pairs,
  sensitivity,
  onPolicy,
  ledger,
  learning,
  overOptimisation,
  rewardModels,
] as const;

/**
 * The figures of a report by id, each with a sentence on how to read it, its data and its specification.
 * Figures without data are left out.
 */
export async function figures(report: Report): Promise<ReadonlyMap<string, DrawnFigure>> {
  const plans = inJudgeWords(report, (worded) => {
    const key = keyOf(worded);
    return PLANS.flatMap((plan): Plan[] => {
      const found = plan(worded, key);
      return found === null ? [] : [found];
    });
  });
  return new Map(await Promise.all(plans.map(async (plan) => [plan.id, await draw(plan)] as const)));
}
