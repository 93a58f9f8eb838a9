import { readFileSync, writeSync } from 'node:fs';
import type { RunSpec } from '../store/spec.js';
import type { NoForecast } from './ask.js';
import { forecast } from './forecast.js';

/**
 * In a process of its own: runs as JSON on its input, one of each label; their forecast as JSON on a pipe of
 * its own, so that whatever plugins print is only print; or why there is none.
 */
const runs = JSON.parse(readFileSync(0, 'utf8')) as RunSpec[];
const told = await forecast(runs).catch((error: unknown): NoForecast => {
  return { why: error instanceof Error ? error.message : String(error) };
});
writeSync(3, JSON.stringify(told));
process.exit(0);
