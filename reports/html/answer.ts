import type { DrawnFigure } from '../figures/draw.js';
import type { Comparison } from '../report/answer.js';
import { accounting, rowsUsed } from '../report/accounting.js';
import { escapeHtml } from '../report/escape.js';
import { number, pValue, signed } from '../report/format.js';
import type { Report } from '../report/model.js';
import { warnings } from '../report/warnings.js';
import { name } from './cells.js';
import { compactFigure } from './figure.js';
import { details, hint, list } from './section.js';
import { words } from './words.js';

type Figures = ReadonlyMap<string, DrawnFigure>;

/** The first screen: the sentence, the number it rests on, and what each can reach at which KL. */
export function answer(report: Report, figures: Figures): string {
  const { sentence, details: sentences } = report.answer;
  const drawn = (place: string, found: DrawnFigure | undefined): string =>
    found === undefined ? '' : `<div class="${place}">${compactFigure(found)}</div>`;
  const parts = [
    lead(sentence),
    doubts(report),
    '<div class="first">',
    drawn('number', figures.get('primary')),
    drawn('reach', reach(figures)),
    `<div class="facts">${facts(report)}${words(report)}${rest(sentences)}</div>`,
    '</div>',
    given(report),
    report.description === '' ? '' : hint(name(report.description)),
  ];
  return `<section id="answer" aria-label="The answer">\n${parts.filter(Boolean).join('\n')}\n</section>\n`;
}

/** What there is to see at which KL; where nothing says what learns from what, families alone. */
export const reach = (figures: Figures): DrawnFigure | undefined =>
  figures.get('frontier') ?? figures.get('families');

/** The sentence, what comes before its first semicolon standing out. */
function lead(sentence: string): string {
  const [first, ...others] = sentence.split('; ').map(escapeHtml);
  const then = others.length === 0 ? '' : `; <span>${others.join('; ')}</span>`;
  return `<p class="lead">${first}${then}</p>`;
}

/** What weakens the answer, right beneath it. */
function doubts(report: Report): string {
  const failed = report.failures.length;
  const said = [
    ...(failed === 0
      ? []
      : [`${failed} of the runs did not finish; <a href="#failures">see which and why</a>.`]),
    ...warnings(report).map(escapeHtml),
  ];
  if (said.length === 0) return '';
  const more = report.grids.some((g) => g.unspent || g.parameters.some((p) => p.edge !== null))
    ? ' <a href="#grids">What was tried</a>.'
    : '';
  return `<p class="alarm">${said.join(' ')}${more}</p>`;
}

/** What became of the rows that somebody gave; worlds have none. */
function given({ data }: Report): string {
  if (data === undefined || data.sources.length === 0) return '';
  return hint(`${name(accounting(data).join(' '))} <a href="#data">All of it</a>.`);
}

function rest(sentences: readonly string[]): string {
  const items = sentences.map(escapeHtml);
  const shown = items.length === 0 ? '' : list(items.slice(0, OPEN));
  const more = items.slice(OPEN);
  return `${shown}${more.length === 0 ? '' : details(`${more.length} more`, list(more))}`;
}

/** Sentences beside the answer that are not folded. */
const OPEN = 3;

/** The same as the sentence, a number a line. */
function facts(report: Report): string {
  const { primary, budget, margin, by, costRatio } = report.answer;
  const used = report.data === undefined ? null : rowsUsed(report.data);
  const tested = primary?.difference == null ? null : primary;
  const rows: (readonly [string, string])[] = [
    ...(tested === null ? [] : comparisonFacts(tested)),
    ...(budget === null ? [] : [['at what KL', `mean over budgets of 0 to ${number(budget)} nats`] as const]),
    ...(costRatio === null ? [] : [['at what cost', ratio(costRatio)] as const]),
    ...(margin === null ? [] : [['a match is', `within ±${number(margin)} gold reward`] as const]),
    ['chosen by', CHOOSERS[by] ?? escapeHtml(by)],
    ...(used === null ? [] : [['on what data', `<a href="#data">${escapeHtml(used)}</a>`] as const]),
  ];
  return `<dl>${rows.map(([what, value]) => `<dt>${what}</dt><dd>${value}</dd>`).join('')}</dl>`;
}

const CHOOSERS: Readonly<Record<string, string>> = {
  chooser: 'a reward model that nothing trains against',
  proxy: 'the reward that RL trains against',
  pairs: 'accuracy on held-out pairs',
};

function comparisonFacts({
  a,
  b,
  difference,
  verdict,
  p,
  adjustedP,
  detectable,
}: Comparison): (readonly [string, string])[] {
  const { mean, ci, n } = difference!;
  const range = ci === null ? '' : ` <span>${signed(ci[0])} to ${signed(ci[1])}</span>`;
  const seeds = `${n} ${n === 1 ? 'seed' : 'seeds'}`;
  const decides = verdict === 'match' ? adjustedP : p;
  const how = decides === null ? seeds : `p ${decides < 0.001 ? '' : '= '}${pValue(decides)}, ${seeds}`;
  return [
    ['by how much', `<b>${signed(mean)}</b>${range}`],
    ['how sure', `${sure(a, b, verdict)} <span>${escapeHtml(how)}</span>`],
    ...(detectable === null || verdict !== 'not told apart'
      ? []
      : [['could have found', `${number(detectable)}, four times in five`] as const]),
  ];
}

/** The verdict of the field, with whom it is about. */
function sure(a: string, b: string, verdict: string): string {
  if (verdict === 'unknown') return 'unknown: too few seeds for a test';
  if (verdict === 'ahead') return `${name(a)} ahead of ${name(b)}`;
  if (verdict === 'behind') return `${name(a)} behind ${name(b)}`;
  return escapeHtml(verdict);
}

function ratio({ mean, ci }: NonNullable<Report['answer']['costRatio']>): string {
  const range = ci === null ? '' : ` <span>${number(ci[0])} to ${number(ci[1])}</span>`;
  return `${number(mean)} times the compute${range}`;
}
