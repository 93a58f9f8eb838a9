import type { AnalysisRow } from '../../harness/contracts/analysis.js';
import type { Suite } from '../../harness/contracts/suite.js';
import { clamp } from './clamp.js';
import { control, finiteBudget } from './collapse.js';
import { conservatism } from './conservatism.js';
import { cost } from './cost.js';
import { coverage } from './coverage.js';
import { decideTopic, type Evidence } from './decide.js';
import { exploration, needle } from './exploration.js';
import { fewPairs } from './few-pairs.js';
import { groupRelative } from './group-relative.js';
import { penaltyAgainstHacking } from './hacking.js';
import { matched } from './matched.js';
import { members, PROFILES } from './members.js';
import { offlineOverOptimisation, overOptimisation } from './over-optimisation.js';
import { penalty, rangeOfBeta } from './penalty.js';
import { rewardData } from './reward-data.js';
import { seedsOf } from './runs.js';
import { scale } from './scale.js';
import { squaredPays } from './squared.js';
import { TOPICS } from './topics.js';
import { verification } from './verification.js';

/**
 * Claims of the literature decided on trained transformers, a family of tests for each topic.
 * `exact-claims` decides the same and others on a bandit, without sampling.
 */
export default {
  profiles: PROFILES,
  members,
  decide(runs) {
    const of = (member: string) => seedsOf(runs.get(member) ?? []);
    const [core, more, few, needles] = [of('core'), of('more'), of('few'), of('needle')];
    const evidence = [
      ...finiteBudget(more),
      ...control(of('uncertain')),
      ...rangeOfBeta(of('uncertain')),
      ...penalty(of('certain')),
      ...squaredPays(more),
      ...matched(core),
      ...groupRelative(more),
      ...exploration(core, of('common')),
      ...needle(needles),
      ...coverage(of('narrow'), core),
      ...verification(core, needles),
      ...fewPairs(few, core),
      ...overOptimisation(more),
      ...rewardData(few, more),
      ...offlineOverOptimisation(of('overfitted')),
      ...penaltyAgainstHacking(core),
      ...conservatism(more),
      ...cost(more),
      ...scale(core),
      ...clamp(more),
    ];
    return byTopic(evidence);
  },
} satisfies Suite;

/**
 * Topics in the order of their declaration, then each figure once.
 * @throws Error where claims and declaration differ
 */
function byTopic(evidence: readonly Evidence[]): AnalysisRow[] {
  const declared = Object.values(TOPICS).flat() as string[];
  const strays = evidence.filter(({ id }) => !declared.includes(id)).map(({ id }) => id);
  if (strays.length > 0) throw new Error(`claims in no topic: ${strays.join(', ')}; declare them`);
  const claims = Object.entries(TOPICS).flatMap(([topic, ids]) =>
    decideTopic(
      topic,
      ids.map((id) => {
        const found = evidence.find((one) => one.id === id);
        if (found === undefined) throw new Error(`claim ${id} of topic ${topic} has no evidence`);
        return found;
      }),
    ),
  );
  const figures = evidence.flatMap(({ figure }) => (figure === null ? [] : [[figure.id, figure] as const]));
  return [...claims, ...new Map(figures).values()];
}
