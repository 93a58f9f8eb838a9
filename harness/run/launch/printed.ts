import type { Readable } from 'node:stream';

/** Characters that are kept of each stream; the last are what is wanted. */
const KEPT = 2 ** 15;

/** The end of what a process prints, whatever it prints and however much. */
export class Printed {
  private readonly kept: string[];

  /** @param streams the more telling ones last */
  constructor(...streams: readonly Readable[]) {
    this.kept = streams.map(() => '');
    for (const [i, stream] of streams.entries()) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.kept[i] = (this.kept[i] + text).slice(-KEPT);
      });
      stream.on('error', () => undefined);
    }
  }

  clear(): void {
    this.kept.fill('');
  }

  /** All that is kept, stream after stream. */
  get tail(): string {
    return this.kept.filter((text) => text.trim() !== '').join('\n');
  }
}

/** The last lines of a text on one, but for those that say where in the code an error was. */
export function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  return lines.slice(-4).join(' | ').slice(-600);
}
