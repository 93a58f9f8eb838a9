import { TiltyardError } from './errors.js';

const SPACE = 'free some space, then go on with tiltyard resume';
const LATER = 'go on with tiltyard resume when that is over';

/** What an operating system says, in words; what to do; and whether the same call can go well later. */
const SAID: Readonly<Record<string, readonly [what: string, remedy: string, passes: boolean]>> = {
  ENOSPC: ['the disk is full', SPACE, true],
  EDQUOT: ['the disk quota is used up', SPACE, true],
  EFBIG: ['a file has become larger than is allowed here', 'raise the limit (ulimit -f), then resume', true],
  EIO: ['the disk could not be read or written', LATER, true],
  EMFILE: ['too many files are open', 'raise the limit (ulimit -n), then resume', true],
  ENFILE: ['too many files are open on this machine', LATER, true],
  ENOMEM: ['there is no memory left', LATER, true],
  EROFS: ['the file system can only be read', 'choose a folder that can be written', false],
  EACCES: ['access is denied', 'check who may read and write there', false],
  EPERM: ['that is not permitted', 'check who may read and write there', false],
  ENOTDIR: ['a part of the path is a file', 'check the path', false],
  EISDIR: ['it is a folder', 'check the path', false],
  ENAMETOOLONG: ['the name is too long for this file system', 'choose a shorter one', false],
  ELOOP: ['links lead in a circle', 'check the path', false],
};

/** What an engine and the language say of sizes that no process can have. */
const TOO_LARGE =
  /Invalid typed array length: \d{9,}|Array buffer allocation failed|bad_alloc|Failed to allocate memory/;

/**
 * What the operating system refused, as an error a person can act on: exit code 3 where the same call goes
 * well once that is over, 2 where it does not; and what needs more memory than there is. Null for any other
 * error.
 */
export function systemError(error: unknown): TiltyardError | null {
  if (!(error instanceof Error)) return null;
  if (TOO_LARGE.test(error.message)) {
    const why = error.message.replace(/\s+/g, ' ').slice(0, 120);
    const remedy = 'take a smaller model (policy), batch (batchSize) or bound of tokens';
    const message = `needs more memory than a process can have here (${why}); ${remedy}`;
    return new TiltyardError('out-of-memory', message, { cause: error });
  }
  const { code = '', path, syscall } = error as NodeJS.ErrnoException;
  const known = Object.hasOwn(SAID, code) ? SAID[code]! : null;
  if (known === null || syscall === undefined) return null;
  const [what, remedy, passes] = known;
  const where = path ?? 'a file of the results folder';
  const message = `${where}: ${what} (${code} at ${syscall}); ${remedy}`;
  return new TiltyardError('system', message, { cause: error, exitCode: passes ? 3 : 2 });
}
