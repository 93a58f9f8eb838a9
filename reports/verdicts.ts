import type { Figure } from '../harness/stats/interval.js';
import { number, percent, signed, withInterval } from './format.js';
import type { AlgorithmRow, Report } from './model.js';

/** What the interval of a difference says. */
export function direction(difference: Figure | null): 'more' | 'less' | 'undecided' | 'unknown' {
  if (difference === null || difference.ci === null) return 'unknown';
  if (difference.ci[0] > 0) return 'more';
  return difference.ci[1] < 0 ? 'less' : 'undecided';
}

/** One plain sentence per comparison: first each algorithm against the start, then algorithm against algorithm. */
export function verdicts(report: Omit<Report, 'verdicts'>): string[] {
  const start = report.reference?.name ?? 'the start';
  const out = report.algorithms.map((row) => againstStart(row, start));
  for (const { a, b, goldDifference, winRate } of report.headToHead) {
    if (goldDifference === null || winRate === null) continue;
    const kl = klNote(report.algorithms, a, b);
    const rate = `it wins ${withInterval(winRate, percent)} of prompts`;
    switch (direction(goldDifference)) {
      case 'more':
        out.push(`${a} beats ${b} by ${withInterval(goldDifference)} gold reward${kl}; ${rate}.`);
        break;
      case 'less':
        out.push(`${b} beats ${a} by ${withInterval({ mean: -goldDifference.mean, ci: [-goldDifference.ci![1], -goldDifference.ci![0]], n: goldDifference.n })} gold reward${kl}; ${a} wins ${withInterval(winRate, percent)} of prompts.`);
        break;
      default:
        out.push(`${a} against ${b} is undecided: ${withInterval(goldDifference, signed)} gold reward${kl}; ${rate}.`);
    }
  }
  for (const { a, b, kl, goldDifference } of report.matchedKl) {
    if (goldDifference?.ci == null) continue;
    const amount = withInterval(goldDifference, signed);
    const at = `At equal KL (${number(kl)} nats)`;
    switch (direction(goldDifference)) {
      case 'more':
        out.push(`${at} ${a} is ahead of ${b}: ${amount} gold reward.`);
        break;
      case 'less':
        out.push(`${at} ${a} is behind ${b}: ${amount} gold reward.`);
        break;
      default:
        out.push(`${at} ${a} and ${b} are not told apart: ${amount} gold reward.`);
    }
  }
  return out;
}

function againstStart(row: AlgorithmRow, start: string): string {
  if (row.goldDifference === null) return `${row.name}: ${row.missing.join('; ') || 'no figure'}.`;
  const kl = row.kl.sequence === null ? '' : ` at ${number(row.kl.sequence.mean)} nats from it`;
  const amount = withInterval(row.goldDifference, signed);
  const rate = row.winRate.vsReference === null ? '' : `, winning ${withInterval(row.winRate.vsReference, percent)} of prompts`;
  switch (direction(row.goldDifference)) {
    case 'more':
      return `${row.name} improves on ${start}: ${amount} gold reward${kl}${rate}.`;
    case 'less':
      return `${row.name} is worse than ${start}: ${amount} gold reward${kl}${rate}.`;
    default:
      return `${row.name} is not told apart from ${start}: ${amount} gold reward${kl}${rate}.`;
  }
}

/** Comparing at different KL is only fair if it is said. */
function klNote(rows: readonly AlgorithmRow[], a: string, b: string): string {
  const [x, y] = [a, b].map((name) => rows.find((r) => r.name === name)?.kl.sequence?.mean);
  return x === undefined || y === undefined ? '' : ` (at ${number(x)} against ${number(y)} nats, not matched)`;
}
