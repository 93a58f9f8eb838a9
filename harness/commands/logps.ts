import { once } from 'node:events';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { TiltyardError } from '../errors.js';
import { utf8Lines } from '../inspect/lines.js';
import { plain } from '../run/progress/plain.js';
import type { Io, Register } from './io.js';

export const logpsCommand: Register = (add, io) => {
  add('logps')
    .argument('<model>', 'a Hugging Face model folder')
    .argument(
      '<rows>',
      'JSONL of {"ids": [...]} or {"prompt": "...", "completion": "..."}; - for standard input',
    )
    .description('print the token log-probabilities of rows, one JSON record a line')
    .option('--engine <name>', 'auto, onnxruntime, tensorflow or reference', 'auto')
    .action(async (model: string, rows: string, { engine }: { engine: string }) => {
      await printLogps(model, rows, engine, io);
    });
};

async function printLogps(
  model: string,
  rows: string,
  engineName: string,
  { stdout, stderr }: Io,
): Promise<void> {
  const [name, input] = rows === '-' ? ['standard input', process.stdin] : [rows, fileAt(rows)];
  // Late: they load TensorFlow.js, which most commands never need.
  const { logps } = await import('../inspect/logps.js');
  const { createEngine } = await import('../engine/select.js');
  const engine = await createEngine({
    name: engineName,
    device: null,
    threads: availableParallelism(),
  });
  try {
    const lines = utf8Lines(input, name);
    const say = (note: string): void => void stderr.write(`${plain(`${model}: ${note}`)}\n`);
    for await (const record of logps(engine, model, lines, name, say)) {
      if (!stdout.write(`${JSON.stringify(record)}\n`)) await once(stdout, 'drain');
    }
  } finally {
    engine.dispose();
  }
}

function fileAt(path: string): AsyncIterable<Buffer> {
  if (existsSync(path) && statSync(path).isFile()) return bytesOf(path);
  const message = `${path}: no such file; give a JSONL file, or - for standard input`;
  throw new TiltyardError('missing-file', message);
}

/** Opened by whoever reads it: a stream that nobody does fails with nobody to hear it. */
async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  for await (const piece of createReadStream(path)) yield piece as Buffer;
}
