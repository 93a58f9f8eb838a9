import { isDropped, type Place, type Trial } from './trials.js';
import { type Tuning, type TunedFamily, valuesAt } from './tuning.js';

/** What tuning came to, for people: a table for each family, then what it was done with. */
export function textOf(tuning: Tuning): string {
  const { by, seeds, allowance, shared, dir } = tuning;
  const done = `chosen by the ${by} on validation prompts, on ${count(seeds.length, 'seed')} of its own`;
  const worth = `worth: mean gain over KL budgets from 0 to ${allowance.maxKl} nats`;
  return [
    ...tuning.families.map(familyText),
    `${done}; ${worth}; shared stages cost ${operations(shared.flops)} beside\n${dir}\n`,
  ].join('\n');
}

const HEAD = ['share', 'KL', 'reward', 'gain', 'worth', ''];

function familyText(tuned: TunedFamily): string {
  const { family, trials, grid, cost, notes } = tuned;
  const axes = [family.space.strength, family.space.rate].flatMap((axis) => axis?.parameter ?? []);
  const inGrid = (place: Place): boolean =>
    grid?.places.some(({ strength, rate }) => strength === place.strength && rate === place.rate) ?? false;
  const rows = latest(trials.all).map(({ place, share, result }) => [
    ...Object.values(valuesAt(place, family.space)).map(String),
    String(share),
    ...(isDropped(result)
      ? ['', '', '', '', brief(result.dropped)]
      : [
          Math.max(0, result.kl).toFixed(3),
          result.reward.toFixed(3),
          signed(result.gain),
          signed(trials.worth(place, share)!),
          inGrid(place) ? 'grid' : share < 1 ? 'out' : '',
        ]),
  ]);
  const spent = [count(trials.all.length, 'candidate'), count(cost.runs, 'run'), operations(cost.flops)];
  const lines = [`${family.stage}: ${spent.join(', ')}`, ...aligned([[...axes, ...HEAD], ...rows])];
  return `${[...lines, ...notes.map((note) => `note: ${note}`)].join('\n')}\n`;
}

/** The last trial of each place, by strength and rate. */
function latest(trials: readonly Trial[]): Trial[] {
  const last = new Map<string, Trial>();
  for (const trial of trials) last.set(`${trial.place.strength} ${trial.place.rate}`, trial);
  return [...last.values()].sort(
    (a, b) => a.place.strength - b.place.strength || a.place.rate - b.place.rate,
  );
}

/** Lines whose columns are as wide as their widest cell; the last column is not filled up. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const filled = (cell: string, i: number): string =>
    i === widths.length - 1 ? cell : cell.padStart(widths[i]!);
  return rows.map((row) => `  ${row.map(filled).join('  ')}`.trimEnd());
}

/** The lines that an edit takes out and puts in, in their order. */
export function changedLines(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  // Longest common subsequence, from the end: common[i][j] of old from i and now from j.
  const common = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i]![j] =
        old[i] === now[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const out: string[] = [];
  for (let [i, j] = [0, 0]; i < old.length || j < now.length; ) {
    if (i < old.length && j < now.length && old[i] === now[j]) [i, j] = [i + 1, j + 1];
    else if (j >= now.length || (i < old.length && common[i + 1]![j]! >= common[i]![j + 1]!))
      out.push(`- ${old[i++]}`);
    else out.push(`+ ${now[j++]}`);
  }
  return out;
}

const brief = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(3)}`;

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const operations = (flops: number): string =>
  flops >= 1e12 ? `${(flops / 1e12).toFixed(2)} TFLOP` : `${(flops / 1e9).toFixed(2)} GFLOP`;
