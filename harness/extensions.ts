import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Analysis } from './contracts/analysis.js';
import type { Dataset } from './contracts/dataset.js';
import { type AlgorithmPlugin, PLUGIN_API } from './contracts/plugin.js';
import type { Suite } from './contracts/suite.js';
import { TiltyardError, unknownName } from './errors.js';
import { resolveOwnPackage } from './own-package.js';
import { requirePlainFile } from './plain-file.js';

/** What others can bring, by what an experiment file calls it. */
interface Extensions {
  readonly algorithm: AlgorithmPlugin;
  readonly dataset: Dataset;
  readonly analysis: Analysis;
  readonly suite: Suite;
}
export type ExtensionKind = keyof Extensions;

interface Rule<T> {
  /** For messages and error codes. */
  readonly noun: string;
  /** A built-in one is the default export of <parent>/<name>/<file>, from the package's root. */
  readonly parents: readonly string[];
  /** As `parents`, of what brings other programs along: built in, and yet code of its own. */
  readonly outside?: readonly string[];
  readonly file: string;
  /** What is wrong with a module's default export, and what to do; null where nothing is. */
  readonly wrong: (loaded: Partial<T>) => string | null;
  /** What a module should export, for messages. */
  readonly example: string;
  /** Names of packages that are looked for under `name`. */
  readonly packages: (name: string) => readonly string[];
}

const RULES: { readonly [K in ExtensionKind]: Rule<Extensions[K]> } = {
  algorithm: {
    noun: 'plugin',
    parents: ['plugins'],
    outside: ['plugins/external'],
    file: 'plugin',
    example: 'definePlugin({ ... })',
    wrong: wrongPlugin,
    packages: (name) => [name, `tiltyard-plugin-${name}`],
  },
  dataset: {
    noun: 'dataset',
    parents: ['datasets/worlds', 'datasets/loaders'],
    file: 'dataset',
    example: '{ name, description, params, open }',
    wrong: wrongDataset,
    packages: (name) => [name],
  },
  analysis: {
    noun: 'analysis',
    parents: ['reports/studies'],
    file: 'analysis',
    example: '{ parts: [{ id, run }] }',
    wrong: ({ parts }) =>
      Array.isArray(parts)
        ? null
        : 'its default export should be { parts: [{ id, run }] }; see Analysis in tiltyard',
    packages: (name) => [name],
  },
  suite: {
    noun: 'suite',
    parents: ['reports'],
    file: 'suite',
    example: '{ profiles, members, decide }',
    wrong: ({ profiles, members, decide }) =>
      Array.isArray(profiles) &&
      profiles.length > 0 &&
      typeof members === 'function' &&
      typeof decide === 'function'
        ? null
        : 'its default export should be { profiles, members, decide }; see Suite in tiltyard',
    packages: (name) => [name],
  },
};

const here = fileURLToPath(import.meta.url);
/** `.js` when built, `.ts` under the test runner. */
const extension = extname(here);
const root = join(dirname(here), '..');

/** Name -> file of what is built in, in the order of their names within each folder. */
const builtinFiles = (kind: ExtensionKind): Map<string, string> => filesIn(kind, RULES[kind].parents);

/** The same of those that other programs train, adapters. */
const adapterFiles = (kind: ExtensionKind): Map<string, string> => filesIn(kind, RULES[kind].outside ?? []);

function filesIn(kind: ExtensionKind, parents: readonly string[]): Map<string, string> {
  const { file } = RULES[kind];
  const found = parents.flatMap((parent) => {
    const folder = join(root, parent);
    const names = existsSync(folder) ? readdirSync(folder).sort() : [];
    return names.map((name) => [name, join(folder, name, `${file}${extension}`)] as const);
  });
  return new Map(found.filter(([, path]) => existsSync(path)));
}

/** Names of the built-in plugins, datasets, analyses or suites. */
export const builtins = (kind: ExtensionKind): string[] => [...builtinFiles(kind).keys()];

/**
 * Names of adapters that come with the package: plugins that other programs train. They are run and hashed as
 * what people bring, and are no stranger's code.
 */
export const adapters = (): string[] => [...adapterFiles('algorithm').keys()];

/**
 * The file that a name stands for; an absolute path that any process can import.
 * @param baseDir relative paths and packages are resolved from here
 * @throws TiltyardError saying what was looked for
 */
export function locate(kind: ExtensionKind, name: string, baseDir: string): string {
  const builtin = builtinFiles(kind).get(name) ?? adapterFiles(kind).get(name);
  if (builtin !== undefined) return builtin;
  const { noun, packages } = RULES[kind];
  if (name.startsWith('.') || isAbsolute(name)) {
    const path = resolve(baseDir, name);
    if (!existsSync(path))
      throw new TiltyardError('missing-file', `${noun} ${name}: no file ${path}; check the path`);
    requirePlainFile(path);
    return path;
  }
  for (const candidate of packages(name)) {
    try {
      return createRequire(join(baseDir, 'x.js')).resolve(candidate);
    } catch {
      // not a package here
    }
  }
  if (existsSync(resolve(baseDir, name))) {
    const advice = `a file is named by a path: ./${name}`;
    throw new TiltyardError(
      'missing-file',
      `${noun} ${name}: is no built-in ${noun} and no package; ${advice}`,
    );
  }
  throw unknownName('experiment', kind, name, [...builtins(kind), ...adapterFiles(kind).keys()]);
}

/**
 * A built-in one keeps its name, so that a folder can be resumed elsewhere; another becomes an absolute path.
 */
