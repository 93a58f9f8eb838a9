import { createRequire, syncBuiltinESMExports } from 'node:module';
import { resolveOwnPackage } from '../own-package.js';

/*
 * Before the code of a plugin runs, doors of its process are closed that Node's permissions leave open, or
 * that a Node without them has: threads, native code, signals to other processes, databases, loader hooks.
 * Methods of the language's own objects, and modules of the system, can no longer be replaced: what a plugin
 * patches would otherwise be called by the ledger and by what writes rows.
 */

const require = createRequire(import.meta.url);

const words = (list: string): readonly string[] => list.trim().split(/\s+/);

/** Functions of the process that reach beyond it, or load native code into it. */
const OF_PROCESS = words(`
  dlopen kill _kill _debugProcess _debugEnd binding _linkedBinding execve
  setuid setgid seteuid setegid setgroups initgroups
`);

/** Of modules of the system what starts other code, beside this thread or outside its permissions. */
const OF_MODULES: Readonly<Record<string, readonly string[]>> = {
  child_process: [
    'exec',
    'execFile',
    'execFileSync',
    'execSync',
    'fork',
    'spawn',
    'spawnSync',
    'ChildProcess',
  ],
  cluster: ['fork', 'setupPrimary', 'setupMaster'],
  worker_threads: ['Worker'],
  module: ['register', 'registerHooks', 'runMain'],
  inspector: ['open', 'Session'],
  'inspector/promises': ['open', 'Session'],
  v8: ['setFlagsFromString', 'writeHeapSnapshot', 'setHeapSnapshotNearHeapLimit'],
  wasi: ['WASI'],
  'node:sqlite': ['DatabaseSync', 'backup'],
};

/** Modules of the system that nothing of which may be replaced. */
const KEPT = words(`
  fs fs/promises crypto path v8 child_process worker_threads net timers
`);

/** Objects of the language whose methods the harness calls. */
const INTRINSICS = words(`
  Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Float32Array
  Float64Array Int16Array Int32Array Int8Array JSON Map Math Number Function Object Promise Proxy Reflect
  RegExp Set SharedArrayBuffer String Symbol TextDecoder TextEncoder Uint16Array Uint32Array Uint8Array
  Uint8ClampedArray WeakMap WeakRef WeakSet Buffer performance structuredClone
`);

/** Names that objects of their own may give a meaning to, by assignment. */
const OWN = ['constructor', 'toString', 'toLocaleString', 'valueOf', 'toJSON', 'name', 'message', 'length'];

/** Closes the doors; once a process, after its engine is loaded and before any plugin is. */
export function lock(): void {
  resolveOwnPackage(); // which sets a loader hook, as nobody can from here on
  for (const name of OF_PROCESS) refuse(process, name, `process.${name}`);
  Object.defineProperty(process, 'reallyExit', { writable: false, configurable: false }); // it has to end
  for (const [module, names] of Object.entries(OF_MODULES)) {
    const loaded = builtin(module);
    for (const name of loaded === null ? [] : names) refuse(loaded!, name, `${module}.${name}`);
  }
  // Whoever asks for the native interface again has to load it again, which is refused.
  for (const file of Object.keys(require.cache)) if (/koffi/.test(file)) delete require.cache[file];
  syncBuiltinESMExports();
  for (const module of KEPT) {
    const loaded = builtin(module);
    if (loaded !== null) Object.freeze(loaded);
  }
  for (const name of INTRINSICS) keep(name);
  for (const object of NAMELESS) keepMethods(object);
}

/** Lets nothing replace a global object, nor a method of it or of what it makes. */
function keep(name: string): void {
  const value = (globalThis as Record<string, unknown>)[name];
  if (value === undefined) return;
  Object.defineProperty(globalThis, name, { value, writable: false, configurable: false });
  for (const object of [value, (value as { prototype?: unknown }).prototype])
    if (isObject(object)) keepMethods(object);
}

/** What is made and has no name of its own: iterators, generators, what arrays of numbers share. */
const NAMELESS: readonly object[] = [
  Float32Array,
  Float32Array.prototype,
  performance,
  [][Symbol.iterator](),
  new Map()[Symbol.iterator](),
  new Set()[Symbol.iterator](),
  ''[Symbol.iterator](),
  ''.matchAll(/x/g),
  (function* () {})(),
  Object.getPrototypeOf((function* () {})()) as object,
  Object.getPrototypeOf((async function* () {})()) as object,
].map((made) => Object.getPrototypeOf(made) as object);

function keepMethods(object: object): void {
  for (const key of Reflect.ownKeys(object)) {
    const found = Reflect.getOwnPropertyDescriptor(object, key)!;
    if (OWN.includes(String(key)) || found.configurable !== true) continue;
    const isMethod = typeof found.value === 'function';
    if (isMethod) Object.defineProperty(object, key, { writable: false, configurable: false });
    else if (found.get !== undefined) Object.defineProperty(object, key, { configurable: false });
  }
}

/** Puts a refusal in the place of a function. */
function refuse(owner: object, name: string, called: string): void {
  if (!(name in owner)) return;
  const value = function refused(): never {
    throw new Error(`${called} is out of reach of a plugin that is not built in`);
  };
  try {
    Object.defineProperty(owner, name, { value, writable: false, configurable: false });
  } catch {
    // It cannot be replaced by anybody.
  }
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

function builtin(name: string): object | null {
  try {
    return require(name) as object;
  } catch {
    return null; // not in this version
  }
}
