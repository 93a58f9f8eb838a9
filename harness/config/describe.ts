import { spawnSync } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize } from 'node:v8';
import { confinementFlags } from '../confinement/flags.js';
import { TiltyardError } from '../errors.js';
import { builtins, loadPlugin, locate } from '../extensions.js';
import { digestsFrom } from './code.js';
import type { DescribedPlugin, Description } from './described-plugin.js';

const here = fileURLToPath(import.meta.url);
const DESCRIBING = here.replace(/describe(\.\w+)$/, 'describing$1');
/** Milliseconds in which a plugin has to load. */
const PATIENCE = 120_000;

/**
 * A plugin as planning needs it. One that is not built in is loaded by a process of its own, confined as its
 * runs are, which tells what the plugin says of itself: the process that plans, launches and reports runs no
 * line of it.
 * @throws TiltyardError as `loadPlugin` does
 */
export async function describePlugin(name: string, baseDir: string): Promise<DescribedPlugin> {
  // Sources, which only the test runner loads, no other process could load.
  if (builtins('algorithm').includes(name) || extname(here) === '.ts') {
    return loadPlugin(name, baseDir);
  }
  const path = locate('algorithm', name, baseDir);
  const { plugin, takesDraws } = ask(name, path);
  const drawn = new Map<string, number>();
  const draws = (params: Readonly<Record<string, unknown>>): number => {
    const key = JSON.stringify(params);
    const known = drawn.get(key) ?? ask(name, path, params).draws!;
    drawn.set(key, known);
    return known;
  };
  return { ...plugin, ...(takesDraws ? { draws } : {}) };
}

function ask(name: string, path: string, params?: object): Description {
  const flags = confinementFlags({ code: Object.keys(digestsFrom(path)), read: [], write: [] });
  const asked = JSON.stringify({ path, params });
  const { output, signal, stderr } = spawnSync(process.execPath, [...flags, DESCRIBING, asked], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    timeout: PATIENCE,
    maxBuffer: 2 ** 26,
  });
  const said = output?.[3] as Buffer | null | undefined;
  if (said == null || said.length === 0) {
    const how = signal === null ? 'its process ended' : 'it did not end';
    const last =
      String(stderr ?? '')
        .trim()
        .split('\n')
        .at(-1) ?? '';
    const message = `cannot be loaded: ${how} before it said what it is${last === '' ? '' : `: ${last}`}`;
    throw new TiltyardError('plugin-load', `plugin ${name}: ${message}`);
  }
  const told = deserialize(said) as Description | { readonly code: string; readonly message: string };
  if (!('code' in told)) return told;
  throw new TiltyardError(told.code, told.message.replace(`plugin ${path}:`, `plugin ${name}:`));
}
