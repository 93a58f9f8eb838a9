import { isDeepStrictEqual } from 'node:util';
import { TiltyardError } from '../errors.js';
import type { Stage, Sweep } from '../store/experiment.js';

/** A stage with one combination of swept values, its own and those it inherits. */
export interface Variant {
  readonly stage: string;
  /** Stage and swept values, e.g. `mine[beta=0.1]`: what its runs are called. */
  readonly label: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Labels of the variants that it builds on. */
  readonly start: string | null;
  readonly reward: string | null;
}

/**
 * Own sweep times the variants of what the stage builds on.
 * @param variants of the stages before it
 */
export function expand(
  name: string,
  stage: Stage,
  variants: ReadonlyMap<string, readonly Variant[]>,
): Variant[] {
  const starts = stage.start === null ? [null] : variants.get(stage.start)!;
  const rewards = stage.reward === null ? [null] : variants.get(stage.reward)!;
  const values = combinations(stage.sweep);
  return starts.flatMap((start) =>
    rewards.flatMap((reward) =>
      values.map((swept): Variant => {
        const own = Object.entries(swept).map(
          ([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`,
        );
        const inherited = [start, reward].flatMap((v) =>
          v === null || v.label === v.stage ? [] : [v.label],
        );
        const parts = [...own, ...inherited];
        return {
          stage: name,
          label: parts.length === 0 ? name : `${name}[${parts.join(',')}]`,
          params: { ...stage.params, ...swept },
          start: start?.label ?? null,
          reward: reward?.label ?? null,
        };
      }),
    ),
  );
}

/** The configurations that are listed, or every combination of swept values, the last parameter fastest. */
export function combinations(sweep: Sweep): readonly Readonly<Record<string, unknown>>[] {
  if (isList(sweep)) return sweep;
  let combined: Record<string, unknown>[] = [{}];
  for (const [param, values] of Object.entries(sweep)) {
    combined = combined.flatMap((c) => values.map((v) => ({ ...c, [param]: v })));
  }
  return combined;
}

const isList = (sweep: Sweep): sweep is readonly Readonly<Record<string, unknown>>[] => Array.isArray(sweep);

/**
 * Names of the swept parameters.
 * @throws TiltyardError where listed configurations have different parameters, or two are the same
 */
export function sweptParameters(sweep: Sweep, where: string): readonly string[] {
  if (!isList(sweep)) return Object.keys(sweep);
  const names = Object.keys(sweep[0]!);
  for (const [i, own] of sweep.entries()) {
    const mine = Object.keys(own);
    if (mine.length !== names.length || mine.some((name) => !names.includes(name))) {
      const differ = `configuration ${i + 1} has ${mine.join(', ')}, the first has ${names.join(', ')}`;
      throw new TiltyardError('sweep', `${where}: ${differ}; give each the same parameters`);
    }
    const same = sweep.findIndex((other) => names.every((name) => isDeepStrictEqual(other[name], own[name])));
    if (same < i) {
      const twice = `configurations ${same + 1} and ${i + 1} are the same`;
      throw new TiltyardError('sweep', `${where}: ${twice}; remove one`);
    }
  }
  return names;
}

/** The variant of a stage that is to have one. @param where the setting that names it */
export function only(variants: readonly Variant[], name: string, where: string): Variant {
  if (variants.length !== 1) {
    const what = `stage ${name} is swept into ${variants.length} variants`;
    const remedy = 'collect from a stage without a sweep';
    throw new TiltyardError('swept-source', `${where}: ${what}; ${remedy}`);
  }
  return variants[0]!;
}
