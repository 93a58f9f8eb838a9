import type { LlmJudgeReport } from '../report/judging.js';
import { number, percent, signed } from '../report/format.js';

type Found = Omit<LlmJudgeReport, 'sentences'>;
type Ofjudge = Found['kappaBothWays'];

/** Where an interval lies beside a value that says nothing; null: it has none. */
function side(figure: Ofjudge, nothing: number): 'above' | 'below' | 'holds' | null {
  if (figure?.ci == null) return null;
  const [lo, hi] = figure.ci;
  return lo > nothing ? 'above' : hi < nothing ? 'below' : 'holds';
}

const shown = (figure: NonNullable<Ofjudge>, format: (x: number) => string): string =>
  figure.ci === null
    ? format(figure.mean)
    : `${format(figure.mean)} [${format(figure.ci[0])}, ${format(figure.ci[1])}]`;

/** What a judge's figures say of it, each sentence from where an interval lies; the gravest first. */
export function judgeSentences(found: Found): string[] {
  const { question, policies } = found;
  if (policies.every(({ judged }) => judged === 0) && found.labels.judged === 0) return unasked(found);
  return [
    ...atRandom(found),
    ...ofQuestion(question),
    ...agreement(found),
    ...ofPlace(found),
    ...ofLength(found),
    ...ofItself(found),
    ...unasked(found),
  ];
}

/** Nothing parts it from a coin, or nothing but the place in which answers stand. */
function atRandom({ kappaBothWays, ways, labels, lengthSlope }: Found): string[] {
  if (kappaBothWays?.ci == null || side(kappaBothWays, 0) === 'above') return [];
  const others = [side(labels.agreement, 0.5), side(ways.likeGold, 0.5)];
  if (others.some((at) => at === 'above')) return [];
  const place = side(ways.firstShown, 0.5);
  if (place === 'above' || place === 'below') {
    return [
      'Its verdicts follow the place in which an answer is shown and not the answer: asked the other way ' +
        'round it agrees with itself no more than by chance ' +
        `(kappa ${shown(kappaBothWays, (x) => number(x))}). Its win rates say nothing.`,
    ];
  }
  if (side(lengthSlope, 0) === 'above' || side(lengthSlope, 0) === 'below') return [];
  return [
    'Nothing tells it from a judge that answers at random: asked the other way round it agrees with itself ' +
      `no more than by chance (kappa ${shown(kappaBothWays, (x) => number(x))}). Its win rates say nothing.`,
  ];
}

function ofPlace({ ways: { firstShown } }: Found): string[] {
  if (firstShown === null) return [];
  const rate = shown(firstShown, percent);
  switch (side(firstShown, 0.5)) {
    case 'above':
      return [`It prefers the answer shown first: ${rate} of its verdicts are for it. ${BOTH_ORDERS}`];
    case 'below':
      return [
        `It prefers the answer shown second: only ${rate} of its verdicts are for the first. ${BOTH_ORDERS}`,
      ];
    default:
      return [`No preference for a place is told: ${rate} of its verdicts are for the answer shown first.`];
  }
}

const BOTH_ORDERS =
  'Every pair was asked about in both orders, so that this moves win rates towards one half and not past it.';

function ofLength({ ways: { longerWins }, lengthSlope }: Found): string[] {
  if (longerWins === null || lengthSlope === null) return [];
  const facts =
    `the longer answer wins ${shown(longerWins, percent)}; of answers alike in all that is known, one ` +
    `standard deviation more of length changes its log-odds by ${shown(lengthSlope, signed)}`;
  switch (side(lengthSlope, 0)) {
    case 'above':
      return [`It prefers longer answers: ${facts}. Win rates at equal length stand beside the raw ones.`];
    case 'below':
      return [`It prefers shorter answers: ${facts}. Win rates at equal length stand beside the raw ones.`];
    default:
      return [`No preference for length is told: ${facts}.`];
  }
}

function agreement({ labels, ways: { likeGold } }: Found): string[] {
  const said: string[] = [];
  const against = (figure: NonNullable<Ofjudge>, what: string): string => {
    const rate = `It ranks ${shown(figure, percent)} of ${what}`;
    const at = side(figure, 0.5);
    if (at === 'above') return `${rate}.`;
    return at === 'below'
      ? `${rate}: it is against them more often than not.`
      : `${rate}: that is not told apart from a guess.`;
  };
  if (labels.agreement !== null) {
    said.push(against(labels.agreement, `${labels.judged} held-out pairs as the data labels them`));
  }
  if (likeGold !== null) {
    said.push(against(likeGold, 'the pairs that it judged here as their known rewards rank them'));
  }
  return said;
}

function ofItself({ ways: { sameBothWays }, kappaBothWays }: Found): string[] {
  if (sameBothWays === null) return [];
  const kappa = kappaBothWays === null ? '' : ` (kappa ${shown(kappaBothWays, (x) => number(x))})`;
  return [`Its two orders have one verdict on ${shown(sameBothWays, percent)} of pairs${kappa}.`];
}

function ofQuestion(question: Found['question']): string[] {
  if (question?.difference == null) return [];
  const { a, b, difference, verdict } = question;
  const what = `Under this judge ${a} minus ${b}, in win rate over the start: ${shown(difference, signed)}`;
  return [`${what}: ${verdict}. Exploratory; the page’s answer rests on none of it.`];
}

/** What no verdict came of, so that nobody takes the rates for more than they are. */
function unasked({ counts, labels }: Found): string[] {
  const of = (name: keyof Found['counts']): number => counts[name] + labels.counts[name];
  const total = of('questions');
  const parts = [
    ['refused', 'refused'],
    ['empty', 'answered with nothing'],
    ['unreadable', 'answered unreadably'],
    ['noAnswer', 'without an answer after every retry'],
    ['notAsked', 'not asked yet, so that rates are over what there is'],
  ] as const;
  const lacking = parts.flatMap(([name, words]) =>
    of(name) === 0 ? [] : [`${of(name).toLocaleString('en')} ${words}`],
  );
  const asked = `${of('verdicts').toLocaleString('en')} verdicts on ${total.toLocaleString('en')} questions`;
  if (lacking.length === 0) return [`${asked}.`];
  return [`${asked}: ${lacking.join('; ')}. None of these counts as a loss.`];
}
