import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AnalysisRow, ClaimRow } from '../../../harness/contracts/analysis.js';
import { environment } from '../../../harness/environment.js';
import type { Decided } from '../../../harness/run/decided.js';
import type { StoredExperiment } from '../../../harness/store/read.js';
import { buildDecidedReport } from '../../../reports/decided/build.js';
import { decidedToHtml } from '../../../reports/decided/html.js';
import { decidedToCsv, decidedToMarkdown } from '../../../reports/decided/text.js';
import { temporary } from '../../support.js';

const claim: ClaimRow = {
  type: 'claim',
  id: 'F1',
  claim: 'a <b> is better',
  scenario: 'ten seeds',
  statistic: 'mean difference.',
  value: 0.5,
  ci: [0.25, 0.75],
  threshold: 'above 0',
  n: 1200,
  verdict: 'supported',
  reported: '0.4',
  figure: 'f',
  note: 'corrected',
};
const unknown: ClaimRow = {
  ...claim,
  id: '=F2',
  value: null,
  ci: null,
  verdict: 'undecided',
  reported: null,
  figure: null,
};
const rows: AnalysisRow[] = [
  claim,
  unknown,
  {
    type: 'table',
    id: 't',
    title: 'A table',
    reading: 'Read it so.',
    columns: ['name', 'x'],
    rows: [['one', 0.123456]],
  },
];
const analysis: Decided['analysis'] = {
  storeVersion: 2,
  name: 'a <name>',
  description: 'what it is',
  module: 'none',
  environment: environment(),
};
const members = [{ name: 'member', runs: 5, done: 2, failed: 1 }];

describe('a report of claims and tables', () => {
  test('Markdown: the tally, each claim with its interval, tables, what is unfinished', () => {
    const markdown = decidedToMarkdown(analysis, rows, members);
    expect(markdown).toContain('## Claims: 1 supported, 1 undecided');
    expect(markdown).toContain(
      '| **F1** a \\<b\\> is better *ten seeds* corrected | supported | mean difference. | 0.500 ' +
        '[0.250, 0.750] |',
    );
    expect(markdown).toContain('| undecided | mean difference. | – | above 0 | 1200 |  |');
    expect(markdown).toContain('## A table\n\nRead it so.\n\n| name | x |\n|---|---|\n| one | 0.123 |');
    expect(markdown).toContain('| member | 5 | 1 | 2 |');
  });
  test('CSV: numbers in full, then each table under its title; no formula', () => {
    const [head, first, second, ...table] = decidedToCsv(rows).trimEnd().split('\n');
    expect(head).toMatch(/^claim,verdict,value,lo,hi,threshold,n,/);
    expect(first).toMatch(/^F1,supported,0\.5,0\.25,0\.75,above 0,1200,/);
    expect(second).toMatch(/^'=F2,undecided,,,,above 0,/);
    expect(table).toEqual(['A table', 'name,x', 'one,0.123456']);
  });
  test('the page: verdicts in their tone, what belongs to a claim in sentences, text as text', async () => {
    const html = await decidedToHtml({ ...analysis, profile: 'quick' }, rows, members);
    expect(html).toContain('<h2>Claims: 1 supported, 1 undecided</h2>');
    expect(html).toContain(
      '<td class="more"><b>supported</b></td><td><b>0.500</b><small>0.250 to 0.750</small></td>',
    );
    expect(html).toContain(
      '<b>F1</b> a &lt;b&gt; is better<small>Ten seeds. Mean difference. Corrected. Reported: 0.4. <a ' +
        'href="#f">Figure</a>',
    );
    expect(html).toContain('<td>1,200</td>');
    expect(html).toContain('profile quick · ');
    expect(html).toContain('<tr><th scope="row">member</th><td>5</td><td>1</td><td>2</td></tr>');
    expect(html).not.toContain('a <name>');
  });
  test('where nothing is claimed there is no such section', async () => {
    const tables = rows.filter((row) => row.type === 'table');
    expect(decidedToMarkdown(analysis, tables, [])).not.toMatch(/## (Claims|Runs)/);
    expect(decidedToCsv(tables)).toMatch(/^A table\n/);
    expect(await decidedToHtml(analysis, tables, [])).not.toMatch(/<h2>(Claims|Runs)/);
  });
});

test('four files, and the rows in full in report.json', async () => {
  const dir = temporary();
  const experiment = {
    runs: [{ outcome: { outcome: 'completed' } }, { outcome: null }],
  } as unknown as StoredExperiment;
  const members = new Map([['member', experiment]]);
  const paths = await buildDecidedReport(dir, { kind: 'suite', analysis, rows, members });
  const json = JSON.parse(readFileSync(paths.json, 'utf8')) as Record<string, unknown>;
  expect(json).toMatchObject({ schemaVersion: 1, name: 'a <name>', rows });
  expect(json['runs']).toEqual([{ name: 'member', runs: 2, done: 1, failed: 0 }]);
  for (const path of [paths.html, paths.md, paths.csv]) expect(readFileSync(path, 'utf8')).toContain('F1');
});
