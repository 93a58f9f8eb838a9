import type { Candidate } from '../../harness/metrics/budget.js';
import { mean } from '../../harness/stats/moments.js';
import type { EvalRow } from '../../harness/store/records.js';
import { preferredKl } from '../report/kl.js';
import { crossWins, type GoldByPrompt, goldByPrompt } from './by-prompt.js';
import { type Rule, scoreOf, scoreOfStart } from './choosing.js';
import { evaluationsOf, isStart } from './curves.js';
import type { Family, Gathered, Loaded } from './gather.js';

/**
 * The policies of a family or a union in one seed, the start first: as validation prompts saw them, which
 * chooses, and as test prompts saw them, which reports.
 */
export interface SeedPool {
  readonly candidates: readonly Candidate[];
  /** The runs of the candidates; of the start, null. */
  readonly entries: readonly (Loaded | null)[];
  /** Gold reward of each candidate: at every test prompt, or one number where it is exact. */
  readonly values: readonly Float64Array[];
  /** Share of wins against the start at every test prompt; null where that is not known of all. */
  readonly wins: readonly Float64Array[] | null;
  /** KL on test prompts, nats. */
  readonly kl: readonly (number | null)[];
}

/** A family, or the union of several, in every seed in which all of it is known. */
export interface Pool {
  readonly name: string;
  readonly kind: 'family' | 'union';
  /** What its policies learn from; null where a folder does not say. */
  readonly paradigm: string | null;
  readonly device: string;
  readonly families: readonly string[];
  readonly configurations: number;
  readonly bySeed: ReadonlyMap<number, SeedPool>;
  /** Why seeds are missing, once each. */
  readonly missing: readonly string[];
}

/** The start of one seed, as every pool of that seed needs it. */
interface SeedStart {
  readonly score: number;
  readonly value: Float64Array;
  readonly byPrompt: GoldByPrompt | null;
  readonly isExact: boolean;
}

const finalRow = ({ evals }: Loaded): EvalRow | undefined => evals.findLast((row) => row.split === 'test');

/** @param families one, or those of a union */
export function pool(
  about: Pick<Pool, 'name' | 'kind' | 'paradigm' | 'device'>,
  families: readonly Family[],
  rule: Rule,
  gathered: Gathered,
): Pool {
  const groups = families.flatMap((family) => family.groups);
  const entries = groups.flatMap((group) => group.loaded);
  const seeds = [...new Set(entries.map(({ seed }) => seed))].sort((a, b) => a - b);
  const bySeed = new Map<number, SeedPool>();
  const missing = new Set<string>();
  for (const seed of seeds) {
    const start = startIn(seed, rule, gathered);
    const mine = entries.filter((entry) => entry.seed === seed);
    const found = typeof start === 'string' ? start : seedPool(mine, start, rule);
    if (typeof found === 'string') missing.add(found);
    else bySeed.set(seed, found);
  }
  if (entries.length === 0) missing.add('no run finished');
  return {
    ...about,
    families: families.map(({ name }) => name),
    configurations: groups.length,
    bySeed,
    missing: [...missing],
  };
}

/** The start of a seed, or why it cannot stand in a pool. */
function startIn(seed: number, rule: Rule, { groups, startOf }: Gathered): SeedStart | string {
  const all = groups.flatMap(({ loaded }) => loaded.filter((entry) => entry.seed === seed));
  const score = scoreOfStart(rule, all);
  if (score === null) return neverScored(rule, all);
  const first = all.find((entry) => startOf(entry) !== null);
  const start = first === undefined ? null : startOf(first);
  const exact = start === null ? undefined : finalRow(start)?.exact;
  if (start?.samples != null && start.samples.gold === null && exact == null) return NO_GOLD;
  const byPrompt = start?.samples == null ? null : goldByPrompt(start.samples);
  if (exact != null) return { score, value: Float64Array.of(exact.goldReward), byPrompt, isExact: true };
  if (byPrompt !== null)
    return { score, value: Float64Array.from(byPrompt.values(), mean), byPrompt, isExact: false };
  // Fresh weights or a table: no run made it, so that only evaluations before a first step have measured it.
  const before = all.flatMap(({ evals }) => evals.filter(isStart))[0];
  const gold = before?.exact?.goldReward ?? null;
  if (gold === null) return 'the start was not measured on test prompts';
  return { score, value: Float64Array.of(gold), byPrompt: null, isExact: true };
}

const NO_GOLD =
  'nothing here says how good an answer is: the data has no gold reward, and no judge stands for it';

