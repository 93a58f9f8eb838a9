import { escapeHtml } from '../report/escape.js';
import type { Report } from '../report/model.js';
import { details } from './section.js';

const GOLD = 'how good an answer is by the data’s own rule, which no algorithm sees';
const JUDGED = 'how good a reward model finds an answer that learned from pairs which no algorithm sees';

/** A page's words and what they mean, for who has not read the method; some pages do without some. */
const WORDS: readonly (readonly [word: string, meaning: string, when?: (report: Report) => boolean])[] = [
  ['start', 'the model that all algorithms begin from'],
  ['policy', 'a model that an algorithm made of the start'],
  ['KL, in nats', 'how far a policy’s answers have moved from those of the start; 0: not at all'],
  ['KL budget', 'the farthest that a policy may have moved to be counted'],
  ['offline', 'learns from the given pairs', of('pairs')],
  ['RL', 'learns from answers of its own, which a learned reward scores', of('own-samples')],
  ['at use', 'trains nothing: takes one of several answers of the start, each time', of('nothing')],
  ['family', 'an algorithm with all settings that were tried of it'],
  ['seed', 'all of it once more, with other data, weights and samples'],
  ['[a, b]', 'the interval in which the true value lies in 95 of 100 such pages'],
  ['not told apart', 'neither is shown to be better, nor that they are equal'],
];

/** The words, folded. */
export function words(report: Report): string {
  const { judge } = report;
  const reward = [judge === null ? 'gold reward' : 'judge’s score', judge === null ? GOLD : JUDGED] as const;
  const listed = [reward, ...WORDS.filter(([, , when]) => when === undefined || when(report))];
  const items = listed.map(
    ([word, meaning]) => `<dt>${escapeHtml(word)}</dt><dd>${escapeHtml(meaning)}</dd>`,
  );
  return details('What these words mean', `<dl>${items.join('')}</dl>`);
}

function of(paradigm: string): (report: Report) => boolean {
  return ({ frontiers }) => frontiers.some((row) => row.paradigm === paradigm);
}
