import type { DrawnFigure } from '../figures/draw.js';
import type { LegendEntry } from '../figures/key.js';
import { escapeHtml as e } from '../report/escape.js';
import { name } from './cells.js';

/** Downloads are data: addresses, so that one file opened from a disk has them all. */
const download = (type: string, content: string, file: string, label: string): string => `<a download="${file}" href="data:${type};charset=utf-8;base64,${Buffer.from(content, 'utf8').toString('base64')}">${label}</a>`;

/** @param own the legend, where it is not the figure's */
export function figure(f: DrawnFigure, own?: string): string {
  const drawing = f.panels.map((p) => `<div class="panel">${p.title === null ? '' : `<p class="paneltitle">${name(p.title)}</p>`}${p.narrow === null ? p.svg : `<div class="wide">${p.svg}</div><div class="narrow">${p.narrow}</div>`}</div>`).join('');
  return `<figure id="${e(f.id)}"><figcaption><b>${e(f.title)}</b> ${e(f.reading)}${f.note === '' ? '' : ` ${e(f.note)}`}</figcaption>${own ?? (f.legend.length === 0 ? '' : `<p class="key">${f.legend.map(entry).join('')}</p>`)}<div class="${f.panels.length > 1 ? 'panels' : 'single'}">${drawing}</div><p class="links">${download('text/csv', f.csv, `${f.id}.csv`, 'data (CSV)')} · ${download('application/json', f.spec, `${f.id}.vl.json`, 'figure (Vega-Lite)')}</p></figure>`;
}

const swatch = (colour: number): string => `<i style="background:var(--k${colour})"></i>`;
const entry = ({ name: label, colour, family }: LegendEntry): string => (family === null ? `<span>${swatch(colour)}${name(label)}</span>` : `<label for="family-${family}">${swatch(colour)}${name(label)}</label>`);

/** What turns families on and off in every figure: boxes and style alone, so it works without a script. */
export const switches = (legend: readonly LegendEntry[]): string =>
  `<fieldset class="key"><legend>Families shown in every figure</legend>${legend.map((l) => `<span><input type="checkbox" id="family-${l.family}" data-name="${e(l.name)}" autocomplete="off" checked>${entry(l)}</span>`).join('')}</fieldset>`;

export const switchStyle = (legend: readonly LegendEntry[]): string =>
  legend.map(({ family: i }) => `body:has(#family-${i}:not(:checked)){[data-f~="${i}"]{visibility:hidden}label[for=family-${i}]{opacity:.5;text-decoration:line-through}}`).join('\n');
