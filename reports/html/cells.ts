import type { Figure } from '../../harness/stats/interval.js';
import { direction } from '../report/direction.js';
import { escapeHtml } from '../report/escape.js';
import { number, signed } from '../report/format.js';

type Format = (x: number) => string;

/** Where there is no figure; a reason, where there is one, shows on hovering. */
export const none = (why = ''): string =>
  why === '' ? '<td class="none">–</td>' : `<td class="none" title="${escapeHtml(why)}">–</td>`;

/** A name from data keeps its writing direction to itself. */
export const name = (text: string): string => `<bdi>${escapeHtml(text)}</bdi>`;

export const small = (html: string): string => (html === '' ? '' : `<small>${html}</small>`);

/** A long name may break before its bracket. */
export function rowHead(text: string, note = ''): string {
  const breakable = name(text).replaceAll('[', '<wbr>[');
  return `<th scope="row">${breakable}${note === '' ? '' : ` ${small(escapeHtml(note))}`}</th>`;
}

export const textCell = (text: string): string => `<td class="wrap">${name(text)}</td>`;
export const wordCell = (text: string): string => `<td>${escapeHtml(text)}</td>`;
export const nameCell = (text: string): string => `<td class="name">${name(text)}</td>`;
export const numberCell = (x: number | null, format: Format): string =>
  x === null ? none() : `<td data-v="${x}">${escapeHtml(format(x))}</td>`;

/**
 * What counts in bold, and what belongs to it beneath.
 * @param value what the column is sorted by
 */
export const stackedCell = (value: number, bold: string, beneath: string, tone = ''): string =>
  `<td data-v="${value}"${tone === '' ? '' : ` class="${tone}"`}><b>${bold}</b>${small(beneath)}</td>`;

/** Like the sign that `signed` writes. */
const withMinusSign: Format = (x) => number(x).replace(/^-/, '−');

/** A mean with its interval beneath. */
export function figureCell(figure: Figure | null, format: Format = withMinusSign, tone = ''): string {
  if (figure === null) return none();
  const mean = format(figure.mean);
  const [lo, hi] = figure.ci === null ? [mean, mean] : [format(figure.ci[0]), format(figure.ci[1])];
  const range = lo === mean && hi === mean ? '' : escapeHtml(sameUnit(lo, hi));
  return stackedCell(figure.mean, escapeHtml(mean), range, tone);
}

/** A difference: signed, and toned where its interval excludes 0. */
export const differenceCell = (figure: Figure | null, format: Format = signed): string =>
  figureCell(figure, format, direction(figure));

/** `1.19 to 1.33 TFLOP`, `81 to 85%` rather than the unit twice. */
function sameUnit(lo: string, hi: string): string {
  const unit = /(?: \S+|%)$/.exec(hi)?.[0] ?? '';
  return `${unit !== '' && lo.endsWith(unit) ? lo.slice(0, -unit.length) : lo} to ${hi}`;
}
