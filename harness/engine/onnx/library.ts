import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { LibraryHandle } from 'koffi';

/*
 * The C interface of the onnxruntime library that the npm package onnxruntime-node brings, called directly.
 * The package's own JavaScript binding copies every output on return, even where the caller gave the memory
 * for it, and knows no memory of a CUDA device: weights and optimiser state would cross to the card and back
 * at every step.
 */

/** Not imported: what was required can be forgotten, so that nobody who comes later has it. */
const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');

/** A pointer to something of onnxruntime's. */
export type Handle = bigint;

/** The table's version, of onnxruntime 1.22: its functions keep their places in all later ones. */
const API_VERSION = 22;

const OUT: unknown = koffi.out(koffi.pointer('void *'));
const SIZES: unknown = koffi.pointer('int64_t');
const WORDS: unknown = koffi.pointer('str');

/** Place in the table OrtApi of onnxruntime_c_api.h, and parameters; each returns a status. */
const FUNCTIONS = {
  CreateEnv: [3, ['int', 'str', OUT]],
  CreateSessionFromArray: [8, ['void *', 'void *', 'size_t', 'void *', OUT]],
  CreateSessionOptions: [10, [OUT]],
  EnableProfiling: [14, ['void *', 'str']],
  DisableMemPattern: [17, ['void *']],
  SetSessionLogSeverityLevel: [22, ['void *', 'int']],
  SetSessionGraphOptimizationLevel: [23, ['void *', 'int']],
  SetIntraOpNumThreads: [24, ['void *', 'int']],
  SetInterOpNumThreads: [25, ['void *', 'int']],
  CreateRunOptions: [39, [OUT]],
  CreateTensorAsOrtValue: [48, ['void *', SIZES, 'size_t', 'int', OUT]],
  CreateTensorWithDataAsOrtValue: [49, ['void *', 'void *', 'size_t', SIZES, 'size_t', 'int', OUT]],
  GetTensorMutableData: [51, ['void *', OUT]],
  CreateMemoryInfo: [68, ['str', 'int', 'int', 'int', OUT]],
  AddRunConfigEntry: [165, ['void *', 'str', 'str']],
  AllocatorFree: [76, ['void *', 'void *']],
  GetAllocatorWithDefaultOptions: [78, [OUT]],
  SessionEndProfiling: [110, ['void *', 'void *', OUT]],
  AddSessionConfigEntry: [130, ['void *', 'str', 'str']],
  CreateAllocator: [131, ['void *', 'void *', OUT]],
  RunWithBinding: [133, ['void *', 'void *', 'void *']],
  CreateIoBinding: [134, ['void *', OUT]],
  BindInput: [136, ['void *', 'str', 'void *']],
  BindOutput: [137, ['void *', 'str', 'void *']],
  CreateAndRegisterAllocator: [144, ['void *', 'void *', 'void *']],
  CreateArenaCfgV2: [164, [WORDS, SIZES, 'size_t', OUT]],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, ['void *', 'void *']],
  CreateCUDAProviderOptions: [205, [OUT]],
  UpdateCUDAProviderOptions: [206, ['void *', WORDS, WORDS, 'size_t']],
  SessionOptionsAppendExecutionProvider: [216, ['void *', 'str', WORDS, WORDS, 'size_t']],
} as const;

/** Places of the functions that free what a handle stands for. */
const RELEASES = {
  Session: 95,
  Value: 96,
  RunOptions: 97,
  SessionOptions: 100,
  Allocator: 132,
  IoBinding: 135,
  CUDAProviderOptions: 208,
} as const;

type Name = keyof typeof FUNCTIONS;
type Argument = Handle | number | string | null | readonly string[] | readonly number[];

type Foreign = (...args: readonly unknown[]) => Handle | null;

/** What is called of the library. */
class Library {
  /** Kept: the library is closed when this is collected. */
  private readonly file: LibraryHandle;
  private readonly table: Handle;
  private readonly errorMessage: (status: Handle) => string;
  private readonly releaseStatus: (status: Handle) => void;
  private readonly functions = new Map<string, Foreign>();
  /** Of onnxruntime. */
  readonly version: string;
  /** The one environment of this process; it is never closed. */
  readonly environment: Handle;

  constructor(file: string) {
    this.file = koffi.load(file);
    const base = this.file.func('OrtGetApiBase', 'void *', [])() as Handle;
    const getApi = koffi.decode(koffi.decode(base, 'void *') as Handle, koffi.proto('void *', ['uint32']));
    const getVersion = koffi.decode(koffi.decode(base, 8, 'void *') as Handle, koffi.proto('str', []));
    this.version = (getVersion as () => string)();
    const table = (getApi as (version: number) => Handle | null)(API_VERSION);
    if (table === null)
      throw new Error(`onnxruntime ${this.version} is too old: 1.${API_VERSION} or later is needed`);
    this.table = table;
    this.errorMessage = this.at(2, 'str', ['void *']);
    this.releaseStatus = this.at(93, 'void', ['void *']);
    this.environment = this.create('CreateEnv', 3, 'tiltyard');
  }

  /** @throws Error with onnxruntime's message */
  call(name: Name, ...args: readonly unknown[]): void {
    const [place, parameters] = FUNCTIONS[name];
    const status = this.known(name, place, 'void *', parameters)(...args);
    if (status === null) return;
    const message = this.errorMessage(status);
    this.releaseStatus(status);
    throw new Error(message);
  }

  /** Calls a function whose last parameter is where its result goes. */
  create(name: Name, ...args: readonly Argument[]): Handle {
    const out: [Handle | null] = [null];
    this.call(name, ...args, out);
    return out[0]!;
  }

  release(what: keyof typeof RELEASES, handle: Handle): void {
    this.known(what, RELEASES[what], 'void', ['void *'])(handle);
  }

  private known(name: string, place: number, result: string, parameters: readonly unknown[]): Foreign {
    let callee = this.functions.get(name);
    if (callee === undefined) {
      callee = this.at(place, result, parameters) as Foreign;
      this.functions.set(name, callee);
    }
    return callee;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the type of a foreign function is what its caller says it is
  private at(place: number, result: string, parameters: readonly unknown[]): any {
    const pointer = koffi.decode(this.table, place * 8, 'void *') as Handle;
    return koffi.decode(pointer, koffi.proto(result, [...parameters] as string[]));
  }
}

/**
 * Where the numbers of a typed array lie; they stay there as long as the array is referred to. Asking for the
 * buffer of a small array moves its numbers out of the heap that the garbage collector moves.
 */
export const addressOf = ({ buffer, byteOffset }: ArrayBufferView): Handle =>
  koffi.address(buffer) + BigInt(byteOffset);

let loaded: Library | undefined;

/** The library, loaded on first use. @throws Error where the package has none for this platform */
export function library(): Library {
  loaded ??= new Library(fileOf());
  return loaded;
}

/** TILTYARD_ONNXRUNTIME names another library than the package's, for instance of a release with CUDA. */
function fileOf(): string {
  const given = process.env['TILTYARD_ONNXRUNTIME'];
  if (given !== undefined && given !== '') return given;
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = join(dirname(entry), '../bin/napi-v6', process.platform, process.arch);
  const name = readdirSync(folder).find((file) =>
    /^(libonnxruntime\.(so|[\d.]*dylib)|onnxruntime\.dll$)/.test(file),
  );
  if (name === undefined) throw new Error(`onnxruntime-node has no library in ${folder}`);
  return join(folder, name);
}
