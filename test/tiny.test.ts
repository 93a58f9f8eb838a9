import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { REPORT_VERSION, type Report } from '../reports/report/model.js';
import { contents, type Ended, root, temporary, tiltyard } from './support.js';

/**
 * The promise in one file: one command compares the algorithms and ends in a report; again, the same bytes.
 */
const dir = temporary();
const out = join(dir, 'one');
let ended: Ended;
let report: Report;
beforeAll(async () => {
  ended = await tiltyard('run', 'smoke', '--out', out);
  report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
});

describe('tiltyard run smoke', () => {
  test("ends with the report's path and exit code 0", () => {
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout.trimEnd().split('\n').at(-1)).toBe(join(out, 'report.html'));
    for (const file of ['report.html', 'report.md', 'report.json', 'report.csv'])
      expect(existsSync(join(out, file)), file).toBe(true);
  });
  test('report.json follows its published schema', () => {
    const schema = JSON.parse(readFileSync(join(root, 'dist', 'schemas', 'report.json'), 'utf8')) as object;
    const ajv = new Ajv({ strict: false, allErrors: true });
    expect(ajv.validate(schema, report), ajv.errorsText()).toBe(true);
  });
  test('every algorithm has every figure', () => {
    expect(report.schemaVersion).toBe(REPORT_VERSION);
    expect(report.algorithms.map((a) => a.name)).toEqual(['dpo', 'ipo', 'best-of-n', 'ppo']);
    for (const a of report.algorithms) {
      expect(a.runs).toBe(1);
      for (const figure of [
        a.goldReward,
        a.winRate.vsReference,
        a.kl.sequence,
        a.compute.flops,
        a.compute.seconds,
        a.compute.peakMemoryBytes,
      ]) {
        expect(figure, a.name).not.toBeNull();
        expect(Number.isFinite(figure!.mean)).toBe(true);
        expect(figure!.n).toBe(1);
      }
      expect(a.params).not.toEqual({});
    }
    expect(report.headToHead).toHaveLength(6);
    expect(report.failures).toEqual([]);
    expect(report.environment).toMatchObject({
      engine: 'onnxruntime',
      device: 'cpu',
      nodeVersion: process.version,
    });
  });
  test('what uses a reward model is charged for its training', () => {
    const stages = (name: string) =>
      report.algorithms.find((a) => a.name === name)!.compute.stages.map((s) => s.stage);
    expect(stages('ppo')).toEqual(['own training', 'reward model (reward)']);
    expect(stages('dpo')).toEqual(['own training']);
  });
  test('the HTML stands alone', () => {
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).not.toMatch(/<script[^>]+src=|<link|@import|url\(/);
    expect(html).toContain('<svg');
  });
  test('the report can be built again from the stored rows alone, to the same bytes', async () => {
    const before = readFileSync(join(out, 'report.html'), 'utf8');
    expect((await tiltyard('report', out)).code).toBe(0);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toBe(before);
  });
  test('the same seed gives the same bytes, one run at a time or two', async () => {
    const again = join(dir, 'two');
    expect((await tiltyard('run', 'smoke', '--out', again, '--jobs', '1')).code).toBe(0);
    const [a, b] = [contents(out), contents(again)];
    expect(Object.keys(a).length).toBeGreaterThan(20);
    expect(b).toEqual(a);
  });
});
