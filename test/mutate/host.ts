import { Writable } from 'node:stream';
import { program } from '../../harness/commands/program.js';

/** What a kept process is asked for. */
export interface Call {
  readonly argv: readonly string[];
}

/** What came of it; the beginnings of what was printed. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Letters of each stream that are kept. */
const KEPT = 20_000;

/** A stream that remembers how it began. */
class Kept extends Writable {
  text = '';
  readonly isTTY = false;

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    if (this.text.length < KEPT) this.text += chunk.toString('utf8');
    done();
  }
}

/** The command line's main function, again and again in one process. Forked by kept.ts. */
process.on('message', ({ argv }: Call) => void answer(argv));

async function answer(argv: readonly string[]): Promise<void> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const streams = [stdout, stderr] as unknown as [NodeJS.WriteStream, NodeJS.WriteStream];
  const code = await program(argv, ...streams);
  await new Promise((resolve) => stderr.write('', resolve));
  process.send!({ code, stdout: stdout.text, stderr: stderr.text } satisfies Answer);
}
