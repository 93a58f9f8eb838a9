import type { Figure } from '../../harness/stats/interval.js';
import { escapeHtml as e } from '../report/escape.js';
import { number, signed } from '../report/format.js';
import { scroll } from './page.js';
import { direction } from '../report/direction.js';

/** Where there is no figure; a reason, where there is one, shows on hovering. */
export const none = (why = ''): string => (why === '' ? '<td class="none">–</td>' : `<td class="none" title="${e(why)}">–</td>`);
/** A name from data keeps its writing direction to itself. */
export const name = (text: string): string => `<bdi>${e(text)}</bdi>`;
/** A long name may break before its bracket. */
export const rowHead = (text: string, note = ''): string => `<th scope="row">${name(text).replaceAll('[', '<wbr>[')}${note === '' ? '' : ` <small>${e(note)}</small>`}</th>`;
export const textCell = (text: string): string => `<td class="wrap">${name(text)}</td>`;
export const numberCell = (x: number | null, format: (x: number) => string = (v) => number(v)): string => (x === null ? none() : `<td data-v="${x}">${e(format(x))}</td>`);

/** A mean with its interval beneath. */
export function figureCell(f: Figure | null, format: (x: number) => string = (x) => number(x).replace(/^-/, '−'), tone = ''): string {
  if (f === null) return none();
  const [mean, lo, hi] = [f.mean, ...(f.ci ?? [f.mean, f.mean])].map(format) as [string, string, string];
  return `<td data-v="${f.mean}"${tone === '' ? '' : ` class="${tone}"`}><b>${e(mean)}</b>${lo === mean && hi === mean ? '' : `<small>${e(sameUnit(lo, hi))}</small>`}</td>`;
}

/** A difference: signed, and toned where its interval excludes 0. */
export const differenceCell = (f: Figure | null, format: (x: number) => string = signed): string => figureCell(f, format, direction(f));

/** `1.19 to 1.33 TFLOP`, `81 to 85%` rather than the unit twice. */
function sameUnit(lo: string, hi: string): string {
  const unit = /(?: \S+|%)$/.exec(hi)?.[0] ?? '';
  return `${unit !== '' && lo.endsWith(unit) ? lo.slice(0, -unit.length) : lo} to ${hi}`;
}

export type Column<T> = readonly [head: string, cell: (row: T) => string];

/** A table that readers can sort. A column that says nothing in any row is left out. @param after rows that follow, cell by cell for the kept columns */
export function table<T>(id: string, rows: readonly T[], columns: readonly Column<T>[], after: readonly (readonly string[])[] = []): string {
  const cells = [...rows.map((row) => columns.map(([, cell]) => cell(row))), ...after];
  const kept = columns.flatMap((_, i) => (cells.some((line) => !line[i]!.startsWith('<td class="none"')) ? [i] : []));
  const lines = cells.map((line, i) => `<tr${i < rows.length ? '' : ' class="start"'}>${kept.map((k) => line[k]).join('')}</tr>`);
  const left = (k: number): string => (/^<(?:th|td class="(?:name|wrap)")/.test(cells[0]?.[k] ?? '') ? ' class="name"' : '');
  return scroll(`<table id="${id}"><thead><tr>${kept.map((k) => `<th scope="col"${left(k)}>${columns[k]![0]}</th>`).join('')}</tr></thead><tbody>${lines.join('')}</tbody></table>`);
}

/** A section, or nothing where it has no content but hints. */
export const section = (id: string, title: string, ...content: readonly string[]): string => (content.every((part) => part.replace(/^<p class="hint">.*?<\/p>/s, '') === '') ? '' : `<section id="${id}"><h2>${title}</h2>\n${content.filter(Boolean).join('\n')}\n</section>\n`);
export const hint = (html: string): string => `<p class="hint">${html}</p>`;
/** A list whose first entries are open and whose rest is folded. */
export function folded(items: readonly string[], open: number, most: number): string {
  const list = (part: readonly string[]): string => `<ul class="verdicts">${part.map((item) => `<li>${item}</li>`).join('')}</ul>`;
  if (items.length <= open) return items.length === 0 ? '' : list(items);
  const cut = items.length > most ? `<p class="hint">${items.length - most} more are in report.json.</p>` : '';
  return `${open > 0 ? list(items.slice(0, open)) : ''}<details><summary>${items.length - open} more</summary>${list(items.slice(open, most))}${cut}</details>`;
}
