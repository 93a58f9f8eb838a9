import type { GridRow } from './answer.js';
import { percent, withInterval, written } from './format.js';
import type { Report } from './model.js';

/** Families named in one sentence; the table of grids has all. */
const MOST = 3;

/** What weakens the answer and has to stand beside it: a sentence each, the gravest first. */
export const warnings = (report: Report): readonly string[] => [
  ...judged(report),
  ...edges(report.grids),
  ...unspent(report.grids),
];

/** A judge is no truth; how often it is right stands with it. */
function judged({ judge }: Report): string[] {
  if (judge === null) return [];
  const { name, accuracy, canJudge } = judge;
  const what = `What is compared here is the score of the reward model ${name}, and no truth`;
  if (accuracy === null) return [`${what}.`];
  const doubt = canJudge === false ? ', which is not told apart from chance: it cannot judge' : '';
  const right = `of pairs it has not seen it ranks ${withInterval(accuracy, percent)} as labelled`;
  return [`${what}; ${right}${doubt}.`];
}

/** A number whose best value may lie beyond what was tried. */
export interface Edge {
  readonly family: string;
  readonly parameter: string;
  readonly edge: NonNullable<GridRow['parameters'][number]['edge']>;
}

export const edgesOf = (grids: readonly GridRow[]): readonly Edge[] =>
  grids.flatMap(({ family, parameters }) =>
    parameters.flatMap(({ name, edge }) => (edge === null ? [] : [{ family, parameter: name, edge }])),
  );

function edges(grids: readonly GridRow[]): string[] {
  const found = edgesOf(grids);
  const [inherent, open] = [
    found.filter(({ edge }) => edge.freest),
    found.filter(({ edge }) => !edge.freest),
  ];
  const told = (some: readonly Edge[], of: (edge: Edge['edge']) => string): string =>
    several(
      some.slice(0, MOST).map(({ family, parameter, edge }) => `${family} (${parameter}${of(edge)})`),
      some.length,
    );
  const [beyond, strongest] = [
    told(open, ({ add }) => `, add ${written(add)}`),
    told(inherent, ({ value }) => ` ${written(value)}`),
  ];
  return [
    ...(open.length === 0
      ? []
      : [`At the edge of what was tried, so a better value may lie beyond: ${beyond}.`]),
    // Not a matter of tuning: a sampler scores the better the further it follows its reward.
    ...(inherent.length === 0
      ? []
      : [`At their strongest, where samplers score best until the reward misleads: ${strongest}.`]),
  ];
}

function unspent(grids: readonly GridRow[]): string[] {
  const found = grids.filter((grid) => grid.unspent).map(({ family }) => family);
  if (found.length === 0) return [];
  const named = several(found.slice(0, MOST), found.length);
  return [`Under half the KL budget in every configuration: ${named}.`];
}

const several = (named: readonly string[], all: number): string =>
  all > named.length ? `${named.join(', ')} and ${all - named.length} more` : named.join(', ');
