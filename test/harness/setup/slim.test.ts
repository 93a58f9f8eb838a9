import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Installed, remove, unusedFiles } from '../../../harness/setup/slim.js';
import { temporary } from '../../support.js';

const LIBRARIES = 'bin/napi-v6';
const KEPT = {
  'onnxruntime-node': [
    `${LIBRARIES}/linux/x64/libonnxruntime.so.1`,
    `${LIBRARIES}/linux/x64/onnxruntime_binding.node`,
    'dist/index.js',
    'package.json',
  ],
  '@tensorflow/tfjs': [
    'dist/tf.node.js',
    'dist/index.js',
    'dist/index.d.ts',
    'node_modules/x/a.map',
    'package.json',
  ],
  '@tensorflow/tfjs-core': ['dist/tf-core.node.js', 'dist/ops/add.js', 'dist/tfjs.js', 'package.json'],
};
const UNUSED = {
  'onnxruntime-node': [
    `${LIBRARIES}/linux/arm64/libonnxruntime.so.1`,
    `${LIBRARIES}/win32/x64/DirectML.dll`,
    `${LIBRARIES}/darwin/arm64/libonnxruntime.1.dylib`,
    `${LIBRARIES}/linux/x64/libonnxruntime_providers_tensorrt.so`,
  ],
  '@tensorflow/tfjs': [
    'dist/tf.js',
    'dist/tf.min.js',
    'dist/tf.es2017.min.js',
    'dist/tf.node.js.map',
    'dist/tf.min.js.html',
  ],
  '@tensorflow/tfjs-core': [
    'dist/tf-core.fesm.js',
    'dist/miniprogram/index.js',
    'dist/miniprogram/index.js.map',
    'dist/ops/add.js.map',
  ],
};
const CUDA = `${LIBRARIES}/linux/x64/libonnxruntime_providers_cuda.so`;

/** An install with files of ten bytes. */
function install(changes: Partial<Installed> = {}): {
  machine: Installed;
  has: (name: string, path: string) => boolean;
} {
  const dir = temporary();
  const put = (name: string, path: string): void => {
    mkdirSync(join(dir, name, path, '..'), { recursive: true });
    writeFileSync(join(dir, name, path), '0123456789');
  };
  for (const [name, files] of [...Object.entries(KEPT), ...Object.entries(UNUSED)]) {
    for (const path of files) put(name, path);
  }
  put('onnxruntime-node', CUDA);
  const folderOf = (name: string): string | null => (existsSync(join(dir, name)) ? join(dir, name) : null);
  const machine = { folderOf, platform: 'linux', arch: 'x64', hasCard: true, ...changes };
  return { machine, has: (name, path) => existsSync(join(dir, name, path)) };
}

test('what another system, a browser or a debugger wants goes, and nothing that is loaded', () => {
  const { machine, has } = install();
  const unused = unusedFiles(machine);
  expect(unused.reduce((n, { files }) => n + files.length, 0)).toBe(Object.values(UNUSED).flat().length);
  expect(unused.reduce((n, { bytes }) => n + bytes, 0)).toBe(10 * Object.values(UNUSED).flat().length);
  for (const [name, files] of Object.entries(UNUSED))
    expect(files.every((path) => has(name, path))).toBe(true);
  remove(unused, machine);
  for (const [name, files] of Object.entries(KEPT)) {
    for (const path of files) expect([path, has(name, path)]).toEqual([path, true]);
  }
  for (const [name, files] of Object.entries(UNUSED)) {
    for (const path of files) expect([path, has(name, path)]).toEqual([path, false]);
  }
  expect(has('onnxruntime-node', `${LIBRARIES}/win32`)).toBe(false); // nor its empty folder
  expect(has('onnxruntime-node', CUDA)).toBe(true);
  expect(unusedFiles(machine)).toEqual([]);
});
test('the CUDA provider stays where there is a card', () => {
  const { machine } = install({ hasCard: false });
  expect(unusedFiles(machine).find(({ what }) => what.startsWith('the CUDA'))?.files).toEqual([CUDA]);
});
test('a system of which the package has no library keeps them all: nothing is known of it', () => {
  const { machine } = install({ platform: 'darwin', arch: 'x64' });
  expect(unusedFiles(machine).some(({ what }) => what === 'libraries for other systems')).toBe(false);
});
test('what is not installed has nothing', () => {
  expect(unusedFiles({ ...install().machine, folderOf: () => null })).toEqual([]);
});
