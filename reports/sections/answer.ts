import { mean } from '../../harness/stats/moments.js';
import { DEFAULT_COMPARISON } from '../../harness/store/experiment.js';
import type { Answer, Comparison } from '../report/answer.js';
import { RULES, type Rule, scoreOf } from './choosing.js';
import {
  type Contrast,
  compared,
  contrast,
  PRIMARY,
  type Setting,
  secondaryTo,
  tests,
} from './compare-pools.js';
import { costRatio } from './costs.js';
import { meanGains } from './frontier.js';
import { type Family, type Gathered, pairsOf } from './gather.js';
import { largestKl, type Pool, pools } from './pools.js';

/** What a page compares, and how. */
export interface Question {
  readonly by: Rule;
  readonly unions: readonly Pool[];
  readonly families: readonly Pool[];
  /** K: budgets go from 0 to this; null where nothing has a KL. Nats. */
  readonly most: number | null;
  readonly budgets: readonly number[];
  /** Gold reward. */
  readonly margin: number;
}

/** RL against offline: what the page's first sentence is about. */
const SIDES = ['own-samples', 'pairs'] as const;

const unionOf = (unions: readonly Pool[], paradigm: string): Pool | undefined =>
  unions.find((union) => union.paradigm === paradigm && union.bySeed.size > 0);

/** @param by what chooses; default: what the experiment says */
export function question(gathered: Gathered, by: Rule = ruleOf(gathered)): Question {
  const { unions, families } = pools(gathered, by);
  const { maxKl, budgets, margin } = gathered.stored.experiment.comparison ?? DEFAULT_COMPARISON;
  const sides = SIDES.flatMap((paradigm) => unionOf(unions, paradigm) ?? []);
  const among = sides.length > 0 ? sides : [...unions, ...families];
  const reached = among.flatMap((union) => largestKl(union) ?? []).filter((kl) => kl > 0);
  const most = maxKl ?? (reached.length === 0 ? null : Math.min(...reached));
  return {
    by,
    unions,
    families,
    most,
    budgets: most === null ? [] : budgets.filter((budget) => budget <= most),
    margin: most === null ? 0 : margin * bestGain(families, most),
  };
}

/**
 * What the experiment says; in a folder that an older version wrote, proxy. Where no learned reward scored
 * what is compared, held-out pairs choose, if their accuracy was measured.
 */
export function ruleOf({ stored, groups }: Gathered): Rule {
  const by = stored.experiment.tuning?.by ?? 'proxy';
  const entries = groups.flatMap(({ loaded }) => loaded);
  const isScored = entries.some(({ run: { spec } }) => (spec.inputs.reward ?? spec.inputs.proxy) !== null);
  const areRanked = entries.length > 0 && entries.every((entry) => scoreOf('pairs', entry) !== null);
  return by === 'proxy' && !isScored && areRanked ? 'pairs' : by;
}

/** Of the family with the highest mean, the start at 0; never negative. */
const bestGain = (families: readonly Pool[], most: number): number =>
  Math.max(
    0,
    ...families
      .filter(({ bySeed }) => bySeed.size > 0)
      .map((family) => mean([...meanGains(family, most).values()].map(mean))),
  );

/** The primary comparison and all that stands beside it, without words. */
export function answerFigures(asked: Question, gathered: Gathered): Omit<Answer, 'sentence' | 'details'> {
  const { by, unions, families, most, margin } = asked;
  const secondary = familyContrasts(families, most);
  const primary = primaryOf(asked, secondary);
  const setting = settingOf(asked);
  const found = setting === null ? null : tests(secondary, secondary);
  const sides = SIDES.map((paradigm) => unionOf(unions, paradigm));
  return {
    by,
    budget: most,
    margin: margin > 0 ? margin : null,
    primary,
    costRatio: primary === null ? null : costRatio(sides[0]!, sides[1]!, most!, gathered),
    secondary: {
      // Without a primary hypothesis the pairs of families are all there is to test.
      open: primary === null || isApart(primary),
      moderated: found?.moderatedDf ?? null,
      comparisons:
        found === null
          ? []
          : compared(secondary, found.tests, setting!, secondaryTo(primary !== null, secondary.length)),
    },
    sensitivity: RULES.filter((rule) => rule !== by).map((rule) => underRule(rule, gathered)),
    ...ownLabels(asked, gathered),
  };
}

/**
 * The primary figure where what trains on a learned reward's labels is not counted as offline: a reward that
 * chooses may share the errors of the reward that labelled, and prefers what learned them.
 */
function ownLabels(asked: Question, gathered: Gathered): Pick<Answer, 'ownLabels'> {
  const isRelabelled = ({ groups }: Family): boolean =>
    groups.some(({ runs }) => runs.some(({ spec }) => spec.inputs.relabel !== undefined));
  const left = gathered.families.filter(isRelabelled).map(({ name }) => name);
  if (left.length === 0) return {};
  const families = gathered.families.filter((family) => !isRelabelled(family));
  const { most, budgets, margin } = asked;
  const fewer = { ...question({ ...gathered, families }, asked.by), most, budgets, margin };
  const comparison = primaryOf(fewer, familyContrasts(fewer.families, most));
  return comparison === null ? {} : { ownLabels: { families: left, comparison } };
}

/** Only a difference opens the gate: a match is no rejection of the hypothesis that there is none. */
const isApart = ({ verdict }: Comparison): boolean => verdict === 'ahead' || verdict === 'behind';

const settingOf = ({ most, budgets, margin }: Question): Setting | null =>
  most === null ? null : { most, budgets, margin };

/** Every pair of families that share a seed, mean over budgets. */
export function familyContrasts(families: readonly Pool[], most: number | null): Contrast[] {
  if (most === null) return [];
  return pairsOf(families)
    .map(([a, b]) => contrast(a, b, most))
    .filter(({ differences }) => differences.length > 0);
}

function primaryOf(asked: Question, secondary: readonly Contrast[]): Comparison | null {
  const setting = settingOf(asked);
  const [rl, offline] = SIDES.map((paradigm) => unionOf(asked.unions, paradigm));
  if (setting === null || rl === undefined || offline === undefined) return null;
  const main = contrast(rl, offline, setting.most);
  if (main.differences.length === 0) return null;
  return compared([main], tests([main], secondary).tests, setting, PRIMARY)[0]!;
}

/** The primary figure where something else chooses: is the answer that of the chooser? */
function underRule(rule: Rule, gathered: Gathered): Answer['sensitivity'][number] {
  const asked = question(gathered, rule);
  const comparison = primaryOf(asked, familyContrasts(asked.families, asked.most));
  const why = [...new Set(asked.unions.flatMap(({ missing }) => missing))].join('; ');
  return {
    by: rule,
    comparison,
    reason: comparison === null ? why || 'there is no RL union and offline union to compare' : null,
  };
}
