import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { program } from '../../harness/commands/program.js';
import { visit } from './visit.js';

/** What a kept process is asked for. */
export interface Call {
  readonly argv: readonly string[];
  /** Whether it serves pages, which are to be asked for before it is ended. */
  readonly visit: boolean;
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

// Advice names the program as it was called: here too as people call it.
process.argv[1] = fileURLToPath(new URL('../../harness/cli.js', import.meta.url));

/** The command line's main function, again and again in one process. Forked by kept.ts. */
process.on('message', (call: Call) => void answer(call));

async function answer({ argv, visit: serves }: Call): Promise<void> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const streams = [stdout, stderr] as unknown as [NodeJS.WriteStream, NodeJS.WriteStream];
  let over = false;
  const ended = program(argv, ...streams).finally(() => {
    over = true;
  });
  const faults = serves ? await visit(() => (over ? null : stdout.text)) : [];
  if (!over && serves) process.emit('SIGINT');
  const code = await ended;
  await new Promise((resolve) => stderr.write(faults.map((fault) => `${fault}\n`).join(''), resolve));
  process.send!({
    code: faults.length === 0 ? code : 1,
    stdout: stdout.text,
    stderr: stderr.text,
  } satisfies Answer);
}
