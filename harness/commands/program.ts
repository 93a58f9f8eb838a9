import { join } from 'node:path';
import { Command, CommanderError, Help } from 'commander';
import pc from 'picocolors';
import { packageRoot } from '../environment.js';
import { TiltyardError } from '../errors.js';
import { asTyped } from '../run/progress/as-typed.js';
import { plain } from '../run/progress/plain.js';
import { readJson } from '../store/atomic.js';
import { systemError } from '../system-error.js';
import { checkCommand } from './check.js';
import { checkPluginCommand } from './check-plugin.js';
import { compareCommand } from './compare.js';
import { exportCommand } from './export.js';
import type { ExitCode, Io, Register } from './io.js';
import { inspectCommand } from './inspect.js';
import { listCommand } from './list.js';
import { logpsCommand } from './logps.js';
import { reportCommand } from './report.js';
import { resumeCommand } from './resume.js';
import { runCommand } from './run.js';
import { schemaCommand } from './schema.js';
import { setupCommand } from './setup.js';
import { slimCommand } from './slim.js';
import { tuneCommand } from './tune.js';
import { verifyCommand } from './verify.js';
import { verifyStoreCommand } from './verify-store.js';
import { viewCommand } from './view.js';

/** In the order of the help. */
const COMMANDS: readonly Register[] = [
  runCommand,
  resumeCommand,
  tuneCommand,
  reportCommand,
  viewCommand,
  compareCommand,
  exportCommand,
  verifyStoreCommand,
  listCommand,
  checkCommand,
  inspectCommand,
  logpsCommand,
  verifyCommand,
  checkPluginCommand,
  schemaCommand,
  setupCommand,
  slimCommand,
];

/** The command line: puts the commands together, and turns what they throw into a line and an exit code. */
export async function program(
  argv: readonly string[],
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
): Promise<ExitCode> {
  const { version } = readJson<{ version: string }>(join(packageRoot(), 'package.json'));
  const cli = withSharedOptions(new Command('tiltyard').version(version))
    .description('A bench on which preference-optimisation algorithms meet on equal terms.')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(asTyped(text)),
    })
    .configureHelp({ optionDescription: (option) => described(new Help().optionDescription(option)) })
    .showHelpAfterError('(tiltyard --help lists the commands)')
    .exitOverride();
  // Both may stand before the command or after it.
  const add = (name: string): Command =>
    withSharedOptions(cli.command(name))
      .exitOverride()
      .on('option:json', () => cli.setOptionValue('json', true))
      .on('option:debug', () => cli.setOptionValue('debug', true));
  const given = (): { json?: boolean; debug?: boolean } => cli.opts();
  let exitCode: ExitCode = 0;
  const io: Io = {
    stdout,
    stderr,
    get json() {
      return given().json === true;
    },
    print: (text) => void stdout.write(text),
    tell: (record, line) => void stdout.write(`${io.json ? JSON.stringify(record) : asTyped(line)}\n`),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  for (const register of COMMANDS) register(add, io);
  try {
    if (argv.length === 0) cli.outputHelp();
    else await cli.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return refuse(error, given().debug === true, stderr);
  }
}

const withSharedOptions = (command: Command): Command =>
  command.option('--debug', 'show stack traces').option('--json', 'print machine-readable records only');

/** That an option which may be given several times is given none at first goes without saying. */
const described = (text: string): string => text.replace(' (default: [])', '');
/** Letters of a message. */
const LONGEST = 4000;

/** Says what went wrong in one line, with where only if wanted. */
function refuse(error: unknown, debug: boolean, stderr: NodeJS.WriteStream): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const said = error instanceof TiltyardError ? error : systemError(error);
  const whole = said?.message ?? (error instanceof Error ? error.message : String(error));
  // It may quote a key or a name of any length.
  const message = plain(whole.length > LONGEST ? `${whole.slice(0, LONGEST)}...` : whole);
  const foreseen = said !== null;
  const what = foreseen ? message : `unexpected error: ${message}${debug ? '' : ' (--debug shows where)'}`;
  stderr.write(`${pc.red('tiltyard:')} ${asTyped(what)}\n`);
  if (debug && error instanceof Error) stderr.write(`${error.stack}\n`);
  return said?.exitCode ?? 1;
}
