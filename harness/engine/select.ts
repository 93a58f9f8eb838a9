import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { TiltyardError, unknownName } from '../errors.js';
import { describeCard } from './card.js';
import { EagerEngine } from './eager.js';
import type { Engine, Precision } from './engine.js';
import type { Device } from './onnx/session.js';

/*
 * Nothing of ./onnx is imported here but types: onnxruntime is loaded when it is tried or asked for, so a
 * machine without it has the other engines.
 */
const ENGINE_NAMES = ['auto', 'onnxruntime', 'tensorflow', 'reference'] as const;
type EngineName = (typeof ENGINE_NAMES)[number];

export interface EngineStatus {
  readonly name: Exclude<EngineName, 'auto'>;
  readonly device: string;
  readonly usable: boolean;
  /** What was found, or what was missing. */
  readonly reason: string;
}

const DEVICES: readonly Device[] = ['cpu', 'webgpu', 'cuda'];

const require = createRequire(import.meta.url);

/** In the order in which `auto` prefers them; the reference comes after them all. */
const ATTEMPTS: readonly (() => Promise<EngineStatus>)[] = [
  () => tryOnnx('cuda'),
  async () => tryTensorflow(),
  () => tryOnnx('webgpu'),
  () => tryOnnx('cpu'),
];

/** Tries every engine, in the order in which `auto` prefers them. */
export async function listEngines(): Promise<EngineStatus[]> {
  const tried: EngineStatus[] = [];
  for (const attempt of ATTEMPTS) tried.push(await attempt());
  const reason = 'pure TensorFlow.js; the definition the others must match, and slow';
  return [...tried, { name: 'reference', device: 'cpu', usable: true, reason }];
}

/**
 * @param name `auto` takes the first usable of onnxruntime on CUDA, tensorflow with a GPU, onnxruntime on
 * WebGPU with a hardware adapter, onnxruntime on the CPU.
 * @throws TiltyardError where a named engine or device is not usable, with what was missing
 */
export async function createEngine({ name, device, ...settings }: WantedEngine): Promise<Engine> {
  if (isRounded(settings) && name !== 'onnxruntime') {
    const remedy = 'ask for engine onnxruntime on cuda, or for float32';
    throw new TiltyardError(
      'no-precision',
      `engine ${name}: has no ${settings.precision} products; ${remedy}`,
    );
  }
  switch (name) {
    case 'reference':
      return engineOf({ name, device: 'cpu', reason: 'asked for: pure TensorFlow.js' }, settings);
    case 'tensorflow': {
      const status = tryTensorflow();
      if (!status.usable) throw unusable(status);
      return engineOf(status, settings);
    }
    case 'onnxruntime': {
      const wanted = DEVICES.find((known) => known === (device ?? 'cpu'));
      if (wanted === undefined) throw unknownName('engine onnxruntime', 'device', device!, DEVICES);
      const status = await tryOnnx(wanted);
      // A software adapter is passed over unless it is asked for by name.
      if (!status.usable && status.reason !== SOFTWARE_ADAPTER) throw unusable(status);
      if (isRounded(settings) && wanted !== 'cuda') {
        const remedy = 'ask for engine.device=cuda, or for float32';
        throw new TiltyardError(
          'no-precision',
          `engine onnxruntime on ${wanted}: has no ${settings.precision} products; ${remedy}`,
        );
      }
      return engineOf(status, settings);
    }
    case 'auto':
      return firstUsable(device, settings);
    default:
      throw unknownName('engine', 'engine', name, ENGINE_NAMES);
  }
}

async function firstUsable(device: string | null, settings: Settings): Promise<Engine> {
  const passed: string[] = [];
  for (const attempt of ATTEMPTS) {
    const status = await attempt();
    const isWanted = status.name !== 'tensorflow' || status.device === 'gpu';
    if (status.usable && isWanted && (device === null || device === status.device)) {
      const reason = [status.reason, ...passed].join('; not ');
      return engineOf({ ...status, reason }, settings);
    }
    passed.push(`${status.name} on ${status.device} (${status.usable ? 'no GPU' : status.reason})`);
  }
  throw new TiltyardError(
    'no-engine',
    `engine: none is usable: ${passed.join('; ')}; reinstall onnxruntime-node, or use --engine reference`,
  );
}

const isRounded = ({ precision }: Settings): boolean => (precision ?? 'float32') !== 'float32';

interface Settings {
  readonly threads: number;
  readonly precision?: Precision;
}

/** What is asked for; device null is what the engine prefers. */
export interface WantedEngine extends Settings {
  readonly name: string;
  readonly device: string | null;
}

type Choice = Pick<EngineStatus, 'name' | 'device' | 'reason'>;

