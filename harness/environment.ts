import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EnvironmentInfo } from './store/records.js';

/** The folder that holds package.json, from the sources and from dist alike. */
export function packageRoot(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    try {
      const { name } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { name?: string };
      if (name === 'tiltyard') return dir;
    } catch {
      // keep climbing
    }
    if (dir === dirname(dir)) return dir;
  }
}

let known: EnvironmentInfo | undefined;

/** What a reader needs to judge clock times and to repeat the run, as it was when first asked for. */
export const environment = (): EnvironmentInfo => (known ??= found());

function found(): EnvironmentInfo {
  const require = createRequire(import.meta.url);
  const root = packageRoot();
  const version = (path: string): string =>
    (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  const versions: Record<string, string> = {};
  for (const name of ['onnxruntime-node', '@tensorflow/tfjs', '@tensorflow/tfjs-node-gpu']) {
    try {
      versions[name] = version(join(root, 'node_modules', name, 'package.json'));
    } catch {
      try {
        versions[name] = version(require.resolve(`${name}/package.json`));
      } catch {
        // an optional dependency that is not there is not listed
      }
    }
  }
  return {
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    platform: `${platform()} ${release()} ${process.arch}`,
    nodeVersion: process.version,
    tiltyardVersion: version(join(root, 'package.json')),
    gitCommit: gitCommit(root),
    versions,
  };
}

function gitCommit(root: string): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    }).trim();
  } catch {
    return null;
  }
}
