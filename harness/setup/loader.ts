import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { neededBy, textsIn } from './binary.js';

/** A library that a provider needs and the loader does not find. */
export interface MissingLibrary {
  readonly name: string;
  /** A folder that has it, where the loader does not look; null where none was found. */
  readonly elsewhere: string | null;
}

export interface Looked {
  readonly missing: readonly MissingLibrary[];
  /** Folders in which the loader looks, and those in which CUDA is often found besides. */
  readonly searched: readonly string[];
}

/** Where the loader looks without being told, on Debian's and on Red Hat's layouts. */
const USUAL = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
];

/**
 * The libraries of CUDA and cuDNN that a provider needs and that are not here.
 * @param provider path of libonnxruntime_providers_cuda.so
 */
export function lookFor(provider: string): Looked {
  const given = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const cached = cachedLibraries();
  const looked = [...given, ...USUAL];
  const besides = toolkits();
  const missing = wantedBy(provider)
    .filter((name) => !cached.has(name) && !looked.some((folder) => existsSync(join(folder, name))))
    .map((name) => ({ name, elsewhere: besides.find((folder) => existsSync(join(folder, name))) ?? null }));
  return { missing, searched: [...given, ...(cached.size > 0 ? ['ldconfig -p'] : []), ...USUAL, ...besides] };
}

/** cuDNN is opened by name when it is first needed: it may not be among what the loader is asked for. */
function wantedBy(provider: string): string[] {
  const needed = neededBy(provider) ?? [];
  const opens = textsIn(provider, /(libcudnn)\.so/g).length > 0;
  return opens && !needed.some((name) => name.startsWith('libcudnn')) ? [...needed, 'libcudnn.so.9'] : needed;
}

/** Names that the loader's cache has. */
function cachedLibraries(): ReadonlySet<string> {
  for (const program of ['ldconfig', '/sbin/ldconfig']) {
    try {
      const lines = execFileSync(program, ['-p'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
      return new Set([...lines.matchAll(/^\s+(\S+) \(/gm)].map((match) => match[1]!));
    } catch {
      // the next one
    }
  }
  return new Set();
}

/** Folders of toolkits, and of NVIDIA's packages in a Python environment. */
function toolkits(): string[] {
  const found = ['/usr/local', '/opt'].flatMap((parent) =>
    names(parent)
      .filter((name) => name.startsWith('cuda'))
      .flatMap((name) => ['lib64', 'targets/x86_64-linux/lib'].map((lib) => join(parent, name, lib))),
  );
  const roots = [process.env['VIRTUAL_ENV'], process.env['CONDA_PREFIX'], pythonRoot()];
  for (const root of new Set(roots)) {
    if (root === undefined || root === '') continue;
    found.push(join(root, 'lib'));
    for (const python of names(join(root, 'lib')).filter((name) => name.startsWith('python'))) {
      const packages = ['site-packages', 'dist-packages'].map((kind) =>
        join(root, 'lib', python, kind, 'nvidia'),
      );
      for (const at of packages) found.push(...names(at).map((name) => join(at, name, 'lib')));
    }
  }
  return found.filter((folder) => existsSync(folder));
}

/** The folder of the Python on the path, if there is one. */
function pythonRoot(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  const bin = folders.find((folder) => existsSync(join(folder, 'python3')));
  return bin === undefined ? undefined : dirname(bin);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
