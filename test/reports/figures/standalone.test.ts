import { describe, expect, test } from 'vitest';
import { figures } from '../../../reports/figures/figures.js';
import { standaloneSvg } from '../../../reports/figures/standalone.js';
import { fixture } from '../fixture.js';

const drawn = [...(await figures(fixture())).values()];
const tags = (svg: string): string[] => [...svg.matchAll(/<(\/?)(\w+)([^>]*?)(\/?)>/g)].map((m) => m[0]);

describe('a figure as a file of its own', () => {
  test.each(drawn.map((figure) => [figure.id, figure] as const))('%s', (_, figure) => {
    const svg = standaloneSvg(figure);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="[\d.]+" height="[\d.]+"/);
    expect(svg).not.toMatch(/var\(|style=|class=/); // what only the page could resolve
    expect(svg).toContain('fill="#ffffff"');
    for (const { name } of figure.legend) expect(svg).toContain(`>${name}</text>`);
    for (const { title } of figure.panels) if (title !== null) expect(svg).toContain(`>${title}</text>`);
    const open: string[] = [];
    for (const tag of tags(svg)) {
      const name = /\w+/.exec(tag)![0];
      if (tag.startsWith('</')) expect(open.pop(), tag).toBe(name);
      else if (!tag.endsWith('/>')) open.push(name);
    }
    expect(open).toEqual([]);
  });
  test('has every panel within its bounds, one below the other', () => {
    for (const figure of drawn) {
      const svg = standaloneSvg(figure);
      const [width, height] = [...svg.matchAll(/^<svg [^>]*width="(\d+)" height="(\d+)"/g)][0]!
        .slice(1)
        .map(Number);
      const places = [...svg.matchAll(/<svg x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)];
      expect(places).toHaveLength(figure.panels.length);
      let below = 0;
      for (const [x, y, w, h] of places.map(
        (place) => place.slice(1).map(Number) as [number, number, number, number],
      )) {
        expect(y).toBeGreaterThanOrEqual(below);
        expect(x + w).toBeLessThanOrEqual(width!);
        expect(y + h).toBeLessThanOrEqual(height!);
        below = y + h;
      }
    }
  });
});
