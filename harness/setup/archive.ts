import { closeSync, createReadStream, createWriteStream, fstatSync, openSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { execa } from 'execa';
import { TiltyardError } from '../errors.js';

/**
 * Takes files out of an archive, a .tgz or a ZIP file (.zip, .whl, .nupkg).
 * @param wanted says of a path in the archive whether the file is
 * @param folder where they are put, under their names without folders
 * @returns the paths of those that were found
 * @throws TiltyardError for what is no archive, or a damaged one
 */
export async function takeFrom(
  archive: string,
  wanted: (path: string) => boolean,
  folder: string,
): Promise<string[]> {
  const start = Buffer.alloc(4);
  const file = openSync(archive, 'r');
  try {
    readSync(file, start, 0, 4, 0);
    if (start.readUInt32LE(0) === LOCAL)
      return await fromZip(archive, entriesOf(archive, file), wanted, folder);
  } finally {
    closeSync(file);
  }
  if (start.readUInt16BE(0) === GZIP) return fromTar(archive, wanted, folder);
  throw damaged(archive, 'it is neither a ZIP file (.zip, .whl, .nupkg) nor a .tgz');
}

const GZIP = 0x1f8b;

async function fromTar(
  archive: string,
  wanted: (path: string) => boolean,
  folder: string,
): Promise<string[]> {
  const listed = await execa('tar', ['-tzf', archive], { reject: false });
  if (listed.code === 'ENOENT') throw damaged(archive, 'the program tar is not installed');
  if (listed.failed) throw damaged(archive, listed.stderr.split('\n')[0]!);
  const taken: string[] = [];
  for (const member of listed.stdout.split('\n').filter(wanted)) {
    const to = join(folder, basename(member));
    const { failed, stderr } = await execa('tar', ['-xzOf', archive, '--', member], {
      reject: false,
      buffer: { stdout: false },
      stdout: { file: to },
    });
    if (failed) throw damaged(archive, stderr.split('\n')[0]!);
    taken.push(to);
  }
  return taken;
}

/** Signatures of APPNOTE.TXT, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT. */
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [STORED, DEFLATED] = [0, 8];

interface Entry {
  readonly path: string;
  readonly method: number;
  /** Bytes in the archive, and of the file. */
  readonly packed: number;
  readonly size: number;
  /** Where its bytes begin. */
  readonly at: number;
}

/** What a ZIP file holds, from the directory at its end. */
function entriesOf(archive: string, file: number): Entry[] {
  const bytesAt = (at: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  };
  const { size } = fstatSync(file);
  const tail = bytesAt(Math.max(0, size - 2 ** 16 - 22), Math.min(size, 2 ** 16 + 22));
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
  if (end < 0) throw damaged(archive, 'it has no end: the download may have been cut off');
  const directory = bytesAt(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === CENTRAL; ) {
    const lengths = [28, 30, 32].map((place) => directory.readUInt16LE(at + place));
    const local = bytesAt(directory.readUInt32LE(at + 42), 30);
    if (local.length < 30) throw damaged(archive, 'a file of it lies beyond its end');
    entries.push({
      path: directory.toString('utf8', at + 46, at + 46 + lengths[0]!),
      method: directory.readUInt16LE(at + 10),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      at: directory.readUInt32LE(at + 42) + 30 + local.readUInt16LE(26) + local.readUInt16LE(28),
    });
    at += 46 + lengths[0]! + lengths[1]! + lengths[2]!;
  }
  return entries;
}

async function fromZip(
  archive: string,
  entries: readonly Entry[],
  wanted: (path: string) => boolean,
  folder: string,
): Promise<string[]> {
  const taken: string[] = [];
  for (const { path, method, packed, size, at } of entries.filter((entry) => wanted(entry.path))) {
    const to = join(folder, basename(path));
    const output = createWriteStream(to);
    if (packed > 0) {
      const bytes = createReadStream(archive, { start: at, end: at + packed - 1 });
      try {
        if (method === STORED) await pipeline(bytes, output);
        else if (method === DEFLATED) await pipeline(bytes, createInflateRaw(), output);
        else throw new Error(`it is packed by method ${method}`);
      } catch (cause) {
        throw damaged(archive, `${path}: ${(cause as Error).message}`);
      }
    } else await new Promise((resolve) => output.end(resolve));
    if (output.bytesWritten !== size)
      throw damaged(archive, `${path} has ${output.bytesWritten} bytes of ${size}`);
    taken.push(to);
  }
  return taken;
}

const damaged = (archive: string, what: string): TiltyardError =>
  new TiltyardError('bad-archive', `${archive}: ${what}; fetch it again, or name a folder with the files`);
