import { escapeHtml } from '../report/escape.js';
import type { DrawnFigure } from './draw.js';
import { type LegendEntry, PALETTE, UNION_COLOURS } from './key.js';

/** What the page's variables stand for on white paper. */
const COLOURS: ReadonlyMap<string, string> = new Map([
  ...[...PALETTE, ...UNION_COLOURS].map((colour, i) => [`--k${i}`, colour] as const),
  ['--ink', '#1d2329'],
  ['--rule', '#d5dbe0'],
]);
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif';
const MARGIN = 12;
const LINE = 22;
/** Of a letter at 13 px, on average and generously. */
const LETTER = 7.4;

/**
 * A figure as a file of its own: an SVG with its title, the names of its colours and its panels one below the
 * other, in the page's light colours, on white. It needs no style sheet, no script and no font.
 */
export function standaloneSvg({ title, reading, legend, panels }: DrawnFigure): string {
  const drawn = panels.map(({ title: heading, svg }) => ({ heading, ...sized(svg) }));
  const width = Math.max(320, ...drawn.map((panel) => panel.width)) + 2 * MARGIN;
  const parts: string[] = [text(MARGIN, MARGIN + 15, title, 'font-size="15" font-weight="600"')];
  let y = MARGIN + LINE + 4;
  for (const row of rowsOf(legend, width - 2 * MARGIN)) {
    parts.push(...row.map(({ x, entry }) => swatch(MARGIN + x, y, entry)));
    y += LINE;
  }
  for (const { heading, inside, width: wide, height } of drawn) {
    if (heading !== null) {
      parts.push(text(MARGIN, y + 15, heading, 'font-size="13" font-weight="600"'));
      y += LINE;
    }
    const place = `x="${MARGIN}" y="${y}" width="${wide}" height="${height}"`;
    parts.push(`<svg ${place} viewBox="0 0 ${wide} ${height}">${inside}</svg>`);
    y += height + MARGIN;
  }
  const size = `width="${width}" height="${y}" viewBox="0 0 ${width} ${y}"`;
  const whole = [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family='${FONT}'>`,
    `<title>${escapeHtml(title)}</title><desc>${escapeHtml(reading)}</desc>`,
    `<rect width="${width}" height="${y}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
  ].join('\n');
  const coloured = whole.replaceAll(/var\((--\w+)\)/g, (used, name: string) => COLOURS.get(name) ?? used);
  return `${coloured}\n`;
}

/** What is inside a drawing, and how large that is. */
function sized(svg: string): { inside: string; width: number; height: number } {
  const [head, width, height] = /^<svg viewBox="0 0 (\S+) (\S+)"[^>]*>/.exec(svg)!;
  return {
    inside: svg.slice(head.length).replace(/<\/svg>\s*$/, ''),
    width: Math.ceil(Number(width)),
    height: Math.ceil(Number(height)),
  };
}

const text = (x: number, y: number, words: string, how: string): string =>
  `<text x="${x}" y="${y}" fill="var(--ink)" ${how}>${escapeHtml(words)}</text>`;

const swatch = (x: number, y: number, { name, colour }: LegendEntry): string =>
  `<rect x="${x}" y="${y + 4}" width="12" height="12" fill="var(--k${colour})"/>` +
  text(x + 17, y + 15, name, 'font-size="13"');

/** Entries side by side, as many in a row as fit. */
function rowsOf(legend: readonly LegendEntry[], width: number): { x: number; entry: LegendEntry }[][] {
  const rows: { x: number; entry: LegendEntry }[][] = [];
  let x = Number.POSITIVE_INFINITY;
  for (const entry of legend) {
    const wide = 17 + LETTER * entry.name.length;
    if (x + wide > width) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)!.push({ x, entry });
    x += wide + 14;
  }
  return rows;
}
