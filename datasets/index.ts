import { isAbsolute, resolve } from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { TiltyardError, unknownName } from '../harness/errors.js';
import { jsonl, parquet } from './loaders/pairs.js';
import type { Dataset } from './schema.js';
import { bandit } from './worlds/bandit/world.js';
import { reviews } from './worlds/reviews/world.js';
import { strings } from './worlds/strings/world.js';

export const builtinDatasets: readonly Dataset[] = [reviews, strings, bandit, jsonl, parquet] as unknown as readonly Dataset[];

/**
 * A built-in dataset by name, or a third party's by package name or path (default export, the shape of `Dataset`).
 * @param baseDir relative paths are resolved from here
 */
export async function loadDataset(name: string, baseDir: string): Promise<Dataset> {
  const builtin = builtinDatasets.find((d) => d.name === name);
  if (builtin !== undefined) return builtin;
  const path = name.startsWith('.') || isAbsolute(name) ? resolve(baseDir, name) : resolvePackage(name, baseDir);
  if (path === null) throw unknownName('dataset', 'dataset', name, builtinDatasets.map((d) => d.name));
  let loaded: unknown;
  try {
    loaded = ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
  } catch (error) {
    throw new TiltyardError('dataset-load', `dataset ${name}: cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  const dataset = loaded as Partial<Dataset> | undefined;
  if (typeof dataset?.name !== 'string' || typeof dataset.open !== 'function' || dataset.params?.type !== 'object') {
    throw new TiltyardError('dataset-shape', `dataset ${name}: its default export should be { name, description, params, open }; see datasets/schema.ts`);
  }
  return dataset as Dataset;
}

function resolvePackage(name: string, baseDir: string): string | null {
  try {
    return createRequire(resolve(baseDir, 'x.js')).resolve(name);
  } catch {
    return null;
  }
}
