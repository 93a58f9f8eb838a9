import type { Suite } from '../../harness/contracts/suite.js';
import { clamp } from './clamp.js';
import { control, finiteBudget } from './collapse.js';
import { cost } from './cost.js';
import { coverage } from './coverage.js';
import { decideAll } from './decide.js';
import { exploration, needle } from './exploration.js';
import { penaltyAgainstHacking } from './hacking.js';
import { matched } from './matched.js';
import { COVERAGE, DATA, members, PROFILES, RARITY } from './members.js';
import { overOptimisation } from './over-optimisation.js';
import { penalty } from './penalty.js';
import { rewardData } from './reward-data.js';
import { seedsOf } from './runs.js';
import { scale } from './scale.js';
import { squaredPays } from './squared.js';

/**
 * Claims of the literature decided on trained transformers, one family under Holm's correction.
 * `exact-claims` decides the same and others on a bandit, without sampling.
 */
export default {
  profiles: PROFILES,
  members,
  decide(runs) {
    const of = (member: string) => seedsOf(runs.get(member) ?? []);
    const frontiers = of('frontiers');
    const reviews = of('reviews');
    const scaled = of('scale');
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
      ...scale(scaled),
      ...clamp(scaled),
    ]);
  },
} satisfies Suite;
