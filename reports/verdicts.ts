import type { Figure } from '../harness/stats/interval.js';
import { number, percent, si, signed, withInterval } from './format.js';
import type { FamilyRow, Report } from './model.js';

/** What the interval of a difference says. */
export function direction(difference: Figure | null): 'more' | 'less' | 'undecided' | 'unknown' {
  if (difference === null || difference.ci === null) return 'unknown';
  if (difference.ci[0] > 0) return 'more';
  return difference.ci[1] < 0 ? 'less' : 'undecided';
}

/** The same, where it also stands up to Holm's correction among its like. */
export function decided(difference: Figure | null, adjustedP: number | null): ReturnType<typeof direction> {
  const found = direction(difference);
  return (found === 'more' || found === 'less') && adjustedP !== null && adjustedP >= 0.05 ? 'undecided' : found;
}

/** One plain sentence per comparison: what leads, each family against the start, then pairs at equal KL, at equal compute and head to head. */
export function verdicts(report: Omit<Report, 'verdicts'>): string[] {
  return [...lead(report), ...againstStart(report), ...atEqualKl(report), ...atEqualCompute(report), ...heads(report), ...controlled(report)];
}

/** Where the interval by itself would say more. */
const corrected = (difference: Figure): string => (['more', 'less'].includes(direction(difference)) ? ' (the interval excludes 0, Holm\'s correction does not)' : '');

type Facts = Omit<Report, 'verdicts'>;

/** A family as it is judged against the start: tuned, or its only configuration. */
function standing(report: Facts, family: FamilyRow): { name: string; difference: Figure | null; winRate: Figure | null; kl: Figure | null } | null {
  const only = family.variants.length === 1 ? report.algorithms.find((a) => a.name === family.variants[0]) : undefined;
  if (only !== undefined) return { name: family.name, difference: only.goldDifference, winRate: only.winRate.vsReference, kl: only.kl.sequence };
  if (family.tuned === null) return null;
  return { name: family.name, difference: family.tuned.goldDifference, winRate: family.tuned.winRate, kl: family.tuned.kl };
}

/** The most gained, and what is left of it at equal KL. */
function lead(report: Facts): string[] {
  const best = report.families.flatMap((f) => { const s = standing(report, f); return s?.difference == null ? [] : [{ ...s, difference: s.difference }]; }).sort((a, b) => b.difference.mean - a.difference.mean)[0];
  if (best === undefined || direction(best.difference) !== 'more') return [];
  const at = best.kl === null ? '' : ` at ${number(best.kl.mean)} nats from it`;
  const pairs = report.matchedKl.filter((m) => m.goldDifference?.ci != null);
  const ahead = pairs.flatMap((m) => ({ more: [`${m.a} ahead of ${m.b}`], less: [`${m.b} ahead of ${m.a}`], undecided: [], unknown: [] })[decided(m.goldDifference, m.adjustedP)]);
  const matched = pairs.length === 0 ? '' : ahead.length === 0 ? ' At equal KL no algorithm is told apart from another.' : ` At equal KL: ${ahead.join(', ')}.`;
  return [`${best.name} gains most: ${withInterval(best.difference, signed)} gold reward over ${report.reference?.name ?? 'the start'}${at}.${matched}`];
}

function againstStart(report: Facts): string[] {
  const start = report.reference?.name ?? 'the start';
  return report.families.flatMap((family) => {
    const s = standing(report, family);
    if (s?.difference == null) {
      const why = s === null ? family.missing : report.algorithms.filter((a) => a.family === family.name).flatMap((a) => a.missing);
      return [`${family.name}: ${[...new Set(why)].join('; ') || 'no figure'}.`];
    }
    const tuned = family.variants.length > 1 ? `, the better of ${family.variants.length} configurations by learned reward,` : '';
    const tail = `${withInterval(s.difference, signed)} gold reward${s.kl === null ? '' : ` at ${number(s.kl.mean)} nats from it`}${s.winRate === null ? '' : `, winning ${withInterval(s.winRate, percent)} of prompts`}.`;
    const verb = { more: 'improves on', less: 'is worse than', undecided: 'is not told apart from', unknown: 'stands against' }[direction(s.difference)];
    return [`${family.name}${tuned} ${verb} ${start}: ${tail}`];
  });
}

