import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TiltyardError } from '../errors.js';
import { readJson } from '../store/atomic.js';
import { type Digests, difference, filesOf, within } from '../store/given.js';
import { storePaths } from '../store/layout.js';
import type { PlanRow } from '../store/spec.js';
import { givenModels } from './given-models.js';
import { modulesOf, resumeCall } from './trust.js';
import { isUnbegun } from './unbegun.js';

/** Where results go if nobody says: runs/<name>-<time>. */
export function defaultFolder(name: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return join('runs', `${name}-${stamp}`);
}

/**
 * Holds an output folder to be missing, empty, or what a kill left before anything was computed in it.
 * @param wanted plan of the experiment that is to go into it; null where that is not one experiment
 * @throws TiltyardError for a folder that holds something else, or cannot be written
 */
export function checkFolder(path: string, wanted: PlanRow | null): void {
  const dir = resolve(path);
  if (!existsSync(dir)) return;
  let names: string[];
  try {
    names = readdirSync(dir);
    accessSync(dir, constants.W_OK);
  } catch (error) {
    throw refusal(path, 'cannot be written; choose another folder', error);
  }
  if (names.length === 0 || isUnbegun(dir)) return;
  const { plan } = storePaths(dir);
  const known = existsSync(plan) ? readJson<PlanRow>(plan) : null;
  if (known === null || known.hash !== wanted?.hash)
    throw refusal(path, 'is not empty; choose another folder');
  const changed = difference(inputsOf(known), inputsOf(wanted));
  if (changed === null)
    throw refusal(
      path,
      `holds this very experiment; continue it with: ${resumeCall(path, modulesOf(known.runs))}`,
    );
  const what = `holds this experiment, and since it was planned ${changed.file} ${changed.what}`;
  throw refusal(path, `${what}; choose another folder`);
}

/** The user's files that the runs of a plan read. */
function inputsOf({ runs }: PlanRow): Digests {
  const given = runs[0]?.dataset.given;
  const models = [...givenModels(runs).values()].map(({ path, files = {} }) => within(path, files));
  return {
    ...(Object.assign({}, ...models) as Digests),
    ...(given === undefined ? {} : filesOf(given)),
  };
}

/** @returns its absolute path @throws TiltyardError where it cannot be made */
export function makeFolder(path: string): string {
  const dir = resolve(path);
  try {
    mkdirSync(dir, { recursive: true });
    return dir;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw refusal(path, `cannot be made in ${dirname(dir)} (${code}); choose another folder`, error);
  }
}

const refusal = (path: string, what: string, cause?: unknown): TiltyardError =>
  new TiltyardError('out-folder', `--out ${path}: ${what}`, { cause });
