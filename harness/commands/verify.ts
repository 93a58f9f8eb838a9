import pc from 'picocolors';
import { plain } from '../run/progress/plain.js';
import type { VerifiedCheck } from '../verify/verify.js';
import type { Io, Register } from './io.js';

export const verifyCommand: Register = (add, io) => {
  add('verify')
    .argument('<dir>', 'a folder of such values: test/golden of a checkout')
    .description(
      'check models, tokenizers, losses and training against values computed with transformers and TRL',
    )
    .option('--engine <name>', 'auto, onnxruntime, tensorflow or reference', 'auto')
    .action(async (dir: string, { engine }: { engine: string }) => {
      if (!(await verifyFolder(dir, engine, io))) io.exitWith(1);
    });
};

/** One line (or record) per check; true where every one passed. */
async function verifyFolder(dir: string, engineName: string, io: Io): Promise<boolean> {
  // Late: they load TensorFlow.js and onnxruntime, which most commands never need.
  const { createEngine } = await import('../engine/select.js');
  const { verify } = await import('../verify/verify.js');
  const engine = await createEngine({ name: engineName, device: null, threads: 1 });
  try {
    const checks = await verify(dir, engine, (check) => io.tell(check, lineOf(check)));
    const right = checks.filter((check) => check.passed).length;
    const summary = `${right} of ${checks.length} checks passed on ${engine.name} (${engine.device})`;
    if (!io.json) io.print(`${summary}\n`);
    return right === checks.length;
  } finally {
    engine.dispose();
  }
}

function lineOf({ where, name, error, tolerance, passed, detail }: VerifiedCheck): string {
  const verdict = passed ? pc.green('ok  ') : pc.red('FAIL');
  const about = detail === undefined ? '' : ` (${plain(detail)})`;
  return `${verdict} ${where}: ${plain(name)}: ${sizeOf({ error, tolerance, passed })}${about}`;
}

function sizeOf({ error, tolerance, passed }: Pick<VerifiedCheck, 'error' | 'tolerance' | 'passed'>): string {
  if (tolerance === 0) return passed ? 'equal' : 'differs';
  return `largest error ${error.toExponential(1)}, tolerance ${tolerance.toExponential(0)}`;
}
