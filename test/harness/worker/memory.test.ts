import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { root } from '../../support.js';

const MIB = 2 ** 20;

/** Peaks of a process that holds 300 MiB, lets go of them, measures anew, and holds 50 MiB. */
function peaks(): { readonly isMeasured: boolean; readonly first: number; readonly second: number } {
  const module = pathToFileURL(join(root, 'dist', 'harness', 'worker', 'memory.js')).href;
  const script = `
    const { peakMemory, resetPeak } = await import(${JSON.stringify(module)});
    const hold = (mib) => Buffer.alloc(mib * 2 ** 20, 1).at(-1);
    hold(300);
    const first = peakMemory();
    const isMeasured = resetPeak();
    hold(50);
    console.log(JSON.stringify({ isMeasured, first, second: peakMemory() }));`;
  const args = ['--expose-gc', '--input-type=module', '-e', script];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as ReturnType<typeof peaks>;
}

test('a run is not charged with what the one before it held', () => {
  const { isMeasured, first, second } = peaks();
  expect(first).toBeGreaterThan(300 * MIB);
  expect(isMeasured).toBe(process.platform === 'linux');
  expect(second).toBeGreaterThan(50 * MIB);
  if (isMeasured) expect(second).toBeLessThan(200 * MIB);
});
