/**
 * Expected value of the best of k items drawn without replacement, exact over all subsets: with items by
 * rising score, the i-th (from 0) is the best of C(i, k-1) of the C(n, k) subsets.
 * @param values [n] what the chosen item is worth, in the order of rising score (the score chooses, the value
 * is reported)
 * @throws RangeError for k outside 1 .. n
 */
export function expectedBestOf(values: readonly number[], k: number): number {
  const n = values.length;
  if (!(Number.isInteger(k) && k >= 1 && k <= n))
    throw new RangeError(`expectedBestOf: k should be 1 to ${n}, got ${k}`);
  let share = k / n; // C(n-1, k-1) / C(n, k): the top item
  let sum = 0;
  for (let i = n - 1; i >= k - 1; i--) {
    sum += share * values[i]!;
    share *= (i - k + 1) / i || 0; // C(i-1, k-1) / C(i, k-1)
  }
  return sum;
}
