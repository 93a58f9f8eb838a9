import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { packageRoot } from '../environment.js';
import { nearest, TiltyardError } from '../errors.js';
import { readJson } from '../store/atomic.js';
import { parseYaml } from './yaml.js';

const builtinDir = (): string => join(packageRoot(), 'datasets', 'experiments');

/** The experiment files that come with tiltyard, by name. */
export function builtinExperiments(): { name: string; description: string; path: string }[] {
  if (!existsSync(builtinDir())) return [];
  const files = readdirSync(builtinDir()).filter((file) => file.endsWith('.yaml'));
  return files.sort().map((file) => {
    const path = join(builtinDir(), file);
    const raw = parseYaml(readFileSync(path, 'utf8'), path) as { description?: string };
    return { name: file.slice(0, -'.yaml'.length), description: raw.description ?? '', path };
  });
}

/** The built-in experiment that runs where none is named: package.json says which. */
export const defaultExperiment = (): string =>
  readJson<{ tiltyard: { defaultExperiment: string } }>(join(packageRoot(), 'package.json')).tiltyard
    .defaultExperiment;

/**
 * The file of a built-in name or a path; `source` names it in messages.
 * @throws TiltyardError where there is neither
 */
export function locateExperiment(nameOrPath: string): { path: string; source: string } {
  const builtin = join(builtinDir(), `${nameOrPath}.yaml`);
  const isName = extname(nameOrPath) === '' && !nameOrPath.includes('/');
  const path = isName && existsSync(builtin) ? builtin : resolve(nameOrPath);
  if (existsSync(path)) return { path, source: path === builtin ? `experiment ${nameOrPath}` : path };
  const names = builtinExperiments().map((e) => e.name);
  const guess = nearest(nameOrPath, names);
  const hint = guess === undefined ? '' : `; did you mean '${guess}'?`;
  const known = `(built in: ${names.join(', ')})`;
  throw new TiltyardError(
    'missing-file',
    `experiment: no file ${path} and no built-in experiment '${nameOrPath}'${hint} ${known}`,
  );
}
