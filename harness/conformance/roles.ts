import { parameterRoles } from '../contracts/params.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';

/**
 * At most one parameter is the strength and one the learning rate, because a comparison sweeps one of each. A
 * policy that lacks one passes with a note: it runs, but a report cannot say whether its grid was wide
 * enough, and some methods have no strength to declare (maximum likelihood).
 */
export function rolesAreDeclared({ params, gives, sample }: AlgorithmPlugin): string | undefined {
  const roles = [...parameterRoles(params)];
  const of = (kind: string): string[] => roles.filter(([, r]) => r.kind === kind).map(([name]) => name);
  const found = { strength: of('strength'), 'learning rate': of('learning-rate') };
  for (const [what, names] of Object.entries(found)) {
    if (names.length <= 1) continue;
    const advice = 'leave the role to the one that a comparison should sweep';
    throw new Error(`${names.join(' and ')} each declare to be the ${what}; ${advice}`);
  }
  if (gives === 'reward') return 'gives a reward';
  const missing = [
    ...(found.strength.length === 0 ? ["no strength (role: { kind: 'strength', holdsBack })"] : []),
    // What only samples has no rate.
    ...(found['learning rate'].length === 0 && sample === undefined
      ? ["no learning rate (role: { kind: 'learning-rate' })"]
      : []),
  ];
  if (missing.length === 0) return undefined;
  return `declares ${missing.join(' and ')}: no report can say that its grid was too narrow`;
}