/** What chooses among configurations is not there, or read nothing of the start. */
function neverScored(rule: Rule, entries: readonly Loaded[]): string {
  const isThere = ({ run: { spec } }: Loaded): boolean =>
    rule === 'chooser'
      ? spec.inputs.chooser !== undefined
      : (spec.inputs.reward ?? spec.inputs.proxy) !== null;
  if (entries.some(isThere)) return `the ${rule} did not score the start: there are no validation prompts`;
  const what = rule === 'chooser' ? 'no chooser scores policies' : 'no learned reward scores policies';
  const remedy = 'add a stage that gives a reward, or collect.heldoutPairs';
  return `${what}, and nothing else could choose among them: ${remedy}`;
}

function seedPool(entries: readonly Loaded[], start: SeedStart, rule: Rule): SeedPool | string {
  const candidates: Candidate[] = [{ kl: 0, score: start.score }];
  const values = [start.value];
  const wins: (Float64Array | null)[] = [start.byPrompt && new Float64Array(start.byPrompt.size).fill(0.5)];
  const kls: (number | null)[] = [0];
  for (const entry of entries) {
    const { label } = entry.run.spec;
    const score = scoreOf(rule, entry);
    if (score === null) return `${label} has no score by ${rule}`;
    const last = evaluationsOf(entry).at(-1);
    const kl = last === undefined ? null : preferredKl(last.kl);
    if (kl === null) return `${label} has no KL`;
    const value = goldOf(entry, start);
    if (value === null) return `${label} has no gold reward on the start’s test prompts`;
    candidates.push({ kl: kl.mean, score });
    values.push(value);
    wins.push(winsOf(entry, start));
    const tested = finalRow(entry);
    kls.push(tested === undefined ? null : (preferredKl(tested.kl)?.mean ?? null));
  }
  return {
    candidates,
    entries: [null, ...entries],
    values,
    wins: wins.includes(null) ? null : (wins as Float64Array[]),
    kl: kls,
  };
}

/** Gold reward as the start has it: exact, or at the same prompts; null where it is not. */
function goldOf(entry: Loaded, { isExact, byPrompt }: SeedStart): Float64Array | null {
  if (isExact) {
    const exact = finalRow(entry)?.exact;
    return exact == null ? null : Float64Array.of(exact.goldReward);
  }
  const own = entry.samples === null ? null : goldByPrompt(entry.samples);
  return own === null ? null : atPrompts(byPrompt!, (prompt) => own.get(prompt), mean);
}

function winsOf(entry: Loaded, { byPrompt }: SeedStart): Float64Array | null {
  const own = entry.samples === null ? null : goldByPrompt(entry.samples);
  if (own === null || byPrompt === null) return null;
  return atPrompts(
    byPrompt,
    (prompt) => own.get(prompt),
    (mine, prompt) => crossWins(mine, byPrompt.get(prompt)!),
  );
}

function atPrompts(
  prompts: GoldByPrompt,
  own: (prompt: string) => readonly number[] | undefined,
  value: (mine: readonly number[], prompt: string) => number,
): Float64Array | null {
  const out = new Float64Array(prompts.size);
  let i = 0;
  for (const prompt of prompts.keys()) {
    const mine = own(prompt);
    if (mine === undefined) return null;
    out[i++] = value(mine, prompt);
  }
  return out;
}

/** The largest KL of a pool's configurations on validation prompts, mean over seeds; null for no seed. */
export function largestKl({ bySeed }: Pool): number | null {
  if (bySeed.size === 0) return null;
  return mean([...bySeed.values()].map(({ candidates }) => Math.max(...candidates.map(({ kl }) => kl))));
}

const PARADIGMS = { 'own-samples': 'RL', pairs: 'offline', nothing: 'at use' } as const;

/** What a paradigm is called in sentences. */
export const paradigmName = (learnsFrom: string): string =>
  PARADIGMS[learnsFrom as keyof typeof PARADIGMS] ?? learnsFrom;

/** Every family alone, and the union of each paradigm, RL first, on the device that most runs finished on. */
export function pools(
  gathered: Gathered,
  rule: Rule,
): { readonly unions: Pool[]; readonly families: Pool[] } {
  const device = mainDevice(gathered);
  const here = gathered.families.filter((family) => family.device === device);
  const paradigmOf = ({ stage }: Family): string | null => gathered.stored.stages[stage]?.learnsFrom ?? null;
  const families = here.map((family) =>
    pool(
      { name: family.name, kind: 'family', paradigm: paradigmOf(family), device },
      [family],
      rule,
      gathered,
    ),
  );
  const unions = Object.keys(PARADIGMS).flatMap((paradigm) => {
    const mine = here.filter((family) => paradigmOf(family) === paradigm);
    const name = paradigmName(paradigm);
    return mine.length === 0 ? [] : [pool({ name, kind: 'union', paradigm, device }, mine, rule, gathered)];
  });
  return { unions, families };
}

function mainDevice({ families }: Gathered): string {
  const runs = new Map<string, number>();
  for (const { device, groups } of families)
    runs.set(
      device,
      groups.reduce((n, { loaded }) => n + loaded.length, runs.get(device) ?? 0),
    );
  return [...runs].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'none';
}
