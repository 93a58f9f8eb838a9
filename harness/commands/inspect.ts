import { once } from 'node:events';
import { load, type LoadedExperiment } from '../config/load.js';
import { makePlan } from '../config/plan.js';
import { TiltyardError } from '../errors.js';
import { measure } from '../inspect/measure.js';
import { type OpenedData, openData } from '../inspect/open.js';
import { shownRows, tokenRecords } from '../inspect/rows.js';
import { fullForm } from '../inspect/text.js';
import { plain } from '../run/progress/plain.js';
import type { Io, Register } from './io.js';
import { collected, positive, seedNumber } from './options.js';

interface InspectFlags {
  readonly rows?: number;
  readonly seed?: number;
  readonly set: string[];
  readonly plugin: string[];
}

/** Rows that are shown as tokens where nobody says. */
const SHOWN = 3;

export const inspectCommand: Register = (add, io) => {
  add('inspect')
    .argument('<file>', 'an experiment file or a built-in name')
    .description('show what an experiment trains on: counts, lengths, special tokens, rows as tokens')
    .option(
      '--rows <n>',
      `rows to show as tokens (default: ${SHOWN}); of each split, with --json (default: all)`,
      positive,
    )
    .option('--seed <s>', "the pipeline seed to split by (default: the experiment's first)", seedNumber)
    .option('--set <path=value>', 'change one setting (repeatable)', collected, [])
    .option('--plugin <path>', 'make a plugin known by its name (repeatable)', collected, [])
    .action(async (nameOrPath: string, { rows, seed, set, plugin }: InspectFlags) => {
      const opened = await openFile(experimentOf(nameOrPath, set), plugin, seed);
      const row = measure(opened);
      if (io.json) {
        await writeRecords([{ type: 'data', ...row }], io);
        await writeRecords(tokenRecords(opened, rows), io);
        return;
      }
      for (const line of [...fullForm(row), '', ...shownRows(opened, rows ?? SHOWN)])
        io.print(`${plain(line)}\n`);
    });
};

function experimentOf(nameOrPath: string, set: readonly string[]): LoadedExperiment {
  const file = load(nameOrPath, { set: [...set] });
  if (file.kind === 'experiment') return file;
  const [what, remedy] =
    file.kind === 'suite'
      ? ['is a suite of experiments', 'give the file of one of them']
      : ['is an analysis, which trains on nothing', 'give an experiment'];
  throw new TiltyardError('no-data', `${nameOrPath}: ${what}; ${remedy}`);
}

async function openFile(
  { experiment, baseDir, source }: LoadedExperiment,
  plugins: readonly string[],
  seed: number | undefined,
): Promise<OpenedData> {
  const [first, ...others] = (await makePlan(experiment, baseDir, source, plugins)).runs;
  if (first === undefined) {
    throw new TiltyardError('no-data', `${source}: plans no run; give it a stage and a seed`);
  }
  return openData([first, ...others], source, seed);
}

/** A record a line, none held longer than the reader takes. */
async function writeRecords(records: Iterable<object>, { stdout }: Io): Promise<void> {
  for (const record of records) {
    if (!stdout.write(`${JSON.stringify(record)}\n`)) await once(stdout, 'drain');
  }
}
