import { rngFromData, fastIndex } from '../harness/stats/data-rng.js';
import { DRAWS, percentiles } from '../harness/stats/bootstrap.js';
import { mean } from '../harness/stats/moments.js';
import { chosenOf } from './families.js';
import { type FrontierPoint, withinBudget } from './frontier.js';
import { perSeed } from './loaded.js';
import type { Family } from './matched.js';
import type { ComputeComparison } from './model.js';

/** Budgets shown, and budgets among which a crossover is looked for. */
const SHOWN = 16;
const SEARCHED = 96;

type Trained = readonly FrontierPoint[];
type Unit = 'flops' | 'seconds';

/** Every pair of families of one device, each seed with the configuration that tuning by proxy takes. */
export function matchedCompute(families: readonly Family[]): ComputeComparison[] {
  const traced = families.map(({ name, device, seeds }) => ({ name, device, seeds: new Map(seeds.flatMap((s) => { const trained = chosenOf(s)?.trained; return trained === undefined || trained.length < 2 ? [] : [[s.seed, trained] as const]; })) }));
  return traced.flatMap((a, i) => traced.slice(i + 1).flatMap((b) => (a.device === b.device ? (compare(a, b) ?? []) : [])));
}

function compare(a: { name: string; seeds: ReadonlyMap<number, Trained> }, b: typeof a): ComputeComparison | null {
  const pairs = [...a.seeds].flatMap(([seed, x]) => (b.seeds.has(seed) ? [[x, b.seeds.get(seed)!] as const] : []));
  if (pairs.length === 0) return null;
  const end = (trained: Trained, unit: Unit): number => trained.at(-1)![unit];
  const whole = (side: 0 | 1, unit: Unit): number => mean(pairs.map((pair) => end(pair[side], unit)));
  const cheap = (unit: Unit): 0 | 1 => (whole(0, unit) <= whole(1, unit) ? 0 : 1);
  const at = ([x, y]: (typeof pairs)[number], budget: number, unit: Unit, of: (p: FrontierPoint) => number | null = (p) => p.gold): number | null => {
    const [u, v] = [of(withinBudget(x, budget, unit)), of(withinBudget(y, budget, unit))];
    return u === null || v === null ? null : u - v;
  };
  const cheaper = cheap('flops');
  const upper = Math.max(...pairs.map((pair) => end(pair[1 - cheaper]!, 'flops')));
  const lower = Math.min(upper, Math.max(...pairs.map(([x, y]) => Math.max(first(x), first(y)))));
  const geometric = (n: number): number[] => (lower === upper ? [upper] : Array.from({ length: n }, (_, i) => lower * (upper / lower) ** (i / (n - 1))));
  // Each seed at its own cost of the cheaper one.
  const atCheaper = (unit: Unit, of?: (p: FrontierPoint) => number | null) => perSeed(pairs.map((pair) => at(pair, end(pair[cheap(unit)], unit), unit, of)));
  const [gold, goldAtSeconds] = [atCheaper('flops'), atCheaper('seconds')];
  return {
    a: a.name,
    b: b.name,
    budgets: geometric(SHOWN).flatMap((flops) => { const goldDifference = perSeed(pairs.map((pair) => at(pair, flops, 'flops'))); return goldDifference === null ? [] : [{ flops, goldDifference }]; }),
    atCheaper:
      gold === null || goldAtSeconds === null
        ? null
        : { flops: whole(cheaper, 'flops'), seconds: whole(cheap('seconds'), 'seconds'), cheaper: cheaper === 0 ? a.name : b.name, goldDifference: gold, winRateDifference: atCheaper('flops', (p) => p.win), goldDifferenceAtSeconds: goldAtSeconds },
    crossover: crossover(
      cheaper === 0 ? b.name : a.name,
      geometric(SEARCHED).map((flops) => ({ multiple: flops / whole(cheaper, 'flops'), ahead: pairs.map((pair) => (cheaper === 0 ? -1 : 1) * at(pair, flops, 'flops')!) })),
    ),
  };
}

/** Cost of the first evaluation after the start. */
const first = (trained: Trained): number => trained.find((p) => p.flops > 0)?.flops ?? 0;

/** @param budgets rising; `ahead` by how much the dearer one leads in each seed */
function crossover(dearer: string, budgets: readonly { readonly multiple: number; readonly ahead: readonly number[] }[]): ComputeComparison['crossover'] {
  const n = budgets[0]!.ahead.length;
  const upTo = budgets.at(-1)!.multiple;
  /** The first budget from which on the mean lead over these seeds is never negative; infinite where there is none. */
  const crossing = (seeds: readonly number[]): number => {
    let found = Number.POSITIVE_INFINITY;
    for (let i = budgets.length - 1; i >= 0; i--) {
      let lead = 0;
      for (const s of seeds) lead += budgets[i]!.ahead[s]!;
      if (!(lead > 0)) break;
      found = budgets[i]!.multiple;
    }
    return found;
  };
  const all = Array.from({ length: n }, (_, s) => s);
  const known = crossing(all);
  if (n < 2) return { dearer, multiple: finite(known), ci: null, upTo };
  const rng = rngFromData(budgets.map(({ ahead }) => Float64Array.from(ahead)), 'crossover');
  const drawn = Float64Array.from({ length: DRAWS / 4 }, () => crossing(all.map(() => fastIndex(rng, n))));
  const [lo, hi] = percentiles(drawn, 0.025);
  return { dearer, multiple: finite(known), ci: Number.isFinite(lo) ? [lo, finite(hi)] : null, upTo };
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
