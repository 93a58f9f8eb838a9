import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Analysis, AnalysisRow, ClaimRow, TableRow } from '../../../harness/contracts/analysis.js';
import { decided } from '../../../harness/stats/decided.js';
import { Rng } from '../../../harness/rng.js';
import { temporary, tiltyard } from '../../support.js';

const dir = temporary();
const report = (out: string): { rows: AnalysisRow[] } =>
  JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as { rows: AnalysisRow[] };

describe("the IPO paper's three-action experiment", () => {
  const out = join(dir, 'figure');
  beforeAll(async () => expect((await tiltyard('run', 'ipo-figure', '--out', out)).code).toBe(0), 180_000);
  const table = (id: string): TableRow =>
    report(out).rows.find((r) => r.type === 'table' && r.id === `${id}-table`) as TableRow;
  const row = (id: string, label: string): number[] =>
    table(id)
      .rows.find((r) => r[0] === label)!
      .slice(1) as number[];
  // Values of an independent run of the same set-up (10 seeds); 10 seeds of ours are within .02 of them.
  test.each([
    ['D1', 'DPO, 18,000 steps', [1, 1, 1, 0.957, 0.818]],
    ['D1', 'DPO, 1,000 steps', [1, 0.993, 0.967, 0.71, 0.57]],
    ['D1', 'IPO, 18,000 steps', [0.963, 0.561, 0.447, 0.356, 0.344]],
    ['D1', 'IPO, closed form', [0.964, 0.563, 0.448, 0.356, 0.345]],
    ['D2', 'IPO, closed form', [1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3]],
    ['D3', 'DPO, 18,000 steps', [0, 0, 0, 0.019, 0.08]],
    ['D3', 'IPO, 18,000 steps', [0.003, 0.155, 0.232, 0.312, 0.322]],
    ['D3', 'IPO, closed form', [0.003, 0.155, 0.233, 0.312, 0.322]],
  ])('%s, %s', (id, label, want) =>
    row(id, label).forEach((x, i) => expect(Math.abs(x - want[i]!)).toBeLessThan(0.02)),
  );
  test('IPO ends within .01 of its closed form on every data set', () => {
    for (const id of ['D1', 'D3'])
      row(id, 'IPO, 18,000 steps').forEach((x, i) =>
        expect(Math.abs(x - row(id, 'IPO, closed form')[i]!)).toBeLessThan(0.01),
      );
  });
  test('with its figures in the page', () =>
    expect(readFileSync(join(out, 'report.html'), 'utf8').match(/<svg/g)).toHaveLength(3));
});

describe('claims decided exactly', () => {
  const out = join(dir, 'claims');
  beforeAll(async () => expect((await tiltyard('run', 'exact-claims', '--out', out)).code).toBe(0), 180_000);
  test('as they come out', () => {
    const verdicts = Object.fromEntries(report(out).rows.map((r) => [r.id, (r as ClaimRow).verdict]));
    expect(verdicts).toEqual({
      F1: 'supported',
      F2: 'undecided',
      F3: 'supported',
      F5: 'supported',
      F6: 'supported',
      F7: 'supported',
      F8: 'supported',
      F9: 'supported',
      F10: 'refuted',
      'F20-clamp': 'supported',
      'F20-rank': 'supported',
    });
  });
  test('every claim says what was measured, against what, and how often', () => {
    for (const r of report(out).rows as ClaimRow[])
      for (const text of [r.claim, r.scenario, r.statistic, r.threshold])
        expect(text.length, r.id).toBeGreaterThan(5);
  });
  test('a killed analysis goes on with the parts it lacks, to the same report', async () => {
    const whole = readFileSync(join(out, 'report.md'), 'utf8');
    const rows = readFileSync(join(out, 'rows.jsonl'), 'utf8').split('\n').filter(Boolean);
    const cut = rows.findIndex((l) => l.includes('"done":"F3"')) + 2; // into F5, whose end is missing
    writeFileSync(join(out, 'rows.jsonl'), `${rows.slice(0, cut).join('\n')}\n{"part":"F5","ro`);
    const { code, stdout } = await tiltyard('resume', out);
    expect(code).toBe(0);
    expect(stdout).not.toContain('F2 (');
    expect(stdout).toContain('F5 (4 of 10)');
    expect(readFileSync(join(out, 'report.md'), 'utf8')).toBe(whole);
    expect((await tiltyard('report', out)).code).toBe(0);
    expect(readFileSync(join(out, 'report.md'), 'utf8')).toBe(whole);
  });
  test('takes no seeds and no settings; unknown ones are refused', async () => {
    expect((await tiltyard('run', 'exact-claims', '--seeds', '3', '--out', join(dir, 'x'))).stderr).toMatch(
      /is an analysis; --seeds, --set, --data, --model and --judge do not apply/,
    );
    writeFileSync(join(dir, 'other.yaml'), 'name: other\nanalysis: exact-claim\n');
    expect(await tiltyard('run', join(dir, 'other.yaml'), '--out', join(dir, 'y'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/unknown analysis 'exact-claim'; did you mean 'exact-claims'\?/),
    });
    expect((await tiltyard('check', 'exact-claims')).stdout).toContain('valid; the analysis exact-claims');
  });
});

test('sampled estimators of KL: unbiased against the exact value, and their intervals cover it', async () => {
  const { default: analysis } = (await import('../../../reports/studies/kl-estimators/analysis.js')) as {
    default: Analysis;
  };
  const rows = await analysis.parts
    .find((p) => p.id === 'middle')!
    .run(Rng.fromSeed('analysis').split('middle'));
  const table = rows.find((r) => r.type === 'table') as TableRow;
  for (const [name, bias, error] of table.rows as [string, number, number][])
    expect(Math.abs(bias), name).toBeLessThan(4 * error);
  const spread = Object.fromEntries(
    (table.rows as [string, number, number, number][]).map((r) => [r[0], r[3]]),
  );
  expect(spread['Rao-Blackwellised']).toBeLessThan(spread['k1']!);
  expect((rows.filter((r) => r.type === 'claim') as ClaimRow[]).map((c) => c.verdict)).toEqual([
    'supported',
    'supported',
  ]);
});

test('an interval across the threshold decides nothing', () => {
  expect([
    decided('below', 1, 0.5),
    decided('below', 1, 2),
    decided('below', 1, 0.5, [0.2, 1.2]),
    decided('above', 1, 2, [1.1, 3]),
    decided('above', 1, 0.5, [0, 1]),
    decided('above', 1, 1.5, [0.5, 2]),
  ]).toEqual(['supported', 'refuted', 'undecided', 'supported', 'refuted', 'undecided']);
});
