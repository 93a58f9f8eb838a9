import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { RunSpec } from '../store/spec.js';
import type { Forecast } from './forecast.js';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), 'main.js');

/**
 * Forecasts runs in a process of its own, which loads what workers load.
 * @param runs of a plan, one at least
 * @param signal ends it
 * @returns null where it could not be told: a forecast is a help, and what is wrong with a run the run says
 */
export async function askForecast(runs: readonly RunSpec[], signal?: AbortSignal): Promise<Forecast | null> {
  if (signal?.aborted === true || !existsSync(MAIN)) return null;
  const child = execa(process.execPath, ['--expose-gc', MAIN], {
    buffer: false,
    reject: false,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    env: { OMP_NUM_THREADS: String(runs[0]!.engine.threads) },
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  const [input, , , output] = child.stdio as unknown as [Writable, null, null, Readable];
  input.on('error', () => undefined); // it ended before it had read everything
  input.end(JSON.stringify(oneOfEach(runs)));
  let told = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const { failed } = await child;
  return failed || told === '' ? null : (JSON.parse(told) as Forecast);
}

/** Seeds of a configuration take the same. */
const oneOfEach = (runs: readonly RunSpec[]): RunSpec[] =>
  [...new Map(runs.toReversed().map((run) => [run.label, run])).values()].reverse();
