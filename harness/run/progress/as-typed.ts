import { basename, delimiter, dirname, join, relative, sep } from 'node:path';

/** What tells how this process was called. */
interface Call {
  readonly script: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * How this program is called from where it was called: `tiltyard` where it is on the PATH, `npx tiltyard`
 * beside a package's node_modules, `npm run tiltyard --` in a checkout, else node with the file.
 */
export function programName({ script, cwd, env }: Call): string {
  const event = env['npm_lifecycle_event'];
  if (env['npm_package_name'] === 'tiltyard' && (event === 'tiltyard' || event === 'start')) {
    return 'npm run tiltyard --';
  }
  const near = relative(cwd, script);
  const path = near.startsWith(`..${sep}..`) ? script : near;
  if (basename(script) !== 'tiltyard') return `node ${quotedWord(path)}`;
  if (env['npm_command'] === 'exec' || isBeside(script, cwd)) return 'npx tiltyard';
  const isOnPath = (env['PATH'] ?? '').split(delimiter).includes(dirname(script));
  return isOnPath ? 'tiltyard' : quotedWord(path);
}

/** Whether npx finds the script from a folder: in its node_modules, or those of a folder above it. */
function isBeside(script: string, cwd: string): boolean {
  const end = join(sep, 'node_modules', '.bin', 'tiltyard');
  const project = script.endsWith(end) ? script.slice(0, -end.length) : null;
  return project !== null && (cwd === project || cwd.startsWith(`${project}${sep}`));
}

const COMMANDS = [
  'run|resume|tune|report|view|compare|export|verify-store',
  'list|check|inspect|logps|verify|check-plugin|schema|--help',
].join('|');
const CALL = new RegExp(`(?<![\\w./-])tiltyard(?= (?:${COMMANDS})(?![\\w-]))`, 'g');

/** A message whose commands can be typed as they stand, here and now; what is stored has plain names. */
export function asTyped(text: string, call: Call = ownCall()): string {
  return text.replaceAll(CALL, () => programName(call));
}

const ownCall = (): Call => ({ script: process.argv[1] ?? '', cwd: process.cwd(), env: process.env });

/** A word of a command, as a shell takes it for one. */
export const quotedWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
