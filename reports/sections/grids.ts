import { meanMixture } from '../../harness/metrics/budget.js';
import type { GridRow } from '../report/answer.js';
import { paidOnce } from './costs.js';
import { type Family, type Gathered, NOT_NEGATIVE, perSeed } from './gather.js';
import { largestKl, type Pool, type SeedPool } from './pools.js';

/** Where the chosen configurations of every family lie in what was swept, and whether it spent the budget. */
export function grids(families: readonly Pool[], most: number | null, gathered: Gathered): GridRow[] {
  return families.map((pool) => {
    const family = gathered.families.find(({ name }) => name === pool.name)!;
    const largest = largestKl(pool);
    return {
      family: pool.name,
      configurations: pool.configurations,
      parameters:
        most === null ? [] : swept(family, gathered).map((parameter) => place(parameter, pool, most)),
      unspent: most !== null && largest !== null && largest < most / 2,
      tuningFlops: tuningFlops(family, gathered),
    };
  });
}

interface Swept {
  readonly name: string;
  /** 'strength' or 'learning-rate'; null where the plugin gives it none. */
  readonly role: string | null;
  /** Of a sampler's strength the end that holds back least; null of anything else. */
  readonly freest: Side | null;
  readonly values: readonly number[];
}

type Side = 'largest' | 'smallest';

/** The numbers that a family's configurations differ in. */
function swept({ stage, groups }: Family, { stored }: Gathered): Swept[] {
  const params = groups.map(({ runs }) => runs[0]!.spec.algorithm?.params ?? {});
  const names = new Set(params.flatMap((own) => Object.keys(own)));
  return [...names].flatMap((name) => {
    const values = [...new Set(params.map((own) => own[name]))];
    if (values.length < 2 || !values.every((value) => typeof value === 'number')) return [];
    const { roles, learnsFrom } = stored.stages[stage] ?? { roles: {}, learnsFrom: null };
    const role = roles[name];
    const samples = learnsFrom === 'nothing' && role?.kind === 'strength';
    const freest = samples ? (role.holdsBack === 'larger' ? 'smallest' : 'largest') : null;
    return [{ name, role: role?.kind ?? null, freest, values: (values as number[]).sort((a, b) => a - b) }];
  });
}

function place(
  { name, role, freest, values }: Swept,
  { bySeed }: Pool,
  most: number,
): GridRow['parameters'][number] {
  const chosen = [...bySeed].flatMap(([seed, own]) => {
    const value = heaviest(own, most)?.[name];
    return typeof value === 'number' ? [{ seed, value }] : [];
  });
  return {
    name,
    role,
    values,
    chosen,
    edge: edgeOf(
      values,
      chosen.map(({ value }) => value),
      freest,
    ),
  };
}

/** Parameters of the policy that weighs most over the budgets; null where it is the start. */
function heaviest({ candidates, entries }: SeedPool, most: number): Readonly<Record<string, unknown>> | null {
  const weights = [...meanMixture(candidates, most)].filter(([i]) => entries[i] !== null);
  const [first] = weights.sort(([, a], [, b]) => b - a);
  return first === undefined ? null : (entries[first[0]]!.run.spec.algorithm?.params ?? null);
}

/**
 * The end of the grid where half the seeds or more chose, and the next value beyond it at the grid's own
 * ratio.
 */
function edgeOf(
  values: readonly number[],
  chosen: readonly number[],
  freest: Side | null,
): GridRow['parameters'][number]['edge'] {
  const end = (side: Side, value: number, neighbour: number) => {
    const seeds = chosen.filter((x) => x === value).length;
    const add = value > 0 && neighbour > 0 ? value ** 2 / neighbour : 2 * value - neighbour;
    return chosen.length > 0 && seeds >= chosen.length / 2
      ? { side, value, seeds, add, freest: side === freest }
      : null;
  };
  return end('largest', values.at(-1)!, values.at(-2)!) ?? end('smallest', values[0]!, values[1]!);
}

/** Of every seed. */
function tuningFlops({ groups }: Family, { costsOf }: Gathered): GridRow['tuningFlops'] {
  const entries = groups.flatMap(({ loaded }) => loaded);
  const seeds = [...new Set(entries.map(({ seed }) => seed))];
  return perSeed(
    seeds.map((seed) =>
      paidOnce(
        entries.filter((entry) => entry.seed === seed),
        costsOf,
      ),
    ),
    NOT_NEGATIVE,
  );
}
