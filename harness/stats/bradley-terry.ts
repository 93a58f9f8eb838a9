/**
 * Maximum likelihood strengths of the Bradley-Terry model P(i beats j) = sigma(theta_i - theta_j) by Newton's
 * method (Hunter 2004, Annals of Statistics 32:384), the first player's at 0.
 *
 * A finite maximum exists where and only where every player has won, through others, against every other
 * (Ford 1957). Where it does not, each pair of which one side won all counts half a win for the other:
 * strengths are then finite and say at least that much. Players of components that never met cannot be placed
 * at all.
 * @param wins [K][K]: wins of i over j, ties as half each
 * @returns [K] strengths, or null where some players never met, directly or through others
 */
export function bradleyTerry(wins: readonly (readonly number[])[]): number[] | null {
  const k = wins.length;
  if (!reachesAll(k, (i, j) => wins[i]![j]! + wins[j]![i]! > 0)) return null;
  const finite = reachesAll(k, (i, j) => wins[i]![j]! > 0) && reachesAll(k, (i, j) => wins[j]![i]! > 0);
  const w = finite ? wins : wins.map((row, i) => row.map((x, j) => halfSpread(x, wins[j]![i]!)));
  const theta = new Array<number>(k).fill(0);
  let before = logLikelihood(w, theta);
  for (let iteration = 0; iteration < 100; iteration++) {
    const step = newtonStep(w, theta);
    // The log-likelihood is concave; halving keeps the first steps from overshooting.
    let scale = 1;
    let next = theta.map((t, i) => t + step[i]!);
    let after = logLikelihood(w, next);
    while (after < before && scale > 1e-9) {
      scale /= 2;
      next = theta.map((t, i) => t + scale * step[i]!);
      after = logLikelihood(w, next);
    }
    next.forEach((t, i) => (theta[i] = t));
    before = after;
    if (Math.max(...step.map(Math.abs)) < 1e-10) break;
  }
  return theta;
}

function halfSpread(won: number, lost: number): number {
  const n = won + lost;
  return n === 0 ? 0 : Math.min(Math.max(won, Math.min(0.5, n / 2)), Math.max(n - 0.5, n / 2));
}

const sigma = (x: number): number => 1 / (1 + Math.exp(-x));

function logLikelihood(w: readonly (readonly number[])[], theta: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < w.length; i++)
    for (let j = 0; j < w.length; j++)
      if (w[i]![j]! > 0) sum -= w[i]![j]! * Math.log1p(Math.exp(theta[j]! - theta[i]!));
  return sum;
}

/** Gradient and Fisher information of players 1 .. K-1 (0 is the anchor), solved by elimination. */
function newtonStep(w: readonly (readonly number[])[], theta: readonly number[]): number[] {
  const k = w.length;
  const rows = Array.from({ length: k - 1 }, () => new Float64Array(k)); // information | gradient
  for (let i = 1; i < k; i++) {
    const row = rows[i - 1]!;
    for (let j = 0; j < k; j++) {
      const n = w[i]![j]! + w[j]![i]!;
      if (i === j || n === 0) continue;
      const p = sigma(theta[i]! - theta[j]!);
      row[k - 1]! += w[i]![j]! - n * p;
      row[i - 1]! += n * p * (1 - p);
      if (j > 0) row[j - 1]! -= n * p * (1 - p);
    }
  }
  // Positive definite where the players are connected: no pivoting needed.
  for (let c = 0; c < k - 1; c++) {
    for (let r = c + 1; r < k - 1; r++) {
      const factor = rows[r]![c]! / rows[c]![c]!;
      if (factor !== 0) for (let x = c; x < k; x++) rows[r]![x]! -= factor * rows[c]![x]!;
    }
  }
  const step = new Array<number>(k).fill(0);
  for (let r = k - 2; r >= 0; r--) {
    let rest = rows[r]![k - 1]!;
    for (let c = r + 1; c < k - 1; c++) rest -= rows[r]![c]! * step[c + 1]!;
    step[r + 1] = rest / rows[r]![r]!;
  }
  return step;
}

function reachesAll(k: number, edge: (i: number, j: number) => boolean): boolean {
  const seen = new Set([0]);
  for (const i of seen) for (let j = 0; j < k; j++) if (!seen.has(j) && edge(i, j)) seen.add(j);
  return seen.size === k;
}
