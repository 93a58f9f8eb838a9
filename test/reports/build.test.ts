import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildReport } from '../../reports/build.js';
import type { Report } from '../../reports/report/model.js';
import { asOlder, temporary, tiltyard } from '../support.js';

const dir = temporary();
const out = join(dir, 'out');
beforeAll(async () => {
  expect((await tiltyard('run', 'smoke', '--out', out, '--seeds', '2')).code).toBe(0);
});
const load = (folder: string): Report =>
  JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
interface Row {
  promptId: string;
  sample: number;
  gold: number;
  prompt: string;
  completion: string;
}
const rows = (label: string, seed: number): Row[] => {
  const run = readdirSync(join(out, 'runs')).find((r) => r.startsWith(`${label}-s${seed}-`))!;
  return readFileSync(join(out, 'runs', run, 'samples.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Row);
};

describe('figures can be recomputed from the stored rows', () => {
  const mean = (xs: number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
  test('gold reward: mean over seeds of means over prompts', () => {
    const want = mean([0, 1].map((seed) => mean(rows('dpo', seed).map((r) => r.gold))));
    expect(load(out).algorithms.find((a) => a.name === 'dpo')!.goldReward!.mean).toBeCloseTo(want, 10);
  });
  test('head to head: independent draws at the same prompts, ties as half', () => {
    const byPrompt = (label: string, seed: number): ReadonlyMap<string, Row[]> => {
      const found = new Map<string, Row[]>();
      for (const row of rows(label, seed)) found.set(row.promptId, [...(found.get(row.promptId) ?? []), row]);
      return found;
    };
    const win = (x: Row, y: Row): number => (x.gold > y.gold ? 1 : x.gold === y.gold ? 0.5 : 0);
    const want = mean(
      [0, 1].map((seed) => {
        const others = byPrompt('ppo', seed);
        return mean(
          [...byPrompt('dpo', seed)].map(([prompt, own]) =>
            mean(own.flatMap((x, i) => others.get(prompt)!.flatMap((y, j) => (i === j ? [] : [win(x, y)])))),
          ),
        );
      }),
    );
    expect(load(out).headToHead.find((h) => h.a === 'dpo' && h.b === 'ppo')!.winRate!.mean).toBeCloseTo(
      want,
      10,
    );
  });
});

describe('text from data stays text', () => {
  const nasty = '<script>alert(1)</script> "quoted" & \u001b[31mred\u001b[0m \u202eright to left | =cmd()';
  let folder: string;
  beforeAll(async () => {
    folder = join(dir, 'nasty');
    cpSync(out, folder, { recursive: true });
    asOlder(folder);
    for (const run of readdirSync(join(folder, 'runs'))) {
      const path = join(folder, 'runs', run, 'samples.jsonl');
      if (!existsSync(path)) continue;
      writeFileSync(
        path,
        readFileSync(path, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((l) => `${JSON.stringify({ ...(JSON.parse(l) as Row), prompt: nasty, completion: nasty })}\n`)
          .join(''),
      );
    }
    for (const file of ['experiment.json', 'plan.json'])
      writeFileSync(
        join(folder, file),
        readFileSync(join(folder, file), 'utf8')
          .replaceAll('"dpo"', JSON.stringify('=dpo<b>'))
          .replace(/"name": "smoke"/, `"name": ${JSON.stringify(nasty)}`),
      );
    await buildReport(folder);
  });
  test('in HTML', () => {
    const html = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(html.split('<script').length).toBe(2); // the page's own
    expect(html).not.toContain('=dpo<b>');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &quot;quoted&quot; &amp;');
    for (const control of ['\u001b', '\u202e']) expect(html).not.toContain(control);
  });
  test('in Markdown and CSV', () => {
    const md = readFileSync(join(folder, 'report.md'), 'utf8');
    expect(md).not.toContain('<script>');
    for (const control of ['\u001b', '\u202e']) expect(md).not.toContain(control);
    const csv = readFileSync(join(folder, 'report.csv'), 'utf8');
    expect(csv).toMatch(/'=dpo<b>/); // a leading quote keeps a spreadsheet from computing it
    expect(csv).not.toMatch(/(^|,)"?=dpo/m);
  });
});

describe('a run in progress', () => {
  test('is a failure row that says how to go on, and does not stop the report', async () => {
    const folder = join(dir, 'partial');
    cpSync(out, folder, { recursive: true });
    const run = readdirSync(join(folder, 'runs')).find((r) => r.startsWith('ppo-s1-'))!;
    rmSync(join(folder, 'runs', run, 'outcome.json'));
    await buildReport(folder);
    const report = load(folder);
    expect(report.failures).toEqual([
      expect.objectContaining({
        run,
        outcome: 'unfinished',
        cause: expect.stringContaining('tiltyard resume'),
      }),
    ]);
    expect(report.algorithms.find((a) => a.name === 'ppo')).toMatchObject({ runs: 2, completed: 1 });
  });
});
