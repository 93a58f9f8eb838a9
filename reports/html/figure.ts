import type { DrawnFigure } from '../figures/draw.js';
import type { LegendEntry } from '../figures/key.js';
import { escapeHtml } from '../report/escape.js';
import { name } from './cells.js';
import { details } from './section.js';

/** @param ownLegend stands in place of the figure's */
export function figure(drawn: DrawnFigure, ownLegend?: string): string {
  const { id, title, panels } = drawn;
  return [
    `<figure id="${escapeHtml(id)}">`,
    `<figcaption><b>${escapeHtml(title)}</b> ${explained(drawn)}</figcaption>`,
    ownLegend ?? legendOf(drawn),
    `<div class="${panels.length > 1 ? 'panels' : 'single'}">${panels.map(panelOf).join('')}</div>`,
    links(drawn),
    '</figure>',
  ].join('');
}

/** Its title, its drawing, and how to read it folded: for where the drawing has to be seen at once. */
export function compactFigure(drawn: DrawnFigure): string {
  const { id, title, panels } = drawn;
  return [
    `<figure id="${escapeHtml(id)}">`,
    `<figcaption><b>${escapeHtml(title)}</b></figcaption>`,
    // The colours of unions are named where their lines end.
    drawn.legend.some(({ family }) => family !== null) ? legendOf(drawn) : '',
    ...panels.map(panelOf),
    details('How to read it, and its data', `<p class="hint">${explained(drawn)}</p>${links(drawn)}`),
    '</figure>',
  ].join('');
}

const explained = ({ reading, note }: DrawnFigure): string =>
  [reading, ...(note === '' ? [] : [note])].map(escapeHtml).join(' ');

function links({ id, csv, spec }: DrawnFigure): string {
  const downloads = [
    download('text/csv', csv, `${id}.csv`, 'data (CSV)'),
    download('application/json', spec, `${id}.vl.json`, 'figure (Vega-Lite)'),
  ];
  return `<p class="links">${downloads.join(' · ')}</p>`;
}

/** Several figures beside one another, one alone. */
export const figuresBeside = (drawn: readonly DrawnFigure[]): string => {
  const each = drawn.map((one) => figure(one)).join('');
  return drawn.length > 1 ? `<div class="figures">${each}</div>` : each;
};

function panelOf({ title, svg, narrow }: DrawnFigure['panels'][number]): string {
  const heading = title === null ? '' : `<p class="paneltitle">${name(title)}</p>`;
  const drawings =
    narrow === null ? svg : `<div class="wide">${svg}</div><div class="narrow">${narrow}</div>`;
  return `<div class="panel">${heading}${drawings}</div>`;
}

const legendOf = ({ legend }: DrawnFigure): string =>
  legend.length === 0 ? '' : `<p class="key">${legend.map(legendEntry).join('')}</p>`;

const swatch = (colour: number): string => `<i style="background:var(--k${colour})"></i>`;

function legendEntry({ name: label, colour, family }: LegendEntry): string {
  const shown = `${swatch(colour)}${name(label)}`;
  return family === null ? `<span>${shown}</span>` : `<label for="family-${family}">${shown}</label>`;
}

/** Downloads are data: addresses, so that one file opened from a disk has them all. */
function download(type: string, content: string, file: string, label: string): string {
  const data = Buffer.from(content, 'utf8').toString('base64');
  return `<a download="${file}" href="data:${type};charset=utf-8;base64,${data}">${label}</a>`;
}

/** What turns families on and off in every figure: boxes and style alone, so it works without a script. */
export function switches(legend: readonly LegendEntry[]): string {
  const boxes = legend.map((entry) => {
    const names = `id="family-${entry.family}" data-name="${escapeHtml(entry.name)}"`;
    const box = `<input type="checkbox" ${names} autocomplete="off" checked>`;
    return `<span>${box}${legendEntry(entry)}</span>`;
  });
  return `<fieldset class="key"><legend>Families shown in every figure</legend>${boxes.join('')}</fieldset>`;
}

export const switchStyle = (legend: readonly LegendEntry[]): string =>
  legend
    .map(({ family }) => {
      const hidden = `[data-f~="${family}"]{visibility:hidden}`;
      const crossedOut = `label[for=family-${family}]{opacity:.5;text-decoration:line-through}`;
      return `body:has(#family-${family}:not(:checked)){${hidden}${crossedOut}}`;
    })
    .join('\n');
