import type { Suite } from '../../harness/suite.js';
import { control, finiteBudget } from './claims/collapse.js';
import { cost } from './claims/cost.js';
import { decideAll } from './claims/decide.js';
import { coverage, exploration, needle } from './claims/landscape.js';
import { matched, squaredPays } from './claims/matched.js';
import { COVERAGE, DATA, members, PROFILES, RARITY } from './claims/members.js';
import { overOptimisation, penaltyAgainstHacking } from './claims/over-optimisation.js';
import { penalty } from './claims/penalty.js';
import { rewardData } from './claims/reward-data.js';
import { seedsOf } from './claims/runs.js';
import { scale } from './claims/scale.js';

/**
 * Claims of the literature decided on trained transformers, one family under Holm's correction. `exact-claims` decides the same and
 * others on a bandit, without sampling.
 */
export default {
  profiles: PROFILES,
  members,
  decide(runs) {
    const of = (member: string) => seedsOf(runs.get(member) ?? []);
    const frontiers = of('frontiers');
    const reviews = of('reviews');
    return decideAll([
      ...finiteBudget(frontiers),
      ...control(frontiers),
      ...penalty(of('certain')),
      ...squaredPays(frontiers),
      ...overOptimisation(reviews),
      ...rewardData(DATA.map((pairs) => ({ pairs, seeds: of(`data-${pairs}`) }))),
      ...penaltyAgainstHacking(reviews),
      ...matched(frontiers),
      ...exploration(Object.keys(RARITY).map((name) => of(`peak-${name}`))),
      ...needle(of('needle')),
      ...coverage(Object.keys(COVERAGE).map((name) => of(`coverage-${name}`))),
      ...cost(reviews),
      ...scale(of('scale')),
    ]);
  },
} satisfies Suite;
