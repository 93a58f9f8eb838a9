import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support.js';

const script = join(root, 'test', 'torture', 'torture.mjs');

test('--help says what there is and kills nothing', () => {
  const said = execFileSync(process.execPath, [script, '--help'], { encoding: 'utf8', timeout: 20_000 });
  for (const option of ['--minutes', '--seed', '--kills']) expect(said).toContain(option);
});
test('an option that there is not, or without its number, is refused', () => {
  for (const args of [['--minuts', '3'], ['--minutes'], ['--minutes', '0'], ['3']]) {
    const { status, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining(`torture: ${args[0]}`)]);
  }
});
