import { readFileSync, writeSync } from 'node:fs';
import type { RunSpec } from '../store/spec.js';
import { forecast } from './forecast.js';

/**
 * In a process of its own: runs as JSON on its input, one of each label; their forecast as JSON on a pipe of
 * its own, so that whatever plugins print is only print.
 */
const runs = JSON.parse(readFileSync(0, 'utf8')) as RunSpec[];
writeSync(3, JSON.stringify(await forecast(runs)));
process.exit(0);
