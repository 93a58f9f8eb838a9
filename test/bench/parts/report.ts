import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Part } from '../part.js';
import { writeStore } from '../synthetic-store.js';

const BUILD = fileURLToPath(new URL('../report-size.js', import.meta.url));

export const reportPart: Part = {
  name: 'report',
  what: 'building the report over a store of 2,000 compared runs, in a process of its own',
  perSize: false,
  rounds: 1,
  bar: 5000,
  async prepare() {
    const dir = mkdtempSync(join(tmpdir(), 'tiltyard-bench-'));
    const runs = await writeStore(dir);
    return {
      async run() {
        const said = execFileSync(process.execPath, [BUILD, '--build', dir], { encoding: 'utf8' });
        return { cpuMs: 1000 * (JSON.parse(said) as { cpuSeconds: number }).cpuSeconds };
      },
      work: () => ({ amount: runs, unit: 'run' }),
      dispose: async () => rmSync(dir, { recursive: true }),
    };
  },
};
