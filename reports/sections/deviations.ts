import { hashOf } from '../../harness/config/identity.js';
import type { OutcomeRow } from '../../harness/store/records.js';
import type { Gathered } from './gather.js';

/** One sentence per way in which the runs depart from what was planned, and hashed, before the first of them. */
export function deviations({ stored, groups, families, done }: Gathered): string[] {
  const out: string[] = [];
  if (hashOf(stored.experiment) !== stored.hash) out.push('experiment.json is not what was planned: its hash differs from the one taken before the first run.');
  for (const override of stored.source.overrides) out.push(`The command line changed the file: ${override}.`);
  for (const { name, runs, loaded } of groups) {
    const have = new Set(loaded.map(({ seed }) => seed));
    const lost = [...new Set(runs.map((run) => run.spec.seed))].filter((seed) => !have.has(seed));
    if (lost.length > 0) out.push(`${name}: ${lost.length === 1 ? 'seed' : 'seeds'} ${lost.join(', ')} planned, and no finished run.`);
  }
  const outcomes = counted(stored.runs.flatMap(({ outcome }) => (outcome === null || outcome.outcome === 'completed' ? [] : [outcome.outcome])));
  for (const [outcome, n] of outcomes) out.push(`${n} ${n === 1 ? 'run' : 'runs'} ended ${outcome}${outcome === 'timed-out' || outcome === 'budget-spent' ? '; counted as far as they came' : ''}.`);
  for (const [what, of] of ENVIRONMENT) {
    const seen = counted(done.map((run) => of(run.outcome!)));
    if (seen.length > 1) out.push(`Runs differ in ${what}: ${seen.map(([value, n]) => `${value} (${n})`).join(', ')}.`);
  }
  const sizes = families.map((f) => f.groups.length);
  if (new Set(sizes).size > 1) out.push(`Tuning was not equal: ${families.map((f) => `${f.name} ${f.groups.length}`).join(', ')} configurations.`);
  return out;
}

const ENVIRONMENT: readonly (readonly [string, (outcome: OutcomeRow) => string])[] = [
  ['tiltyard version', ({ clock }) => clock.environment.tiltyardVersion],
  ['commit', ({ clock }) => clock.environment.gitCommit ?? 'none'],
  ['Node version', ({ clock }) => clock.environment.nodeVersion],
  ['processor', ({ clock }) => clock.environment.cpuModel],
  ['engine and device', ({ engine }) => `${engine.name}/${engine.device}`],
];

function counted(values: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
