import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TiltyardError, unknownName } from './errors.js';
import { type AlgorithmPlugin, PLUGIN_API } from './plugin.js';

const here = fileURLToPath(import.meta.url);
/** `.js` when built, `.ts` under the test runner. */
const extension = extname(here);
const pluginsDir = join(dirname(here), '..', 'plugins');

/** Names of the built-in plugins: folders of `plugins/` with a plugin file. */
export function builtinPlugins(): string[] {
  if (!existsSync(pluginsDir)) return [];
  return readdirSync(pluginsDir).filter((name) => existsSync(join(pluginsDir, name, `plugin${extension}`))).sort();
}

/**
 * Loads a plugin by built-in name, package name, or path.
 * @param baseDir relative paths are resolved from here
 * @throws TiltyardError for an unknown name, a module that does not load, a wrong shape, or another API version
 */
export async function loadPlugin(module: string, baseDir = process.cwd()): Promise<AlgorithmPlugin> {
  const path = locate(module, baseDir);
  let loaded: unknown;
  try {
    loaded = ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
  } catch (error) {
    throw new TiltyardError('plugin-load', `plugin ${module}: cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  return checked(module, loaded);
}

/** The file a plugin's module name stands for; an absolute path that any process can import. */
export function locate(module: string, baseDir: string): string {
  if (builtinPlugins().includes(module)) return join(pluginsDir, module, `plugin${extension}`);
  if (module.startsWith('.') || isAbsolute(module)) {
    const path = resolve(baseDir, module);
    if (!existsSync(path)) throw new TiltyardError('missing-file', `plugin ${module}: no file ${path}; check the path`);
    return path;
  }
  for (const name of [module, `tiltyard-plugin-${module}`]) {
    try {
      return createRequire(join(baseDir, 'x.js')).resolve(name);
    } catch {
      // not a package here
    }
  }
  throw unknownName('experiment', 'algorithm', module, builtinPlugins());
}

function checked(module: string, loaded: unknown): AlgorithmPlugin {
  const plugin = (loaded ?? {}) as Partial<AlgorithmPlugin>;
  const refuse = (what: string): TiltyardError => new TiltyardError('plugin-shape', `plugin ${module}: ${what}`);
  if (loaded === undefined || loaded === null) throw refuse('has no default export; export default definePlugin({ ... })');
  if (plugin.api !== PLUGIN_API) throw refuse(`is written for plugin API ${JSON.stringify(plugin.api)}, this tiltyard has API ${PLUGIN_API}; install a matching version`);
  if (typeof plugin.name !== 'string' || plugin.name === '') throw refuse('name should be a non-empty string');
  if (typeof plugin.train !== 'function') throw refuse('train should be an async generator function');
  if (plugin.gives !== 'policy' && plugin.gives !== 'reward') throw refuse(`gives should be 'policy' or 'reward', got ${JSON.stringify(plugin.gives)}`);
  if (!Array.isArray(plugin.needs)) throw refuse('needs should be a list of pairs, prompts, completions, reference, reward');
  if (plugin.params?.type !== 'object' || plugin.params.additionalProperties !== false) throw refuse('params should be a JSON schema of type object with additionalProperties: false');
  if (plugin.paper === undefined || typeof plugin.summary !== 'string') throw refuse('summary and paper { url, equations } are required');
  return plugin as AlgorithmPlugin;
}
