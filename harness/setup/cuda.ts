import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { TiltyardError } from '../errors.js';
import { takeFrom } from './archive.js';
import { type Looked, lookFor } from './loader.js';
import { packed } from './npm.js';
import { PUBLISHED, type Published } from './published.js';
import {
  packageRoot,
  PROVIDER,
  providerIn,
  type Running,
  runningLibrary,
  SHARED,
  versionIn,
} from './running.js';

/** The library itself, in the npm package, in Microsoft's releases and in NuGet's package. */
const CORE = /(^|\/)(linux[-/]x64(\/native)?|lib)\/libonnxruntime\.so(\.\d+)*$/;
const isWanted = (path: string): boolean => [PROVIDER, SHARED].includes(basename(path)) || CORE.test(path);

/** Of all that lies in these packages. */
const LICENCE =
  'MIT, Copyright (c) Microsoft Corporation: https://github.com/microsoft/onnxruntime/blob/main/LICENSE';

/** Where a provider is taken from. */
export type CudaSource = 'nuget' | 'npm';

export interface CudaOptions {
  /** An archive or a folder that has the provider; absent: the network. */
  readonly from?: string | undefined;
  /** The one place on the network that is asked; absent: NuGet, and npm where that does not answer. */
  readonly source?: CudaSource | undefined;
  /** Says what would be done: nothing is fetched and nothing written. */
  readonly dryRun?: boolean | undefined;
  /** Told what is done, a line each. */
  say(line: string): void;
}

/** A provider that is in its place. */
export interface CudaSetup extends Looked {
  /** Of onnxruntime. */
  readonly version: string;
  /** The library that TILTYARD_ONNXRUNTIME has to name; null: the one that is used without it. */
  readonly library: string | null;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly licence: string;
}

/** Where things are taken from; absent: what is published, and the package that is installed here. */
interface Places {
  readonly published?: readonly Published[];
  /** Root of onnxruntime-node. */
  readonly root?: string | null;
}

/**
 * Puts the CUDA provider of the onnxruntime that runs here beside it. Provider and library must be of one
 * version, which nothing checks when they are loaded: both are looked into. A provider of another version
 * that comes with its own library is put, with that, in a folder of its own.
 * @returns null after a dry run
 * @throws TiltyardError that says what is missing, and where it was looked for
 */
