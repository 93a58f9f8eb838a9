/** A policy as validation prompts saw it. */
export interface Candidate {
  /** From the start, nats per sequence; an estimate below 0 is noise around 0. */
  readonly kl: number;
  /** What chooses: never the gold reward. */
  readonly score: number;
}

/** Weights of the policies of a mixture, by index; those left out are 0. They sum to 1. */
export type Mixture = ReadonlyMap<number, number>;

/**
 * The vertices of the upper concave hull of the candidates, by rising KL and rising score, as their indices:
 * the only policies that a best mixture uses (METHOD.md, proposition 2). The first has the lowest KL of all,
 * and no candidate scores more than the last.
 * @param candidates at least one
 */
export function hull(candidates: readonly Candidate[]): number[] {
  const at = (i: number): Candidate => ({
    kl: Math.max(0, candidates[i]!.kl),
    score: candidates[i]!.score,
  });
  const order = [...candidates.keys()].sort(
    (i, j) => at(i).kl - at(j).kl || at(j).score - at(i).score || i - j,
  );
  const vertices: number[] = [];
  for (const i of order) {
    if (vertices.length > 0 && at(i).score <= at(vertices.at(-1)!).score) continue;
    while (vertices.length > 1 && !bendsDown(at(vertices.at(-2)!), at(vertices.at(-1)!), at(i)))
      vertices.pop();
    vertices.push(i);
  }
  return vertices;
}

/** Whether b lies above the line from a to c. */
const bendsDown = (a: Candidate, b: Candidate, c: Candidate): boolean =>
  (b.score - a.score) * (c.kl - a.kl) > (c.score - a.score) * (b.kl - a.kl);

/**
 * The mixture with the highest score whose KL is at most `budget`: max Σ wᵢ scoreᵢ subject to Σ wᵢ klᵢ ≤
 * budget, w ≥ 0, Σ wᵢ = 1. Its true KL is no larger, KL being convex (METHOD.md, proposition 1).
 * @param budget nats, at least 0
 * @returns null where every candidate is further away than that; with the start among them there is one
 */
export function mixtureWithin(candidates: readonly Candidate[], budget: number): Mixture | null {
  const vertices = hull(candidates);
  const kl = (v: number): number => Math.max(0, candidates[vertices[v]!]!.kl);
  if (kl(0) > budget) return null;
  const next = vertices.findIndex((_, v) => kl(v) > budget);
  if (next < 0) return new Map([[vertices.at(-1)!, 1]]);
  const share = (budget - kl(next - 1)) / (kl(next) - kl(next - 1));
  return share === 0
    ? new Map([[vertices[next - 1]!, 1]])
    : new Map([
        [vertices[next - 1]!, 1 - share],
        [vertices[next]!, share],
      ]);
}

/**
 * The mean of the best mixtures' weights over all budgets from 0 to `most`: w̄ᵢ = (1/K) ∫₀ᴷ wᵢ(k) dk. The
 * mean over budgets of anything that is linear in the weights (a reward, the bound on KL) is its value at
 * w̄. Exact: between two vertices the weights move along a line.
 * @param candidates with one at KL 0, the start
 * @param most K in nats, above 0
 */
export function meanMixture(candidates: readonly Candidate[], most: number): Mixture {
  const vertices = hull(candidates);
  const weights = new Map<number, number>();
  const add = (v: number, weight: number): void => {
    if (weight > 0) weights.set(vertices[v]!, (weights.get(vertices[v]!) ?? 0) + weight);
  };
  const kl = (v: number): number => Math.max(0, candidates[vertices[v]!]!.kl);
  if (kl(0) > 0) throw new RangeError('meanMixture: no candidate at KL 0; put the start among them');
  for (let v = 0; v + 1 < vertices.length && kl(v) < most; v++) {
    const width = kl(v + 1) - kl(v);
    const reached = Math.min(1, (most - kl(v)) / width); // of the way to the next vertex
    add(v, ((reached - reached ** 2 / 2) * width) / most);
    add(v + 1, ((reached ** 2 / 2) * width) / most);
  }
  const last = vertices.length - 1;
  add(last, Math.max(0, most - kl(last)) / most);
  return weights;
}

/** Σ wᵢ xᵢ, position by position: e.g. the expected reward of a mixture at each prompt. */
export function mixed(mixture: Mixture, values: (index: number) => ArrayLike<number>): Float64Array {
  let out: Float64Array | null = null;
  for (const [index, weight] of mixture) {
    const own = values(index);
    out ??= new Float64Array(own.length);
    for (let i = 0; i < own.length; i++) out[i] = out[i]! + weight * own[i]!;
  }
  return out ?? new Float64Array();
}
