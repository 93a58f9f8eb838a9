import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, contents, temporary, tiltyard } from '../../support.js';
import { smallExperiment } from './small-experiment.js';

const dir = temporary();

test('a full disk, here a limit of sizes: said plainly, nothing temporary stays', async () => {
  const file = smallExperiment(dir, 'limited', {
    dpo: { algorithm: 'dpo', params: { batchSize: 16, epochs: 1 } },
  });
  const whole = join(dir, 'whole');
  expect((await tiltyard('run', file, '--out', whole)).code).toBe(0);

  const out = join(dir, 'cut');
  const command = `ulimit -f 12; exec "${process.execPath}" "${cli}" run "${file}" --out "${out}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  const said = `${stdout}${stderr}`;
  expect(status, said).toSatisfy((code) => code === 1 || code === 3);
  expect(said).toMatch(/a file has become larger than is allowed here \(EFBIG at write\); raise the limit/);
  expect(said).not.toMatch(/unexpected error|at .*\.js:\d/);
  expect(readdirSync(out, { recursive: true }).filter((name) => String(name).endsWith('.tmp'))).toEqual([]);

  const resumed = await tiltyard('resume', out);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(contents(out)).toEqual(contents(whole));
});
