import { clean, escapeHtml } from '../report/escape.js';

const mark = (sign: string): string => `<span class="mark">${sign}</span>`;

/**
 * A text of data as it was written: line ends and tabs are seen, blanks at its ends too, and one that is
 * empty says so. It keeps its writing direction to itself.
 */
export function written(text: string): string {
  const shown = clean(text.replaceAll('\r\n', '\n'));
  if (shown === '') return mark('empty');
  const [, before, inside, after] = /^([ ]*)([\s\S]*?)([ ]*)$/.exec(shown)!;
  const blanks = (some: string): string => (some === '' ? '' : mark('·'.repeat(some.length)));
  const lines = escapeHtml(inside!)
    .replaceAll('\t', mark('⇥'))
    .replaceAll('\n', `${mark('↵')}\n`);
  return `<bdi class="written">${blanks(before!)}${lines}${blanks(after!)}</bdi>`;
}
