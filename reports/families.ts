import { figureOverSeeds } from '../harness/stats/interval.js';
import { wins } from '../harness/metrics/win-rate.js';
import { frontierAt, originsOf, seedFamily, type SeedFamily } from './frontier.js';
import { type Group, type Loaded, NOT_NEGATIVE, perSeed, RATE, type Results } from './loaded.js';
import type { Family } from './matched.js';
import { type FamilyRow, preferredKl } from './model.js';
import { pairedGold } from './rows.js';

/** Points of a frontier, evenly in sqrt(KL). */
const GRID = 24;
/** Points of the area under it. */
const AREA = 32;

/** The groups by family, seed by seed. */
export function familiesOf(results: Results): (Family & { readonly groups: readonly Group[] })[] {
  const origins = originsOf(results.groups.flatMap((g) => g.loaded));
  return [...new Set(results.groups.map((g) => g.family))].map((name) => {
    const groups = results.groups.filter((g) => g.family === name);
    const seeds = [...new Set(groups.flatMap((g) => g.loaded.map(({ run }) => run.spec.seed)))].sort((a, b) => a - b);
    const ofSeed = (seed: number): SeedFamily | null =>
      seedFamily(groups.flatMap((g) => g.loaded.filter(({ run }) => run.spec.seed === seed).map((entry) => ({ variant: g.name, entry }))), results, origins);
    return { name, device: groups[0]!.device, groups, seeds: seeds.flatMap((seed) => ofSeed(seed) ?? []) };
  });
}

/** The configuration that tuning by proxy takes: the highest proxy reward at the end of training; the only one where there is one. */
export function chosenOf({ configurations }: SeedFamily): SeedFamily['configurations'][number] | null {
  if (configurations.length === 1) return configurations[0]!;
  let best: { readonly at: SeedFamily['configurations'][number]; readonly proxy: number } | null = null;
  for (const at of configurations) {
    const proxy = at.trained.at(-1)!.proxy;
    if (proxy === null) return null;
    if (best === null || proxy > best.proxy) best = { at, proxy };
  }
  return best?.at ?? null;
}

export function familyRows(families: readonly (Family & { readonly groups: readonly Group[] })[], results: Results): FamilyRow[] {
  const reach = Math.min(...families.flatMap((f) => f.seeds.map(({ hi }) => hi)));
  return families.map((family): FamilyRow => {
    const { name, device, groups, seeds } = family;
    const missing: string[] = [];
    const choices = seeds.flatMap((s) => { const chosen = chosenOf(s); return chosen === null ? [] : [{ seed: s.seed, ...chosen }]; });
    if (seeds.length === 0) missing.push('no evaluation with a gold reward and a KL');
    else if (choices.length < seeds.length) missing.push('no tuning: its evaluations have no proxy reward; name a reward stage in evaluation.proxy');
    const finals = choices.map(({ entry }) => entry.evals.find((e) => e.split === 'test'));
    const paired = choices.flatMap(({ entry }) => { const start = results.startOf(entry.run); return entry.samples === null || start?.samples == null ? [] : [pairedGold(entry.samples, start.samples)]; });
    return {
      name,
      algorithm: groups[0]!.runs[0]!.spec.algorithm?.name ?? 'none',
      device,
      variants: groups.map((g) => g.name),
      tuned:
        choices.length === 0 || choices.length < seeds.length
          ? null
          : {
              choices: choices.map(({ seed, variant }) => ({ seed, variant })),
              goldReward: figureOverSeeds(choices.flatMap(({ entry }) => (entry.samples?.gold == null ? [] : [entry.samples.gold]))),
              goldDifference: figureOverSeeds(paired.map(({ a, b }) => a.map((x, i) => x - b[i]!))),
              winRate: figureOverSeeds(paired.map(({ a, b }) => wins(a, b)), RATE),
              kl: perSeed(finals.map((e) => (e === undefined ? null : preferredKl(e.kl)?.mean)), NOT_NEGATIVE),
            },
      bestOf: bestOf(seeds),
      tuningFlops: perSeed(seeds.map((s) => tuningFlops(s.configurations.map(({ entry }) => entry), results)), NOT_NEGATIVE),
      frontier: frontier(seeds),
      area: area(seeds, reach),
      dominated: perSeed(seeds.map((s) => dominated(s, families.filter((f) => f !== family && f.device === device).flatMap((f) => f.seeds.filter(({ seed }) => seed === s.seed)))), RATE),
      missing,
    };
  });
}

