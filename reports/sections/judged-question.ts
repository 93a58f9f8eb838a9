import { figureOverSeeds } from '../../harness/stats/interval.js';
import type { StoredExperiment } from '../../harness/store/read.js';
import type { LlmJudgeReport } from '../report/judging.js';
import type { JudgedPairs } from './verdicts.js';
import { paradigmName } from './pools.js';

/** RL against offline, as everywhere on the page. */
const SIDES = ['own-samples', 'pairs'] as const;

/**
 * The page's question as a judge answers it: of each side and seed the policy with the highest score on
 * validation prompts, and the difference of their win rates against the start on the same prompts. Null where
 * there are no two sides, or nothing chose.
 */
export function judgedQuestion(
  policies: readonly JudgedPairs[],
  stages: StoredExperiment['stages'],
): LlmJudgeReport['question'] {
  const [a, b] = SIDES.map((paradigm) => bestBySeed(policies, paradigm, stages));
  if (a === undefined || b === undefined) return null;
  const differences = [...a].flatMap(([seed, { pairs }]) => {
    const other = b.get(seed);
    if (other === undefined) return [];
    const scores = new Map(other.pairs.map(({ matchup, score }) => [matchup.promptId, score]));
    const known = pairs.flatMap(({ matchup, score }) => {
      const theirs = scores.get(matchup.promptId) ?? null;
      return score === null || theirs === null ? [] : [score - theirs];
    });
    return known.length === 0 ? [] : [Float64Array.from(known)];
  });
  const difference = figureOverSeeds(differences, [-1, 1]);
  if (difference === null) return null;
  return {
    a: paradigmName(SIDES[0]),
    b: paradigmName(SIDES[1]),
    difference,
    verdict: verdictOf(difference.ci),
  };
}

function verdictOf(ci: readonly [number, number] | null): string {
  if (ci === null) return 'unknown';
  return ci[0] > 0 ? 'ahead' : ci[1] < 0 ? 'behind' : 'not told apart';
}

function bestBySeed(
  policies: readonly JudgedPairs[],
  paradigm: string,
  stages: StoredExperiment['stages'],
): ReadonlyMap<number, JudgedPairs> {
  const mine = policies.filter(({ comparison }) => stages[comparison.stage]?.learnsFrom === paradigm);
  const best = new Map<number, JudgedPairs>();
  const unscored = new Set<number>();
  for (const each of mine) {
    const { seed, score } = each.comparison;
    const other = best.get(seed);
    if (other === undefined) best.set(seed, each);
    else if (score === null || other.comparison.score === null) unscored.add(seed);
    else if (score > other.comparison.score) best.set(seed, each);
  }
  for (const seed of unscored) best.delete(seed);
  return best;
}
