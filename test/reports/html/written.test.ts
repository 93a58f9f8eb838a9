import { expect, test } from 'vitest';
import { written } from '../../../reports/html/written.js';

const bdi = (html: string): string => `<bdi class="written">${html}</bdi>`;
const mark = (sign: string): string => `<span class="mark">${sign}</span>`;

test.each([
  ['', mark('empty')],
  ['\u0007', mark('empty')],
  ['a good film', bdi('a good film')],
  ['one\ntwo', bdi(`one${mark('↵')}\ntwo`)],
  ['one\r\n\r\ntwo', bdi(`one${mark('↵')}\n${mark('↵')}\ntwo`)],
  ['\n', bdi(`${mark('↵')}\n`)],
  ['  a ', bdi(`${mark('··')}a${mark('·')}`)],
  ['   ', bdi(mark('···'))],
  ['a\tb', bdi(`a${mark('⇥')}b`)],
  ['<b>&', bdi('&lt;b&gt;&amp;')],
])('%j is seen as it was written', (text, html) => expect(written(text)).toBe(html));
