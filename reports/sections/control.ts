import { signFlipAlarms } from '../../harness/stats/false-alarms.js';
import { type Figure, figureOverSeeds } from '../../harness/stats/interval.js';
import { wilson } from '../../harness/stats/proportion.js';
import { CONTROL_SUFFIX } from '../../harness/store/spec.js';
import type { ControlReport } from '../report/comparisons.js';
import { type Entrant, pairedSamples } from './entrants.js';
import type { Gathered, Group } from './gather.js';
import { difference } from './rows.js';

/** Each control against the compared runs it repeats, paired by seed and prompt. */
export function control({ controls, groups }: Gathered): ControlReport {
  if (controls.length === 0) {
    return { pairs: [], falseAlarms: null, reason: 'no algorithm was run against itself' };
  }
  const found = controls.flatMap((repeat) => {
    const twin = groups.find((group) => isTwin(group, repeat));
    if (twin === undefined) return [];
    const seeds = pairedSamples(asEntrant(twin), asEntrant(repeat));
    return [{ name: twin.name, differences: seeds.map(({ pair }) => difference(pair)) }];
  });
  const pairs = found.map(({ name, differences }) => {
    const goldDifference = figureOverSeeds(differences);
    return { name, goldDifference, alarm: excludesZero(goldDifference) };
  });
  const flips = found
    .filter(({ differences }) => differences.length > 1)
    .map(({ differences }) => signFlipAlarms(differences));
  if (flips.length === 0) return { pairs, falseAlarms: null, reason: whyNoRate(pairs.length) };
  const alarms = flips.reduce((sum, flip) => sum + flip.alarms, 0);
  const n = flips.reduce((sum, flip) => sum + flip.ways, 0);
  return { pairs, falseAlarms: { rate: alarms / n, ci: wilson(alarms, n), n }, reason: null };
}

const labelOf = ({ runs }: Group): string => runs[0]!.spec.label;

const isTwin = (group: Group, repeat: Group): boolean =>
  group.device === repeat.device && `${labelOf(group)}${CONTROL_SUFFIX}` === labelOf(repeat);

const asEntrant = ({ name, stage, device, loaded }: Group): Entrant => ({
  name,
  family: stage,
  device,
  entries: loaded,
});

const excludesZero = (figure: Figure | null): boolean =>
  figure?.ci != null && (figure.ci[0] > 0 || figure.ci[1] < 0);

const whyNoRate = (pairs: number): string =>
  pairs === 0
    ? 'no control run and its twin share a label and a device'
    : 'a false-alarm rate needs two seeds or more that both finished';
