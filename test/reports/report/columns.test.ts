import { describe, expect, test } from 'vitest';
import { toLatex } from '../../../reports/export/latex.js';
import { toHtml } from '../../../reports/html/html.js';
import type { AlgorithmRow } from '../../../reports/report/algorithms.js';
import { type Column, pick, shownIn } from '../../../reports/report/columns.js';
import { ALGORITHMS } from '../../../reports/report/tables/algorithms.js';
import { toCsv } from '../../../reports/text/csv.js';
import { toMarkdown } from '../../../reports/text/markdown.js';
import { fixture } from '../fixture.js';

const report = fixture();
const outputsOf = (
  columns: readonly Column<AlgorithmRow>[],
): Record<'html' | 'markdown' | 'latex' | 'csv', string> => ({
  html: toHtml(report, new Map(), columns),
  markdown: toMarkdown(report, columns),
  latex: toLatex(report, false, columns),
  csv: toCsv(report, columns),
});

describe('a new figure of an algorithm is one entry', () => {
  const added: Column<AlgorithmRow> = {
    id: 'new_figure',
    heading: 'brand new',
    kind: 'figure',
    unit: 'rate',
    of: () => ({ mean: 0.125, ci: [0.0625, 0.25], n: 10 }),
  };
  const [before, after] = [outputsOf(ALGORITHMS), outputsOf([...ALGORITHMS, added])];
  test('on the page, in Markdown, in LaTeX and in report.csv', () => {
    for (const text of [before.html, before.markdown, before.latex]) expect(text).not.toContain('brand new');
    expect(after.html).toContain('<th scope="col">brand new</th>');
    expect(after.html).toContain('<td data-v="0.125"><b>12.5%</b><small>6.3 to 25.0%</small></td>');
    expect(after.markdown).toContain('| brand new |');
    expect(after.markdown).toContain('| 12.5% [6.3%, 25.0%] |');
    expect(after.latex).toContain('& brand new \\\\');
    expect(after.latex).toContain('& 12.5\\% {\\scriptsize [6.3\\%, 25.0\\%]} \\\\');
    expect(after.csv.split('\r\n')[0]).toMatch(/,new_figure,new_figure_low,new_figure_high,new_figure_n$/);
    expect(after.csv).toMatch(/^dpo\[beta=0\.1\],configuration,.*,0\.125,0\.0625,0\.25,10\r$/m);
  });
  test('one output may show the mean alone', () => {
    const alone = outputsOf([
      ...ALGORITHMS,
      { ...added, html: { meanOnly: true }, markdown: { meanOnly: true }, latex: { meanOnly: true } },
    ]);
    expect(alone.html).toContain('<td data-v="0.125"><b>12.5%</b></td>');
    expect(alone.markdown).toMatch(/\| 12\.5% \|$/m);
    expect(alone.latex).toContain('& 12.5\\% \\\\');
  });
  test('null leaves it out of one output', () => {
    const hidden = outputsOf([...ALGORITHMS, { ...added, html: null, csv: null }]);
    expect([hidden.html, hidden.csv]).toEqual([before.html, before.csv]);
    expect([hidden.markdown, hidden.latex]).toEqual([after.markdown, after.latex]);
  });
  test('what one output lacks is a dash, in report.csv nothing', () => {
    const lacking = outputsOf([
      ...ALGORITHMS,
      { ...added, of: () => null, markdown: { why: () => 'no *such* thing' } },
    ]);
    expect(lacking.html).toBe(before.html); // a column that says nothing in any row is left out
    expect(lacking.markdown).toContain('| no \\*such\\* thing |');
    expect(lacking.latex).toContain('& -- \\\\');
    expect(lacking.csv).toMatch(/^dpo\[beta=0\.1\],configuration,.*,,,,\r$/m);
  });
});

test('LaTeX has the answer first, and no sign that it could not set', () => {
  const latex = toLatex(report, true);
  expect([...latex.matchAll(/label\{tab:tiltyard-([a-z-]*)\}/g)].map((m) => m[1])).toEqual([
    'answer',
    'frontiers',
    'ladder',
    'compute',
    'families',
    'algorithms',
    'head-to-head',
  ]);
  expect(latex).toContain('\\caption{RL is ahead of offline by +0.680');
  expect(latex).not.toMatch(/[−±→]/);
});

describe('the list of columns', () => {
  test('no id stands twice', () => {
    const ids = ALGORITHMS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
  test('an output may have its own heading and its own place for one', () => {
    const columns: Column<number>[] = ['a', 'b', 'c'].map((id) => ({
      id,
      heading: id,
      kind: 'count',
      of: (x) => x,
    }));
    const moved = [columns[0]!, columns[1]!, { ...columns[2]!, html: { heading: 'C', after: 'a' } }];
    expect(shownIn('html', moved).map(({ heading }) => heading)).toEqual(['a', 'C', 'b']);
    expect(shownIn('csv', moved).map(({ heading }) => heading)).toEqual(['a', 'b', 'c']);
  });
  test('columns are picked in the order asked for, and an unknown one is an error', () => {
    expect(pick(ALGORITHMS, ['flops', 'name']).map(({ id }) => id)).toEqual(['flops', 'name']);
    expect(() => pick(ALGORITHMS, ['flop'])).toThrow("no column 'flop'");
  });
});
