import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Engine } from '../engine/engine.js';
import { TiltyardError } from '../errors.js';
import type { Check } from './checks.js';
import { verifyModel } from './model.js';
import { verifyRollouts } from './rollouts.js';
import { verifyTraining } from './training.js';

export interface VerifiedCheck extends Check {
  /** Folder or file of the golden values, relative to what was asked for. */
  readonly where: string;
}

/**
 * Checks a golden folder: a model folder with expected.json, or a folder of those with trl-*.json (losses on
 * pairs) and rollouts-*.json (losses on completions and rewards).
 * @param report called with each check as it comes
 * @throws TiltyardError where there is nothing to check
 */
export async function verify(
  dir: string,
  engine: Engine,
  report: (check: VerifiedCheck) => void,
): Promise<VerifiedCheck[]> {
  const root = resolve(dir);
  if (!existsSync(root)) {
    const advice = 'give a golden folder (expected.json, or model folders, trl-*.json and rollouts-*.json)';
    throw new TiltyardError('no-folder', `${dir}: no such folder; ${advice}`);
  }
  const out: VerifiedCheck[] = [];
  const add = (where: string, checks: readonly Check[]): void => {
    for (const check of checks) {
      out.push({ where, ...check });
      report(out.at(-1)!);
    }
  };
  const isGolden = (name: string): boolean => existsSync(join(root, name, 'expected.json'));
  const names = readdirSync(root).sort();
  for (const name of isGolden('.') ? ['.'] : names.filter(isGolden)) {
    add(name, await verifyModel(join(root, name), engine));
  }
  for (const file of names.filter((name) => /^trl-.*\.json$/.test(name))) {
    add(file, await verifyTraining(join(root, file), engine));
  }
  for (const file of names.filter((name) => /^rollouts-.*\.json$/.test(name))) {
    add(file, await verifyRollouts(join(root, file), engine));
  }
  if (out.length === 0) {
    const missing = 'has neither expected.json, nor folders with one, nor trl-*.json or rollouts-*.json';
    throw new TiltyardError('nothing-golden', `${dir}: ${missing}; there is nothing to verify`);
  }
  return out;
}
