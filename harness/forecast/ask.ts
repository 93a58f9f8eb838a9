import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { RunSpec } from '../store/spec.js';
import type { Forecast } from './forecast.js';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), 'main.js');

/** Nothing was foreseen. */
export interface NoForecast {
  readonly why: string;
}

/**
 * Forecasts runs in a process of its own, which loads what workers load.
 * @param runs of a plan, one at least
 * @param signal ends it
 * @returns why not, where it could not be told: a forecast is a help, and no reason to refuse
 */
export async function askForecast(
  runs: readonly RunSpec[],
  signal?: AbortSignal,
): Promise<Forecast | NoForecast> {
  const isOver = (): boolean => signal?.aborted === true;
  if (isOver()) return { why: 'it was ended' };
  if (!existsSync(MAIN)) return { why: `${MAIN} is missing` };
  const child = execa(process.execPath, ['--expose-gc', MAIN], {
    buffer: false,
    reject: false,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    env: { OMP_NUM_THREADS: String(runs[0]!.engine.threads) },
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  const [input, , errors, output] = child.stdio as unknown as [Writable, null, Readable, Readable];
  input.on('error', () => undefined); // it ended before it had read everything
  input.end(JSON.stringify(oneOfEach(runs)));
  let told = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  let last = '';
  errors.setEncoding('utf8').on('data', (text: string) => {
    last = `${last}${text}`.slice(-KEPT);
  });
  const { failed, signal: killedBy } = await child;
  if (!failed && told !== '') return JSON.parse(told) as Forecast | NoForecast;
  if (isOver()) return { why: 'it was ended' };
  const how = killedBy === undefined ? 'its process ended' : `its process was ended by ${killedBy}`;
  return { why: last.includes('out of memory') ? 'there was not enough memory to go through a step' : how };
}

/** Characters that are kept of what the process says at its end. */
const KEPT = 2 ** 14;

/** Seeds of a configuration take the same. */
const oneOfEach = (runs: readonly RunSpec[]): RunSpec[] =>
  [...new Map(runs.toReversed().map((run) => [run.label, run])).values()].reverse();
