import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from '../confinement/ask.js';
import { TiltyardError } from '../errors.js';
import { builtins, loadPlugin, locate } from '../extensions.js';
import { digestsFrom } from './code.js';
import type { DescribedPlugin, Description } from './described-plugin.js';

const here = fileURLToPath(import.meta.url);
const DESCRIBING = here.replace(/describe(\.\w+)$/, 'describing$1');

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
  const { plugin, takesDraws } = asked(name, path);
  const drawn = new Map<string, number>();
  const draws = (params: Readonly<Record<string, unknown>>): number => {
    const key = JSON.stringify(params);
    const known = drawn.get(key) ?? asked(name, path, params).draws!;
    drawn.set(key, known);
    return known;
  };
  return { ...plugin, ...(takesDraws ? { draws } : {}) };
}

function asked(name: string, path: string, params?: object): Description {
  const reach = { code: Object.keys(digestsFrom(path)), read: [], write: [] };
  const said = ask<Description | { readonly code: string; readonly message: string }>(
    DESCRIBING,
    { path, params },
    reach,
  );
  if ('silence' in said) {
    const [how, ...last] = said.silence.split(': ');
    const message = [`cannot be loaded: ${how} before it said what it is`, ...last].join(': ');
    throw new TiltyardError('plugin-load', `plugin ${name}: ${message}`);
  }
  if (!('code' in said.answer)) return said.answer;
  const { code, message } = said.answer;
  throw new TiltyardError(code, message.replace(`plugin ${path}:`, `plugin ${name}:`));
}
