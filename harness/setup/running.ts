import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { TiltyardError } from '../errors.js';
import { textsIn } from './binary.js';

/** The files of a CUDA provider, which lie beside the library. */
export const PROVIDER = 'libonnxruntime_providers_cuda.so';
export const SHARED = 'libonnxruntime_providers_shared.so';

/** The library that runs, where its provider belongs. */
export interface Running {
  readonly path: string;
  readonly folder: string;
  readonly version: string;
  /** Root of the npm package that it is of; null where the user named another library. */
  readonly root: string | null;
}

/** Root of the npm package onnxruntime-node; null where it is not installed. */
export function packageRoot(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  } catch {
    return null;
  }
}

/**
 * The library that the engine loads, as `harness/engine/onnx/library.ts` finds it.
 * @param root of the npm package @throws TiltyardError where there is none
 */
export function runningLibrary(root: string | null): Running {
  const given = process.env['TILTYARD_ONNXRUNTIME'];
  const isGiven = given !== undefined && given !== '';
  if (!isGiven && root === null)
    throw noLibrary('onnxruntime-node is not installed; npm install --ignore-scripts onnxruntime-node');
  const path = isGiven
    ? resolve(given)
    : join(root!, 'bin', 'napi-v6', 'linux', 'x64', 'libonnxruntime.so.1');
  const version = existsSync(path) ? versionIn(path) : null;
  if (version === null) throw noLibrary(`${path} is no library of onnxruntime`);
  return { path, folder: dirname(path), version, root: isGiven ? null : root };
}

/** Of a library of onnxruntime or a provider: the one text in it that is such a number; null without one. */
export function versionIn(path: string): string | null {
  const versions = textsIn(path, /\0(1\.[2-9]\d\.\d{1,2})(?=\0)/g);
  return versions.length === 1 ? versions[0]! : null;
}

/** Version of the provider in a folder; null where there is none whole. */
export const providerIn = (folder: string): string | null =>
  existsSync(join(folder, PROVIDER)) && existsSync(join(folder, SHARED))
    ? versionIn(join(folder, PROVIDER))
    : null;

const noLibrary = (what: string): TiltyardError => new TiltyardError('no-cuda', `setup cuda: ${what}`);
