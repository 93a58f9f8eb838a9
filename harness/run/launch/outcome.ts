import { existsSync } from 'node:fs';
import { readJson } from '../../store/atomic.js';
import { runPaths } from '../../store/layout.js';
import type { OutcomeRow } from '../../store/records.js';

/** Whether what a run left says that it failed, or it left nothing. */
export function hasFailed(runDir: string): boolean {
  const { outcome } = runPaths(runDir);
  return !existsSync(outcome) || readJson<OutcomeRow>(outcome).outcome === 'failed';
}
