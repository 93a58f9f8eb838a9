import pc from 'picocolors';
import { createEngine } from '../engine/select.js';
import { plain } from '../run/progress/display.js';
import { type VerifiedCheck, verify } from '../verify/verify.js';

/** One line (or record) per check; true where every one passed. */
export async function verifyCommand(dir: string, engineName: string, json: boolean, write: (line: string) => void): Promise<boolean> {
  const engine = await createEngine(engineName, null, 1);
  try {
    const checks = await verify(dir, engine, (check) => write(json ? JSON.stringify(check) : text(check)));
    const wrong = checks.filter((c) => !c.passed).length;
    if (!json) write(`${checks.length - wrong} of ${checks.length} checks passed on ${engine.name} (${engine.device})`);
    return wrong === 0;
  } finally {
    engine.dispose();
  }
}

function text({ where, name, error, tolerance, passed, detail }: VerifiedCheck): string {
  const verdict = passed ? pc.green('ok  ') : pc.red('FAIL');
  const size = tolerance === 0 ? (passed ? 'equal' : 'differs') : `largest error ${error.toExponential(1)}, tolerance ${tolerance.toExponential(0)}`;
  return `${verdict} ${where}: ${plain(name)}: ${size}${detail === undefined ? '' : ` (${plain(detail)})`}`;
}
