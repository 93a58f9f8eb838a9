import { closeSync, openSync, fstatSync, readSync } from 'node:fs';
import { isInside } from '../../harness/store/inside.js';

/** At most this much of a file is read at a time. */
const PIECE = 1 << 20;
/** A line that is longer is none. */
const LONGEST = 1 << 26;
const NEWLINE = 10;

/** What a look at a file gave. */
interface Read<T> {
  readonly rows: T[];
  readonly restarted: boolean;
  readonly more: boolean;
  readonly strange: number;
}

/**
 * Follows an append-only JSONL file: each call gives the whole rows written since the last, a torn last line
 * is left for later.
 */
export class Tail<T> {
  private offset = 0;
  private inode = 0;

  /**
   * @param isRow what a line has to be
   * @param root folder that the file has to lie in, links followed; null: wherever it lies
   */
  constructor(
    private readonly path: string,
    private readonly isRow: (value: unknown) => value is T,
    private readonly root: string | null = null,
  ) {}

  /**
   * @returns rows; `restarted` where the file was replaced (a resumed run cuts it) and all before is void;
   * `more` where bytes are left; `strange`: lines that are no rows, which are passed over
   */
  read(): Read<T> {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch {
      return { rows: [], restarted: false, more: false, strange: 0 };
    }
    try {
      const { size, ino } = fstatSync(file);
      if (ino !== this.inode && this.root !== null && !isInside(this.root, this.path))
        return { rows: [], restarted: false, more: false, strange: 1 };
      const restarted = this.offset > 0 && (ino !== this.inode || size < this.offset);
      if (restarted) this.offset = 0;
      this.inode = ino;
      let buffer = Buffer.alloc(Math.min(PIECE, size - this.offset));
      let end = this.fill(file, buffer);
      // A line longer than a piece would never end within one.
      if (end < 0 && size - this.offset > LONGEST) {
        this.offset = size;
        return { rows: [], restarted, more: false, strange: 1 };
      }
      if (end < 0 && size - this.offset > PIECE) {
        buffer = Buffer.alloc(size - this.offset);
        end = this.fill(file, buffer);
      }
      if (end < 0) return { rows: [], restarted, more: false, strange: 0 };
      this.offset += end + 1;
      const { rows, strange } = this.parse(buffer.toString('utf8', 0, end));
      return { rows, restarted, more: buffer.length === PIECE, strange };
    } finally {
      closeSync(file);
    }
  }

  /** @returns index of the last newline read, -1 for none */
  private fill(file: number, buffer: Buffer): number {
    const n = buffer.length === 0 ? 0 : readSync(file, buffer, 0, buffer.length, this.offset);
    return n === 0 ? -1 : buffer.lastIndexOf(NEWLINE, n - 1);
  }

  /** Lines that are no rows are counted, and shown as such. */
  private parse(text: string): { readonly rows: T[]; readonly strange: number } {
    const rows: T[] = [];
    let strange = 0;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      try {
        const value: unknown = JSON.parse(line);
        if (this.isRow(value)) rows.push(value);
        else strange++;
      } catch {
        strange++;
      }
    }
    return { rows, strange };
  }
}
