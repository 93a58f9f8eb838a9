/**
 * Errors a person can act on. A message says where, what came, what was wanted and what to do;
 * the exit code says who has to act: 2 the caller (refused input), 1 a run that failed.
 */
export class TiltyardError extends Error {
  /** @param code stable, kebab-case, e.g. `unknown-parameter`. */
  constructor(
    readonly code: string,
    message: string,
    readonly options: { cause?: unknown; exitCode?: 1 | 2 | 3 } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TiltyardError';
  }

  get exitCode(): 1 | 2 | 3 {
    return this.options.exitCode ?? 2;
  }
}

/**
 * The one of `known` that somebody who wrote `word` most likely meant: the only one that has it as a part
 * between dashes, else the nearest by edit distance, where it is near enough to be a slip of the hand.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const whole = known.filter((candidate) => candidate.toLowerCase().split('-').includes(word.toLowerCase()));
  if (whole.length === 1) return whole[0];
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `unknown X 'bta'; did you mean 'beta'? known: beta, logps` */
export function unknownName(
  where: string,
  what: string,
  came: string,
  known: readonly string[],
): TiltyardError {
  const guess = nearest(came, known);
  const hint = guess === undefined ? '' : `; did you mean '${guess}'?`;
  const list = known.length === 0 ? 'none' : known.join(', ');
  return new TiltyardError(
    `unknown-${what.replaceAll(' ', '-')}`,
    `${where}: unknown ${what} '${came}'${hint}${hint === '' ? ';' : ''} known: ${list}`,
  );
}

/** Letters put in, left out, exchanged for others or with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const [previous, row] = [rows[i - 1]!, [i]];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitution, swap));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** A value as JSON, for a message; what is nested too deeply to be written by its kind. */
export function quoted(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return Array.isArray(value) ? 'a list nested very deeply' : 'an object nested very deeply';
  }
}
