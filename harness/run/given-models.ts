import type { RunSpec } from '../store/spec.js';

type Model = NonNullable<RunSpec['checkpoint']>;

/** What reward models of a plan begin as, by the setting that names each. */
export const givenRewards = (specs: readonly RunSpec[]): ReadonlyMap<string, Model> =>
  new Map(
    specs.flatMap(({ stage, checkpoint }) =>
      checkpoint === undefined ? [] : [[`stage ${stage}: checkpoint`, checkpoint] as const],
    ),
  );

/** The model folders that the runs of a plan begin with, by the setting that names each. */
export function givenModels(specs: readonly RunSpec[]): ReadonlyMap<string, Model> {
  const policy = specs[0]?.policy.checkpoint; // one for all of a plan
  const own = policy === undefined ? [] : [['policy.checkpoint', policy] as const];
  return new Map([...own, ...givenRewards(specs)]);
}
