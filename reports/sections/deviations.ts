import { hashOf } from '../../harness/hash.js';
import type { OutcomeRow } from '../../harness/store/records.js';
import type { Gathered } from './gather.js';

/**
 * One sentence per way in which the runs depart from what was planned, and hashed, before the first of them.
 */
export const deviations = (gathered: Gathered): string[] => [
  ...changedFile(gathered),
  ...lostSeeds(gathered),
  ...outcomes(gathered),
  ...ownWord(gathered),
  ...trainedOutside(gathered),
  ...otherMachines(gathered),
  ...unequalTuning(gathered),
];

function changedFile({ stored }: Gathered): string[] {
  const { experiment, hash, source, accepted = [], tampered = [] } = stored;
  const changed =
    'experiment.json is not what was planned: its hash differs from the one taken before the first run.';
  return [
    ...(hashOf(experiment) === hash ? [] : [changed]),
    ...accepted.map(({ file, what }) => `${file} ${what} after the runs were planned, and was accepted.`),
    ...tampered.map(({ file, what }) => `${file} ${what} when its run had ended: somebody tampered with it.`),
    ...source.overrides.map((override) => `The command line changed the file: ${override}.`),
  ];
}

function lostSeeds({ groups }: Gathered): string[] {
  return groups.flatMap(({ name, runs, loaded }) => {
    const finished = new Set(loaded.map(({ seed }) => seed));
    const lost = [...new Set(runs.map((run) => run.spec.seed))].filter((seed) => !finished.has(seed));
    const seeds = `${lost.length === 1 ? 'seed' : 'seeds'} ${lost.join(', ')}`;
    return lost.length === 0 ? [] : [`${name}: ${seeds} planned, and no finished run.`];
  });
}

function outcomes({ stored }: Gathered): string[] {
  const ended = stored.runs.filter(({ outcome }) => outcome !== null && outcome.outcome !== 'completed');
  const ends = ended.map((run) => {
    const { outcome, cause } = run.outcome!;
    if (outcome === 'timed-out' && cause !== null) return 'timed-out inside a step';
    return outcome;
  });
  return counted(ends).map(([end, n]) => {
    const stillCounts = end === 'timed-out' || end === 'budget-spent' ? '; counted as far as they came' : '';
    return `${n} ${n === 1 ? 'run' : 'runs'} ended ${end}${stillCounts}.`;
  });
}

/** What of runs whose plugin is not built in could not be held to their models. */
function ownWord({ stored: { runs } }: Gathered): string[] {
  const audited = runs.flatMap(({ spec, outcome }) =>
    outcome?.audit === undefined || outcome.audit.verdict === 'held'
      ? []
      : [`${spec.label}: ${outcome.audit.why}`],
  );
  const loose = runs.filter(({ outcome }) => outcome?.confined === false).length;
  const said = counted(audited).map(([what, n]) => `${what} (${n} ${n === 1 ? 'run' : 'runs'}).`);
  if (loose === 0) return said;
  const why = "this Node has no permissions that could keep a plugin's process from what it was not given";
  return [
    ...said,
    `${loose} ${loose === 1 ? 'run' : 'runs'}: ${why}: it is guarded against accidents alone.`,
  ];
}

/** What a trainer outside says of itself, nobody has counted. */
function trainedOutside({ stored: { runs } }: Gathered): string[] {
  const outside = runs.filter(({ outcome }) => outcome?.clock.trainer !== undefined);
  const flops = 'FLOPs by formula from the tokens that it says it read';
  const ways = outside.map(({ spec, outcome }) => {
    const { clock, external } = outcome!;
    const { versions } = clock.trainer!;
    const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const by = named.length === 0 ? '' : ` (${named.join(', ')})`;
    const cost = external?.flops === 'counted' ? 'FLOPs as it counted them' : flops;
    return `${spec.algorithm!.name}: trained outside${by}; its seconds and tokens are its own word, ${cost}`;
  });
  return counted(ways).map(([what, n]) => `${what} (${n} ${n === 1 ? 'run' : 'runs'}).`);
}

function otherMachines({ done }: Gathered): string[] {
  return ENVIRONMENT.flatMap(([what, of]) => {
    const seen = counted(done.map((run) => of(run.outcome!)));
    const values = seen.map(([value, n]) => `${value} (${n})`).join(', ');
    return seen.length > 1 ? [`Runs differ in ${what}: ${values}.`] : [];
  });
}

function unequalTuning({ families }: Gathered): string[] {
  if (new Set(families.map((family) => family.groups.length)).size <= 1) return [];
  const sizes = families.map((family) => `${family.name} ${family.groups.length}`);
  return [`Tuning was not equal: ${sizes.join(', ')} configurations.`];
}

const ENVIRONMENT: readonly (readonly [string, (outcome: OutcomeRow) => string])[] = [
  ['tiltyard version', ({ clock }) => clock.environment.tiltyardVersion],
  ['commit', ({ clock }) => clock.environment.gitCommit ?? 'none'],
  ['Node version', ({ clock }) => clock.environment.nodeVersion],
  ['processor', ({ clock }) => clock.environment.cpuModel],
  ['engine and device', ({ engine }) => `${engine.name}/${engine.device}`],
  ['precision', ({ engine }) => engine.precision ?? 'float32'],
];

/** Each value once with how often it is there, in the order of the alphabet. */
function counted(values: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
