import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TiltyardError } from '../../harness/errors.js';

/** Bytes that are kept, copied and written at a time. */
const BLOCK = 1 << 20;
/** Bytes that stay in memory: rows of most people. */
const IN_MEMORY = 1 << 26;

/** Closes the files of spools that nobody reads any more. */
const forgotten = new FinalizationRegistry<number>(closeSync);

/**
 * Bytes that are appended and read again: the first ones in memory, those beyond in a temporary file that is
 * gone when the process is.
 */
export class Spool {
  private readonly blocks: Buffer[] = [];
  private tail = Buffer.allocUnsafeSlow(BLOCK);
  private used = 0;
  /** Bytes before the tail. */
  private flushed = 0;
  private file: number | null = null;

  /** @param inMemory bytes that stay in memory */
  constructor(private readonly inMemory = IN_MEMORY) {}

  get length(): number {
    return this.flushed + this.used;
  }

  append(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; ) {
      const copied = bytes.copy(this.tail, this.used, from);
      from += copied;
      this.used += copied;
      if (this.used === BLOCK) this.flush();
    }
  }

  /** Not to be written to. */
  read(start: number, length: number): Buffer {
    const first = Math.floor(start / BLOCK);
    const within = start - first * BLOCK;
    if (first < this.blocks.length && within + length <= BLOCK)
      return this.blocks[first]!.subarray(within, within + length);
    const out = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) done += this.copy(start + done, out, done);
    return out;
  }

  /** @returns bytes that were copied, at least one */
  private copy(from: number, to: Buffer, at: number): number {
    const block = Math.floor(from / BLOCK);
    if (block < this.blocks.length) return this.blocks[block]!.copy(to, at, from - block * BLOCK);
    if (from >= this.flushed) return this.tail.copy(to, at, from - this.flushed, this.used);
    const length = Math.min(to.length - at, this.flushed - from);
    return readSync(this.file!, to, at, length, from - this.blocks.length * BLOCK);
  }

  private flush(): void {
    if (this.flushed < this.inMemory) {
      this.blocks.push(this.tail);
      this.tail = Buffer.allocUnsafeSlow(BLOCK);
    } else this.write();
    this.flushed += BLOCK;
    this.used = 0;
  }

  private write(): void {
    try {
      this.file ??= this.opened();
      const start = this.flushed - this.blocks.length * BLOCK;
      for (let done = 0; done < BLOCK; )
        done += writeSync(this.file, this.tail, done, BLOCK - done, start + done);
    } catch (error) {
      const why = `rows are kept there while they are read, and that fails (${(error as Error).message})`;
      const remedy = 'make room, or set TMPDIR to a folder with more';
      throw new TiltyardError('no-room', `${tmpdir()}: ${why}; ${remedy}`, { cause: error });
    }
  }

  /** A file that has no name any more; where open files keep theirs, it goes with the process. */
  private opened(): number {
    const folder = mkdtempSync(join(tmpdir(), 'tiltyard-rows-'));
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    const file = openSync(join(folder, 'rows'), 'wx+');
    try {
      remove();
    } catch {
      process.once('exit', remove);
    }
    forgotten.register(this, file);
    return file;
  }
}
