import { closeSync, existsSync, openSync, readSync } from 'node:fs';

/** Bytes that are read at a time. */
const CHUNK = 2 ** 16;

/** Lines of a file that another process appends to, each once it is whole. */
export class Tail {
  private at = 0;
  private begun = Buffer.alloc(0); // bytes, since a read may end inside a character

  constructor(private readonly path: string) {}

  /** What was added since, whole lines; a last one without its end is kept for later. */
  lines(): string[] {
    if (!existsSync(this.path)) return [];
    const file = openSync(this.path, 'r');
    try {
      const chunk = Buffer.alloc(CHUNK);
      for (let n = this.read(file, chunk); n > 0; n = this.read(file, chunk)) {
        this.at += n;
        this.begun = Buffer.concat([this.begun, chunk.subarray(0, n)]);
      }
    } finally {
      closeSync(file);
    }
    const end = this.begun.lastIndexOf('\n') + 1;
    const whole = this.begun.subarray(0, end).toString('utf8');
    this.begun = this.begun.subarray(end);
    return whole.split('\n').filter((line) => line.trim() !== '');
  }

  /** What stands after the last whole line. */
  get rest(): string {
    return this.begun.toString('utf8').trim();
  }

  private read(file: number, chunk: Buffer): number {
    return readSync(file, chunk, 0, CHUNK, this.at);
  }
}
