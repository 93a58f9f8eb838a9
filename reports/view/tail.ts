import { closeSync, openSync, fstatSync, readSync } from 'node:fs';

/** At most this much of a file is read at a time. */
const PIECE = 1 << 20;
const NEWLINE = 10;

/**
 * Follows an append-only JSONL file: each call gives the whole rows written since the last, a torn last line
 * is left for later.
 */
export class Tail<T> {
  private offset = 0;
  private inode = 0;

  constructor(private readonly path: string) {}

  /**
   * @returns rows; `restarted` where the file was replaced (a resumed run cuts it) and all before is void;
   * `more` where bytes are left
   */
  read(): { readonly rows: T[]; readonly restarted: boolean; readonly more: boolean } {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch {
      return { rows: [], restarted: false, more: false };
    }
    try {
      const { size, ino } = fstatSync(file);
      const restarted = this.offset > 0 && (ino !== this.inode || size < this.offset);
      if (restarted) this.offset = 0;
      this.inode = ino;
      let buffer = Buffer.alloc(Math.min(PIECE, size - this.offset));
      let end = this.fill(file, buffer);
      // A line longer than a piece would never end within one.
      if (end < 0 && size - this.offset > PIECE) {
        buffer = Buffer.alloc(size - this.offset);
        end = this.fill(file, buffer);
      }
      if (end < 0) return { rows: [], restarted, more: false };
      this.offset += end + 1;
      return { rows: parse<T>(buffer.toString('utf8', 0, end)), restarted, more: buffer.length === PIECE };
    } finally {
      closeSync(file);
    }
  }

  /** @returns index of the last newline read, -1 for none */
  private fill(file: number, buffer: Buffer): number {
    const n = buffer.length === 0 ? 0 : readSync(file, buffer, 0, buffer.length, this.offset);
    return n === 0 ? -1 : buffer.lastIndexOf(NEWLINE, n - 1);
  }
}

/** A damaged line is left out here; the report refuses it by name. */
function parse<T>(text: string): T[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}