function atEqualKl({ matchedKl }: Facts): string[] {
  return matchedKl.flatMap(({ a, b, kl, goldDifference, adjustedP, match }) => {
    if (goldDifference?.ci == null) return [];
    const amount = `${withInterval(goldDifference, signed)} gold reward.`;
    const at = `At equal KL (${number(kl)} nats) ${a}`;
    const found = decided(goldDifference, adjustedP);
    if (found === 'more' || found === 'less') return [`${at} is ${found === 'more' ? 'ahead of' : 'behind'} ${b}: ${amount}`];
    return [match?.equivalent === true ? `${at} matches ${b} within ${number(match.margin)}: ${amount}` : `${at} and ${b} are not told apart${corrected(goldDifference)}: ${amount}`];
  });
}

function atEqualCompute({ matchedCompute }: Facts): string[] {
  return matchedCompute.flatMap(({ a, b, atCheaper, crossover: { dearer, multiple, ci, upTo } }) => {
    if (atCheaper?.goldDifference.ci == null) return [];
    const verb = { more: `${a} is ahead of ${b}`, less: `${a} is behind ${b}`, undecided: `${a} and ${b} are not told apart`, unknown: `${a} stands against ${b}` }[direction(atCheaper.goldDifference)];
    const other = dearer === a ? b : a;
    const times = (x: number): string => `${number(x, 2)}×`;
    const when = multiple === null ? (upTo < 1.1 ? 'both cost the same' : `${dearer} is not ahead of ${other} within ${times(upTo)} its cost`) : `${dearer} is ahead in the mean from ${times(multiple)} the cost of ${other} on${ci === null ? '' : ` [${times(ci[0])}, ${ci[1] === null ? `beyond ${times(upTo)}` : times(ci[1])}]`}`;
    return [`At the whole cost of ${atCheaper.cheaper} (${si(atCheaper.flops, 'FLOP')}) ${verb}: ${withInterval(atCheaper.goldDifference, signed)} gold reward; ${when}.`];
  });
}

function heads(report: Facts): string[] {
  return report.headToHead.flatMap(({ a, b, goldDifference, winRate, adjustedP }) => {
    if (goldDifference === null || winRate === null) return [];
    const kl = klNote(report, a, b);
    const rate = `${a} wins ${withInterval(winRate, percent)} of prompts`;
    switch (decided(goldDifference, adjustedP)) {
      case 'more':
        return [`${a} beats ${b} by ${withInterval(goldDifference)} gold reward${kl}; ${rate}.`];
      case 'less':
        return [`${b} beats ${a} by ${withInterval({ mean: -goldDifference.mean, ci: [-goldDifference.ci![1], -goldDifference.ci![0]], n: goldDifference.n })} gold reward${kl}; ${rate}.`];
      default:
        return [`${a} against ${b} is undecided${corrected(goldDifference)}: ${withInterval(goldDifference, signed)} gold reward${kl}; ${rate}.`];
    }
  });
}

/** What verdicts are worth: how often they speak where nothing is there. */
function controlled({ control: { pairs, falseAlarms } }: Facts): string[] {
  if (falseAlarms === null) return [];
  const alarms = pairs.filter((p) => p.alarm).length;
  return [`Control: an algorithm against itself with other randomness raised ${alarms === 0 ? 'no alarm' : `${alarms} ${alarms === 1 ? 'alarm' : 'alarms'}`} in ${pairs.length} ${pairs.length === 1 ? 'comparison' : 'comparisons'}; with the two called first in either order, ${percent(falseAlarms.rate)} of ${falseAlarms.n} [${percent(falseAlarms.ci[0])}, ${percent(falseAlarms.ci[1])}], where 5% are expected.`];
}

/** Comparing at different KL is only fair if it is said. */
function klNote({ algorithms, families }: Facts, a: string, b: string): string {
  const [x, y] = [a, b].map((name) => (algorithms.find((r) => r.name === name)?.kl.sequence ?? families.find((f) => f.name === name)?.tuned?.kl)?.mean);
  return x === undefined || y === undefined ? '' : ` (at ${number(x)} against ${number(y)} nats, not matched)`;
}
