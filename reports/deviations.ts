import { hashOf } from '../harness/config/identity.js';
import type { StoredRun } from '../harness/store/read.js';
import { type Results, deviceOf } from './loaded.js';

/** Where the runs depart from the plan that was hashed before the first of them, and where runs are not alike. */
export function deviations({ stored, groups, done }: Results): string[] {
  const out: string[] = [];
  const { experiment, hash, source, tiltyard, runs } = stored;
  if (hashOf(experiment) !== hash) out.push('experiment.json is not the one that was planned: its hash has changed since.');
  if (source.overrides.length > 0) out.push(`The command line changed the experiment ${source.name}: ${source.overrides.join(', ')}.`);
  const unfinished = runs.filter((r) => r.outcome === null).length;
  if (unfinished > 0) out.push(`${unfinished} of ${runs.length} planned runs have no outcome yet.`);
  for (const [outcome, what] of [['failed', 'failed'], ['diverged', 'diverged'], ['timed-out', 'stopped at their time budget'], ['budget-spent', 'stopped at their step budget']] as const) {
    const n = runs.filter((r) => r.outcome?.outcome === outcome).length;
    if (n > 0) out.push(`${n} of ${runs.length} runs ${what}.`);
  }
  const short = groups.filter((g) => g.runs.length > g.loaded.length && g.loaded.length > 0).map((g) => `${g.name} ${g.loaded.length} of ${g.runs.length}`);
  if (short.length > 0) out.push(`Seeds are missing: ${short.join(', ')}.`);
  const counts = [...new Set(groups.map((g) => g.family))].map((family) => ({ family, n: groups.filter((g) => g.family === family).length }));
  if (new Set(counts.map(({ n }) => n)).size > 1) out.push(`Tuning budgets differ: ${counts.map(({ family, n }) => `${family} ${n}`).join(', ')} configurations.`);
  const varied = (what: string, of: (run: StoredRun) => string): void => {
    const found = [...new Set(done.map(of))];
    if (found.length > 1) out.push(`Runs differ in ${what}: ${found.join(', ')}.`);
  };
  const environment = (run: StoredRun) => run.outcome!.clock.environment;
  varied('tiltyard version', (r) => environment(r).tiltyardVersion);
  varied('commit', (r) => environment(r).gitCommit ?? 'unknown');
  varied('processor', (r) => environment(r).cpuModel);
  varied('Node', (r) => environment(r).nodeVersion);
  varied('device', deviceOf);
  const other = done.find((r) => environment(r).tiltyardVersion !== tiltyard.version || environment(r).gitCommit !== tiltyard.commit);
  if (other !== undefined) out.push(`Planned by tiltyard ${tiltyard.version}${tiltyard.commit === null ? '' : ` (${tiltyard.commit.slice(0, 12)})`}, run by ${environment(other).tiltyardVersion}${environment(other).gitCommit === null ? '' : ` (${environment(other).gitCommit!.slice(0, 12)})`}.`);
  return out;
}
