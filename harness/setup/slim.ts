import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { TiltyardError } from '../errors.js';

/** What is installed, and where. */
export interface Installed {
  /** The folder of a package; null where it is not installed. */
  readonly folderOf: (name: string) => string | null;
  /** As `process.platform` and `process.arch` have them. */
  readonly platform: string;
  readonly arch: string;
  /** Whether there is an NVIDIA card, or something that may be one. */
  readonly hasCard: boolean;
}

/** Files of a package that nothing here can load. */
export interface Unused {
  readonly package: string;
  readonly what: string;
  /** From the package's folder, with slashes. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Of a package, files that are of no use; `path` is from its folder, with slashes. */
interface Rule {
  readonly packages: readonly string[];
  readonly what: string;
  /** @param has whether the package holds a file or a folder */
  unused(path: string, machine: Installed, has: (path: string) => boolean): boolean;
}

const LIBRARIES = /^(bin\/napi-v\d+)\/([^/]+)\/([^/]+)\//;

/**
 * Node takes the file that `main` names, `<name>.node.js`, and no source map unless it is asked for traces.
 */
const TENSORFLOW = ['', '-core', '-layers', '-converter', '-data', '-backend-cpu', '-backend-webgl'].map(
  (part) => `@tensorflow/tfjs${part}`,
);

const RULES: readonly Rule[] = [
  {
    packages: ['onnxruntime-node'],
    what: 'libraries for other systems',
    unused(path, { platform, arch }, has) {
      const [, root, system, processor] = LIBRARIES.exec(path) ?? [];
      if (root === undefined || !has(`${root}/${platform}/${arch}`)) return false;
      return system !== platform || processor !== arch;
    },
  },
  {
    packages: ['onnxruntime-node'],
    what: 'the TensorRT provider, which no engine here asks for',
    unused: (path) => /\/libonnxruntime_providers_tensorrt\.so$/.test(path),
  },
  {
    packages: ['onnxruntime-node'],
    what: 'the CUDA provider, where there is no card',
    unused: (path, { platform, hasCard }) =>
      platform === 'linux' && !hasCard && /\/libonnxruntime_providers_(cuda|shared)\.so$/.test(path),
  },
  { packages: TENSORFLOW, what: 'source maps', unused: (path) => path.endsWith('.map') },
  {
    packages: TENSORFLOW,
    what: 'bundles for browsers and mini-programs',
    unused: (path) =>
      /^dist\/miniprogram\/.*(?<!\.map)$/.test(path) ||
      /^dist\/tf(-[a-z-]+)?(\.es2017|\.fesm)?(\.min)?\.js(\.html)?$/.test(path),
  },
];

/** This machine, and the packages that this copy of tiltyard loads. */
export function installedHere(): Installed {
  const from = createRequire(import.meta.url);
  // A package may have parts of its own, installed beside it or within it.
  const parent = (name: string): NodeJS.Require =>
    name.startsWith('@tensorflow/tfjs-')
      ? createRequire(from.resolve('@tensorflow/tfjs/package.json'))
      : from;
  return {
    folderOf: (name) => {
      try {
        return dirname(parent(name).resolve(`${name}/package.json`));
      } catch {
        return null;
      }
    },
    platform: process.platform,
    arch: process.arch,
    hasCard: ['/dev/nvidiactl', '/dev/nvidia0', '/dev/dxg'].some((path) => existsSync(path)),
  };
}

/** What could go, each kind of each package once, the largest first. */
export function unusedFiles(machine: Installed): Unused[] {
  const found = RULES.flatMap(({ packages, what, unused }) =>
    packages.flatMap((name) => {
      const folder = machine.folderOf(name);
      if (folder === null) return [];
      const has = (path: string): boolean => existsSync(join(folder, path));
      const files = filesIn(folder).filter((path) => unused(path, machine, has));
      const bytes = files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
      return files.length === 0 ? [] : [{ package: name, what, files, bytes }];
    }),
  );
  return found.sort((a, b) => b.bytes - a.bytes);
}

/**
 * Removes them, and folders that are empty then.
 * @throws TiltyardError naming the first that cannot be removed
 */
export function remove(unused: readonly Unused[], { folderOf }: Installed): void {
  for (const { package: name, files } of unused) {
    const folder = folderOf(name)!;
    for (const file of files) {
      try {
        rmSync(join(folder, file));
        removeEmpty(dirname(join(folder, file)), folder);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const remedy = 'nothing depends on it: run it as whoever installed the package';
        throw new TiltyardError('slim', `slim: ${join(folder, file)} stays: ${why}; ${remedy}`);
      }
    }
  }
}

function removeEmpty(folder: string, until: string): void {
  if (folder === until || readdirSync(folder).length > 0) return;
  rmdirSync(folder);
  removeEmpty(dirname(folder), until);
}

/** Plain files of a package, but for those of packages within it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith('node_modules/'));
}
