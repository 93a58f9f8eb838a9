import { Rng } from '../../../harness/rng.js';
import type { Answer } from '../../../reports/report/answer.js';
import { answerFigures, question } from '../../../reports/sections/answer.js';
import { simulatedPage, type Truth, worth } from './simulated-page.js';

/**
 * `node dist/test/bench/calibration/sentences.js [pages] [seeds,...]`: how often a page says something
 * false, through the page's own path (choice on validation, hull, tests, gate, correction), and how often
 * it finds what is there. Truths: nothing differs; RL is ahead by exactly the margin, where a match would
 * be false; RL is ahead by far, so that the gate is open, and families of one paradigm do not differ; RL is
 * ahead by .4.
 */
const pages = Number(process.argv[2] ?? 1000);
const SEEDS = (process.argv[3] ?? '3,5,10,20').split(',').map(Number);
const FAMILIES = 3;

/** Gold reward in the primary figure -> advantage in slope. */
const advantageOf = (difference: number): number => difference / worth(1);

/** The margin is a share of the best family's mean gain, which is about this. */
const GAIN = worth(2);

interface Scenario {
  readonly name: string;
  readonly difference: number;
  /** Whether the page says something false. */
  readonly isWrong: (answer: Found) => boolean;
  /** Whether it finds what is there; null: nothing is. */
  readonly finds: ((answer: Found) => boolean) | null;
}
type Found = Pick<Answer, 'primary' | 'secondary'>;

const paradigmOf = (family: string): string => family.slice(0, family.lastIndexOf('-'));
const secondary = ({ secondary: { open, comparisons } }: Found) => (open ? comparisons : []);
const isSaid = (verdict: string): boolean => verdict === 'ahead' || verdict === 'behind';

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'nothing differs',
    difference: 0,
    isWrong: (found) =>
      isSaid(found.primary!.verdict) || secondary(found).some(({ verdict }) => isSaid(verdict)),
    finds: ({ primary }) => primary!.verdict === 'match',
  },
  {
    name: 'the margin',
    difference: 0.06 * GAIN, // a little above: the margin is a share of the best gain, which is estimated too
    isWrong: (found) =>
      ['match', 'behind'].includes(found.primary!.verdict) ||
      secondary(found).some(({ a, b, verdict }) =>
        paradigmOf(a) === paradigmOf(b) ? isSaid(verdict) : verdict === 'match',
      ),
    finds: ({ primary }) => primary!.verdict === 'ahead',
  },
  {
    name: 'ahead by .4',
    difference: 0.4,
    isWrong: (found) =>
      ['match', 'behind'].includes(found.primary!.verdict) ||
      secondary(found).some(({ a, b, verdict }) =>
        paradigmOf(a) === paradigmOf(b) ? isSaid(verdict) : verdict === 'match',
      ),
    finds: ({ primary }) => primary!.verdict === 'ahead',
  },
];

const rate = (hits: number): string => {
  const share = hits / pages;
  return `${(100 * share).toFixed(1)} ± ${(100 * Math.sqrt((share * (1 - share)) / pages)).toFixed(1)}`;
};

const table = SEEDS.flatMap((seeds) =>
  [false, true].flatMap((heavyTails) =>
    SCENARIOS.map(({ name, difference, isWrong, finds }) => {
      const truth: Truth = {
        seeds,
        heavyTails,
        paradigms: [
          { learnsFrom: 'own-samples', families: FAMILIES, advantage: advantageOf(difference) },
          { learnsFrom: 'pairs', families: FAMILIES, advantage: 0 },
        ],
      };
      const root = Rng.fromSeed('sentences').split(name, seeds, String(heavyTails));
      let [wrong, found, primary] = [0, 0, 0];
      for (let page = 0; page < pages; page++) {
        const gathered = simulatedPage(root.split(page), truth);
        const answer = answerFigures(question(gathered), gathered);
        if (isWrong(answer)) wrong++;
        if (isSaid(answer.primary!.verdict)) primary++;
        if (finds?.(answer)) found++;
      }
      return {
        seeds,
        'seed effects': heavyTails ? 't, 3 df' : 'normal',
        truth: name,
        'false %': rate(wrong),
        'found %': finds === null ? '–' : rate(found),
        'primary ahead or behind %': rate(primary),
      };
    }),
  ),
);
console.table(table);
