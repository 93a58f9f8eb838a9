import { closeSync, fstatSync, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { AsyncBuffer } from 'hyparquet';

/** Bytes of one call: the system takes no more than 2 GiB. */
const AT_ONCE = 2 ** 28;

/**
 * A file whose bytes come after whoever asks for them has returned. The reader starts every column and then
 * plans the next; where planning throws, the columns that were started would fail with nobody to hear it, so
 * they get no bytes once the file is abandoned.
 *
 * A column of a row group that is read in parts is asked for whole for each part. It lies in memory once,
 * from one part to the next, and is read into the place where it is wanted.
 */
export class LateFile implements AsyncBuffer {
  readonly byteLength: number;
  private abandoned = false;
  private file: Promise<FileHandle> | null = null;
  /** By where they lie: of the part that is read, and of the one before it. */
  private now = new Map<string, Promise<ArrayBuffer>>();
  private before = this.now;

  constructor(private readonly path: string) {
    const file = openSync(path, 'r');
    this.byteLength = fstatSync(file).size;
    closeSync(file);
  }

  /** Another part is read: what the one before it did not ask for is let go. */
  nextPart(): void {
    this.before = this.now;
    this.now = new Map();
  }

  /** @throws Error at once for what is no part of the file */
  slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end)) {
      throw new Error('a column does not lie in the file');
    }
    const key = `${start} ${end}`;
    const { now, before } = this;
    const bytes = now.get(key) ?? before.get(key) ?? this.later(start, Math.min(end, this.byteLength));
    now.set(key, bytes);
    return bytes;
  }

  abandon(): void {
    this.abandoned = true;
  }

  /** Read now, and not kept. */
  async bytes(start: number, end: number): Promise<ArrayBuffer> {
    this.file ??= open(this.path);
    return bytesOf(await this.file, start, Math.max(0, end - start));
  }

  /** To be called once nothing more is read; nobody gets bytes after it. */
  async close(): Promise<void> {
    this.abandon();
    await (await this.file)?.close();
  }

  private async later(start: number, end: number): Promise<ArrayBuffer> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.abandoned) await new Promise(() => undefined);
    return this.bytes(start, end);
  }
}

async function bytesOf(file: FileHandle, start: number, length: number): Promise<ArrayBuffer> {
  const out = new ArrayBuffer(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(new Uint8Array(out, at, Math.min(AT_ONCE, length - at)), {
      position: start + at,
    });
    if (bytesRead === 0) throw new Error('the file has become shorter');
    at += bytesRead;
  }
  return out;
}
