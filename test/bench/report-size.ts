import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { storePaths } from '../../harness/store/layout.js';
import { buildReport } from '../../reports/build.js';
import { writeStore } from './synthetic-store.js';

// By hand, after `npm run build`: `node dist/test/bench/report-size.js [DIR]` says what a report over 2,000
// runs costs; the store is kept in DIR and used again, else it lies in a temporary folder. Exit code 1 where
// a bar is missed.

const BARS = { seconds: 5, peakMb: 500, htmlMb: 5 } as const;

if (process.argv[2] === '--build') {
  await buildReport(process.argv[3]!);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  console.log(JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMb: maxRSS / 1024 }));
} else {
  const kept = process.argv[2];
  const dir = kept === undefined ? mkdtempSync(join(tmpdir(), 'tiltyard-report-')) : resolve(kept);
  if (!existsSync(storePaths(dir).plan)) console.log(`${await writeStore(dir)} runs written to ${dir}`);
  const began = performance.now();
  const child = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--build', dir], {
    encoding: 'utf8',
  });
  const seconds = (performance.now() - began) / 1000;
  const own = JSON.parse(child) as { cpuSeconds: number; peakMb: number };
  const sizes = Object.fromEntries(
    ['html', 'json', 'md', 'csv'].map((kind) => [
      `${kind}Mb`,
      statSync(join(dir, `report.${kind}`)).size / 2 ** 20,
    ]),
  ) as Record<string, number>;
  const measured: Record<string, number> = { seconds, ...own, ...sizes };
  console.table(
    Object.fromEntries(
      Object.entries(measured).map(([name, value]) => [
        name,
        { measured: value.toFixed(2), bar: (BARS as Record<string, number>)[name] ?? '' },
      ]),
    ),
  );
  if (kept === undefined) rmSync(dir, { recursive: true });
  process.exitCode = Object.entries(BARS).some(([name, bar]) => measured[name]! > bar) ? 1 : 0;
}
