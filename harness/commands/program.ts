import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { packageRoot } from '../environment.js';
import { TiltyardError } from '../errors.js';
import { localLauncher } from '../run/launch/local.js';
import { jsonProgress, plain, textProgress } from '../run/progress/display.js';
import { resume, run, type RunHost, type RunResult } from '../run/run.js';
import { readJson } from '../store/atomic.js';
import { join } from 'node:path';
import { check } from './check.js';
import { checkPlugin } from './check-plugin.js';
import { type CompareFlags, compareCommand } from './compare.js';
import { LISTS, list } from './list.js';
import { verifyCommand } from './verify.js';
import { type ViewFlags, viewCommand } from './view.js';

interface RunFlags {
  readonly seeds?: number;
  readonly jobs?: number;
  readonly engine?: string;
  readonly threads?: number;
  readonly out?: string;
  readonly set: string[];
  readonly plugin: string[];
  readonly launcher: string;
  readonly profile?: string;
}

/** The command line: parsing and exit codes (0 done, 1 a run failed, 2 refused input, 3 interrupted and resumable). */
export async function program(argv: readonly string[], stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Promise<number> {
  let exitCode = 0;
  const cli = new Command('tiltyard')
    .description('A bench on which preference-optimisation algorithms meet on equal terms.')
    .version(readJson<{ version: string }>(join(packageRoot(), 'package.json')).version)
    .option('--debug', 'show stack traces')
    .option('--json', 'print machine-readable records only')
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .showHelpAfterError('(tiltyard --help lists the commands)')
    .exitOverride();
  const json = (): boolean => cli.opts<{ json?: boolean }>().json === true;
  const shared = (command: Command): Command => command.option('--debug', 'show stack traces').option('--json', 'print machine-readable records only').exitOverride().on('option:json', () => cli.setOptionValue('json', true)).on('option:debug', () => cli.setOptionValue('debug', true));
  const conclude = (result: RunResult): void => {
    exitCode = result.exitCode;
    if (result.report === null) return;
    stdout.write(json() ? `${JSON.stringify({ type: 'report', path: result.report, dir: result.dir })}\n` : `${result.report}\n`);
  };
  const withHost = async (work: (host: RunHost) => Promise<RunResult>): Promise<void> => {
    const abort = new AbortController();
    const onSignal = (): void => {
      if (abort.signal.aborted) process.exit(3);
      abort.abort();
      stderr.write('stopping after the current step; once more to stop at once\n');
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
    try {
      const progress = json() ? jsonProgress((line) => void stdout.write(`${line}\n`)) : textProgress(stdout);
      conclude(await work({ launcher: localLauncher(), progress, signal: abort.signal, report: reportPath }));
    } finally {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
    }
  };

  shared(cli.command('run').argument('[experiment]', 'a built-in experiment or a YAML or JSON file', 'reviews'))
    .description('run an experiment and write its report')
    .option('--seeds <n>', 'number of pipeline seeds', positive)
    .option('--jobs <n>', 'runs at a time (default: as many as cores on a CPU)', positive)
    .option('--engine <name>', 'auto, onnxruntime, tensorflow or reference')
    .option('--threads <n>', 'threads of each run', positive)
    .option('--profile <name>', 'size of a suite, e.g. quick or full')
    .option('--out <dir>', 'where results go (default: runs/<name>-<time>)')
    .option('--set <path=value>', 'change one setting, e.g. stages.mine.params.beta=0.2 (repeatable)', collected, [])
    .option('--plugin <path>', 'make a plugin known by its name (repeatable)', collected, [])
    .addOption(new Option('--launcher <name>', 'how workers are started').choices(['local', 'slurm']).default('local'))
    .action(async (experiment: string, flags: RunFlags) => {
      if (flags.launcher === 'slurm') throw new TiltyardError('no-slurm', '--launcher slurm: not available in this version; use local');
      await withHost((host) => run({ experiment, ...flags, plugins: flags.plugin }, host));
    });
  shared(cli.command('resume').argument('<dir>', 'the --out folder of a run'))
    .description('finish what an interrupted or killed run left')
    .option('--jobs <n>', 'runs at a time', positive)
    .action(async (dir: string, flags: { jobs?: number }) => withHost((host) => resume(dir, flags.jobs, host)));
  shared(cli.command('report').argument('<dir>', 'the --out folder of a run'))
    .description('rebuild the report from the stored rows')
    .action(async (dir: string) => {
      const path = await reportPath(dir);
      stdout.write(json() ? `${JSON.stringify({ type: 'report', path, dir })}\n` : `${path}\n`);
    });
  shared(cli.command('view').argument('<dir>', 'the --out folder of a run'))
    .description('serve a live page of a folder, while runs go on or after')
    .option('--port <n>', 'where to listen; 0: any free port', portNumber, 7878)
    .option('--host <name>', 'a loopback address', '127.0.0.1')
    .action(async (dir: string, flags: ViewFlags) => viewCommand(dir, flags, json(), (text) => void stdout.write(text)));
  shared(cli.command('compare').argument('<a>', 'the --out folder of a run').argument('<b>', 'another'))
    .description('tell what changed from one result folder to another, by how much')
    .option('--fail-on-regression', 'exit 1 where a gold reward fell or an algorithm that finished failed')
    .option('--out <file>', 'also write it as Markdown')
    .action(async (a: string, b: string, flags: CompareFlags) => {
      exitCode = await compareCommand(a, b, flags, json(), (text) => void stdout.write(text));
    });
  shared(cli.command('export').argument('<dir>', 'the --out folder of a run'))
    .description('write the results as LaTeX tables, TensorBoard event files, or one CSV row for every logged number')
    .requiredOption('--format <name>', 'latex, tensorboard or csv')
    .option('--out <path>', 'where to (default: in <dir>/export)')
    .option('--standalone', 'LaTeX: a whole document')
    .option('--force', 'write over what is there')
    .action(async (dir: string, { format, ...flags }: { format: string; out?: string; standalone?: boolean; force?: boolean }) => {
      const { exportResults } = await import('../../reports/export/export.js');
      const path = await exportResults(dir, format, flags);
      stdout.write(json() ? `${JSON.stringify({ type: 'export', format, path })}\n` : `${path}\n`);
    });
  shared(cli.command('list').argument('<what>', LISTS.join(', ')))
    .description('list what is available here')
    .action(async (what: string) => void stdout.write(await list(what, json())));
  shared(cli.command('check').argument('<file>', 'an experiment file or a built-in name'))
    .description('validate an experiment and show its plan')
    .action(async (file: string) => void stdout.write(await check(file, json())));
  shared(cli.command('verify').argument('<dir>', 'a folder of golden values'))
    .description('check models, tokenizers, losses and training against golden values')
    .option('--engine <name>', 'auto, onnxruntime, tensorflow or reference', 'auto')
    .action(async (dir: string, flags: { engine: string }) => {
      const passed = await verifyCommand(dir, flags.engine, json(), (line) => void stdout.write(`${line}\n`));
      exitCode = passed ? 0 : 1;
    });
  shared(cli.command('check-plugin').argument('<package>', 'a built-in plugin, an npm package or a path'))
    .description('hold a plugin to the conformance suite')
    .action(async (module: string) => {
      exitCode = (await checkPlugin(module, json(), (line) => void stdout.write(`${line}\n`))) ? 0 : 1;
    });
  shared(cli.command('schema').argument('<what>', 'experiment or report'))
    .description('print a JSON schema')
    .action(async (what: string) => void stdout.write(await schema(what)));

  try {
    if (argv.length === 0) {
      cli.outputHelp();
      return 0;
    }
    await cli.parseAsync(argv as string[], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const debug = cli.opts<{ debug?: boolean }>().debug === true;
    if (error instanceof TiltyardError) {
      stderr.write(`${pc.red('tiltyard:')} ${plain(error.message)}\n`);
      if (debug) stderr.write(`${error.stack}\n`);
      return error.exitCode;
    }
    stderr.write(`${pc.red('tiltyard:')} unexpected error: ${plain(error instanceof Error ? error.message : String(error))}${debug ? '' : ' (--debug shows where)'}\n`);
    if (debug && error instanceof Error) stderr.write(`${error.stack}\n`);
    return 1;
  }
}

async function reportPath(dir: string): Promise<string> {
  const { buildReport } = await import('../../reports/build.js');
  return (await buildReport(dir)).html;
}

async function schema(what: string): Promise<string> {
  const { experimentSchema } = await import('../config/schema.js');
  const { reportSchema } = await import('../../reports/report/schema.js');
  const known: Record<string, unknown> = { experiment: experimentSchema, report: reportSchema };
  if (known[what] === undefined) throw new TiltyardError('unknown-schema', `schema: unknown schema '${what}'; known: experiment, report`);
  return `${JSON.stringify(known[what], null, 2)}\n`;
}

function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError(`should be a whole number of at least 1, got '${text}'.`);
  return n;
}

function portNumber(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0 || n > 65_535) throw new InvalidArgumentError(`should be a port from 0 to 65535, got '${text}'.`);
  return n;
}

const collected = (value: string, before: string[]): string[] => [...before, value];
