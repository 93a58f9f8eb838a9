import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { TiltyardError } from '../errors.js';
import { adapters, builtins, type ExtensionKind, locate } from '../extensions.js';
import type { RunSpec } from '../store/spec.js';
import { quotedWord } from './progress/as-typed.js';

/** A module as a results folder names it. */
interface Named {
  readonly kind: ExtensionKind;
  readonly module: string;
  /** Relative names are resolved from here; absent: the name is lasting. */
  readonly baseDir?: string;
}

/**
 * A results folder is data: no code that it names is run unless it is built in, or named again by whoever
 * calls.
 * @param trusted names and paths of modules, from the working directory
 * @throws TiltyardError naming the module, and how to name it
 */
export function requireTrusted(dir: string, named: readonly Named[], trusted: readonly string[] = []): void {
  const foreign = foreignModules(named).find(
    ({ path, kind }) => !trusted.some((name) => pathOf({ kind, module: name }) === path),
  );
  if (foreign === undefined) return;
  const { path, kind } = foreign;
  const what = `${dir}: names the ${kind} ${path}, which is not built in; a results folder is data`;
  throw new TiltyardError('not-trusted', `${what}: to run that code, name it: --trust ${path}`);
}

/**
 * The call that goes on with a folder, with the code that it needs named.
 * @param servers of its judges
 */
export function resumeCall(dir: string, named: readonly Named[], servers: readonly string[] = []): string {
  const paths = new Set([...foreignModules(named).map(({ path }) => path), ...servers]);
  const trusted = [...paths].map((path) => `--trust ${quotedWord(path)}`);
  return ['tiltyard resume', quotedWord(dir), ...trusted].join(' ');
}

/** Modules that runs load. */
export const modulesOf = (specs: readonly RunSpec[]): Named[] =>
  specs.flatMap(({ algorithm, dataset }) => [
    ...(algorithm === null ? [] : [{ kind: 'algorithm' as const, module: algorithm.module }]),
    { kind: 'dataset' as const, module: dataset.module, baseDir: dataset.baseDir },
  ]);

function foreignModules(named: readonly Named[]): { readonly kind: ExtensionKind; readonly path: string }[] {
  const known = new Map<ExtensionKind, readonly string[]>();
  const seen = new Map<string, { kind: ExtensionKind; path: string }>();
  for (const each of named) {
    const { kind, module, baseDir } = each;
    if (!known.has(kind)) known.set(kind, [...builtins(kind), ...(kind === 'algorithm' ? adapters() : [])]);
    const key = JSON.stringify([kind, module, baseDir]);
    if (known.get(kind)!.includes(module) || seen.has(key)) continue;
    seen.set(key, { kind, path: pathOf(each) });
  }
  return [...seen.values()];
}

/** The file of a module, links followed; the name where there is none, which loading refuses. */
function pathOf({ kind, module, baseDir = process.cwd() }: Named): string {
  try {
    // Whoever writes `mine.js` on the command line means the file.
    const path =
      !isAbsolute(module) && existsSync(module) ? realpathSync(module) : locate(kind, module, baseDir);
    return realpathSync(path);
  } catch {
    return module;
  }
}