export function lasting(kind: ExtensionKind, name: string, baseDir: string): string {
  const comesWithIt = builtinFiles(kind).has(name) || adapterFiles(kind).has(name);
  return comesWithIt ? name : locate(kind, name, baseDir);
}

/**
 * Built-in name, package or path -> import -> check of the shape.
 * @param baseDir relative paths and packages are resolved from here
 * @throws TiltyardError for an unknown name, a module that does not load, or a wrong shape
 */
export async function loadExtension<K extends ExtensionKind>(
  kind: K,
  name: string,
  baseDir = process.cwd(),
): Promise<Extensions[K]> {
  const { noun, wrong, example } = RULES[kind];
  const path = locate(kind, name, baseDir);
  if (!builtinFiles(kind).has(name)) resolveOwnPackage();
  let loaded: unknown;
  try {
    loaded = (await withoutExit(() => import(pathToFileURL(path).href) as Promise<{ default?: unknown }>))
      .default;
  } catch (error) {
    const thrown = error instanceof Error ? error.message : String(error);
    const message = extname(path) === '.ts' ? `${thrown}; compile it and name the .js file` : thrown;
    throw new TiltyardError(`${noun}-load`, `${noun} ${name}: cannot be loaded: ${message}`, {
      cause: error,
    });
  }
  const problem =
    typeof loaded === 'object' && loaded !== null
      ? wrong(loaded as Partial<Extensions[K]>)
      : `has no default export; export default ${example}`;
  if (problem !== null) throw new TiltyardError(`${noun}-shape`, `${noun} ${name}: ${problem}`);
  return loaded as Extensions[K];
}

let loading = 0;
let leave = process.exit;

/** Code that ends the process as it loads would look like a run that went well. */
async function withoutExit<T>(load: () => Promise<T>): Promise<T> {
  if (loading++ === 0) leave = process.exit;
  process.exit = (code) => {
    throw new Error(`it called process.exit(${code ?? ''}) as it was loaded`);
  };
  try {
    return await load();
  } finally {
    if (--loading === 0) process.exit = leave;
  }
}

/** `loadExtension` for an algorithm. */
export const loadPlugin = (name: string, baseDir?: string): Promise<AlgorithmPlugin> =>
  loadExtension('algorithm', name, baseDir);

const CLOSED_PARAMS = 'params should be a JSON schema of type object with additionalProperties: false';

function wrongDataset({ name, open, params }: Partial<Dataset>): string | null {
  if (typeof name !== 'string' || typeof open !== 'function' || params?.type !== 'object') {
    return 'its default export should be { name, description, params, open }; see Dataset in tiltyard';
  }
  // An open schema would take a mistyped parameter for one that is not there.
  return params.additionalProperties === false ? null : CLOSED_PARAMS;
}

/** What a plugin written for API 1 has to change. */
const FROM_API_1 =
  'move golden, twoArms, invariants and atStart under checks: { ... }, ' +
  'name golden losses with name instead of lossType, declare the feeds of ctx.trainer, and set api: 2';

function wrongPlugin(plugin: Partial<AlgorithmPlugin>): string | null {
  const { api, name, train, gives, needs, params, paper, summary } = plugin;
  if (api === undefined) {
    return `is no plugin: it declares no api; export default definePlugin({ api: ${PLUGIN_API}, ... })`;
  }
  if (api !== PLUGIN_API) {
    const versions = `is written for plugin API ${JSON.stringify(api)}, this tiltyard has API ${PLUGIN_API}`;
    return `${versions}; ${(api as unknown) === 1 ? FROM_API_1 : 'install a matching version'}`;
  }
  const misplaced = ['golden', 'twoArms', 'invariants', 'atStart'].filter((member) => member in plugin);
  if (misplaced.length > 0) return `${misplaced.join(', ')} should stand under checks: { ... }`;
  if (typeof name !== 'string' || name === '') return 'name should be a non-empty string';
  if (typeof train !== 'function') return 'train should be an async generator function';
  if (gives !== 'policy' && gives !== 'reward') {
    return `gives should be 'policy' or 'reward', got ${JSON.stringify(gives)}`;
  }
  if (!Array.isArray(needs))
    return 'needs should be a list of pairs, unpaired, prompts, completions, reference, reward';
  if (params?.type !== 'object' || params.additionalProperties !== false) return CLOSED_PARAMS;
  const external = wrongExternal(plugin);
  if (external !== null) return external;
  return paper === undefined || typeof summary !== 'string'
    ? 'summary and paper { url, equations } are required'
    : null;
}

/** What a trainer outside can learn from; it is given one of them. */
const DATA: readonly string[] = ['pairs', 'unpaired', 'prompts', 'completions'];

function wrongExternal({ external, needs = [], ...plugin }: Partial<AlgorithmPlugin>): string | null {
  if (external === undefined) return null;
  const { files, resumes, command } = external;
  if (typeof command !== 'function') return 'external.command should be a function of a job';
  const hasFiles = Array.isArray(files) && files.every((file) => isAbsolute(String(file)));
  if (!hasFiles)
    return 'external.files should be a list of absolute paths, as of fileURLToPath(new URL(...))';
  if (typeof resumes !== 'boolean') return 'external.resumes should be true or false';
  if (plugin.sample !== undefined)
    return 'sample is for plugins that draw here, and a command trains this one';
  return needs.filter((need) => DATA.includes(need)).length === 1
    ? null
    : `a trainer outside is given one kind of data: needs should hold one of ${DATA.join(', ')}`;
}
