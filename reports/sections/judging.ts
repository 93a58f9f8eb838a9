import { judgesOf } from '../../harness/judge/judges.js';
import { type JudgeMatchups, matchupsOf } from '../../harness/judge/matchups.js';
import { spentOn } from '../../harness/judge/spending.js';
import { figureOverSeeds } from '../../harness/stats/interval.js';
import { equalLengthOutcomes } from '../../harness/stats/length-control.js';
import type { LlmJudge } from '../../harness/store/experiment.js';
import type { StoredExperiment } from '../../harness/store/read.js';
import { type VerdictRow, wholeVerdicts } from '../../harness/store/verdicts.js';
import type { JudgedPolicy, Judging, LlmJudgeReport } from '../report/judging.js';
import type { Report } from '../report/model.js';
import { RATE } from './gather.js';
import {
  agreementOf,
  kappaBothWays,
  lengthSlope,
  longerWins,
  overPrompts,
  ranksLike,
  waysOf,
} from './judge-ways.js';
import { judgedQuestion } from './judged-question.js';
import { judgeSentences } from './judge-words.js';
import { countsOf, isAnswered, judged, type Judged, type JudgedPairs } from './verdicts.js';

/**
 * What language models say of the policies, from stored verdicts: beside the page's answer, and no part of
 * it. Null where the experiment has none.
 * @param judge the reward model that stands for gold; null: gold is gold, where there is any
 */
export function judging(stored: StoredExperiment, judge: Report['judge']): Judging | null {
  const judges = judgesOf(stored.experiment);
  if (judges.length === 0) return null;
  const rows = wholeVerdicts(stored.dir);
  const known = new Map(rows.map((row) => [row.key, row]));
  const isGoldKnown = judge?.canJudge !== false;
  const read = judges.map((each) =>
    readJudge(each, withoutGold(matchupsOf(stored, each), isGoldKnown), known),
  );
  return {
    goldIs: goldName(read, judge),
    judges: read.map((each) => judgeReport(each, rows, stored.stages)),
    agreement: read.flatMap((a, i) =>
      read.slice(i + 1).map((b) => ({
        a: a.judge.name,
        b: b.judge.name,
        ...agreementOf(a.policies.flatMap(pairsOf), b.policies.flatMap(pairsOf)),
      })),
    ),
  };
}

/** A judge with all that it was asked. */
interface ReadJudge {
  readonly judge: LlmJudge;
  readonly policies: readonly JudgedPairs[];
  readonly labelled: readonly Judged[];
  readonly missing: readonly string[];
}

const pairsOf = ({ pairs }: JudgedPairs): readonly Judged[] => pairs;

function readJudge(
  judge: LlmJudge,
  { policies, labelled, missing }: JudgeMatchups,
  known: ReadonlyMap<string, VerdictRow>,
): ReadJudge {
  return {
    judge,
    policies: policies.map(({ comparison, matchups }) => ({
      comparison,
      pairs: matchups.map((matchup) => judged(matchup, known)),
    })),
    labelled: labelled.map((matchup) => judged(matchup, known)),
    missing,
  };
}

/** Scores of what is not told apart from a guess count as no gold. */
function withoutGold(matchups: JudgeMatchups, isKnown: boolean): JudgeMatchups {
  if (isKnown) return matchups;
  const policies = matchups.policies.map(({ comparison, matchups: own }) => ({
    comparison,
    matchups: own.map((matchup) => ({ ...matchup, gold: null })),
  }));
  return { ...matchups, policies };
}

function goldName(read: readonly ReadJudge[], judge: Report['judge']): string | null {
  const isThere = read.some(({ policies }) =>
    policies.some(({ pairs }) => pairs.some(({ matchup }) => matchup.gold !== null)),
  );
  if (!isThere) return null;
  return judge === null ? 'the gold reward' : `the reward model ${judge.name}`;
}

function judgeReport(
  { judge, policies, labelled, missing }: ReadJudge,
  rows: readonly VerdictRow[],
  stages: StoredExperiment['stages'],
): LlmJudgeReport {
  const own = rows.filter((row) => row.judge === judge.name);
  const all = policies.flatMap(pairsOf);
  const found: Omit<LlmJudgeReport, 'sentences'> = {
    name: judge.name,
    model: judge.model,
    url: judge.url,
    rubric: judge.rubric,
    policies: byName(policies, judge.policies),
    counts: countsOf(all),
    spent: { ...spentOn(own), estimated: own.some(({ tokens }) => tokens.estimated) },
    ways: waysOf(all),
    kappaBothWays: kappaBothWays(all),
    lengthSlope: lengthSlope([...byFamily(policies).values()], labelled),
    labels: {
      pairs: labelled.length,
      judged: labelled.filter(isAnswered).length,
      counts: countsOf(labelled),
      agreement: overPrompts(labelled, (pair) => ranksLike(pair, 1)),
      chosenLonger: overPrompts(labelled, ({ matchup: { a, b } }) =>
        a.length === b.length ? null : a.length > b.length ? 1 : 0,
      ),
      longerWins: overPrompts(labelled, longerWins),
    },
    question: judgedQuestion(policies, stages),
    missing: [...missing],
  };
  return { ...found, sentences: judgeSentences(found) };
}

function byFamily(policies: readonly JudgedPairs[]): ReadonlyMap<string, readonly Judged[]> {
  const found = new Map<string, Judged[]>();
  for (const { comparison, pairs } of policies) {
    found.set(comparison.stage, [...(found.get(comparison.stage) ?? []), ...pairs]);
  }
  return found;
}

/** A row for every family, or for every configuration where all were judged. */
function byName(policies: readonly JudgedPairs[], which: LlmJudge['policies']): JudgedPolicy[] {
  const named = new Map<string, JudgedPairs[]>();
  for (const each of policies) {
    const { stage, run } = each.comparison;
    const name = which === 'all' ? run.spec.label : stage;
    named.set(name, [...(named.get(name) ?? []), each]);
  }
  return [...named].map(([name, seeds]) => policyRow(name, seeds));
}

function policyRow(name: string, seeds: readonly JudgedPairs[]): JudgedPolicy {
  const all = seeds.flatMap(pairsOf);
  // A seed is a list of its prompts: prompts are the inner unit of the interval, seeds the outer one.
  const perSeed = seeds.map(({ pairs }) => pairs.filter(({ score }) => score !== null));
  const scores = perSeed.map((pairs) => Float64Array.from(pairs, ({ score }) => score!));
  const lengths = perSeed.map((pairs) =>
    Float64Array.from(pairs, ({ matchup: { a, b } }) => a.length - b.length),
  );
  const byGold = perSeed.map((pairs) =>
    Float64Array.from(
      pairs.filter(({ matchup }) => matchup.gold !== null),
      ({ matchup }) => (Math.sign(matchup.gold!) + 1) / 2,
    ),
  );
  const known = scores.filter(({ length }) => length > 1);
  return {
    name,
    family: seeds[0]!.comparison.stage,
    winRate: figureOverSeeds(scores, RATE),
    lengthControlled: figureOverSeeds(
      known.map((own) => equalLengthOutcomes(own, lengths[scores.indexOf(own)]!)),
      RATE,
    ),
    byGold: figureOverSeeds(byGold, RATE),
    pairs: all.length,
    judged: all.filter(({ score }) => score !== null).length,
    identical: all.filter(({ matchup }) => matchup.keys === null).length,
    counts: countsOf(all),
    ways: waysOf(all),
  };
}
