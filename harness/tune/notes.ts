import type { Axis } from './axis.js';
import type { Family } from './family.js';
import type { Found } from './search.js';
import { isDropped, type Place, type Trials } from './trials.js';

/** What a grid does not say itself: edges, what dropped out, what could not be tuned. A sentence each. */
export function notesOf({ space, holdsBack, notes }: Family, { trials, grid }: Found): string[] {
  const { strength, rate } = space;
  const out = [...notes, ...droppedNotes(trials)];
  if (grid === null) return [...out, 'no grid: too few neighbouring candidates came to their end'];
  if (rate !== null) {
    for (const row of grid.strengths) {
      const best = trials.best(row);
      if (best !== null) out.push(...rateNotes(best, strength, rate, trials, grid.rates));
    }
  }
  const best = trials.most(grid.places);
  if (strength !== null && best !== null) out.push(...strengthNotes(best, strength, holdsBack!, trials));
  return out;
}

function droppedNotes(trials: Trials): string[] {
  const dropped = trials.all.filter(({ result }) => isDropped(result)).length;
  if (dropped === 0) return [];
  return [`${dropped} of ${trials.all.length} candidates dropped out`];
}

/** Whether the best rate of a strength lies between two that are known to be worse. */
function rateNotes(
  best: Place,
  strength: Axis | null,
  rate: Axis,
  trials: Trials,
  inGrid: readonly number[],
): string[] {
  const at = strength === null ? '' : ` at ${strength.parameter} ${strength.at(best.strength)}`;
  const value = `${rate.parameter} ${rate.at(best.rate)}`;
  const out: string[] = [];
  for (const [step, word] of [
    [-1, 'lower'],
    [1, 'higher'],
  ] as const) {
    const beside = { ...best, rate: best.rate + step };
    if (trials.open(beside)) {
      const remedy = 'allow more with --further';
      out.push(`edge: ${value} is the best tried${at}, and no ${word} one was seen at its end; ${remedy}`);
    } else if (!trials.exists(beside)) {
      out.push(`${value} is the best${at}, and the plugin allows no ${word} one`);
    }
  }
  if (!inGrid.includes(best.rate)) {
    out.push(
      `the best ${value}${at} lies outside the grid, which gains more together with the other strengths`,
    );
  }
  return out;
}

/** Whether the best strength lies between two that are known to be worse. */
function strengthNotes(
  best: Place,
  strength: Axis,
  holdsBack: 'larger' | 'smaller',
  trials: Trials,
): string[] {
  const { strengths } = trials;
  const value = `${strength.parameter} ${strength.at(best.strength)}`;
  const out: string[] = [];
  for (const step of [-1, 1] as const) {
    if (strengths.includes(best.strength + step)) continue;
    const tighter = step > 0 === (holdsBack === 'larger');
    const word = tighter ? 'holds back more' : 'holds back less';
    const allowed = strength.at(best.strength + step) !== null;
    out.push(
      allowed
        ? `edge: ${value} is the best tried, and none that ${word} was; start from it (params) and tune again`
        : `${value} is the best, and the plugin allows none that ${word}`,
    );
  }
  return out;
}
