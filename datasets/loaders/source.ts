import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { TiltyardError } from '../../harness/errors.js';
import { otherThanFile } from '../../harness/plain-file.js';
import type { Lost } from './lost.js';

/** Where a row stands, and what it holds. */
export interface SourceRow {
  /** `file:line`, for messages. */
  readonly at: string;
  readonly value: unknown;
  /** What the file says in these columns and `value` does not. */
  lost(columns: readonly string[]): Lost | null;
}

/** One file of rows. */
export interface Source {
  readonly path: string;
  /** In their order; once. */
  rows(): AsyncIterable<SourceRow>;
  /** SHA-256 of the file's bytes, in hex, once every row has been read. */
  sha256(): string;
}

/** What holds more is refused: no text that people write packs so well. */
const MOST_EXPANSION = 200;
/** Bytes up to which the above is not asked. */
const FREE_EXPANSION = 1 << 26;

/**
 * That a packed file, of which so many bytes are read, does not unpack to more than any text does.
 * @throws TiltyardError
 */
export function requireMeasure(path: string, packed: number, plain: number): void {
  if (plain <= FREE_EXPANSION || plain <= packed * MOST_EXPANSION) return;
  const why = `unpacks to more than ${MOST_EXPANSION} times its size`;
  throw new TiltyardError('bomb', `${path}: ${why}; unpack it yourself if that is right`);
}

/**
 * That a path is a file to read, not a folder, a pipe or a device, which might never end.
 * @throws TiltyardError
 */
export function requireFile(path: string, dataset: string): void {
  if (!existsSync(path)) {
    const advice = 'check the path (relative ones start at the experiment file)';
    throw new TiltyardError('missing-file', `dataset ${dataset}: no file ${path}; ${advice}`);
  }
  const other = otherThanFile(path);
  if (other === null) return;
  throw new TiltyardError('not-a-file', `dataset ${dataset}: ${path} is ${other}; give a file of rows`);
}

/**
 * The bytes of a file in pieces, unpacked where it is gzip; the hash sees them as they lie.
 * @throws TiltyardError for gzip that is broken, or that expands beyond measure
 */
export async function* unpacked(path: string, hash: Hash): AsyncGenerator<Buffer> {
  const raw = pieces(path, hash);
  const first = await raw.next();
  if (first.done === true) return;
  async function* whole(): AsyncGenerator<Buffer> {
    yield first.value as Buffer;
    yield* raw;
  }
  if (!(first.value[0] === 0x1f && first.value[1] === 0x8b)) {
    yield* whole();
    return;
  }
  let plain = 0;
  const gunzip = createGunzip();
  const feed = (async () => {
    for await (const piece of whole()) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(piece)) await drained(gunzip);
    }
    gunzip.end();
  })();
  feed.catch((error: Error) => gunzip.destroy(error));
  try {
    for await (const piece of gunzip) {
      plain += (piece as Buffer).length;
      requireMeasure(path, gunzip.bytesWritten, plain);
      yield piece as Buffer;
    }
  } catch (error) {
    if (error instanceof TiltyardError) throw error;
    const why = (error as Error).message;
    throw new TiltyardError('bad-gzip', `${path}: not a whole gzip file (${why}); download it again`, {
      cause: error,
    });
  } finally {
    gunzip.destroy();
  }
  await feed;
  await requireNoMore(path, gunzip.bytesWritten);
}

/** Node stops reading at a zero byte between members, and says nothing of what follows it. */
async function requireNoMore(path: string, from: number): Promise<void> {
  const file = await open(path);
  try {
    const piece = Buffer.alloc(1 << 16);
    for (let at = from; ; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      const other = piece.subarray(0, bytesRead).findIndex((byte) => byte !== 0);
      if (other !== -1) {
        const why = `something follows its end, at byte ${at + other}`;
        throw new TiltyardError('bad-gzip', `${path}: not a whole gzip file (${why}); pack it anew`);
      }
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

const drained = (stream: NodeJS.EventEmitter): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.once('drain', done).once('close', done);
  });

/** A file's bytes, hashed on the way. @throws TiltyardError where it cannot be read */
async function* pieces(path: string, hash: Hash): AsyncGenerator<Buffer> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(piece as Buffer);
      yield piece as Buffer;
    }
  } catch (error) {
    throw new TiltyardError('unreadable', `${path}: cannot be read (${(error as Error).message})`, {
      cause: error,
    });
  }
}

/** SHA-256 of a file's bytes, in hex. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const _ of pieces(path, hash));
  return hash.digest('hex');
}
