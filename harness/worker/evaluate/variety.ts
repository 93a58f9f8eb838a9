/**
 * Distinct n-grams over all n-grams of some completions, in tokens (Li et al. 2016, section 5.2,
 * https://arxiv.org/abs/1510.03055); null where none has n tokens. It falls as more completions are counted.
 */
export function distinct(completions: readonly (readonly number[])[], n: number): number | null {
  const seen = new Set<string>();
  let total = 0;
  for (const tokens of completions) {
    for (let i = 0; i + n <= tokens.length; i++, total++) seen.add(tokens.slice(i, i + n).join(' '));
  }
  return total === 0 ? null : seen.size / total;
}
