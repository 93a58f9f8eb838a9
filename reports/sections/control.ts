import { signFlipAlarms } from '../../harness/stats/false-alarms.js';
import { wilson } from '../../harness/stats/proportion.js';
import { CONTROL_SUFFIX } from '../../harness/store/spec.js';
import type { ControlReport } from '../report/comparisons.js';
import { familyContrasts, type Question } from './answer.js';
import { compared, contrast, PRIMARY, tests } from './compare-pools.js';
import type { Family, Gathered, Group } from './gather.js';
import { pool } from './pools.js';

/**
 * Each family that has controls against those, through the path of any two families: chosen alike, on the
 * same budgets, tested alike.
 */
export function control(gathered: Gathered, { most, budgets, by, families }: Question): ControlReport {
  const controlled = gathered.families.flatMap((family) => {
    const found = twins(family, gathered);
    return found === null ? [] : [found];
  });
  if (controlled.length === 0) {
    return { pairs: [], falseAlarms: null, reason: 'no algorithm was run against itself' };
  }
  if (most === null)
    return { pairs: [], falseAlarms: null, reason: 'no family has a KL budget to be read at' };
  const contrasts = controlled.map(([family, repeat]) => {
    const about = { kind: 'family' as const, paradigm: null, device: family.device };
    return contrast(
      pool({ ...about, name: family.name }, [family], by, gathered),
      pool({ ...about, name: repeat.name }, [repeat], by, gathered),
      most,
    );
  });
  const among = familyContrasts(families, most);
  const setting = { most, budgets, margin: 0 };
  // Each alone: a correction over controls would hide what a reader of one pair sees.
  const pairs = contrasts.map((one) => {
    const [found] = compared([one], tests([one], among).tests, setting, PRIMARY);
    return {
      name: one.a.name,
      goldDifference: found!.difference,
      alarm: found!.verdict === 'ahead' || found!.verdict === 'behind',
    };
  });
  const flips = contrasts
    .filter(({ differences }) => differences.length > 1)
    .map(({ differences }) => signFlipAlarms(differences));
  if (flips.length === 0)
    return {
      pairs,
      falseAlarms: null,
      reason: 'a false-alarm rate needs two seeds or more that both finished',
    };
  const alarms = flips.reduce((sum, flip) => sum + flip.alarms, 0);
  const n = flips.reduce((sum, flip) => sum + flip.ways, 0);
  return { pairs, falseAlarms: { rate: alarms / n, ci: wilson(alarms, n), n }, reason: null };
}

const labelOf = ({ runs }: Group): string => runs[0]!.spec.label;

/** Those configurations of a family that have a control, and the controls; null where none has. */
function twins(family: Family, { controls }: Gathered): readonly [Family, Family] | null {
  const pairs = family.groups.flatMap((group) => {
    const repeat = controls.find(
      (other) => other.device === group.device && labelOf(other) === `${labelOf(group)}${CONTROL_SUFFIX}`,
    );
    return repeat === undefined ? [] : [[group, repeat] as const];
  });
  if (pairs.length === 0) return null;
  return [
    { ...family, groups: pairs.map(([group]) => group) },
    { ...family, name: `${family.name}${CONTROL_SUFFIX}`, groups: pairs.map(([, repeat]) => repeat) },
  ];
}
