import { createHash } from 'node:crypto';
import type { RunSpec } from '../store/records.js';

/** Bump when the meaning of a run changes without its spec changing. */
const IDENTITY_VERSION = 1;

/** JSON with sorted keys: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

export const hashOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');

/**
 * A run's id: label, seed, and a hash of everything that decides its result, the ids of its inputs included,
 * so that a changed base changes every run that builds on it. The time budget and checkpoints do not decide
 * results.
 */
export function runId(spec: Omit<RunSpec, 'id'>): string {
  const { budget, checkpointEvery: _, label, ...deciding } = spec;
  const hash = hashOf({ version: IDENTITY_VERSION, ...deciding, maxSteps: budget.maxSteps }).slice(0, 8);
  return `${label.replaceAll(/[^A-Za-z0-9._=-]+/g, '_')}-s${spec.seed}-${hash}`;
}
