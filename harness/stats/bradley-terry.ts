/**
 * Bradley-Terry strengths by minorisation-maximisation (Hunter 2004, eq. 3): P(i beats j) = sigma(theta_i - theta_j).
 * @param wins wins[i][j]: how often i beat j, ties as half to each; finite strengths need every item to win and lose somewhere
 * along a chain, which half a win added by the caller to every pair guarantees
 * @returns theta with theta[0] = 0
 */
export function bradleyTerry(wins: readonly (readonly number[])[]): number[] {
  const n = wins.length;
  let strength = new Array<number>(n).fill(1);
  for (let round = 0; round < 10_000; round++) {
    const next = strength.map((s, i) => {
      let won = 0;
      let expected = 0;
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        won += wins[i]![j]!;
        expected += (wins[i]![j]! + wins[j]![i]!) / (s + strength[j]!);
      }
      return won / expected;
    });
    const anchor = next[0]!;
    const scaled = next.map((s) => s / anchor);
    const moved = Math.max(...scaled.map((s, i) => Math.abs(Math.log(s / strength[i]!))));
    strength = scaled;
    if (moved < 1e-10) break;
  }
  return strength.map(Math.log);
}
