import type { StoredExperiment } from '../../harness/store/read.js';
import type { SetupChange } from './model.js';

/** Where two folders' settings, parameters in effect, versions and machines differ, by path. */
export function setupChanges(a: StoredExperiment, b: StoredExperiment): SetupChange[] {
  const labels = new Set(a.runs.map(({ spec }) => spec.label));
  const both = new Set(b.runs.flatMap(({ spec }) => (labels.has(spec.label) ? [spec.label] : [])));
  const [before, after] = [settings(a, both), settings(b, both)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path) => {
    const [left, right] = [before.get(path) ?? null, after.get(path) ?? null];
    return left === right ? [] : [{ path, a: left, b: right }];
  });
}

/** @param labels whose parameters are listed: what only one side ran, its sweep tells already */
function settings({ experiment, runs }: StoredExperiment, labels: ReadonlySet<string>): Map<string, string> {
  const { stages, ...rest } = experiment;
  const out = new Map<string, string>();
  flatten(rest, '', out);
  // Parameters are read from the runs: there a plugin's own defaults are filled, which another version may
  // have changed.
  for (const [stage, { params: _, ...others }] of Object.entries(stages)) {
    flatten(others, `stages.${stage}`, out);
  }
  for (const { spec } of runs) {
    if (spec.algorithm === null || !labels.has(spec.label)) continue;
    flatten(spec.algorithm.params, `${spec.label}.params`, out);
  }
  for (const [path, values] of seenIn(runs)) {
    if (values.length > 0) out.set(path, [...new Set(values)].sort().join(', '));
  }
  return out;
}

/** What the runs say of the engine, the machine and the versions that they ran with. */
function seenIn(runs: StoredExperiment['runs']): [path: string, values: string[]][] {
  const outcomes = runs.flatMap(({ outcome }) => (outcome === null ? [] : [outcome]));
  const engines = outcomes.map(({ engine }) => engine).filter(({ name }) => name !== 'none');
  const environments = outcomes.map(({ clock }) => clock.environment);
  const packages = new Set(environments.flatMap(({ versions }) => Object.keys(versions)));
  return [
    [
      'engine in use',
      engines.map(({ name, device, precision }) => `${name} on ${device}${inPrecision(precision)}`),
    ],
    [
      'machine.card',
      outcomes.flatMap(({ clock: { card } }) =>
        card === undefined ? [] : `${card.model}, driver ${card.driver}`,
      ),
    ],
    ['machine.cpu', environments.map(({ cpuModel }) => cpuModel)],
    ['machine.cores', environments.map(({ cores }) => String(cores))],
    ['machine.platform', environments.map(({ platform }) => platform)],
    ['versions.node', environments.map(({ nodeVersion }) => nodeVersion)],
    ['versions.tiltyard', environments.map(({ tiltyardVersion }) => tiltyardVersion)],
    ['versions.commit', environments.map(({ gitCommit }) => gitCommit ?? 'not a checkout')],
    ...[...packages].map((name): [string, string[]] => [
      `versions.${name}`,
      environments.flatMap(({ versions }) => versions[name] ?? []),
    ]),
  ];
}

const inPrecision = (precision = 'float32'): string =>
  precision === 'float32' ? '' : `, ${precision} products`;

/** Objects by key, everything else (lists too) as one JSON value. */
function flatten(value: unknown, path: string, out: Map<string, string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    out.set(path, JSON.stringify(value) ?? 'undefined');
    return;
  }
  for (const [key, inner] of Object.entries(value)) flatten(inner, path === '' ? key : `${path}.${key}`, out);
}
