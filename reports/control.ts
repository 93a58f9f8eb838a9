import { fastIndex, rngFromData } from '../harness/stats/data-rng.js';
import { figureOverSeeds } from '../harness/stats/interval.js';
import { wilson } from '../harness/stats/proportion.js';
import type { Group } from './loaded.js';
import type { ControlReport } from './model.js';
import { pairedGold } from './rows.js';
import { direction } from './verdicts.js';

/** Ways to turn the signs that are tried for each control. */
const WAYS = 512;

/**
 * An algorithm against itself with other randomness, paired by seed and prompt as verdicts are. Which of the two is called the first
 * is arbitrary in every seed, so turning signs gives more comparisons of nothing with nothing: the share of them that alarm is the
 * false-alarm rate of the verdicts at this number of seeds and prompts.
 */
export function control(groups: readonly Group[], controls: readonly Group[]): ControlReport {
  const found = controls.flatMap((c) => {
    const twin = groups.find((g) => `${g.name} (A/A)` === c.name);
    if (twin === undefined) return [];
    const differences = twin.loaded.flatMap((x) => {
      const y = c.loaded.find(({ run }) => run.spec.seed === x.run.spec.seed);
      if (x.samples === null || y?.samples == null) return [];
      const { a, b } = pairedGold(x.samples, y.samples);
      return a.length === 0 ? [] : [a.map((v, i) => v - b[i]!)];
    });
    return [{ name: twin.name, differences }];
  });
  if (controls.length === 0) return { pairs: [], falseAlarms: null, reason: 'no control was run; give a stage control: true' };
  const alarms = (differences: readonly Float64Array[]): boolean => ['more', 'less'].includes(direction(figureOverSeeds(differences)));
  const turned = found.filter(({ differences }) => differences.length > 1).flatMap(({ differences }) => {
    const opposite = differences.map((d) => d.map((x) => -x)); // once, not once a way: the bootstrap knows an array again
    return signs(differences).map((way) => alarms(differences.map((d, s) => (way[s]! ? opposite[s]! : d))));
  });
  const n = turned.length;
  const rate = turned.filter(Boolean).length / n;
  return {
    pairs: found.map(({ name, differences }) => ({ name, goldDifference: figureOverSeeds(differences), alarm: alarms(differences) })),
    falseAlarms: n === 0 ? null : { rate, ci: wilson(rate * n, n), n },
    reason: n === 0 ? 'the controls have fewer than two seeds with samples' : null,
  };
}

/** Every way to turn all but the first (turning all of them changes nothing), or, where there are more, WAYS of them drawn from the data. */
function signs(differences: readonly Float64Array[]): boolean[][] {
  const free = differences.length - 1;
  if (2 ** free <= WAYS) return Array.from({ length: 2 ** free }, (_, way) => [false, ...Array.from({ length: free }, (_, s) => ((way >> s) & 1) === 1)]);
  const rng = rngFromData(differences, 'signs');
  return Array.from({ length: WAYS }, () => [false, ...Array.from({ length: free }, () => fastIndex(rng, 2) === 1)]);
}
