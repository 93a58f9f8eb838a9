import type { Rng } from '../../../harness/rng.js';

/** The words of the world; those that judge, with what they say in units of gold reward. */
export const NOUNS = ['plot', 'acting', 'script', 'pacing', 'ending', 'music'] as const;
export const PRAISE: Readonly<Record<string, number>> = {
  fine: 0.5,
  good: 1,
  fresh: 1,
  clever: 1.2,
  moving: 1.5,
  great: 1.5,
  brilliant: 2,
  superb: 2,
};
export const BLAME: Readonly<Record<string, number>> = {
  flat: -0.5,
  weak: -1,
  bad: -1,
  stale: -1.2,
  dull: -1.5,
  messy: -1.5,
  awful: -2,
  terrible: -2,
};
export const NEUTRAL = ['long', 'short', 'quiet', 'simple', 'loud', 'dark'] as const;
export const INTENSIFIERS: Readonly<Record<string, number>> = { rather: 0.7, really: 1.3, very: 1.5 };
export const VERBS = ['is', 'was', 'feels', 'seems'] as const;
export const OPINIONS: Readonly<Record<string, number>> = { loved: 2, liked: 1, hated: -2, disliked: -1 };
export const DETERMINERS = ['the', 'its'] as const;
const GENRES = [
  'comedy',
  'drama',
  'thriller',
  'western',
  'musical',
  'mystery',
  'romance',
  'cartoon',
] as const;
const MOODS = ['small', 'big', 'grim', 'sunny', 'strange', 'gentle', 'noisy', 'tender'] as const;
const PLACES = [
  'paris',
  'lagos',
  'lima',
  'oslo',
  'seoul',
  'cairo',
  'quebec',
  'delhi',
  'rome',
  'perth',
] as const;

export const VOCABULARY: readonly string[] = [
  '.',
  'and',
  'but',
  'not',
  'i',
  'on',
  'of',
  'a',
  'from',
  ':',
  ...NOUNS,
  ...Object.keys(PRAISE),
  ...Object.keys(BLAME),
  ...NEUTRAL,
  ...Object.keys(INTENSIFIERS),
  ...VERBS,
  ...Object.keys(OPINIONS),
  ...DETERMINERS,
  ...GENRES,
  ...MOODS,
  ...PLACES,
];

/**
 * Every prompt there is, in a fixed order: `on the plot of a grim comedy from oslo :` asks for a review that
 * dwells on the plot.
 */
export function allPrompts(): string[] {
  const out: string[] = [];
  for (const noun of NOUNS) {
    for (const mood of MOODS) {
      for (const genre of GENRES) {
        for (const place of PLACES) out.push(`on the ${noun} of a ${mood} ${genre} from ${place} :`);
      }
    }
  }
  return out;
}

/** Tokens of every prompt. */
export const PROMPT_TOKENS = 10;

/** The aspect a prompt asks about; undefined for a text that is no prompt of this world. */
export const aspectOf = (prompt: string): string | undefined => {
  const word = prompt.split(' ')[2];
  return (NOUNS as readonly string[]).find((noun) => noun === word);
};

export interface WritingStyle {
  /** Share of evaluative words that praise. */
  readonly positiveShare: number;
  /** Chance that a word is replaced by a random one. */
  readonly slips: number;
}

/** One review by a writer with no particular aim: one to three sentences about whatever comes to mind. */
export function writeReview(aspect: string, style: WritingStyle, rng: Rng): string {
  const sentences = 1 + rng.categorical([3, 4, 2]);
  const words: string[] = [];
  for (let s = 0; s < sentences; s++) {
    words.push(...clause(aspect, style, rng));
    if (rng.bernoulli(0.35)) words.push(rng.bernoulli(0.6) ? 'and' : 'but', ...clause(aspect, style, rng));
    words.push('.');
  }
  return words.map((word) => (rng.bernoulli(style.slips) ? rng.pick(VOCABULARY) : word)).join(' ');
}

function clause(aspect: string, style: WritingStyle, rng: Rng): string[] {
  const noun = rng.bernoulli(0.3) ? aspect : rng.pick(NOUNS);
  const positive = rng.bernoulli(style.positiveShare);
  if (rng.bernoulli(0.25)) {
    const verbs = Object.keys(OPINIONS).filter((verb) => OPINIONS[verb]! > 0 === positive);
    return ['i', rng.pick(verbs), rng.pick(DETERMINERS), noun];
  }
  const adjective = rng.bernoulli(0.25)
    ? rng.pick(NEUTRAL)
    : rng.pick(Object.keys(positive ? PRAISE : BLAME));
  return [
    rng.pick(DETERMINERS),
    noun,
    rng.pick(VERBS),
    ...(rng.bernoulli(0.15) ? ['not'] : []),
    ...(rng.bernoulli(0.35) ? [rng.pick(Object.keys(INTENSIFIERS))] : []),
    adjective,
  ];
}