async function engineOf({ name, device, reason }: Choice, settings: Settings): Promise<Engine> {
  if (name === 'reference') return new EagerEngine(name, 'cpu', device, reason);
  if (name === 'tensorflow') return new EagerEngine(name, 'tensorflow', device, reason);
  const { OnnxEngine } = await loadOnnx();
  return new OnnxEngine({ device: device as Device, reason, ...settings });
}

function unusable(status: EngineStatus): TiltyardError {
  const remedy = 'use --engine auto to take what works here';
  return new TiltyardError(
    'engine-unusable',
    `engine ${status.name} on ${status.device}: ${status.reason}; ${remedy}`,
  );
}

const SOFTWARE_ADAPTER =
  'software adapter only (VK_ICD_FILENAMES); ' +
  'ask for it with --engine onnxruntime --set engine.device=webgpu';

/** Trying is loading a small graph: a library that loads may still not work. */
async function tryOnnx(device: Device): Promise<EngineStatus> {
  const status = (usable: boolean, reason: string): EngineStatus => ({
    name: 'onnxruntime',
    device,
    usable,
    reason,
  });
  const missing = missingFor(device);
  if (missing !== null) return status(false, missing);
  try {
    const { probe } = await loadOnnx();
    const version = probe(device);
    return status(true, `${found(device)}onnxruntime ${version}`);
  } catch (error) {
    return status(false, firstLine(error));
  }
}

/** What nvidia-smi says of the card, by what it hangs on: a process makes engine after engine. */
const cards = new Map<string, string | null>();

function cardHere(): string | null {
  const { PATH, CUDA_VISIBLE_DEVICES } = process.env;
  const key = JSON.stringify([PATH, CUDA_VISIBLE_DEVICES]);
  const known = cards.get(key);
  if (known !== undefined) return known;
  const card = describeCard();
  cards.set(key, card);
  return card;
}

/** What stands before the version where a device is usable. */
function found(device: Device): string {
  if (device !== 'cuda') return '';
  return `${cardHere() ?? 'a card that nvidia-smi does not name (it is not there, or does not answer)'}; `;
}

/** @throws TiltyardError where a package that it needs is missing or does not load */
async function loadOnnx(): Promise<typeof import('./onnx/engine.js')> {
  const missing = ['onnxruntime-node', 'koffi'].find((name) => !isInstalled(name));
  if (missing !== undefined) throw new TiltyardError('no-onnxruntime', `${missing} is not installed`);
  try {
    return await import('./onnx/engine.js');
  } catch (cause) {
    const reason = `koffi is installed but does not load: ${firstLine(cause)}`;
    throw new TiltyardError('no-onnxruntime', reason, { cause });
  }
}

/**
 * Without an adapter or a driver some providers abort the process instead of throwing: look before loading.
 */
function missingFor(device: Device): string | null {
  if (device === 'cuda') return hasCard() ? null : 'no card: no /dev/nvidia0, and nvidia-smi names none';
  if (device === 'cpu' || process.platform !== 'linux') return null;
  if (hasSoftwareVulkan()) return SOFTWARE_ADAPTER;
  return hasFile('/dev/dri', /^renderD/) || hasNvidia() ? null : 'no hardware adapter';
}

const TENSORFLOW_PACKAGES = [
  { name: '@tensorflow/tfjs-node-gpu', device: 'gpu' },
  { name: '@tensorflow/tfjs-node', device: 'cpu' },
] as const;

function tryTensorflow(): EngineStatus {
  const status = (device: string, usable: boolean, reason: string): EngineStatus => ({
    name: 'tensorflow',
    device,
    usable,
    reason,
  });
  const found = TENSORFLOW_PACKAGES.find(({ name }) => isInstalled(name));
  if (found === undefined) {
    const cause = 'optional; its download of libtensorflow may have failed';
    return status('gpu', false, `@tensorflow/tfjs-node-gpu is not installed (${cause})`);
  }
  const { name, device } = found;
  try {
    require(name);
    tf.setBackend('tensorflow');
    return status(device === 'gpu' && hasNvidia() ? 'gpu' : 'cpu', true, `${name} loaded`);
  } catch (error) {
    return status(device, false, `${name} is installed but does not load: ${firstLine(error)}`);
  }
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

const hasSoftwareVulkan = (): boolean =>
  /swiftshader|lvp|llvmpipe/i.test(process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'] ?? '');

/** In some places (the Windows subsystem for Linux) a card has no device of its own. */
const hasCard = (): boolean => hasNvidia() || cardHere() !== null;

const hasNvidia = (): boolean => hasFile('/dev', /^nvidia\d+$/);

function hasFile(dir: string, pattern: RegExp): boolean {
  try {
    return readdirSync(dir).some((name) => pattern.test(name));
  } catch {
    return false;
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
