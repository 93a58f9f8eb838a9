import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TiltyardError } from '../../harness/errors.js';
import { Rng } from '../../harness/rng.js';
import { faultOf, faultOfRuns } from './fault.js';
import { type Ended, Kept, runAlone } from './kept.js';
import { checkpoints } from './kinds/checkpoints.js';
import { configs } from './kinds/configs.js';
import { data } from './kinds/data.js';
import { runs, tunes } from './kinds/jobs.js';
import type { Case, Kind } from './kinds/kind.js';
import { stores, views } from './kinds/stores.js';
import { LIMITS } from './watch.js';

/** Seconds after which what starts runs is told to stop. */
const STOP_AFTER = 10;
const HELP = `Mutated inputs through the command line: each ends with exit 0, or 2 and one message, in 10
seconds of the processor and 2 GiB.

  npm run mutate -- [--configs N] [--data N] [--checkpoints N] [--stores N] [--views N] [--runs N]
                    [--tunes N] [--seed S] [--alone N] [--from I]

Most are read by one process that is kept alive and watched from outside; every Nth (--alone, 50) by a
process of its own too, whose answer has to be the same. Configs are read by check and inspect; stores by
what ends, and viewed, page by page. Configs that are run or tuned may take long, so that Ctrl-C ends
them after ${STOP_AFTER} seconds, and may have runs that fail, of what is said in words. What falls stays in
a folder that is named at the end; exit 1. --from begins with input I of each kind, to try one again. Without
numbers: 200 configs, 200 data files, 60 checkpoints, 20 stores, 20 views, 6 runs and 3 tunes.
`;
const KINDS: Readonly<Record<string, Kind>> = { configs, data, checkpoints, stores, views, runs, tunes };
const SHORT: Readonly<Record<string, number>> = {
  ...{ configs: 200, data: 200, checkpoints: 60, stores: 20, views: 20 },
  ...{ runs: 6, tunes: 3 },
};

interface Options {
  readonly sizes: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly alone: number;
  readonly from: number;
}

function optionsOf(args: readonly string[]): Options | null {
  const given = new Map<string, number>();
  for (let i = 0; i < args.length; i += 2) {
    const [name, value] = [args[i]!, Number(args[i + 1])];
    const known = [...Object.keys(KINDS), 'seed', 'alone', 'from'].map((one) => `--${one}`);
    if (!known.includes(name) || !Number.isInteger(value) || value < 0) return null;
    given.set(name.slice(2), value);
  }
  const anyKind = Object.keys(KINDS).some((kind) => given.has(kind));
  const sizes = Object.fromEntries(
    Object.keys(KINDS).map((kind) => [kind, given.get(kind) ?? (anyKind ? 0 : SHORT[kind]!)]),
  );
  return {
    sizes,
    seed: given.get('seed') ?? 15,
    alone: given.get('alone') ?? 50,
    from: given.get('from') ?? 0,
  };
}

/** How the inputs of a kind ended. */
interface Tally {
  /** By exit code. */
  readonly ended: Record<number, number>;
  alone: number;
  readonly faults: string[];
}
/** What an exit code that is none of the faults says. */
const SAID = ['read', 'with failures that are said', 'refused', 'stopped'];

async function mutated(
  name: string,
  size: number,
  { seed, alone, from }: Options,
  dir: string,
): Promise<Tally> {
  const kind = KINDS[name]!;
  const made = join(dir, `${name}-of`);
  mkdirSync(made);
  await kind.prepare(made);
  const kept = new Kept();
  const tally: Tally = { ended: {}, alone: 0, faults: [] };
  const work = join(dir, name);
  const make = (i: number): Case => {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    return kind.make(work, Rng.fromSeed(seed).split(name, i));
  };
  const asReader = async (one: Case, i: number): Promise<{ ended: Ended; fault: string | null }> => {
    const ended = await kept.run(one.argv, one.visit);
    const fault = faultOf(ended, one.listing);
    if (one.visit === true || (fault === null && i % alone !== 0)) return { ended, fault };
    make(i); // a command may have changed it
    const again = await runAlone(one.argv);
    tally.alone++;
    const said = faultOf(again, one.listing);
    if (fault !== null)
      return { ended, fault: fault + (said === null ? ' (not in a process of its own)' : '') };
    return { ended, fault: said === null ? differing(ended, again) : `in a process of its own: ${said}` };
  };
  for (let i = from; i < from + size; i++) {
    const done = i - from;
    if (done > 0 && done % 500 === 0)
      process.stderr.write(`${name}: ${done}, ${tally.faults.length} others\n`);
    const one = make(i);
    const { ended, fault } = await (kind.startsRuns === true ? asJob(one, work) : asReader(one, i));
    if (fault === null) tally.ended[ended.code] = (tally.ended[ended.code] ?? 0) + 1;
    else {
      const to = join(dir, `fault-${name}-${i}`);
      make(i);
      cpSync(work, to, { recursive: true, verbatimSymlinks: true });
      const call = `tiltyard ${one.argv.join(' ')}`;
      const text = `seed ${seed}, ${name} ${i} (${one.what}): ${call}\n  ${fault.trim()}`;
      writeFileSync(join(to, 'fault.txt'), text);
      tally.faults.push(text.slice(0, 1000));
      process.stdout.write(`${text.slice(0, 1000)}\n`);
    }
  }
  kept.close();
  rmSync(work, { recursive: true, force: true });
  rmSync(made, { recursive: true, force: true });
  return tally;
}

/** By itself, as people start it, since what it starts outlives no answer. */
async function asJob({ argv }: Case, dir: string): Promise<{ ended: Ended; fault: string | null }> {
  const limits = { ...LIMITS, cpuSeconds: 30 };
  const ended = await runAlone(argv, limits, STOP_AFTER);
  return { ended, fault: faultOfRuns(ended, dir) };
}

function differing(kept: Ended, alone: Ended): string | null {
  if (kept.code === alone.code && kept.stderr === alone.stderr) return null;
  return `kept process: ${kept.code} ${kept.stderr}; a process of its own: ${alone.code} ${alone.stderr}`;
}

const options = optionsOf(process.argv.slice(2));
if (options === null) {
  process.stdout.write(HELP);
  process.exit(process.argv.includes('--help') ? 0 : new TiltyardError('usage', '').exitCode);
}
const dir = mkdtempSync(join(tmpdir(), 'tiltyard-mutate-'));
let fell = 0;
for (const [name, size] of Object.entries(options.sizes)) {
  if (size === 0) continue;
  const began = Date.now();
  const { ended, alone, faults } = await mutated(name, size, options, dir);
  fell += faults.length;
  const seconds = Math.round((Date.now() - began) / 1000);
  const said = SAID.flatMap((what, code) => (ended[code] === undefined ? [] : [`${ended[code]} ${what}`]));
  const twice = alone === 0 ? '' : `${alone} by a process of their own too; `;
  process.stdout.write(
    `mutate: ${size} ${name}: ${[...said, `${faults.length} others`].join(', ')}; ${twice}${seconds} s\n`,
  );
}
if (fell === 0) rmSync(dir, { recursive: true });
else process.stdout.write(`mutate: ${fell} fell, seed ${options.seed}; they are in ${dir}\n`);
process.exit(fell === 0 ? 0 : 1);
