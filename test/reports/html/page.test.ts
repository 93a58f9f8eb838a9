import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHtml } from '../../../reports/html/html.js';
import { SCRIPT } from '../../../reports/html/script.js';
import { folded } from '../../../reports/html/section.js';
import { table } from '../../../reports/html/table.js';
import { fixture } from '../fixture.js';
import { variants } from '../variants.js';

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
  test('the answer first, then frontier, ladder, compute, families, doubts; the rest folded', () => {
    const ids = [...html.matchAll(/<section id="([^"]*)"/g)].map((m) => m[1]);
    const folded = [...html.matchAll(/<details class="fold">.*?<section id="([^"]*)">/g)].map((m) => m[1]);
    expect(ids.slice(0, ids.length - folded.length)).toEqual([
      'answer',
      'at-equal-kl',
      'ladder',
      'at-equal-compute',
      'families-compared',
      'who-chooses',
      'doubts',
      'rewards-on-policies',
    ]);
    expect(folded).toEqual([
      'algorithms',
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
    expect(ids.slice(-folded.length)).toEqual(folded);
  });
  test('the first screen: the sentence, what weakens it, by how much, how sure, at what KL and cost', () => {
    const first = text(
      html.slice(html.indexOf('<p class="lead">'), html.indexOf('<section id="at-equal-kl"')),
    );
    for (const part of [
      'RL is ahead of offline by +0.680 [+0.540, +0.820] gold reward, on average over KL budgets up to 15',
      '1 of the runs did not finish; see which and why. At the edge of what was tried',
      'by how much+0.680 +0.540 to +0.820how sureRL ahead of offline p < 0.001, 10 seeds',
      'at what KLmean over budgets of 0 to 15.0 nats',
      'at what cost4.10 times the compute 3.80 to 4.40',
      'chosen bya reward model that nothing trains against',
    ])
      expect(first.replaceAll('&lt;', '<')).toContain(part);
  });
  test('which p-value decided stands beside the verdict', () => {
    const said = (verdict: string): string => {
      const primary = { ...report.answer.primary!, verdict, p: 0.4, adjustedP: 0.012 };
      return text(toHtml({ ...report, answer: { ...report.answer, primary } }, new Map()));
    };
    expect(said('match')).toContain('how surematch p = 0.012, 10 seeds');
    expect(said('not told apart')).toContain('how surenot told apart p = 0.40, 10 seedscould have found');
    expect(said('behind')).toContain('how sureRL behind offline p = 0.40');
  });
  test('frontiers: unions say of how many families, gains at the declared budgets', () => {
    expect(row('frontiers', 0)).toMatch(/^offline union of 2 families \+2\.7.* given pairs 4 16\.5$/);
    expect(html).toContain('<th scope="col">at 7 nats</th>');
    expect(row('budgets', 2)).toBe('15 +0.680+0.540 to +0.820');
  });
  test('the ladder adds up to the whole', () => {
    expect(sectionOf('ladder')).toContain('From the first rung to the last +0.600 [+0.450, +0.750]');
    expect(row('ladder-table', 1)).toBe(
      'relabelled on-policy +0.650+0.470 to +0.830 completions of the policy’s own',
    );
  });
  test('the ladder says why the truth is not on it', () => {
    const why = 'How far the gold reward itself would lead is not shown: <why>.';
    const other = toHtml({ ...report, ladder: { ...report.ladder!, aboutTruth: why } }, new Map());
    expect(other).toContain('is not shown: &lt;why&gt;.');
  });
  test('equal compute: unions open, families folded, and answers after which training pays', () => {
    expect(row('compute-table', 0)).toBe(
      'RL offline −0.315−0.515 to −0.115 +0.939+0.739 to +1.14 RL between 600 GFLOP and 800 GFLOP',
    );
    expect(row('compute-families', 2)).toMatch(/not up to 2\.40 TFLOP$/);
    expect(sectionOf('at-equal-compute')).toContain(
      'dpo is cheaper than best-of-n after 67 answers: an answer of best-of-n costs 3.20 GFLOP',
    );
  });
  test('words of verdict only where a test may be read, colours too', () => {
    expect(sectionOf('families-compared')).toContain('first is');
    const shut = toHtml(variants()['undecided']!, new Map());
    const from = shut.slice(shut.indexOf('<section id="families-compared">'));
    const section = from.slice(0, from.indexOf('</section>'));
    expect(section).toContain('<b>Not read as tests:</b>');
    expect(section).not.toMatch(/ahead|behind|match|first is|class="(?:more|less)"|Holm/);
  });
  test('who chooses: where the figure says it all there is no table, a reason has one', () => {
    expect(row('sensitivity-table', 1)).toBe('pairs – no run has pairs that are held out');
    const { sensitivity } = report.answer;
    const known = { ...report, answer: { ...report.answer, sensitivity: sensitivity.slice(0, 1) } };
    expect(toHtml(known, new Map())).toContain('id="sensitivity-table"');
  });
  test('doubts: what was tried, deviations, control', () => {
    const said = sectionOf('doubts');
    for (const part of [
      'dpo and ipo: +0.173 [−0.0267, +0.373]; 0.280 or more would have been found, four times in five.',
      'the planned engine was webgpu',
      'False-alarm rate 4.7% (3.1% to 6.9%; 512 comparisons where nothing differs)',
      'ppo[beta=0.1] +0.200+0.100 to +0.300 false alarm',
    ])
      expect(said).toContain(part);
    expect(row('grids-table', 2)).toBe(
      'ppo 2 learningRate 0.0001, 0.0003 0.0003 (5 of 5 seeds) largest; try 0.0009 reached 3.60 TFLOP',
    );
    expect(toHtml({ ...report, deviations: [] }, new Map())).toContain(
      '<h3>Deviations from the plan</h3><p>None: every run is as it was planned',
    );
  });
  test('at a glance: what a configuration does, without scores over seeds', () => {
    expect(row('glance', 0)).toBe(
      'dpo[beta=0.1] 3.703.60 to 3.80 +3.30+3.18 to +3.42 83.0%81.0 to 85.0% 81.0%78.0 to 84.0% ' +
        '10.09.40 to 10.6 200 GFLOP196 to 204 GFLOP 20.0 s286 MiB 10/10',
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
  test('a head to head reads both ways, the highest first, and in few signs where there are many', () => {
    const [first, second] = [...report.algorithms].sort((a, b) => b.goldReward!.mean - a.goldReward!.mean);
    expect(sectionOf('head-to-head')).toMatch(new RegExp(`${first!.name.replace('[', '\\[')} · 51`));
    expect(sectionOf('head-to-head')).toMatch(new RegExp(`${second!.name.replace('[', '\\[')} 49 ·`));
    const few = toHtml(fixture({ configurations: 1 }), new Map());
    expect(few).toContain('class="matrix"');
    expect(html).toContain('class="matrix dense"');
  });
  test('many reward models stand in several tables', () => {
    const many = { ...report, rewardModels: Array.from({ length: 9 }, () => report.rewardModels[0]!) };
    expect(toHtml(many, new Map()).match(/id="reward-table[^"]*"/g)).toEqual([
      'id="reward-table"',
      'id="reward-table-2"',
    ]);
  });
  test.each(Object.keys(variants()))('%s: a page with its sentence first', (which) => {
    const variant = variants()[which]!;
    const [page] = toHtml(variant, new Map()).split('<script>') as [string, string];
    const said = text(/<p class="lead">[\s\S]*?<\/p>/.exec(page)![0]);
    expect(said).toBe(variant.answer.sentence);
    expect(page).not.toMatch(/undefined|NaN|\[object/);
    if (variant.answer.primary === null) expect(page).not.toContain('how sure');
    if (variant.ladder === null) expect(page).not.toContain('id="ladder"');
  });
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
