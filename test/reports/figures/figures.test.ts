import { compile, type TopLevelSpec } from 'vega-lite';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DrawnFigure } from '../../../reports/figures/draw.js';
import { drawSpec } from '../../../reports/figures/draw.js';
import { figures } from '../../../reports/figures/figures.js';
import { keyOf, thin } from '../../../reports/figures/key.js';
import { toHtml } from '../../../reports/html/html.js';
import { toMarkdown } from '../../../reports/text/markdown.js';
import { fixture } from '../fixture.js';
import { nothingAnswered } from '../variants.js';

const report = fixture();
let drawn: ReadonlyMap<string, DrawnFigure>;
beforeAll(async () => {
  drawn = await figures(report);
});
const lines = (figure: DrawnFigure): string[] => figure.csv.trim().split('\r\n');
const marks = (figure: DrawnFigure): string[] =>
  [
    ...figure.panels
      .map((p) => p.svg)
      .join('')
      .matchAll(/data-f="([^"]*)"/g),
  ].map((m) => m[1]!);

describe('figures', () => {
  test('all of them, in the order of the page', () => {
    expect([...drawn.keys()]).toEqual([
      'primary',
      'frontier',
      'families',
      'ladder',
      'equal-compute',
      'pairs',
      'sensitivity',
      'on-policy',
      'ledger',
      'learning',
      'over-optimisation',
      'reward-figures',
    ]);
    expect(drawn.get('over-optimisation')!.panels.map((p) => p.title)).toEqual([
      'proxy reward',
      'gold reward',
      'length, tokens',
    ]);
    expect(drawn.get('on-policy')!.panels.map((p) => p.title)).toEqual([
      'proxy ranks as gold',
      'proxy against chooser: disagreement',
      'entropy, nats',
      'distinct-2',
      'length, tokens',
    ]);
  });
  test('each says in one sentence how to read it', () => {
    for (const { id, reading } of drawn.values())
      expect(reading, id).toMatch(/^(?:[^.?!]|et al\. |\d\.\d)*\.$/);
  });
  test('without data there is none', async () => {
    const empty = {
      ...report,
      algorithms: report.algorithms.map((a) => ({
        ...a,
        goldReward: null,
        goldDifference: null,
        compute: { ...a.compute, stages: [] },
      })),
      ...nothingAnswered(report),
      curves: [],
      rewardModels: [],
    };
    expect([...(await figures(empty)).keys()]).toEqual([]);
    expect(toHtml(empty, new Map())).not.toMatch(
      /<figure|id="at-equal-kl"|id="ladder"|id="at-equal-compute"|id="training"|type="checkbox"/,
    );
  });
  test('one without a proxy has no panel for it', async () => {
    const offline = { ...report, curves: report.curves.map((c) => ({ ...c, proxyReward: null })) };
    expect((await figures(offline)).has('over-optimisation')).toBe(false);
  });
  test('a mark knows its family, a difference both of its, and what it is', () => {
    expect(new Set(marks(drawn.get('families')!))).toEqual(new Set(['0', '1', '2', '3']));
    expect(new Set(marks(drawn.get('pairs')!))).toEqual(new Set(['0 1', '0 2', '0 3', '1 2', '1 3', '2 3']));
    expect(drawn.get('ledger')!.panels[0]!.svg).toContain(
      '<title>ppo[beta=0.1], reward model (reward): 360 GFLOP [359 GFLOP, 361 GFLOP]</title>',
    );
  });
  test('the first figure: unions, which no switch hides, with families and configurations behind', () => {
    expect(new Set(marks(drawn.get('frontier')!))).toEqual(new Set(['-1', '0', '1', '2', '3']));
    const rows = lines(drawn.get('frontier')!);
    expect(rows[0]).toBe('data,name,family,union,kl,gain,lo,hi');
    expect(rows[1]).toBe('unions,offline,offline,offline,0,0,0,0');
    expect(rows).toContainEqual(expect.stringMatching(/^families,ppo,ppo,RL,15,/));
    expect(drawn.get('frontier')!.legend).toEqual([
      { name: 'offline', colour: 9, family: null },
      { name: 'RL', colour: 10, family: null },
      { name: 'at use', colour: 11, family: null },
    ]);
  });
  test('it ends a quarter beyond the budget that the answer averages up to, and says so', async () => {
    const near = { ...report, answer: { ...report.answer, budget: 4 } };
    const { csv, note } = (await figures(near)).get('frontier')!;
    const reached = csv.split('\r\n').filter((line) => line.startsWith('unions'));
    expect(Math.max(...reached.map((line) => Number(line.split(',')[4])))).toBe(5);
    expect(note).toBe(
      'Bands are of each line alone; a difference between two is paired by seed, and known better. ' +
        'The dotted upright is K, 4.00 nats, up to which the answer averages. Frontiers go on further out, ' +
        'family by family below. 8 of 8 configurations are further out or left out.',
    );
  });
  test('names at the ends of lines keep a line’s height apart', async () => {
    const close = {
      ...report,
      frontiers: report.frontiers.map((row) =>
        row.name === 'RL' ? { ...report.frontiers[0]!, name: 'RL', paradigm: row.paradigm } : row,
      ),
    };
    const ends = lines((await figures(close)).get('frontier')!)
      .filter((line) => line.startsWith('ends'))
      .map((line) => Number(line.split(',')[5]));
    expect(ends.length).toBe(3);
    const gaps = ends.slice(1).map((end, i) => end - ends[i]!);
    expect(Math.min(...gaps)).toBeGreaterThan(0.2);
  });
  test('the primary figure: one interval, the margin as a band', () => {
    const { csv, title } = drawn.get('primary')!;
    const { mean, ci } = report.answer.primary!.difference!;
    expect(title).toBe('RL − offline, gold reward');
    const five = (x: number): number => Number(x.toPrecision(5));
    expect(csv.split('\r\n').slice(0, 3)).toEqual([
      'data,label,difference,lo,hi,from,to',
      `differences,primary,${five(mean)},${five(ci![0])},${five(ci![1])},,`,
      'margin,,,,,-0.17,0.17',
    ]);
  });
  test('the ladder: each bar begins where the one above it ends', () => {
    expect(lines(drawn.get('ladder')!)).toEqual([
      'label,sign,from,to,lo,hi',
      'offline (dpo),whole,0,2.2,2.1,2.3',
      'labels of the learned reward,takes,2.2,2.05,1.95,2.15',
      'completions of the policy’s own,adds,2.05,2.7,2.52,2.88',
      'the reward itself in the loss,adds,2.7,2.8,2.6,3',
      'rl (ppo),whole,0,2.8,2.68,2.92',
    ]);
  });
  test('the truth stands last on the ladder, and is no family', async () => {
    const own = report.ladder!;
    const above = { mean: 3.1, ci: [3, 3.2] as [number, number], n: 5 };
    const step = { mean: 0.3, ci: [0.1, 0.5] as [number, number], n: 5 };
    const what = 'error of the reward model';
    const ladder = {
      ...own,
      rungs: [...own.rungs, { rung: 'truth', family: null, value: above }],
      steps: [...own.steps, { from: 'rl', to: 'truth', what, difference: step }],
    };
    const figure = (await figures({ ...report, ladder })).get('ladder')!;
    expect(lines(figure).slice(-2)).toEqual([`${what},adds,2.8,3.1,2.9,3.3`, 'truth,whole,0,3.1,3,3.2']);
    expect(figure.panels.map(({ svg }) => svg).join('')).toContain(
      '<title>truth: +3.10 [+3.00, +3.20]</title>',
    );
  });
  test('where something else chooses: this page first, what could not be computed left out', () => {
    expect(lines(drawn.get('sensitivity')!).map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'data,label',
      'differences,chooser (this page)',
      'differences,proxy',
      'margin,',
    ]);
  });
  test('families named otherwise keep the colour of their configurations', async () => {
    const renamed = {
      ...report,
      frontiers: report.frontiers.map((f) =>
        f.kind === 'family' ? { ...f, name: `${f.name} (onnxruntime/cpu)` } : f,
      ),
    };
    expect(keyOf(renamed).families).toEqual([
      'dpo (onnxruntime/cpu)',
      'ipo (onnxruntime/cpu)',
      'ppo (onnxruntime/cpu)',
      'best-of-n (onnxruntime/cpu)',
    ]);
    expect(keyOf(renamed).family('ipo[beta=0.2]')).toBe(1);
    expect(keyOf(renamed).union('ipo[beta=0.2]')).toBe('offline');
    expect(new Set(marks((await figures(renamed)).get('families')!))).toEqual(new Set(['0', '1', '2', '3']));
  });
  test('a caption names only what is drawn', async () => {
    const bare = { ...report, frontiers: [] };
    const all = await figures(bare);
    expect(all.has('frontier')).toBe(false);
    expect(all.get('families')!.reading).toBe(
      'Higher at the same KL is better: marks are single configurations with their 95 % intervals.',
    );
  });
  test('lengths that are all the same are no panel', async () => {
    const table = { ...report, curves: report.curves.map((c) => ({ ...c, length: 1 })) };
    expect((await figures(table)).get('over-optimisation')!.panels.map((p) => p.title)).toEqual([
      'proxy reward',
      'gold reward',
    ]);
  });
  test('the crossover is a band between two budgets, and only where both are known', async () => {
    const bands = lines(drawn.get('equal-compute')!).filter((line) => line.startsWith('crossovers'));
    expect(bands).toEqual(['crossovers,0,,,,,,600000000000,800000000000']);
    const never = report.compute.map((pair) => ({
      ...pair,
      crossover: { ...pair.crossover!, from: null },
    }));
    const without = (await figures({ ...report, compute: never })).get('equal-compute')!;
    expect(without.csv).not.toContain('crossovers');
  });
  test('colours are the page’s on the page, their own elsewhere', () => {
    for (const { id, panels, spec } of drawn.values()) {
      for (const { svg } of panels) expect(svg.match(/(?:fill|stroke)="#\w+"/), id).toBeNull();
      expect(spec, id).not.toMatch(/var\(|#010203|#040506/);
    }
  });
  test('the specification compiles by itself and has the legend that the page sets in HTML', () => {
    for (const { id, spec } of drawn.values())
      expect(() => compile(JSON.parse(spec) as TopLevelSpec), id).not.toThrow();
    const parsed = JSON.parse(drawn.get('families')!.spec) as {
      config: { legend: object };
      datasets: { families: object[] };
    };
    expect(parsed.config.legend).not.toHaveProperty('disable');
    expect(Object.keys(parsed.datasets.families[0]!)).toEqual([
      'name',
      'family',
      'line',
      'union',
      'kl',
      'gain',
      'lo',
      'hi',
    ]);
  });
  test('the data is what is drawn', () => {
    expect(lines(drawn.get('pairs')!).length).toBe(1 + 6 + 1);
    expect(lines(drawn.get('families')!).filter((line) => line.startsWith('configurations,')).length).toBe(8);
    expect(new Set(lines(drawn.get('families')!).map((line) => line.split(',').length)).size).toBe(1);
  });
  test('drawn twice, the same bytes', async () => {
    expect([...(await figures(report)).values()]).toEqual([...drawn.values()]);
  });
  test('the figure of an analysis brings its inline data along', async () => {
    const figure = await drawSpec('a', 'Title', 'Reading.', {
      layer: ['line', 'point'].map((mark) => ({
        data: { values: [{ x: 1, y: 2 }] },
        mark,
        encoding: { x: { field: 'x' }, y: { field: 'y' } },
      })),
    });
    expect(figure.csv).toBe('x,y\r\n1,2\r\n');
  });
});

describe('2,000 runs', () => {
  const many = fixture({
    families: Array.from({ length: 20 }, (_, i) => `family-${i}`),
    configurations: 10,
    points: 200,
  });
  test('configurations are drawn in turn, curves thinned, and the captions say so', async () => {
    const key = keyOf(many);
    expect(key.drawn.size).toBe(24);
    expect(new Set([...key.drawn].map((name) => key.family(name))).size).toBe(20);
    const all = await figures(many);
    expect(all.get('learning')!.note).toBe(
      '24 of 200 configurations are drawn, each family’s in turn. Curves are thinned to 40 points.',
    );
    expect(lines(all.get('learning')!).length).toBe(1 + 24 * 40);
    expect(all.get('pairs')!.note).toBe('28 of 190 pairs are drawn; the table has all.');
    const html = toHtml(many, all);
    expect(Buffer.byteLength(html)).toBeLessThan(5e6);
    expect(toMarkdown(many)).toContain('family-19');
  });
  test('thinning keeps both ends and the order', () => {
    const points = thin(Array.from({ length: 1000 }, (_, i) => i));
    expect([points.length, points[0], points.at(-1)]).toEqual([40, 0, 999]);
    expect(points).toEqual([...points].sort((a, b) => a - b));
    expect(thin([1, 2])).toEqual([1, 2]);
  });
});
