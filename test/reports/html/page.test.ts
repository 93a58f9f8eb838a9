import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { folded } from '../../../reports/html/section.js';
import { table } from '../../../reports/html/table.js';
import { toHtml } from '../../../reports/html/html.js';
import { SCRIPT } from '../../../reports/html/script.js';
import { fixture } from '../fixture.js';

const report = fixture();
const html = toHtml(report, new Map());
/** Text of an element, cells apart. */
const text = (markup: string): string =>
  markup
    .replaceAll(/<\/t[dh]>/g, ' ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
const row = (id: string, n: number): string =>
  text(
    /<tbody>([\s\S]*?)<\/tbody>/.exec(html.slice(html.indexOf(`<table id="${id}"`)))![1]!.split('</tr>')[n]!,
  );
const sectionOf = (id: string): string =>
  text(/<section id="[^"]*">[\s\S]*?<\/section>/.exec(html.slice(html.indexOf(`<section id="${id}"`)))![0]);

describe('the page', () => {
  test('sections in order, what came out first', () => {
    expect([...html.matchAll(/<section id="([^"]*)">/g)].map((m) => m[1])).toEqual([
      'outcome',
      'algorithms',
      'at-equal-kl',
      'at-equal-compute',
      'fairness',
      'ranking',
      'head-to-head',
      'reward-models',
      'data',
      'samples',
      'shared',
      'parameters',
      'notes',
      'environment',
      'failures',
    ]);
    expect(html).toContain('<p class="lead">dpo is ahead at equal KL');
  });
  test('at a glance: length-controlled win rate, IQM, probability of improvement', () => {
    expect(row('glance', 0)).toBe(
      'dpo[beta=0.1] 3.703.60 to 3.80 +3.30+3.18 to +3.42 83.0%81.0 to 85.0% 81.0%78.0 to 84.0% 72.5%69.5 ' +
        'to 75.5% 10.09.40 to 10.6 0.8250.785 to 0.865 91.2%86.2 to 96.2% 200 GFLOP196 to 204 GFLOP 20.0 ' +
        's286 MiB 10/10',
    );
  });
  test('a column that nobody fills is left out, a figure that one lacks says why', () => {
    const lacking = toHtml(
      {
        ...report,
        algorithms: report.algorithms.map((a, i) => ({
          ...a,
          winRate: { ...a.winRate, lengthControlled: null },
          ...(i === 0 ? { goldDifference: null, missing: ['no <start>'] } : {}),
        })),
      },
      new Map(),
    );
    expect(lacking).not.toContain('at equal length');
    expect(lacking).toContain('<td class="none" title="no &lt;start&gt;">–</td>');
  });
  test('equal KL and equal compute', () => {
    expect(row('kl-table', 0)).toBe(
      'dpo ipo 10.0 +0.231−0.0489 to +0.511 +2.3%+0.3 to +4.3% +0.130+0.0800 to +0.180 0.030 not ' +
        'shownwithin ±0.0200',
    );
    expect(row('compute-table', 1)).toMatch(
      /^dpo ppo dpo 200 GFLOP20\.0 s .* 6\.75×ppo, 5\.40 to over 9\.00$/,
    );
    expect(row('compute-table', 2)).toMatch(/none up to 16\.0×$/);
  });
  test('fairness: choices, deviations, control, power', () => {
    const said = sectionOf('fairness');
    for (const part of [
      'dpo took dpo[beta=0.1] in 5 of 10 seeds, dpo[beta=0.2] in 5 of 10 seeds',
      'ipo: no proxy: no reward model was given',
      'the planned engine was webgpu',
      'False-alarm rate 4.7% (3.1% to 6.9%; 512 comparisons where nothing differs)',
      'ppo[beta=0.1] +0.200+0.100 to +0.300 false alarm',
      'To resolve 2 points of win rate with 80 % power at the 5 % level: 14 seeds, or on one seed 4,906 ' +
        'prompts',
    ])
      expect(said).toContain(part);
    expect(toHtml({ ...report, deviations: [] }, new Map())).toContain(
      '<h3>Deviations from the plan</h3><p>None: every run is as it was planned',
    );
  });
  test('a head to head reads both ways', () => {
    const [first, second] = [report.ranking[0]!.name, report.ranking[1]!.name];
    expect(sectionOf('head-to-head')).toMatch(new RegExp(`${first.replace('[', '\\[')} · 51\\.0%`));
    expect(sectionOf('head-to-head')).toMatch(new RegExp(`${second.replace('[', '\\[')} 49\\.0%`));
  });
  test('Elo is strength on its own scale', () =>
    expect(row('rank-table', 0)).toBe('1 ipo[beta=0.1] 1.671.57 to 1.77 290273 to 307'));
  test('its policy names this script and no other', () => {
    const hash = createHash('sha256').update(SCRIPT).digest('base64');
    expect(html).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'"`,
    );
    expect(SCRIPT.trim().split('\n').length).toBeLessThan(120);
    expect(SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|<\//);
  });
  test('a long list is folded, a very long one cut', () => {
    const items = Array.from({ length: 12 }, (_, i) => `item ${i}`);
    const rest =
      '<details><summary>10 more</summary>.*item 9</li></ul><p class="hint">2 more are in report.json';
    expect(folded(items, 2, 10)).toMatch(new RegExp(`item 1</li></ul>${rest}`));
    expect(folded(items, 20, 30)).not.toContain('<details>');
    expect(folded([], 2, 10)).toBe('');
  });
  test('rows that follow a table keep to its columns', () => {
    const made = table(
      't',
      [1],
      [
        ['a', (x) => `<td>${x}</td>`],
        ['b', () => '<td class="none">–</td>'],
      ],
      [['<td>after</td>', '<td class="none">–</td>']],
    );
    expect(made.match(/<t[dh][ >]/g)!.length).toBe(3);
  });
});
