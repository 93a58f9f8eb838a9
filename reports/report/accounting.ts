import type { DataReport } from './data.js';

/**
 * What became of the rows that were given, a sentence for each file and one for what was asked of them: it
 * stands beside the answer, because a reader takes the answer to be about the whole file.
 */
export function accounting({ sources, splits, asked, seed, beginning }: DataReport): string[] {
  const files = sources.map(({ file, rows, kept, dropped, truncated }) => {
    const reasons = dropped.map((reason) => `${reason.rows} ${reason.reason}`).join(', ');
    const left = rows === kept ? 'none left out' : `${rows - kept} left out (${reasons})`;
    const cut = truncated.prompts + truncated.completions;
    return `${file}: ${rows} rows, ${kept} used, ${left}${cut === 0 ? '' : `, ${cut} texts cut`}.`;
  });
  const counts = splits.flatMap(({ split, given, unpaired }) => {
    const rows = given?.pairs ?? unpaired?.rows;
    return rows === undefined ? [] : [`${NAMES[split] ?? split} ${rows}`];
  });
  const what = splits.some(({ unpaired }) => unpaired != null) ? 'Completions' : 'Pairs';
  const shares = counts.length === 0 ? [] : [`${what} by split (seed ${seed}): ${counts.join(', ')}.`];
  return [...files, ...shares, ...shortOf(asked), ...(beginning === null ? [] : [beginning])];
}

const NAMES: Readonly<Record<string, string>> = { train: 'training', heldout: 'held out' };

/** What was asked for and is not there. */
function shortOf(asked: DataReport['asked']): string[] {
  if (asked === null) return [];
  const short = (['pairs', 'heldoutPairs'] as const).flatMap((which) => {
    const { asked: wanted, there } = asked[which];
    return there < wanted ? [`collect.${which}: ${wanted} asked, ${there} given`] : [];
  });
  return short.length === 0 ? [] : [`${short.join('; ')}.`];
}

/** How many of the rows that were given are used; null for worlds. */
export function rowsUsed({ sources }: DataReport): string | null {
  if (sources.length === 0) return null;
  const sum = (of: (source: DataReport['sources'][number]) => number): number =>
    sources.reduce((total, source) => total + of(source), 0);
  return `${sum(({ kept }) => kept)} of ${sum(({ rows }) => rows)} rows`;
}
