import type { Judging, LlmJudgeReport } from '../../reports/report/judging.js';

const FIGURE = { mean: 0.5, ci: [0.4, 0.6], n: 3 } as const;
const COUNTS = { questions: 8, verdicts: 3, refused: 1, empty: 1, unreadable: 1, noAnswer: 1, notAsked: 1 };
const WAYS = {
  ties: FIGURE,
  firstShown: FIGURE,
  longerWins: FIGURE,
  sameBothWays: FIGURE,
  likeGold: null,
};

const judge = (text: string): LlmJudgeReport => ({
  name: text,
  model: text,
  url: text,
  rubric: text,
  policies: [
    {
      name: text,
      family: text,
      winRate: FIGURE,
      lengthControlled: null,
      byGold: null,
      pairs: 4,
      judged: 1,
      identical: 0,
      counts: COUNTS,
      ways: WAYS,
    },
  ],
  counts: COUNTS,
  spent: { calls: 12, tokens: 3456, estimated: true },
  ways: WAYS,
  kappaBothWays: FIGURE,
  lengthSlope: null,
  labels: { pairs: 0, judged: 0, counts: COUNTS, agreement: null, chosenLonger: null, longerWins: null },
  question: { a: text, b: text, difference: FIGURE, verdict: 'not told apart' },
  sentences: [text],
  missing: [text],
});

/** What two judges say, with this text wherever text can come from data. */
export const judgingCalled = (text: string): Judging => ({
  goldIs: text,
  judges: [judge(text), judge(`${text} 2`)],
  agreement: [{ a: text, b: `${text} 2`, kappa: FIGURE, same: null }],
});