export async function setUpCuda(
  options: CudaOptions,
  { published = PUBLISHED, root = packageRoot() }: Places = {},
): Promise<CudaSetup | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw refused(`CUDA's provider is there for Linux x64, not for ${process.platform} ${process.arch}`);
  const running = runningLibrary(root);
  const { version, folder } = running;
  options.say(`onnxruntime ${version} runs here: ${running.path}`);
  const there = providerIn(folder);
  if (options.from === undefined && there === version) {
    options.say('its CUDA provider lies beside it already; nothing is fetched');
    return options.dryRun === true ? null : placed(running.path, running, folder);
  }
  if (there !== null && there !== version)
    options.say(`beside it lies the CUDA provider of ${there}, which does not fit it`);
  if (options.dryRun === true) {
    for (const line of intentions(options, running, published)) options.say(line);
    return null;
  }
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'setup-'));
  try {
    if (options.from !== undefined) await fromGiven(resolve(options.from), scratch);
    else if (options.source !== 'npm' && (await fromNuget(running, options)))
      return await placed(running.path, running, folder);
    else if (options.source === 'nuget') throw refused('NuGet did not give the provider (said above)');
    else await fromNpm(running, published, scratch, options);
    return await put(scratch, running, options.from ?? 'the npm registry');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function intentions(options: CudaOptions, running: Running, published: readonly Published[]): string[] {
  const where = `${PROVIDER} and ${SHARED} would be put in ${running.folder}`;
  if (options.from !== undefined) return [`from ${resolve(options.from)}: ${where}`];
  const { provider, core, onnxruntime } = chosen(published, running.version);
  const isSame = onnxruntime === running.version;
  const besides = isSame ? '' : ` with ${core}, in ${besideFolder(running, onnxruntime)}`;
  const named = `NuGet's Microsoft.ML.OnnxRuntime.Gpu.Linux ${running.version}`;
  const nuget = `${named}, by the package's own installer: ${where}`;
  const npm = `${provider} (onnxruntime ${onnxruntime})${besides}, from the npm registry`;
  if (options.source === 'npm') return [npm];
  return options.source === 'nuget' ? [nuget] : [nuget, `where that does not answer: ${npm}`];
}

/** Copies the files of a provider out of what the user named. */
async function fromGiven(from: string, scratch: string): Promise<void> {
  if (!existsSync(from)) throw refused(`--from ${from}: there is no such file or folder`);
  if (!statSync(from).isDirectory()) {
    await takeFrom(from, isWanted, scratch);
  } else {
    for (const name of readdirSync(from, { recursive: true }) as string[]) {
      const path = join(from, name);
      const isTaken = isWanted(path) || /^libonnxruntime\.so(\.\d+)*$/.test(name);
      if (isTaken && statSync(path).isFile()) await copyFile(path, join(scratch, basename(name)));
    }
  }
  const lacking = [PROVIDER, SHARED].filter((name) => !existsSync(join(scratch, name)));
  if (lacking.length > 0)
    throw refused(
      `--from ${from}: has no ${lacking.join(' and no ')}; ` +
        'name a folder, or a .nupkg, .whl, .zip or .tgz with both',
    );
}

/** @returns whether the package's own installer put the provider of its version in its place */
async function fromNuget({ root, folder, version }: Running, { say }: CudaOptions): Promise<boolean> {
  if (root === null) {
    say("NuGet is asked by onnxruntime-node's installer, for that package's library; another runs here");
    return false;
  }
  const installer = join(root, 'script', 'install.js');
  say(`asking NuGet, by ${installer}`);
  const { failed, stderr } = await execa(process.execPath, [installer, '--onnxruntime-node-install'], {
    cwd: root,
    reject: false,
    // What npm was told about installing does not count here, where it was asked for.
    env: { ONNXRUNTIME_NODE_INSTALL: 'true' },
  });
  if (!failed && providerIn(folder) === version) return true;
  const why = stderr.split('\n').find((line) => /Error|failed/i.test(line)) ?? 'it left no provider';
  say(`NuGet did not give it: ${why.trim()}`);
  return false;
}

async function fromNpm(
  { version }: Running,
  published: readonly Published[],
  scratch: string,
  { say }: CudaOptions,
): Promise<void> {
  const { onnxruntime, provider, core, sha256 } = chosen(published, version);
  const isSame = onnxruntime === version;
  if (!isSame)
    say(`npm has no CUDA provider of onnxruntime ${version}; its newest, of ${onnxruntime}, is taken`);
  for (const spec of isSame ? [provider] : [provider, core]) {
    say(`fetching ${spec} from the npm registry`);
    const archive = await packed(spec, scratch);
    await takeFrom(archive, isWanted, scratch);
    rmSync(archive);
  }
  for (const name of readdirSync(scratch)) {
    const came = await sha256Of(join(scratch, name));
    const known = sha256[name] ?? 'one that is known';
    if (known !== came)
      throw refused(`${name} of ${provider} has SHA-256 ${came}, not ${known}; it is not taken`);
  }
}

/** The provider of a version, else the newest. */
const chosen = (published: readonly Published[], version: string): Published =>
  published.find(({ onnxruntime }) => onnxruntime === version) ?? published.at(-1)!;

/** Where a provider of another version goes, with its library. */
const besideFolder = ({ folder }: Running, version: string): string => join(folder, `cuda-${version}`);

/** Puts what was taken in its place, each file whole or not at all. */
async function put(scratch: string, running: Running, from: string): Promise<CudaSetup> {
  const version = versionIn(join(scratch, PROVIDER));
  if (version === null) throw refused(`${PROVIDER} of ${from} says no version of onnxruntime`);
  const core = readdirSync(scratch).find(
    (name) => name.startsWith('libonnxruntime.so') && versionIn(join(scratch, name)) === version,
  );
  const isSame = version === running.version;
  if (!isSame && core === undefined)
    throw refused(
      `the CUDA provider of ${from} is of onnxruntime ${version}, and ${running.version} runs here; ` +
        `name one of ${running.version}, or a release that brings its own libonnxruntime.so`,
    );
  const folder = isSame ? running.folder : besideFolder(running, version);
  mkdirSync(folder, { recursive: true });
  for (const name of [...(isSame ? [] : [core!]), SHARED, PROVIDER])
    await rename(join(scratch, name), join(folder, name));
  return placed(isSame ? running.path : join(folder, core!), running, folder);
}

/** What lies in its place now. */
async function placed(library: string, running: Running, folder: string): Promise<CudaSetup> {
  const isSame = library === running.path;
  const names = [...(isSame ? [] : [basename(library)]), PROVIDER, SHARED];
  const files: { path: string; sha256: string }[] = [];
  for (const name of names)
    files.push({ path: join(folder, name), sha256: await sha256Of(join(folder, name)) });
  return {
    version: versionIn(join(folder, PROVIDER))!,
    library: isSame ? null : library,
    files,
    licence: LICENCE,
    ...lookFor(join(folder, PROVIDER)),
  };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const refused = (what: string): TiltyardError => new TiltyardError('no-cuda', `setup cuda: ${what}`);
