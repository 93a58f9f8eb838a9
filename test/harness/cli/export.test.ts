import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readJsonl } from '../../../harness/store/jsonl.js';
import type { StepRow } from '../../../harness/store/records.js';
import { tex } from '../../../reports/export/latex.js';
import { temporary, tiltyard } from '../../support.js';

const dir = temporary();
const out = join(dir, 'bandit');
beforeAll(async () => {
  const { code, stderr } = await tiltyard(
    'run',
    'bandit',
    '--seeds',
    '1',
    '--out',
    out,
    '--set',
    'stages.ppo.params.iterations=4',
  );
  expect(code, stderr).toBe(0);
});

describe('tiltyard export', () => {
  test('figures: each as SVG and PNG, with its data and its specification', async () => {
    const path = join(out, 'export', 'figures');
    expect(await tiltyard('export', out, '--format', 'figures')).toMatchObject({
      code: 0,
      stdout: `${path}\n`,
    });
    const files = readdirSync(path);
    expect(files.length).toBeGreaterThan(15);
    for (const end of ['csv', 'svg', 'png', 'vl.json']) expect(files).toContain(`frontier.${end}`);
    expect(readFileSync(join(path, 'frontier.svg'), 'utf8')).toMatch(/^<svg xmlns=/);
    const spec = JSON.parse(readFileSync(join(path, 'frontier.vl.json'), 'utf8')) as object;
    expect(spec).toHaveProperty('datasets');
  });
  test('csv: every logged number is a row, and the file is not written over', async () => {
    const path = join(out, 'export', 'rows.csv');
    expect(await tiltyard('export', out, '--format', 'csv')).toMatchObject({ code: 0, stdout: `${path}\n` });
    const [head, ...rows] = readFileSync(path, 'utf8').trim().split('\r\n');
    expect(head).toBe('run,label,seed,split,step,metric,value');
    const id = readdirSync(join(out, 'runs')).find((name) => name.startsWith('ppo'))!;
    const steps = readJsonl<StepRow>(join(out, 'runs', id, 'steps.jsonl'));
    const mine = rows.filter((r) => r.startsWith(id) && r.includes(',train,'));
    expect(mine).toHaveLength(steps.reduce((n, s) => n + Object.keys(s.metrics).length, 0));
    expect(rows.some((r) => r.startsWith(id) && r.includes(',test,') && r.includes(',gold_reward,'))).toBe(
      true,
    );
    const again = await tiltyard('export', out, '--format', 'csv');
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/rows\.csv: exists already; give another --out, or --force/);
    expect((await tiltyard('export', out, '--format', 'csv', '--force')).code).toBe(0);
  });
  test('tensorboard: an event file for every run', async () => {
    expect((await tiltyard('export', out, '--format', 'tensorboard')).code).toBe(0);
    const folder = join(out, 'export', 'tensorboard');
    expect(readdirSync(folder).sort()).toEqual(readdirSync(join(out, 'runs')).sort());
    for (const run of readdirSync(folder)) {
      const [file, ...others] = readdirSync(join(folder, run));
      expect(others).toEqual([]);
      expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\.tiltyard$/);
      expect(readFileSync(join(folder, run, file!)).includes('brain.Event:2')).toBe(true);
    }
  });
  test('latex: tables, or a document', async () => {
    const path = join(dir, 'tables.tex');
    expect((await tiltyard('export', out, '--format', 'latex', '--out', path, '--standalone')).code).toBe(0);
    const text = readFileSync(path, 'utf8');
    for (const part of ['\\documentclass', '\\toprule', 'ppo', '\\end{document}'])
      expect(text).toContain(part);
    const rows = text
      .split('\n')
      .filter((line) => line.endsWith('\\\\') && !line.startsWith('algorithm') && !line.startsWith('first'));
    expect(rows.length).toBeGreaterThan(3);
  });
  test('text of the data is text', () => {
    const command = '\\textbackslash{}input\\{/etc/passwd\\}';
    expect(tex('50% of $x_1$ & \\input{/etc/passwd} ~#^\u202e')).toBe(
      `50\\% of \\$x\\_1\\$ \\& ${command} \\textasciitilde{}\\#\\textasciicircum{}`,
    );
  });
  test('refusals', async () => {
    expect(await tiltyard('export', out, '--format', 'latx')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/unknown format 'latx'; did you mean 'latex'\?/) as string,
    });
    expect(await tiltyard('export', join(dir, 'none'), '--format', 'csv')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no such folder/) as string,
    });
    expect(existsSync(join(dir, 'none'))).toBe(false);
  });
});
