import type { StoredExperiment } from '../../harness/store/read.js';
import type { SetupChange } from './model.js';

/** Where two folders' settings, parameters in effect, versions and machines differ, by path. */
export function setupChanges(a: StoredExperiment, b: StoredExperiment): SetupChange[] {
  const labels = new Set(a.runs.map(({ spec }) => spec.label));
  const both = new Set(b.runs.flatMap(({ spec }) => (labels.has(spec.label) ? [spec.label] : [])));
  const [x, y] = [settings(a, both), settings(b, both)];
  return [...new Set([...x.keys(), ...y.keys()])].flatMap((path) => {
    const [left, right] = [x.get(path) ?? null, y.get(path) ?? null];
    return left === right ? [] : [{ path, a: left, b: right }];
  });
}

/** @param labels whose parameters are listed: what only one side ran, its sweep tells already */
function settings({ experiment, runs }: StoredExperiment, labels: ReadonlySet<string>): Map<string, string> {
  const { stages, ...rest } = experiment;
  const out = new Map<string, string>();
  flatten(rest, '', out);
  // Parameters are read from the runs: there a plugin's own defaults are filled, which another version may have changed.
  for (const [stage, { params: _, ...settings }] of Object.entries(stages)) flatten(settings, `stages.${stage}`, out);
  for (const { spec } of runs) if (spec.algorithm !== null && labels.has(spec.label)) flatten(spec.algorithm.params, `${spec.label}.params`, out);
  const done = runs.flatMap(({ outcome }) => (outcome === null ? [] : [outcome]));
  const seen = (path: string, values: readonly string[]): void => {
    if (values.length > 0) out.set(path, [...new Set(values)].sort().join(', '));
  };
  seen('engine in use', done.filter((o) => o.engine.name !== 'none').map((o) => `${o.engine.name} on ${o.engine.device}`));
  const environments = done.map((o) => o.clock.environment);
  seen('machine.cpu', environments.map((e) => e.cpuModel));
  seen('machine.cores', environments.map((e) => String(e.cores)));
  seen('machine.platform', environments.map((e) => e.platform));
  seen('versions.node', environments.map((e) => e.nodeVersion));
  seen('versions.tiltyard', environments.map((e) => e.tiltyardVersion));
  seen('versions.commit', environments.map((e) => e.gitCommit ?? 'not a checkout'));
  for (const name of new Set(environments.flatMap((e) => Object.keys(e.versions)))) seen(`versions.${name}`, environments.flatMap((e) => e.versions[name] ?? []));
  return out;
}

/** Objects by key, everything else (lists too) as one JSON value. */
function flatten(value: unknown, path: string, out: Map<string, string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    out.set(path, JSON.stringify(value) ?? 'undefined');
    return;
  }
  for (const [key, inner] of Object.entries(value)) flatten(inner, path === '' ? key : `${path}.${key}`, out);
}
