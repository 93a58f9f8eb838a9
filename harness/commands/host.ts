import { asTyped } from '../run/progress/as-typed.js';
import { serversOf } from '../judge/judge.js';
import type { RunHost, RunResult } from '../run/host.js';
import { jsonProgress } from '../run/progress/json.js';
import { textProgress } from '../run/progress/text.js';
import { plain } from '../run/progress/plain.js';
import { modulesOf, resumeCall } from '../run/trust.js';
import { readExperiment } from '../store/read.js';
import type { Io } from './io.js';
import { isSlurm, launcherFor, type LauncherFlags } from './launcher.js';
import { leaveJobs } from './leave-jobs.js';
import { buildReport, sayDamages } from './report.js';

/** Kept from before any plugin is loaded, while which `process.exit` is another. */
const leave = process.exit.bind(process);

/**
 * Does what starts runs: shows how far they are, stops them at a signal, and says where the report is.
 * @param flags how runs are started
 * @param resumed the folder that is gone on with; absent: one is begun
 */
export async function withHost(
  io: Io,
  work: (host: RunHost) => Promise<RunResult>,
  flags: LauncherFlags = {},
  resumed: string | null = null,
): Promise<void> {
  const abort = new AbortController();
  const progress = io.json ? jsonProgress((line) => io.print(`${line}\n`)) : textProgress(io.stdout);
  const launcher = await launcherFor(flags, resumed, progress);
  let folder: string | null = null;
  let hasHeard = false;
  const onSignal = (): void => {
    if (!hasHeard) {
      hasHeard = true;
      void stop();
      return;
    }
    progress.close();
    progress.note(`stopped; continue with: ${folder === null ? 'the same command' : goingOn(folder)}`);
    leave(3);
  };
  const stop = async (): Promise<void> => {
    if (isSlurm(launcher)) await leaveJobs(launcher, progress, isTerminal(io));
    else progress.stopping();
    abort.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    const { exitCode, report, dir } = await work({
      launcher,
      progress,
      signal: abort.signal,
      began: (of) => {
        folder = of;
      },
      report: buildReport,
    });
    io.exitWith(exitCode);
    if (report === null) return;
    if (!sayDamages(dir, report.damages, io) && exitCode === 0) io.exitWith(1);
    const { headline, path } = report;
    io.tell({ type: 'report', headline, path, dir }, headline === null ? path : `${said(headline)}\n${path}`);
  } finally {
    await launcher.close?.();
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** Whether somebody can be asked. */
const isTerminal = ({ json, stdout }: Io): boolean =>
  !json && stdout.isTTY === true && process.stdin.isTTY === true;

const said = (headline: string): string => asTyped(plain(headline));

/** The call that goes on with a folder; its code is named where its plan can be read. */
function goingOn(dir: string): string {
  try {
    const { runs, experiment } = readExperiment(dir);
    return resumeCall(dir, modulesOf(runs.map(({ spec }) => spec)), serversOf(experiment));
  } catch {
    return resumeCall(dir, []);
  }
}
