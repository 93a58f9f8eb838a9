import type { Column } from '../columns.js';
import type { JudgedPolicy, Judging, LlmJudgeReport } from '../judging.js';

/** What came to no verdict, in words; a dash where all did. */
const unread = ({ counts }: JudgedPolicy): string => {
  const { refused, empty, unreadable, noAnswer, notAsked } = counts;
  const parts = [
    [unreadable, 'unreadable'],
    [refused, 'refused'],
    [empty, 'empty'],
    [noAnswer, 'no answer'],
    [notAsked, 'not asked'],
  ] as const;
  const said = parts.flatMap(([n, words]) => (n === 0 ? [] : [`${n} ${words}`]));
  return said.length === 0 ? '–' : said.join(', ');
};

/** How a judge answers: by place, by length, and whether both orders agree. */
const waysOf = <Row extends Pick<JudgedPolicy, 'ways'>>(): readonly Column<Row>[] => [
  {
    id: 'first_shown',
    heading: 'for the first shown',
    kind: 'figure',
    unit: 'rate',
    of: (p) => p.ways.firstShown,
  },
  { id: 'longer', heading: 'longer wins', kind: 'figure', unit: 'rate', of: (p) => p.ways.longerWins },
  {
    id: 'same',
    heading: 'same both ways',
    kind: 'figure',
    unit: 'rate',
    of: (p) => p.ways.sameBothWays,
  },
];

/** Policies against their start, under one judge. */
export const JUDGED: readonly Column<JudgedPolicy>[] = [
  { id: 'policy', heading: 'policy', kind: 'title', of: (p) => p.name },
  { id: 'win_rate', heading: 'wins over the start', kind: 'figure', unit: 'rate', of: (p) => p.winRate },
  {
    id: 'equal_length',
    heading: 'at equal length',
    kind: 'figure',
    unit: 'rate',
    of: (p) => p.lengthControlled,
  },
  { id: 'known', heading: 'by known reward', kind: 'figure', unit: 'rate', of: (p) => p.byGold },
  { id: 'ties', heading: 'ties', kind: 'figure', unit: 'rate', of: (p) => p.ways.ties },
  ...waysOf<JudgedPolicy>(),
  {
    id: 'like_known',
    heading: 'ranks as known reward',
    kind: 'figure',
    unit: 'rate',
    of: (p) => p.ways.likeGold,
  },
  { id: 'judged', heading: 'pairs judged', kind: 'word', of: (p) => `${p.judged} of ${p.pairs}` },
  { id: 'unread', heading: 'no verdict', kind: 'word', of: unread },
];

/** The page's question under each judge. */
export const UNDER_JUDGES: readonly Column<LlmJudgeReport>[] = [
  { id: 'judge', heading: 'judge', kind: 'title', of: (j) => j.name },
  {
    id: 'question',
    heading: 'question',
    kind: 'word',
    of: (j) => (j.question === null ? '–' : `${j.question.a} minus ${j.question.b}`),
  },
  {
    id: 'difference',
    heading: 'in win rate',
    kind: 'figure',
    unit: 'difference',
    of: (j) => j.question?.difference ?? null,
  },
  { id: 'verdict', heading: 'verdict', kind: 'word', of: (j) => j.question?.verdict ?? '–' },
  {
    id: 'labels',
    heading: 'ranks as labelled',
    kind: 'figure',
    unit: 'rate',
    of: (j) => j.labels.agreement,
  },
  ...waysOf<LlmJudgeReport>(),
];

/** Judges against each other. */
export const AGREEMENT: readonly Column<Judging['agreement'][number]>[] = [
  { id: 'a', heading: 'judge', kind: 'title', of: (pair) => pair.a },
  { id: 'b', heading: 'and judge', kind: 'name', of: (pair) => pair.b },
  { id: 'kappa', heading: 'kappa', kind: 'figure', unit: 'plain', of: (pair) => pair.kappa },
  { id: 'same', heading: 'one verdict', kind: 'figure', unit: 'rate', of: (pair) => pair.same },
];

/** How to read the section, a sentence or two. */
export const aboutJudging = ({ goldIs }: Judging): string =>
  'Language models were asked, once the runs had ended, which of two answers is better: what tuning chose ' +
  'of each family against the start, one pair of samples on each test prompt, shown in both orders. A pair ' +
  'counts where both orders have a verdict. They neither choose nor train, and the answer above rests on ' +
  `none of it.${goldIs === null ? '' : ` The known reward is ${goldIs}.`}`;

/** What a judge took. */
export function spentInWords({ spent: { calls, tokens, estimated } }: LlmJudgeReport): string {
  const counted = `${estimated ? 'about ' : ''}${tokens.toLocaleString('en')} tokens`;
  return `${calls.toLocaleString('en')} calls and ${counted} were spent.`;
}
