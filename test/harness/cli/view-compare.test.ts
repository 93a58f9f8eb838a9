import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeStored } from '../../reports/stored.js';
import { start, temporary, tiltyard } from '../../support.js';

const dir = temporary();
const before = writeStored(join(dir, 'before'));
const worse = writeStored(join(dir, 'worse'), {
  modelHash: () => 'other',
  gold: (label, seed) => (label === 'two' ? -1 - seed / 100 : 0),
});

describe('tiltyard compare', () => {
  test('exit codes: 0, 1 for a regression where asked, 2 for what is no result', async () => {
    expect((await tiltyard('compare', before, worse)).code).toBe(0);
    expect((await tiltyard('compare', before, before, '--fail-on-regression')).code).toBe(0);
    expect((await tiltyard('compare', before, worse, '--fail-on-regression')).code).toBe(1);
    const refused = await tiltyard('compare', before, join(dir, 'nowhere'));
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('no such folder');
  });
  test('text, records and Markdown', async () => {
    const out = join(dir, 'c.md');
    expect((await tiltyard('compare', before, worse, '--out', out)).stdout).toMatch(
      /two is worse: −1\.01 \[.*paired by seed and prompt/,
    );
    expect(readFileSync(out, 'utf8')).toMatch(/^## Compared\n[\s\S]*\| algorithm \| gold reward \|/);
    expect(JSON.parse((await tiltyard('compare', before, worse, '--json')).stdout)).toMatchObject({
      type: 'comparison',
      regression: true,
      algorithms: [{ name: 'one' }, { name: 'two', direction: 'worse' }],
    });
  });
});

describe('tiltyard view', () => {
  test('prints its address, answers, and ends with 0 when told to', async () => {
    const { child, ended } = start(['view', before, '--port', '0', '--json']);
    const url = await new Promise<string>((resolve) =>
      child.stdout!.once('data', (d: Buffer) => resolve((JSON.parse(d.toString()) as { url: string }).url)),
    );
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
    expect((await fetch(url)).status).toBe(200);
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });
  test('what it cannot serve is refused with 2', async () => {
    expect((await tiltyard('view', join(dir, 'nowhere'), '--port', '0')).code).toBe(2);
    expect((await tiltyard('view', before, '--port', '0', '--host', '0.0.0.0')).code).toBe(2);
    expect((await tiltyard('view', before, '--port', 'x')).code).toBe(2);
  });
});
