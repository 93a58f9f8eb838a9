import type { RunHost, RunResult } from '../run/host.js';
import { localLauncher } from '../run/launch/local.js';
import { jsonProgress } from '../run/progress/json.js';
import { textProgress } from '../run/progress/text.js';
import type { Io } from './io.js';
import { buildReport, sayDamages } from './report.js';

/** Kept from before any plugin is loaded, while which `process.exit` is another. */
const leave = process.exit.bind(process);

/** Does what starts runs: shows how far they are, stops them at a signal, and says where the report is. */
export async function withHost(io: Io, work: (host: RunHost) => Promise<RunResult>): Promise<void> {
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) leave(3);
    abort.abort();
    io.stderr.write('stopping after the current step; once more to stop at once\n');
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const launcher = localLauncher();
  try {
    const progress = io.json ? jsonProgress((line) => io.print(`${line}\n`)) : textProgress(io.stdout);
    const { exitCode, report, dir } = await work({
      launcher,
      progress,
      signal: abort.signal,
      report: buildReport,
    });
    io.exitWith(exitCode);
    if (report === null) return;
    if (!sayDamages(dir, report.damages, io) && exitCode === 0) io.exitWith(1);
    io.tell({ type: 'report', path: report.path, dir }, report.path);
  } finally {
    await launcher.close?.();
    for (const signal of signals) process.off(signal, onSignal);
  }
}
