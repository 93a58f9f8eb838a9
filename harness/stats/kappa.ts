/**
 * Agreement of two raters beyond what their own shares of each answer bring about (Cohen 1960,
 * https://doi.org/10.1177/001316446002000104): 1 always, 0 as by chance, below 0 less than that.
 * @param ratings of each thing, one answer by each rater
 * @returns null for none, and where both always give one and the same answer, so that chance agrees too
 */
export function cohensKappa(ratings: readonly (readonly [string, string])[]): number | null {
  const n = ratings.length;
  if (n === 0) return null;
  const [mine, theirs] = [new Map<string, number>(), new Map<string, number>()];
  let same = 0;
  for (const [a, b] of ratings) {
    if (a === b) same++;
    mine.set(a, (mine.get(a) ?? 0) + 1);
    theirs.set(b, (theirs.get(b) ?? 0) + 1);
  }
  let byChance = 0;
  for (const [answer, count] of mine) byChance += (count * (theirs.get(answer) ?? 0)) / n ** 2;
  return byChance === 1 ? null : (same / n - byChance) / (1 - byChance);
}
