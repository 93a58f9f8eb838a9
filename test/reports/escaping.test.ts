import { beforeAll, describe, expect, test } from 'vitest';
import { plain } from '../../harness/run/progress/plain.js';
import { figures } from '../../reports/figures/figures.js';
import { toHtml } from '../../reports/html/html.js';
import { toCsv } from '../../reports/text/csv.js';
import { toMarkdown } from '../../reports/text/markdown.js';
import { CONTROLS, HOSTILE, hostile } from './hostile.js';

const report = hostile();
let html: string;
beforeAll(async () => {
  html = toHtml(report, await figures(report));
});

/** Attributes that the page writes itself, in HTML and in SVG. */
const OWN = new Set(
  (
    'lang charset name content http-equiv class id style href download tabindex role scope title for ' +
    'type checked autocomplete open d fill stroke transform opacity viewbox x y x1 x2 y1 y2 r ' +
    'aria-label text-anchor font-size font-weight font-style stroke-width stroke-dasharray ' +
    'stroke-miterlimit stroke-opacity fill-opacity'
  ).split(' '),
);
const links = (): string[] =>
  [...html.matchAll(/href="data:[a-z/]+;charset=utf-8;base64,([^"]*)"/g)].map((m) =>
    Buffer.from(m[1]!, 'base64').toString('utf8'),
  );
/** RFC 4180. */
const cells = (csv: string): string[] =>
  [...csv.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(
    (m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '',
  );
const texts = (csv: string): string[] =>
  cells(csv).filter((cell) => cell !== '' && !/^-?[\d.]+(e[-+]\d+)?$/i.test(cell));

describe('hostile text stays text', () => {
  test('in HTML: one script, no attribute and no element that the page does not write itself', () => {
    expect(html.split(/<script/i).length).toBe(2);
    expect(html).not.toMatch(/<img|<b>red|javascript:[^)]*"/);
    const tags = html
      .replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, '')
      .match(/<[a-z][^>]*>/gi)!;
    const attributes = new Set(
      tags.flatMap((tag) =>
        [...tag.matchAll(/\s([a-z:-]+)(?==|\s|>)/gi)]
          .filter((m) => tag.slice(0, m.index).split('"').length % 2 === 1)
          .map((m) => m[1]!.toLowerCase()),
      ),
    );
    expect([...attributes].filter((a) => !OWN.has(a) && !a.startsWith('data-'))).toEqual([]);
    expect(html).toContain('&lt;/script&gt;&lt;script&gt;ran=1&lt;/script&gt;');
    expect(html).toContain('&amp;lt;b&amp;gt; &amp;#x202e;');
    expect(html).not.toMatch(CONTROLS);
  });
  test('in SVG: titles of marks and labels of axes', () => {
    const drawings = [...html.matchAll(/<svg[\s\S]*?<\/svg>/g)].map((m) => m[0]).join('');
    const found = [
      /<title>[^<]*&lt;\/script&gt;/,
      /<text[^>]*>@&lt;b&gt;/,
      /<(?!\/?(svg|g|path|line|rect|circle|text|title)\b)[^>]*>/,
    ].map((pattern) => pattern.test(drawings));
    expect(found).toEqual([true, true, false]);
  });
  test('in the data behind the links: specifications are JSON, tables hold no formula', () => {
    const [specs, tables] = [
      links().filter((text) => text.startsWith('{')),
      links().filter((text) => !text.startsWith('{')),
    ];
    expect([specs.length, tables.length]).toEqual([12, 12]);
    for (const spec of specs)
      expect(JSON.parse(spec)).toMatchObject({ $schema: expect.stringContaining('vega-lite') });
    expect(specs.join('')).toContain('</script><script>ran=1</script>');
    for (const text of links()) expect(text).not.toMatch(CONTROLS);
    for (const cell of tables.flatMap(texts)) expect(cell).not.toMatch(/^\s*[=+\-@]/);
  });
  test('in report.csv', () => {
    const csv = toCsv(report);
    expect(texts(csv).filter((cell) => cell.startsWith("'")).length).toBeGreaterThanOrEqual(
      report.algorithms.length * 2,
    );
    for (const cell of texts(csv)) expect(cell).not.toMatch(/^\s*[=+\-@]/);
    expect(csv).not.toMatch(CONTROLS);
    const { frontiers, algorithms, answer } = report;
    const rows = 1 + frontiers.length + answer.secondary.comparisons.length + algorithms.length;
    expect(csv.trim().split('\r\n').length).toBe(1 + rows);
  });
  test('in Markdown: no element, link, entity, code or further cell', () => {
    const markdown = toMarkdown(report);
    expect(markdown).not.toMatch(CONTROLS);
    const bare = markdown.replaceAll(/\\[\\`*_{}[\]()#+!|<>~&$:.=-]/g, ''); // what an escape does not cover
    expect(/<(?! 0\.001 )|[>`&$]|\]\(|\*\*|:\/\//.exec(bare)?.[0]).toBeUndefined();
    const tables = bare.split('\n\n').filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(8);
    for (const block of tables)
      expect(new Set(block.split('\n').map((line) => line.split('|').length)).size, block).toBe(1);
  });
  test('in report.json: any JSON reader gets the same text back', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(JSON.stringify(report)).not.toMatch(/\p{Cc}/u);
  });
  test('on the terminal', () => {
    expect(plain(`${HOSTILE}\nnext\tcell`)).not.toMatch(CONTROLS);
    expect(plain(`${HOSTILE}\nnext`)).not.toContain('\n');
  });
});
