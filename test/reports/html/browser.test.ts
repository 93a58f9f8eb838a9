import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { figures } from '../../../reports/figures/figures.js';
import { toHtml } from '../../../reports/html/html.js';
import { temporary } from '../../support.js';
import { Browser, chromium } from '../chromium.js';
import { fixture } from '../fixture.js';
import { HOSTILE, hostile } from '../hostile.js';
import { variants } from '../variants.js';

describe.skipIf(chromium === undefined)(
  chromium === undefined
    ? 'in a browser (skipped: no Chromium; apt-get install chromium, or set CHROMIUM)'
    : 'in a browser',
  () => {
    const dir = temporary();
    const address = (name: string): string => pathToFileURL(join(dir, `${name}.html`)).href;
    let browser: Browser;
    beforeAll(async () => {
      for (const [name, report] of [
        ['plain', fixture()],
        ['hostile', hostile()],
        ['many', variants()['eight families']!],
        ['judge', variants()['judge']!],
      ] as const)
        writeFileSync(join(dir, `${name}.html`), toHtml(report, await figures(report)));
      browser = new Browser(chromium!);
    });
    afterAll(() => browser?.close());
    const visibility = (family: number): string =>
      `[...new Set([...document.querySelectorAll('[data-f~="${family}"]')]` +
      '.map((m) => getComputedStyle(m).visibility))].join()';

    test.each([
      ['plain', 360],
      ['plain', 390],
      ['many', 390],
      ['plain', 768],
      ['plain', 1440],
      ['hostile', 360],
    ] as const)('%s at %d px: no error, no request, no sideways scrolling', async (name, width) => {
      const tab = await browser.open(address(name), width);
      expect(await tab.value('document.querySelectorAll("figure svg").length')).toBeGreaterThan(20);
      expect(await tab.value('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(tab.seen).toEqual({ errors: [], requests: [] });
    });

    test.each([
      ['plain', 1440, 900],
      ['many', 1440, 900],
      ['judge', 1440, 900],
      ['plain', 390, 844],
      ['many', 390, 844],
      ['judge', 390, 844],
    ] as const)('%s at %d x %d: the first screen holds answer and frontier', async (name, width, height) => {
      const tab = await browser.open(address(name), width);
      const bottom = (what: string): Promise<number> =>
        tab.value(
          `Math.max(...[...document.querySelectorAll('${what}')]` +
            '.map((e) => e.getBoundingClientRect().bottom))',
        );
      expect(await bottom('#answer .lead')).toBeGreaterThan(0);
      expect(await bottom('#primary svg')).toBeGreaterThan(await bottom('#answer .lead'));
      expect(await bottom('#frontier svg')).toBeGreaterThan(0);
      expect(await bottom('#frontier svg')).toBeLessThanOrEqual(height);
    });

    test.each(['plain', 'many'] as const)('%s at 1180 px: no table is wider than the page', async (name) => {
      const tab = await browser.open(address(name), 1180);
      const wide =
        '(() => { for (const d of document.querySelectorAll("details")) d.open = true; ' +
        'return [...document.querySelectorAll(".scroll")].filter((s) => s.scrollWidth > s.clientWidth)' +
        '.map((s) => s.querySelector("table").id + " " + s.scrollWidth) })()';
      expect(await tab.value(wide)).toEqual([]);
      expect(await tab.value('document.querySelectorAll(".scroll").length')).toBeGreaterThan(10);
    });

    test.each(['plain', 'many'] as const)('%s at 1440 px: no text of a figure is cut off', async (name) => {
      const tab = await browser.open(address(name), 1440);
      const cut =
        '(() => { for (const d of document.querySelectorAll("details")) d.open = true; ' +
        'return [...document.querySelectorAll("figure svg text")].filter((text) => { ' +
        'const [t, s] = [text, text.closest("svg")].map((e) => e.getBoundingClientRect()); ' +
        'return t.width > 0 && (t.left < s.left - 1 || t.right > s.right + 1 || ' +
        't.top < s.top - 1 || t.bottom > s.bottom + 1); }).map((text) => text.textContent) })()';
      expect(await tab.value(cut)).toEqual([]);
      expect(await tab.value('document.querySelectorAll("figure svg text").length')).toBeGreaterThan(100);
    });

    test('a link to what is folded opens it', async () => {
      const tab = await browser.open(address('plain'), 1440);
      const open = 'document.querySelector("#failures").closest("details").open';
      expect(await tab.value(open)).toBe(false);
      await tab.value('document.querySelector(\'a[href="#failures"]\').click()');
      expect(await tab.value(open)).toBe(true);
    });

    test('text from data runs nothing and becomes no element', async () => {
      const tab = await browser.open(address('hostile'), 768);
      expect(await tab.value('typeof window.ran')).toBe('undefined');
      expect(await tab.value('document.querySelectorAll("script").length')).toBe(1);
      expect(
        await tab.value(
          'document.querySelectorAll("img, iframe, [onerror], [onload], [href^=javascript]").length',
        ),
      ).toBe(0);
      expect(await tab.value<string>('document.querySelector(".sample h3").textContent')).toContain(
        HOSTILE.slice(0, HOSTILE.indexOf('\u001b')),
      );
    });

    test('a family is turned off in every figure, and the address says so', async () => {
      const tab = await browser.open(address('plain'), 1440);
      expect(await tab.value(visibility(1))).toBe('visible');
      await tab.value('document.querySelector("#family-1").click()');
      expect(await tab.value(visibility(1))).toBe('hidden');
      expect(await tab.value<string>('location.hash')).toContain('hide=ipo');
      expect(
        await tab.value(
          '[...document.querySelectorAll(\'#families [data-f="0"]\')].every((m) => ' +
            'getComputedStyle(m).visibility === "visible")',
        ),
      ).toBe(true);
      const again = await browser.open(await tab.value<string>('location.href'), 1440);
      expect(await again.value('document.querySelector("#family-1").checked')).toBe(false);
      expect(await again.value(visibility(1))).toBe('hidden');
      expect(again.seen).toEqual({ errors: [], requests: [] });
    });

    test('a table is sorted by its heading, and the address says so', async () => {
      const column = 'document.querySelector("#glance").tHead.rows[0].cells[1]';
      const gold =
        '[...document.querySelectorAll("#glance tbody tr")].map((r) => Number(r.cells[1].dataset.v))';
      const tab = await browser.open(address('plain'), 1440);
      const before = await tab.value<number[]>(gold);
      await tab.value(`${column}.querySelector("button").click()`);
      const falling = await tab.value<number[]>(gold);
      expect(falling).toEqual([...before].sort((a, b) => b - a));
      expect(falling).not.toEqual(before);
      expect(await tab.value(`${column}.getAttribute("aria-sort")`)).toBe('descending');
      const again = await browser.open(await tab.value<string>('location.href'), 1440);
      expect(await again.value(gold)).toEqual(falling);
    });

    test('points are read out with the keyboard', async () => {
      const tab = await browser.open(address('plain'), 1440);
      await tab.value('document.querySelector("#families .wide svg").focus()');
      await tab.press('ArrowRight');
      expect(await tab.value('document.querySelector(".readout").hidden')).toBe(false);
      expect(await tab.value('document.querySelector(".readout").textContent')).toMatch(
        /^dpo\[beta=0\.1\]: \+3\.30 \[\+3\.18, \+3\.42\] at 10\.0/,
      );
      await tab.press('Escape');
      expect(await tab.value('document.querySelector(".readout").hidden')).toBe(true);
    });

    test('without scripts it is complete: figures, titles on points, families on and off', async () => {
      const tab = await browser.open(address('plain'), 768, { script: false });
      expect(
        await tab.value('document.querySelectorAll("figure svg [data-f] title").length'),
      ).toBeGreaterThan(100);
      await tab.value('document.querySelector("#family-0").click()');
      expect(await tab.value(visibility(0))).toBe('hidden');
    });

    test('on paper: what is folded is open, and the widest table fits', async () => {
      const tab = await browser.open(address('plain'), 760, { media: 'print', scheme: 'dark' });
      expect(
        await tab.value('document.querySelector("#algorithms").getBoundingClientRect().height'),
      ).toBeGreaterThan(0);
      expect(
        await tab.value('document.querySelector("#glance").getBoundingClientRect().right'),
      ).toBeLessThanOrEqual(760);
      // Dark ink whatever the screen has.
      expect(await tab.value('getComputedStyle(document.body).color')).toBe('rgb(29, 35, 41)');
    });

    test('a figure’s data is saved from the page itself', async () => {
      const tab = await browser.open(address('plain'), 1440);
      await browser.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: dir });
      await tab.value('document.querySelector("#families a[download$=csv]").click()');
      const saved = join(dir, 'families.csv');
      for (let i = 0; i < 200 && !existsSync(saved); i++) await setTimeout(20);
      expect(readFileSync(saved, 'utf8')).toMatch(
        /^data,name,family,union,kl,gain,lo,hi\r\nfamilies,dpo,dpo,offline,0,0,/,
      );
      expect(tab.seen.errors).toEqual([]);
    });
  },
);
