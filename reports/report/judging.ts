import { interval, maybeFigure } from './parts.js';
import {
  array,
  boolean,
  count,
  described,
  nullable,
  number,
  object,
  type Static,
  text,
} from './schema-builder.js';

/** A figure of a judge's own ways: its interval is over prompts, of all seeds. */
const ofJudge = object({
  mean: number,
  ci: described('95 % interval, over prompts.', nullable(interval)),
  n: described('Prompts.', count),
});
const maybeOfJudge = nullable(ofJudge);

/** How a judge answers, over policies or over one of them. */
const ways = object({
  ties: described('Share of its verdicts that are ties.', maybeOfJudge),
  firstShown: described(
    'Share of its verdicts that are for the answer shown first, ties half: one half where it minds no place.',
    maybeOfJudge,
  ),
  longerWins: described('Share of pairs of unequal length that the longer answer wins.', maybeOfJudge),
  sameBothWays: described('Share of pairs on which both orders have one verdict.', maybeOfJudge),
  likeGold: described(
    'Share of pairs, of which gold tells one to be better, that it ranks alike, ties half.',
    maybeOfJudge,
  ),
});

const counts = object({
  questions: described('Two for each pair, one in each order; each text is asked about once.', count),
  verdicts: count,
  refused: count,
  empty: count,
  unreadable: count,
  noAnswer: described('Given up on after every call failed.', count),
  notAsked: count,
});

/** A family as a judge sees it: what tuning chose of it, or each of its configurations, against the start. */
const judgedPolicy = object({
  name: text,
  family: text,
  winRate: described('Of pairs with a verdict in both orders, mean of the two; ties half.', maybeFigure),
  lengthControlled: described('What length explains of it taken off.', maybeFigure),
  byGold: described('On the same pairs of samples, by gold or by what stands for it.', maybeFigure),
  pairs: described('Pairs of samples.', count),
  judged: described('Those of them with a verdict in both orders, or of one text.', count),
  identical: described('Pairs of one text, which are ties without being asked about.', count),
  counts,
  ways,
});
export type JudgedPolicy = Static<typeof judgedPolicy>;

/** What a judge makes of the page's question: exploratory, and no part of its answer. */
const judgedQuestion = object({
  a: text,
  b: text,
  difference: described('Of their win rates against the start.', maybeFigure),
  verdict: text,
});

const llmJudge = object({
  name: text,
  model: text,
  url: text,
  rubric: text,
  policies: array(judgedPolicy),
  counts,
  spent: object({ calls: count, tokens: count, estimated: boolean }),
  ways,
  kappaBothWays: described('Agreement of its two orders beyond chance, Cohen’s kappa.', maybeOfJudge),
  lengthSlope: described(
    'Log-odds of winning for a standard deviation more of length, at equal known rank and equal policy.',
    maybeOfJudge,
  ),
  labels: described(
    'On held-out pairs with the data’s labels.',
    object({
      pairs: count,
      judged: count,
      counts,
      agreement: described('Share that it ranks as labelled, ties half.', maybeOfJudge),
      chosenLonger: described('Share in which the chosen one is the longer.', maybeOfJudge),
      longerWins: maybeOfJudge,
    }),
  ),
  question: nullable(judgedQuestion),
  sentences: described('What its figures say of it, a sentence each.', array(text)),
  missing: array(text),
});
export type LlmJudgeReport = Static<typeof llmJudge>;

/** Verdicts of language models, beside the page's answer and no part of it. */
export const judging = object({
  goldIs: described(
    'What gold is here: gold reward, or the reward model that stands for it.',
    nullable(text),
  ),
  judges: array(llmJudge),
  agreement: described(
    'Two judges on the pairs that both judged, a verdict of two orders each.',
    array(object({ a: text, b: text, kappa: maybeOfJudge, same: maybeOfJudge })),
  ),
});
export type Judging = Static<typeof judging>;