/** Every configuration's own training, and each reward once. */
function tuningFlops(entries: readonly Loaded[], results: Results): number {
  const rewards = new Map(entries.map(({ run }) => [run.spec.inputs.reward, results.costsOf(run).slice(1).reduce((sum, c) => sum + c.flops, 0)]));
  return entries.reduce((sum, { run }) => sum + results.costsOf(run)[0]!.flops, 0) + [...rewards.values()].reduce((a, b) => a + b, 0);
}

/**
 * Expected gold reward on test prompts of the best by proxy of k configurations drawn without replacement: the configuration of
 * proxy rank r of n (1 the highest) is taken with probability C(n - r, k - 1) / C(n, k).
 */
function bestOf(seeds: readonly SeedFamily[]): FamilyRow['bestOf'] {
  const n = Math.min(...seeds.map((s) => s.configurations.length));
  if (!Number.isFinite(n) || n < 2) return [];
  const ranked = seeds.flatMap(({ configurations }) => {
    const known = configurations.flatMap(({ entry, trained }) => (entry.samples?.gold == null || trained.at(-1)!.proxy === null ? [] : [{ gold: entry.samples.gold, proxy: trained.at(-1)!.proxy! }]));
    return known.length === n ? [known.sort((x, y) => y.proxy - x.proxy).map(({ gold }) => gold.reduce((a, b) => a + b, 0) / gold.length)] : [];
  });
  return Array.from({ length: n }, (_, i) => i + 1).flatMap((k) => {
    const figure = perSeed(ranked.map((golds) => golds.reduce((sum, g, r) => sum + (choose(n - r - 1, k - 1) / choose(n, k)) * g, 0)));
    return figure === null ? [] : [{ k, goldReward: figure }];
  });
}

function choose(n: number, k: number): number {
  if (k > n) return 0;
  let out = 1;
  for (let i = 1; i <= k; i++) out = (out * (n - k + i)) / i;
  return out;
}

function frontier(seeds: readonly SeedFamily[]): FamilyRow['frontier'] {
  const lo = Math.max(...seeds.map((s) => s.lo));
  const hi = Math.min(...seeds.map((s) => s.hi));
  if (seeds.length === 0 || !(hi > lo)) return [];
  return Array.from({ length: GRID }, (_, i) => lo + (i / (GRID - 1)) * (hi - lo)).flatMap((root) => {
    const points = seeds.map((s) => frontierAt(s, root));
    const goldReward = perSeed(points.map((p) => p?.gold));
    return goldReward === null ? [] : [{ kl: root ** 2, goldReward, winRate: perSeed(points.map((p) => p?.win), RATE), proxyReward: perSeed(points.map((p) => p?.proxy)) }];
  });
}

/** @param reach sqrt of the KL that every family reaches in every seed */
function area(seeds: readonly SeedFamily[], reach: number): FamilyRow['area'] {
  if (seeds.length === 0 || !(reach > 0)) return null;
  const gain = perSeed(
    seeds.map((s) => {
      const lo = Math.max(0, s.lo);
      const start = frontierAt(s, lo);
      const points = Array.from({ length: AREA }, (_, i) => frontierAt(s, lo + ((i + 0.5) / AREA) * (reach - lo)));
      return start === null || points.some((p) => p === null) ? null : points.reduce((sum, p) => sum + (p!.gold - start.gold) / AREA, 0);
    }),
  );
  return gain === null ? null : { kl: reach ** 2, gain };
}

/** Of the trained evaluations away from the start, the share that some other family beats at the same KL. */
function dominated(own: SeedFamily, others: readonly SeedFamily[]): number | null {
  const points = own.curves.flatMap((c) => c.byKl.filter((p) => p.root > 0));
  if (points.length === 0 || others.length === 0) return null;
  return points.filter((p) => others.some((o) => (frontierAt(o, p.root)?.gold ?? Number.NEGATIVE_INFINITY) > p.gold)).length / points.length;
}
