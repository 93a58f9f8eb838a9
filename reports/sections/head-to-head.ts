import { softWins } from '../../harness/metrics/win-rate.js';
import { benjaminiHochberg } from '../../harness/stats/correction.js';
import { figureOverSeeds } from '../../harness/stats/interval.js';
import { mean } from '../../harness/stats/moments.js';
import { pairedTest } from '../../harness/stats/paired.js';
import type { HeadToHead } from '../report/comparisons.js';
import { winsOver } from './by-prompt.js';
import type { Rule } from './choosing.js';
import { type Entrant, entrants, pairedSamples } from './entrants.js';
import { type Gathered, pairsOf, RATE } from './gather.js';
import { difference } from './rows.js';

/** Between all variants where they are few, else between what tuning chose of each family: exploratory. */
export function headToHead(gathered: Gathered, rule: Rule): HeadToHead[] {
  const meetings = pairsOf(entrants(gathered, rule)).map(([a, b]) => meeting(a, b));
  const tested = meetings.flatMap(({ q }) => (q === null ? [] : [q]));
  const corrected = benjaminiHochberg(tested);
  let at = 0;
  return meetings.map((pair) => (pair.q === null ? pair : { ...pair, q: corrected[at++]! }));
}

/** `q` is not corrected yet. */
function meeting(a: Entrant, b: Entrant): HeadToHead {
  const met = pairedSamples(a, b);
  const differences = met.map(({ pair }) => difference(pair));
  return {
    a: a.name,
    b: b.name,
    winRate: figureOverSeeds(
      met.flatMap(({ entries: [x, y] }) => winsOver(x.samples!, y.samples!) ?? []),
      RATE,
    ),
    softWinRate: figureOverSeeds(
      met.map(({ pair }) => softWins(pair.a, pair.b)),
      RATE,
    ),
    goldDifference: figureOverSeeds(differences),
    q: pairedTest(differences.map(mean)),
  };
}
