import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { locateExperiment } from '../config/locate.js';
import { TiltyardError } from '../errors.js';
import { plain } from '../run/progress/plain.js';
import { writeTextAtomic } from '../store/atomic.js';
import { withSweeps } from '../tune/edit.js';
import { changedLines, textOf } from '../tune/text.js';
import { tune } from '../tune/tune.js';
import { recordsOf, sweepOf, type Tuning } from '../tune/tuning.js';
import { withHost } from './host.js';
import type { Io, Register } from './io.js';
import { collected, nats, positive, wholeNumber } from './options.js';

interface TuneFlags {
  readonly configurations: number;
  readonly strengths: number;
  readonly rates: number;
  readonly further: number;
  readonly maxKl?: number;
  /** How many pipeline seeds tune. */
  readonly seeds: number;
  readonly jobs?: number;
  readonly engine?: string;
  readonly threads?: number;
  readonly folder?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly set: string[];
  readonly plugin: string[];
}

export const tuneCommand: Register = (add, io) => {
  add('tune')
    .argument('<file>', 'an experiment file, which is changed, or a built-in name with --out or --dry-run')
    .description(
      'find strengths (such as a beta) and learning rates for every compared stage, as many for each',
    )
    .option('--configurations <n>', 'of each stage', positive, 4)
    .option('--seeds <n>', 'seeds to tune on, none of which the experiment reports', positive, 1)
    .option('--strengths <n>', 'strengths that a stage begins with', positive, 3)
    .option('--rates <n>', 'learning rates that a stage begins with', positive, 7)
    .option(
      '--further <n>',
      'candidates of each stage beyond those, where the best lies on an edge',
      wholeNumber,
      12,
    )
    .option(
      '--max-kl <nats>',
      'how far from its start a policy may go to count, KL in nats (default: comparison.maxKl, else ' +
        'the largest of comparison.budgets)',
      nats,
    )
    .option('--jobs <n>', 'runs at a time (default: as many as cores on a CPU)', positive)
    .option('--engine <name>', 'auto, onnxruntime, tensorflow or reference')
    .option('--threads <n>', 'threads of each run', positive)
    .option('--folder <dir>', 'where runs are kept (default: runs/tune-<name>-<hash of all that decides>)')
    .option('--out <file>', 'write the experiment there and leave the file as it is')
    .option('--dry-run', 'print the change and write no experiment')
    .option('--set <path=value>', 'change one setting while tuning; not written (repeatable)', collected, [])
    .option('--plugin <path>', 'make a plugin known by its name (repeatable)', collected, [])
    .action(async (file: string, flags: TuneFlags) => {
      if (process.env['TILTYARD_LAUNCHER'] === 'slurm') {
        throw new TiltyardError('no-slurm', 'TILTYARD_LAUNCHER: tune makes its runs here; unset it');
      }
      const target = targetOf(file, flags);
      const {
        configurations,
        strengths,
        rates,
        further,
        maxKl = null,
        seeds,
        plugin: plugins,
        ...given
      } = flags;
      const { jobs, engine, threads, folder, set } = given;
      const allowance = { configurations, strengths, rates, further, maxKl };
      await withHost(io, async (host) => {
        const options = {
          experiment: file,
          plugins,
          jobs,
          engine,
          threads,
          set,
          tuningSeeds: seeds,
          folder,
          allowance,
        };
        const tuning = await tune(options, host);
        if (tuning === null) return { exitCode: 3, dir: '', report: null };
        return { exitCode: conclude(tuning, target, io), dir: tuning.dir, report: null };
      });
    });
};

/** The file that is read, and where its change is written; null where nowhere. */
interface Target {
  readonly path: string;
  readonly to: string | null;
}

/** Refuses a file that is not the caller's to change, before hours of runs. */
function targetOf(file: string, { out, dryRun = false }: TuneFlags): Target {
  const { path, source } = locateExperiment(file);
  if (dryRun) return { path, to: null };
  if (out !== undefined && existsSync(resolve(out))) {
    throw new TiltyardError('out-file', `--out ${out}: is there already; choose another file`);
  }
  if (out === undefined && path !== resolve(file)) {
    const remedy = 'give --out FILE, or --dry-run';
    throw new TiltyardError('built-in', `tune: ${source} is built in and is not changed; ${remedy}`);
  }
  return { path, to: out === undefined ? path : resolve(out) };
}

/** Shows what was found and writes it. @returns 1 where a stage has no grid; nothing is written then */
function conclude(tuning: Tuning, { path, to }: Target, io: Io): 0 | 1 {
  if (io.json) for (const record of recordsOf(tuning)) io.print(`${JSON.stringify(record)}\n`);
  else for (const line of textOf(tuning).split('\n')) io.print(`${plain(line)}\n`);
  const sweeps = tuning.families.flatMap((tuned) => {
    const sweep = sweepOf(tuned);
    return sweep === null ? [] : [[tuned.family.stage, sweep] as const];
  });
  if (sweeps.length < tuning.families.length) {
    const lacking = tuning.families.filter((tuned) => sweepOf(tuned) === null);
    const names = lacking.map(({ family }) => family.stage).join(', ');
    io.tell({ type: 'written', path: null }, `no grid for ${names}; nothing is written`);
    return 1;
  }
  const before = readFileSync(path, 'utf8');
  const after = withSweeps(before, Object.fromEntries(sweeps), path);
  if (!io.json) for (const line of changedLines(before, after)) io.print(`${plain(line)}\n`);
  if (to === null) return 0;
  const backup = to === path ? backupOf(path) : null;
  if (backup !== null) writeTextAtomic(backup, before);
  writeTextAtomic(to, after);
  io.tell({ type: 'written', path: to, backup }, backup === null ? to : `${to} (before: ${backup})`);
  return 0;
}

/** A name beside the file that is free. */
function backupOf(path: string): string {
  for (let n = 1; ; n++) {
    const backup = n === 1 ? `${path}.bak` : `${path}.bak${n}`;
    if (!existsSync(backup)) return backup;
  }
}
