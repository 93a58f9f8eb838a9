import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { TiltyardError, unknownName } from '../errors.js';
import { EagerEngine } from './eager.js';
import type { Engine } from './engine.js';
import { OnnxEngine, probe } from './onnx/engine.js';
import type { Device } from './onnx/session.js';

export const ENGINE_NAMES = ['auto', 'onnxruntime', 'tensorflow', 'reference'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export interface EngineStatus {
  readonly name: Exclude<EngineName, 'auto'>;
  readonly device: string;
  readonly usable: boolean;
  /** What was found, or what was missing. */
  readonly reason: string;
}

const require = createRequire(import.meta.url);

/** Tries every engine, in the order `auto` prefers them. Trying is running a small product: a library that loads may still not work. */
export async function listEngines(): Promise<EngineStatus[]> {
  return [tryOnnx('cuda'), tryTensorflow(), tryOnnx('webgpu'), tryOnnx('cpu'), { name: 'reference', device: 'cpu', usable: true, reason: 'pure TensorFlow.js; the definition the others must match, and slow' }];
}

/**
 * @param name `auto` takes the first usable of onnxruntime on CUDA, tensorflow with a GPU, onnxruntime on WebGPU with a
 * hardware adapter, onnxruntime on the CPU.
 * @throws TiltyardError where a named engine or device is not usable, with what was missing
 */
export async function createEngine(name: string, device: string | null, threads: number): Promise<Engine> {
  if (!(ENGINE_NAMES as readonly string[]).includes(name)) throw unknownName('engine', 'engine', name, ENGINE_NAMES);
  if (name === 'reference') return reference();
  if (name === 'tensorflow') {
    const status = tryTensorflow();
    if (!status.usable) throw unusable(status);
    return new EagerEngine('tensorflow', 'tensorflow', status.device, status.reason);
  }
  if (name === 'onnxruntime') {
    const wanted = (device ?? 'cpu') as Device;
    if (!['cpu', 'webgpu', 'cuda'].includes(wanted)) throw unknownName('engine onnxruntime', 'device', wanted, ['cpu', 'webgpu', 'cuda']);
    const status = tryOnnx(wanted);
    if (!status.usable && !(wanted === 'webgpu' && status.reason.startsWith('software'))) throw unusable(status);
    return new OnnxEngine({ device: wanted, threads, reason: status.reason });
  }
  const passed: string[] = [];
  for (const attempt of [() => tryOnnx('cuda'), tryTensorflow, () => tryOnnx('webgpu'), () => tryOnnx('cpu')]) {
    const status = attempt();
    const gpuWanted = status.name !== 'tensorflow' || status.device === 'gpu';
    if (status.usable && gpuWanted && (device === null || device === status.device)) {
      const reason = passed.length === 0 ? status.reason : `${status.reason}; not ${passed.join('; not ')}`;
      if (status.name === 'tensorflow') return new EagerEngine('tensorflow', 'tensorflow', status.device, reason);
      return new OnnxEngine({ device: status.device as Device, threads, reason });
    }
    passed.push(`${status.name} on ${status.device} (${status.usable ? 'no GPU' : status.reason})`);
  }
  throw new TiltyardError('no-engine', `engine: none is usable: ${passed.join('; ')}; reinstall onnxruntime-node, or use --engine reference`);
}

function reference(): Engine {
  return new EagerEngine('reference', 'cpu', 'cpu', 'asked for: pure TensorFlow.js');
}

function unusable(status: EngineStatus): TiltyardError {
  return new TiltyardError('engine-unusable', `engine ${status.name} on ${status.device}: ${status.reason}; use --engine auto to take what works here`);
}

function tryOnnx(device: Device): EngineStatus {
  const base = { name: 'onnxruntime' as const, device };
  try {
    // Without an adapter or a driver some providers abort the process instead of throwing: look before loading.
    if (device === 'cuda' && !hasFile('/dev', /^nvidia\d+$/)) return { ...base, usable: false, reason: 'no NVIDIA device' };
    if (device === 'webgpu') {
      if (process.platform === 'linux' && softwareVulkan()) return { ...base, usable: false, reason: 'software adapter only (VK_ICD_FILENAMES); ask for it with --engine onnxruntime --set engine.device=webgpu' };
      if (process.platform === 'linux' && !hasFile('/dev/dri', /^renderD/) && !hasFile('/dev', /^nvidia\d+$/)) return { ...base, usable: false, reason: 'no hardware adapter' };
    }
    probe(device);
    return { ...base, usable: true, reason: device === 'cpu' ? 'in the npm package' : `${device} provider loaded` };
  } catch (error) {
    return { ...base, usable: false, reason: firstLine(error) };
  }
}

function tryTensorflow(): EngineStatus {
  const base = { name: 'tensorflow' as const };
  for (const [name, device] of [['@tensorflow/tfjs-node-gpu', 'gpu'], ['@tensorflow/tfjs-node', 'cpu']] as const) {
    let path: string;
    try {
      path = require.resolve(name);
    } catch {
      continue;
    }
    try {
      require(path);
      tf.setBackend('tensorflow');
      const seen = device === 'gpu' && hasFile('/dev', /^nvidia\d+$/) ? 'gpu' : 'cpu';
      return { ...base, device: seen, usable: true, reason: `${name} loaded` };
    } catch (error) {
      return { ...base, device, usable: false, reason: `${name} is installed but does not load: ${firstLine(error)}` };
    }
  }
  return { ...base, device: 'gpu', usable: false, reason: '@tensorflow/tfjs-node-gpu is not installed (optional; its download of libtensorflow may have failed)' };
}

const softwareVulkan = (): boolean => /swiftshader|lvp|llvmpipe/i.test(process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'] ?? '');

function hasFile(dir: string, pattern: RegExp): boolean {
  try {
    return readdirSync(dir).some((name) => pattern.test(name));
  } catch {
    return false;
  }
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
