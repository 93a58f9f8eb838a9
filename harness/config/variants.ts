import { TiltyardError } from '../errors.js';
import type { Stage } from '../store/experiment.js';

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
  const combinations = product(stage.sweep);
  return starts.flatMap((start) =>
    rewards.flatMap((reward) =>
      combinations.map((values): Variant => {
        const own = Object.entries(values).map(
          ([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`,
        );
        const inherited = [start, reward].flatMap((v) =>
          v === null || v.label === v.stage ? [] : [v.label],
        );
        const parts = [...own, ...inherited];
        return {
          stage: name,
          label: parts.length === 0 ? name : `${name}[${parts.join(',')}]`,
          params: { ...stage.params, ...values },
          start: start?.label ?? null,
          reward: reward?.label ?? null,
        };
      }),
    ),
  );
}

/** Every combination of swept values, the last parameter fastest. */
function product(sweep: Stage['sweep']): Record<string, unknown>[] {
  let combinations: Record<string, unknown>[] = [{}];
  for (const [param, values] of Object.entries(sweep)) {
    combinations = combinations.flatMap((c) => values.map((v) => ({ ...c, [param]: v })));
  }
  return combinations;
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
