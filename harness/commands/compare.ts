import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Comparison } from '../../reports/compare/model.js';
import type { Compared } from '../../reports/compare/text.js';
import { TiltyardError } from '../errors.js';
import { isAnalysis } from '../run/analysis.js';
import { isSuite, readDecided } from '../run/suite.js';
import { writeTextAtomic } from '../store/atomic.js';
import { readExperiment } from '../store/read.js';

export interface CompareFlags {
  readonly failOnRegression?: boolean;
  /** A Markdown file to write. */
  readonly out?: string;
}

/** Compares two result folders. @returns exit code: 1 for a regression where that was asked for */
export async function compareCommand(a: string, b: string, flags: CompareFlags, json: boolean, print: (text: string) => void): Promise<0 | 1> {
  const compared = await compareFolders(resolve(a), resolve(b));
  const { toComparisonMarkdown, toText } = await import('../../reports/compare/text.js');
  if (flags.out !== undefined) writeTextAtomic(resolve(flags.out), toComparisonMarkdown(compared));
  print(json ? records(compared) : toText(compared));
  const regression = compared.members.some(({ comparison }) => typeof comparison !== 'string' && comparison.regression);
  return flags.failOnRegression === true && regression ? 1 : 0;
}

type Kind = 'an experiment' | 'a suite' | 'an analysis';
const kindOf = (dir: string): Kind => (isSuite(dir) ? 'a suite' : isAnalysis(dir) ? 'an analysis' : 'an experiment');

async function compareFolders(a: string, b: string): Promise<Compared> {
  const { compare } = await import('../../reports/compare/compare.js');
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind !== other && existsSync(a) && existsSync(b)) throw new TiltyardError('not-alike', `compare: ${a} holds ${kind}, ${b} ${other}; give two folders of one kind (each member of a suite is an experiment's folder)`);
  const [x, y] = [await readDecided(a), await readDecided(b)];
  if (x === null || y === null) return { claims: null, members: [{ member: null, comparison: compare(readExperiment(a), readExperiment(b)) }] };
  const { claimChanges } = await import('../../reports/compare/claims.js');
  const members = [...new Set([...y.members.keys(), ...x.members.keys()])].map((member) => {
    const [before, after] = [x.members.get(member), y.members.get(member)];
    return { member, comparison: before !== undefined && after !== undefined ? orReason(() => compare(before, after)) : `only in ${before === undefined ? 'B' : 'A'}` };
  });
  return { claims: claimChanges(x.rows, y.rows), members };
}

/** A member that has no finished run yet does not keep the others from being compared. */
function orReason(compare: () => Comparison): Comparison | string {
  try {
    return compare();
  } catch (error) {
    if (error instanceof TiltyardError && error.code === 'no-results') return error.message;
    throw error;
  }
}

/** One line of JSON for the claims, and one for each member. */
function records({ claims, members }: Compared): string {
  const rows = [
    ...(claims === null ? [] : [{ type: 'claims', claims }]),
    ...members.map(({ member, comparison }) => ({ type: 'comparison', ...(member === null ? {} : { member }), ...(typeof comparison === 'string' ? { reason: comparison } : comparison) })),
  ];
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
