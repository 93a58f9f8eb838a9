import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Device } from '../../harness/engine/onnx/session.js';
import { TiltyardError, unknownName } from '../../harness/errors.js';
import type { Part, Setting } from './part.js';
import { PARTS } from './parts/index.js';
import { MODELS, type ModelSize, modelOf } from './sizes.js';

/** What the command line asks for. */
export interface Options {
  readonly parts: readonly Part[];
  readonly models: readonly ModelSize[];
  readonly setting: Setting;
  /** How often each case is timed; null: as often as its part says, for three seconds at least. */
  readonly rounds: number | null;
  readonly json: string | null;
  readonly markdown: string | null;
  readonly compare: string | null;
  readonly threshold: number;
  readonly help: boolean;
}

const DEVICES: readonly Device[] = ['cpu', 'cuda', 'webgpu'];

export const HELP = `npm run bench -- [options]: how fast Tiltyard is on this machine

  --only PART,...    parts to time; default all: ${PARTS.map(({ name }) => name).join(', ')}
  --sizes N,...      widths of models; default ${MODELS.map(({ width }) => width).join(',')}
  --device DEVICE    ${DEVICES.join(', ')}; default cpu
  --threads N        of onnxruntime; default 2, or 1 where there is one core
  --rounds N         time each case so often
  --json FILE        write every time taken, to compare with later
  --markdown FILE    write the table
  --compare FILE     against an earlier --json of this machine: exit code 1 where a case is slower than
  --threshold X      times as slow, by the lower end of a 95 % interval; default 1.1`;

/** @throws TiltyardError for an option that there is not, or a value that it does not take */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parsed(args);
  const only = values.only?.split(',') ?? PARTS.map(({ name }) => name);
  const device = values.device ?? 'cpu';
  const known = DEVICES.find((each) => each === device);
  if (known === undefined) throw unknownName('bench', 'device', device, DEVICES);
  return {
    parts: only.map(partOf),
    models:
      values.sizes === undefined
        ? MODELS
        : values.sizes.split(',').map((width) => modelOf(positive('sizes', width))),
    setting: {
      device: known,
      threads: positive('threads', values.threads ?? String(Math.min(2, availableParallelism()))),
    },
    rounds: values.rounds === undefined ? null : positive('rounds', values.rounds),
    json: values.json ?? null,
    markdown: values.markdown ?? null,
    compare: values.compare ?? null,
    threshold: ratio(values.threshold ?? '1.1'),
    help: values.help ?? false,
  };
}

function parsed(args: readonly string[]) {
  const string = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: string,
        sizes: string,
        device: string,
        threads: string,
        rounds: string,
        json: string,
        markdown: string,
        compare: string,
        threshold: string,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    const { message } = cause as Error;
    throw new TiltyardError('bench-options', `bench: ${message.split('\n')[0]}; see --help`, { cause });
  }
}

function partOf(name: string): Part {
  const part = PARTS.find((known) => known.name === name);
  if (part !== undefined) return part;
  throw unknownName(
    'bench',
    'part',
    name,
    PARTS.map((known) => known.name),
  );
}

function positive(option: string, value: string): number {
  const n = Number(value);
  if (Number.isInteger(n) && n > 0) return n;
  throw new TiltyardError('bench-options', `bench: --${option} wants whole numbers above 0, got '${value}'`);
}

function ratio(value: string): number {
  const x = Number(value);
  if (x >= 1) return x;
  throw new TiltyardError('bench-options', `bench: --threshold wants a ratio of 1 or more, got '${value}'`);
}
