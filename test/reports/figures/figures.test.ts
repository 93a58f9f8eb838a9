import { beforeAll, describe, expect, test } from 'vitest';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { DrawnFigure } from '../../../reports/figures/draw.js';
import { drawSpec } from '../../../reports/figures/draw.js';
import { keyOf, thin } from '../../../reports/figures/key.js';
import { figures } from '../../../reports/figures/figures.js';
import { toHtml } from '../../../reports/html/html.js';
import { toMarkdown } from '../../../reports/text/markdown.js';
import { fixture } from '../fixture.js';

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
      'frontier',
      'equal-kl',
      'equal-compute',
      'ledger',
      'tuning',
      'learning',
      'over-optimisation',
      'ranking-figure',
      'profiles',
      'reward-figures',
    ]);
    expect(drawn.get('over-optimisation')!.panels.map((p) => p.title)).toEqual([
      'proxy reward',
      'gold reward',
      'length, tokens',
    ]);
    expect(drawn.get('equal-kl')!.panels[0]!.title).toBe('dpo − ipo');
  });
  test('each says in one sentence how to read it', () => {
    for (const { id, reading } of drawn.values())
      expect(reading, id).toMatch(/^[^.?!]*(?:et al\. \d+[^.?!]*)?[.]$/);
  });
  test('without data there is none', async () => {
    const empty = {
      ...report,
      algorithms: report.algorithms.map((a) => ({
        ...a,
        goldReward: null,
        compute: { ...a.compute, stages: [] },
      })),
      families: [],
      matchedKl: [],
      matchedCompute: [],
      ranking: [],
      profiles: [],
      curves: [],
      rewardModels: [],
    };
    expect([...(await figures(empty)).keys()]).toEqual([]);
    expect(toHtml(empty, new Map())).not.toMatch(
      /<figure|id="against-kl"|id="training"|id="at-equal-kl"|id="ranking"|type="checkbox"/,
    );
  });
  test('one without a proxy has no panel for it', async () => {
    const offline = { ...report, curves: report.curves.map((c) => ({ ...c, proxyReward: null })) };
    expect((await figures(offline)).has('over-optimisation')).toBe(false);
  });
  test('a mark knows its family, a difference both of its, and what it is', () => {
    expect(new Set(marks(drawn.get('frontier')!))).toEqual(new Set(['0', '1', '2', '3']));
    expect(new Set(marks(drawn.get('equal-kl')!))).toEqual(
      new Set(['0 1', '0 2', '0 3', '1 2', '1 3', '2 3']),
    );
    expect(drawn.get('ledger')!.panels[0]!.svg).toContain(
      '<title>ppo[beta=0.1], reward model (reward): 360 GFLOP [359 GFLOP, 361 GFLOP]</title>',
    );
  });
  test('families named otherwise keep the colour of their configurations; the start is zero', async () => {
    const renamed = {
      ...report,
      families: report.families.map((f) => ({ ...f, name: `${f.name} (cpu)` })),
      ranking: [...report.ranking, { rank: 9, name: 'sft', theta: { mean: 0, ci: null, n: 10 } }],
    };
    expect(keyOf(renamed).families).toEqual(['dpo (cpu)', 'ipo (cpu)', 'ppo (cpu)', 'best-of-n (cpu)']);
    expect(keyOf(renamed).family('ipo[beta=0.2]')).toBe(1);
    const again = await figures(renamed);
    expect(again.get('ranking-figure')!.csv).not.toContain('sft');
    expect(new Set(marks(again.get('frontier')!))).toEqual(new Set(['0', '1', '2', '3']));
  });
  test('a caption names only what is drawn', async () => {
    const reading = (await figures({ ...report, families: [], curves: [] })).get('frontier')!.reading;
    expect(reading).toBe(
      'Higher at the same KL is better: large marks are the final policies on test prompts with 95 % ' +
        'intervals, the dashed line is the start.',
    );
  });
  test('lengths that are all the same are no panel', async () => {
    const table = { ...report, curves: report.curves.map((c) => ({ ...c, length: 1 })) };
    expect((await figures(table)).get('over-optimisation')!.panels.map((p) => p.title)).toEqual([
      'proxy reward',
      'gold reward',
    ]);
  });
  test('the crossover stands where the dearer one goes ahead, and only there', () => {
    const crossing = drawn.get('equal-compute')!.panels.map((p) => p.svg.includes('ahead for good'));
    expect(crossing).toEqual([true, true, false, true, false, false]);
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
    const parsed = JSON.parse(drawn.get('frontier')!.spec) as {
      config: { legend: object };
      datasets: { frontier: object[] };
    };
    expect(parsed.config.legend).not.toHaveProperty('disable');
    expect(Object.keys(parsed.datasets.frontier[0]!)).toEqual([
      'name',
      'family',
      'line',
      'kl',
      'gold',
      'lo',
      'hi',
    ]);
  });
  test('the data is what is drawn', () => {
    const [head, first] = lines(drawn.get('equal-kl')!);
    expect(head).toBe('panel,a,b,kl,difference,lo,hi');
    expect(first).toBe('0,dpo,ipo,0,0,-0.08,0.08');
    expect(lines(drawn.get('equal-kl')!).length).toBe(1 + 6 * 13);
    expect(lines(drawn.get('tuning')!).length).toBe(1 + 4 * 2);
    expect(lines(drawn.get('frontier')!).filter((line) => line.startsWith('final,')).length).toBe(8);
    expect(new Set(lines(drawn.get('frontier')!).map((line) => line.split(',').length)).size).toBe(1);
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
    expect(all.get('equal-kl')!.note).toBe('12 of 190 pairs are drawn; the table has all.');
    const html = toHtml(many, all);
    expect(Buffer.byteLength(html)).toBeLessThan(5e6);
    expect(toMarkdown(many)).toContain('family\\-19');
  });
  test('thinning keeps both ends and the order', () => {
    const points = thin(Array.from({ length: 1000 }, (_, i) => i));
    expect([points.length, points[0], points.at(-1)]).toEqual([40, 0, 999]);
    expect(points).toEqual([...points].sort((a, b) => a - b));
    expect(thin([1, 2])).toEqual([1, 2]);
  });
});
