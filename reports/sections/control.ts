import { signFlipAlarms } from '../../harness/stats/false-alarms.js';
import { type Figure, figureOverSeeds } from '../../harness/stats/interval.js';
import { CONTROL_SUFFIX } from '../../harness/store/records.js';
import { wilson } from '../../harness/stats/proportion.js';
import type { Gathered } from './gather.js';
import { met } from './head-to-head.js';
import type { ControlReport } from '../report/comparisons.js';
import { difference } from './rows.js';

const excludesZero = (figure: Figure | null): boolean => figure?.ci != null && (figure.ci[0] > 0 || figure.ci[1] < 0);

/** Each control against the compared runs it repeats, paired by seed and prompt. */
export function control({ controls, groups }: Gathered): ControlReport {
  if (controls.length === 0) return { pairs: [], falseAlarms: null, reason: 'no algorithm was run against itself' };
  const found = controls.flatMap((repeat) => {
    const twin = groups.find((g) => g.device === repeat.device && `${g.runs[0]!.spec.label}${CONTROL_SUFFIX}` === repeat.runs[0]!.spec.label);
    if (twin === undefined) return [];
    const as = (group: typeof twin) => ({ name: group.name, family: group.stage, device: group.device, entries: group.loaded });
    return [{ name: twin.name, differences: met(as(twin), as(repeat)).map(({ pair }) => difference(pair)) }];
  });
  const pairs = found.map(({ name, differences }) => {
    const goldDifference = figureOverSeeds(differences);
    return { name, goldDifference, alarm: excludesZero(goldDifference) };
  });
  const flipped = found.filter(({ differences }) => differences.length > 1).map(({ differences }) => signFlipAlarms(differences));
  if (flipped.length === 0) return { pairs, falseAlarms: null, reason: pairs.length === 0 ? 'no control run and its twin share a label and a device' : 'a false-alarm rate needs two seeds or more that both finished' };
  const [alarms, n] = [flipped.reduce((sum, f) => sum + f.alarms, 0), flipped.reduce((sum, f) => sum + f.ways, 0)];
  return { pairs, falseAlarms: { rate: alarms / n, ci: wilson(alarms, n), n }, reason: null };
}
