import { softWins, wins } from '../../harness/metrics/win-rate.js';
import { figureOverSeeds } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { pairedTest } from '../../harness/stats/paired.js';
import { type Entrant, familyEntrants, pairedSamples, rankedEntrants } from './entrants.js';
import { type Gathered, pairsOf, RATE } from './gather.js';
import { withHolm } from './matched.js';
import type { HeadToHead } from '../report/comparisons.js';
import { difference } from './rows.js';

/** Between all variants where they are few, and between what tuning chose of each family. */
export function headToHead(gathered: Gathered): HeadToHead[] {
  const ranked = rankedEntrants(gathered);
  const known = new Set(ranked.map(({ name }) => name));
  const tuned = familyEntrants(gathered.families);
  const among = pairsOf(tuned).filter(([a, b]) => !known.has(a.name) || !known.has(b.name));
  return withHolm([...pairsOf(ranked), ...among].map(([a, b]) => meeting(a, b)));
}

function meeting(a: Entrant, b: Entrant): HeadToHead {
  const pairs = pairedSamples(a, b).map(({ pair }) => pair);
  const differences = pairs.map(difference);
  return {
    a: a.name,
    b: b.name,
    winRate: figureOverSeeds(
      pairs.map((p) => wins(p.a, p.b)),
      RATE,
    ),
    softWinRate: figureOverSeeds(
      pairs.map((p) => softWins(p.a, p.b)),
      RATE,
    ),
    goldDifference: figureOverSeeds(differences),
    adjustedP: pairedTest(differences.map(mean)),
  };
}
