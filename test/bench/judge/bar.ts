/**
 * The bar of judging: `node dist/test/bench/judge/bar.js [KILLS]`: 2,000 questions to a server that fails in
 * eight ways, asked by a process that is killed at random moments.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeKilled } from './killed.js';

const kills = Number(process.argv[2] ?? 20);
const dir = mkdtempSync(join(tmpdir(), 'tiltyard-judge-'));
try {
  // 3 seeds x 2 families x 150 prompts x 2 orders, and 100 pairs x 2 orders.
  const size = { seeds: 3, prompts: 150, pairs: 100, kills, within: 1500 };
  const began = Date.now();
  const found = await judgeKilled(dir, size, `bar ${process.argv[3] ?? ''}`);
  console.log(JSON.stringify({ ...found, seconds: (Date.now() - began) / 1000 }, null, 2));
  const good = found.askedAgain + found.twice + found.missing + found.damages.length === 0;
  process.exitCode = good ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
