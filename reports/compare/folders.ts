import { TiltyardError } from '../../harness/errors.js';
import { readFolder } from '../../harness/run/kinds.js';
import { requireWhole } from '../../harness/store/damages.js';
import { claimChanges } from './claims.js';
import { compare } from './compare.js';
import type { Comparison } from './model.js';
import type { Compared } from './text.js';

const WHAT = { experiment: 'an experiment', suite: 'a suite', analysis: 'an analysis' } as const;

/**
 * Compares two result folders: experiments, or suites (analyses) with the members that both have.
 * @param trusted modules whose code may run, beside those built in
 * @throws TiltyardError for folders of two kinds, and for what is no folder of results
 */
export async function compareFolders(
  a: string,
  b: string,
  trusted: readonly string[] = [],
): Promise<Compared> {
  for (const dir of [a, b]) requireWhole(dir);
  const [before, after] = [await readFolder(a, { trusted }), await readFolder(b, { trusted })];
  if (before.kind === 'experiment' && after.kind === 'experiment') {
    return { claims: null, members: [{ member: null, comparison: compare(before, after) }] };
  }
  if (before.kind === 'experiment' || after.kind === 'experiment' || before.kind !== after.kind) {
    const what = `${a} holds ${WHAT[before.kind]}, ${b} ${WHAT[after.kind]}`;
    const remedy = "give two folders of one kind (each member of a suite is an experiment's folder)";
    throw new TiltyardError('not-alike', `compare: ${what}; ${remedy}`);
  }
  const names = new Set([...after.members.keys(), ...before.members.keys()]);
  const members = [...names].map((member) => {
    const [x, y] = [before.members.get(member), after.members.get(member)];
    if (x === undefined || y === undefined)
      return { member, comparison: `only in ${x === undefined ? 'B' : 'A'}` };
    return { member, comparison: orReason(() => compare(x, y)) };
  });
  return { claims: claimChanges(before.rows, after.rows), members };
}

/** A member that has no finished run yet does not keep the others from being compared. */
function orReason(compared: () => Comparison): Comparison | string {
  try {
    return compared();
  } catch (error) {
    if (error instanceof TiltyardError && error.code === 'no-results') return error.message;
    throw error;
  }
}

/** Whether a gold reward fell, or an algorithm that finished failed, in any member. */
export const regressed = ({ members }: Compared): boolean =>
  members.some(({ comparison }) => typeof comparison !== 'string' && comparison.regression);

/** One line of JSON for the claims, and one for each member. */
export function toRecords({ claims, members }: Compared): string {
  const rows = members.map(({ member, comparison }) => ({
    type: 'comparison',
    ...(member === null ? {} : { member }),
    ...(typeof comparison === 'string' ? { reason: comparison } : comparison),
  }));
  return [...(claims === null ? [] : [{ type: 'claims', claims }]), ...rows]
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
}
