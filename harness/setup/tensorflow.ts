import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { TiltyardError } from '../errors.js';

/** The package whose binding is built, and the interface of Node that it is built for. */
const PACKAGE = '@tensorflow/tfjs-node-gpu';
const NODE_API = 8;
const COMPILER = process.env['CXX'] ?? 'g++';

/** Where TensorFlow is: headers, and the libraries that are linked. */
export interface TensorflowFolder {
  readonly include: string;
  readonly libraries: readonly string[];
}

/** A binding that was built and loads. */
export interface Built {
  readonly binding: string;
  /** Of TensorFlow. */
  readonly version: string;
  /** What TensorFlow runs on here: `cpu` or `gpu`. */
  readonly device: string;
}

/**
 * Builds the binding of `@tensorflow/tfjs-node-gpu` against a TensorFlow that is already here: the published
 * one is for TensorFlow 2.9 and CUDA 11.2, which knows no card since 2021. One call of a C++ compiler.
 * @param from a wheel's `tensorflow` folder, or an unpacked libtensorflow
 * @throws TiltyardError that says what is missing, and where it was looked for
 */
export async function setUpTensorflow(from: string): Promise<Built> {
  const { include, libraries } = tensorflowIn(resolve(from));
  const root = packageFolder();
  const headers = nodeHeaders();
  const folder = join(root, 'lib', `napi-v${NODE_API}`);
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'building-'));
  const made = join(scratch, 'tfjs_binding.node');
  const sources = readdirSync(join(root, 'binding')).filter((name) => name.endsWith('.cc'));
  const rpaths = [...new Set(libraries.map((library) => `-Wl,-rpath,${dirname(library)}`))];
  try {
    await compiled([
      ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${NODE_API}`],
      ...[headers, include, root].map((path) => `-I${path}`),
      ...sources.map((name) => join(root, 'binding', name)),
      ...['-o', made, ...libraries, ...rpaths],
    ]);
    const binding = join(folder, 'tfjs_binding.node');
    renameSync(made, binding);
    return { binding, ...(await loaded()) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The headers and libraries of a folder.
 * @throws TiltyardError where it is neither a wheel's `tensorflow` folder nor an unpacked libtensorflow
 */
export function tensorflowIn(folder: string): TensorflowFolder {
  const include = join(folder, 'include');
  const kinds = [
    { at: folder, names: [/^libtensorflow_cc\.so\.2$/, /^libtensorflow_framework\.so\.2$/] },
    { at: join(folder, 'lib'), names: [/^libtensorflow\.so\.2$/, /^libtensorflow_framework\.so\.2$/] },
  ];
  for (const { at, names } of kinds) {
    const there = existsSync(at) ? readdirSync(at) : [];
    const found = names.map((name) => there.find((file) => name.test(file)));
    if (found.every((file) => file !== undefined) && existsSync(join(include, 'tensorflow', 'c', 'c_api.h')))
      return { include, libraries: found.map((file) => join(at, file!)) };
  }
  throw new TiltyardError(
    'no-tensorflow',
    `setup tensorflow: ${folder} is no TensorFlow: looked for libtensorflow_cc.so.2 and ` +
      'libtensorflow_framework.so.2 in it, or libtensorflow.so.2 in its lib, and ' +
      "include/tensorflow/c/c_api.h; name the folder 'tensorflow' that pip installs (pip install " +
      "tensorflow==2.21.*, with a card 'tensorflow[and-cuda]==2.21.*'), or an unpacked libtensorflow",
  );
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch {
    throw new TiltyardError(
      'no-tfjs-node',
      `setup tensorflow: ${PACKAGE} is not installed; npm install --ignore-scripts ${PACKAGE}@4.22.0`,
    );
  }
}

/** The headers that came with this Node. */
function nodeHeaders(): string {
  const headers = join(dirname(process.execPath), '..', 'include', 'node');
  if (existsSync(join(headers, 'node_api.h'))) return headers;
  throw new TiltyardError(
    'no-node-headers',
    `setup tensorflow: this Node has no headers in ${headers}; take one from nodejs.org, which has them`,
  );
}

async function compiled(args: readonly string[]): Promise<void> {
  const { failed, code, stderr } = await execa(COMPILER, args, { reject: false });
  if (!failed) return;
  const why = code === 'ENOENT' ? 'is not installed; install it, or name another with CXX' : 'failed';
  const said = code === 'ENOENT' ? '' : `:\n${stderr.split('\n').slice(0, 12).join('\n')}`;
  throw new TiltyardError('no-binding', `setup tensorflow: ${COMPILER} ${why}${said}`);
}

/** Loads the package in a process of its own: what does not load may not end this one. */
async function loaded(): Promise<Pick<Built, 'version' | 'device'>> {
  const script = `
    const util = require('util');
    util.isNullOrUndefined ??= (x) => x === null || x === undefined;
    const tf = require(${JSON.stringify(PACKAGE)});
    const { binding } = tf.backend();
    const device = tf.backend().isUsingGpuDevice ? 'gpu' : 'cpu';
    console.log(JSON.stringify({ version: binding.TF_Version, device }));`;
  const cwd = dirname(packageFolder());
  const { failed, stdout, stderr } = await execa(process.execPath, ['-e', script], { cwd, reject: false });
  const line = stdout.split('\n').findLast((each) => each.startsWith('{'));
  if (!failed && line !== undefined) return JSON.parse(line) as Pick<Built, 'version' | 'device'>;
  const said = stderr.split('\n').find((each) => /Error/.test(each)) ?? stderr.split('\n')[0];
  throw new TiltyardError('no-binding', `setup tensorflow: the binding was built and does not load: ${said}`);
}
