import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { escapeHtml } from '../report/escape.js';
import { PALETTE, UNION_COLOURS } from './key.js';

/** Stand-ins in the drawing for colours that the page's theme decides. */
export const INK = '#010203';
export const GRID = '#040506';

/**
 * SVG of a Vega-Lite specification without a DOM, in the page's colours. Marks say whose they are in
 * `data-f`, and what they are in a title of their own.
 * @param label what a screen reader calls the picture
 */
export async function svgOf(spec: Readonly<Record<string, unknown>>, label: string): Promise<string> {
  const { spec: compiled } = compile(spec as unknown as TopLevelSpec);
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  const [, width, height] = /viewBox="0 0 (\S+) (\S+)"/.exec(svg) ?? [];
  const style = `max-width:${width}px;aspect-ratio:${width}/${height}`;
  return svg
    .replaceAll(/<path class="(?:back|fore)ground"[^>]*\/>/g, '')
    .replaceAll(/<[a-z]+ [^>]*>/g, (element) => withTitle(lean(inTheme(element))))
    .replace(
      /^<svg[^>]*>/,
      `<svg viewBox="0 0 ${width} ${height}" style="${style}" role="img" aria-label="${escapeHtml(label)}">`,
    );
}

/** The page's variables in place of colours. */
const inTheme = (element: string): string =>
  element.replaceAll(/ (fill|stroke)="(#\w{6})"/g, (attribute, name: string, colour: string) =>
    VARIABLES.has(colour) ? ` ${name}="${VARIABLES.get(colour)!}"` : attribute,
  );

const VARIABLES: ReadonlyMap<string, string> = new Map<string, string>([
  ...[...PALETTE, ...UNION_COLOURS].map((colour, i) => [colour, `var(--k${i})`] as const),
  [INK, 'var(--ink)'],
  [GRID, 'var(--rule)'],
]);

/**
 * One picture to a screen reader (its data is linked below it), tenths of a pixel, and points as the short
 * circles that they are.
 */
const lean = (element: string): string =>
  element
    .replaceAll(
      / (?:role|aria-(?:hidden|roledescription)|class|pointer-events|font-family)="[^"]*"| opacity="1"/g,
      '',
    )
    .replaceAll(/ (?:transform|d|x2|y2)="[^"]*"/g, (attribute) =>
      attribute.replaceAll(/\d+\.\d{2,}/g, tenths),
    )
    .replace(CIRCLE, '<circle$1 r="$2"$3');

const tenths = (x: string): string => String(Number(Number(x).toFixed(1)));

/** A path that goes round once. */
const CIRCLE = /^<path(.*) d="M([\d.]+),0A\2,\2,0,1,1,-\2,0A[^"]*"(.*?) stroke-width="2"/s;

/**
 * The label that figures/key.ts makes, taken apart; a label of Vega's own is dropped with what follows it.
 */
const withTitle = (element: string): string =>
  element
    .replace(
      /^<(\w+) aria-label="(-?\d+(?: -?\d+)*)\|([^"]*)"(.*)\/>$/s,
      '<$1 data-f="$2"$4><title>$3</title></$1>',
    )
    .replace(/^<[^>]* aria-label="[^"]*"/, (start) => start.replace(/ aria-label=.*/s, ''));
