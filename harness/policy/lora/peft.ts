import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor } from '../../engine/tensor.js';
import { TiltyardError } from '../../errors.js';
import type { LoraSpec } from '../../store/spec.js';
import type { Architecture } from '../architecture.js';
import { encodeSafetensors, readSafetensors } from '../checkpoint/safetensors.js';
import type { Normalisation } from '../module.js';
import type { Json } from '../tokenizers/json-file.js';
import { SHAPES_ONLY } from '../parts.js';
import { ADAPTER_CONFIG, adapterConfig } from './adapter-config.js';
import { matricesOf } from './adapted.js';
import { adaptedModules, linearModules } from './targets.js';

/** Adapters in the layout that PEFT reads and writes: adapter_config.json and adapter_model.safetensors. */
export interface AdapterFolder {
  readonly spec: LoraSpec;
  /** A and B of each module, as `matricesOf` names them. */
  readonly matrices: ReadonlyMap<string, HostTensor>;
  /** The scalar head, trained in full (`modules_to_save`); null of a policy. */
  readonly head: ReadonlyMap<string, HostTensor> | null;
  /** Of a reward; PEFT has no place for it, the merged model's config.json does. */
  readonly normalisation: Normalisation | null;
}

/** What is written. */
interface Written extends Omit<AdapterFolder, 'normalisation'> {
  readonly architecture: Architecture;
  /** The model folder that they adapt, as `base_model_name_or_path` names it. */
  readonly base: string;
}

const WEIGHTS = 'adapter_model.safetensors';
/** Before the names of the model's own modules. */
const PREFIX = 'base_model.model.';

/** Writes a folder that `PeftModel.from_pretrained(base, folder)` loads. */
export function writeAdapterFolder(dir: string, written: Written): void {
  const { spec, matrices, head, architecture, base } = written;
  mkdirSync(dir, { recursive: true });
  const arrays = new Map<string, HostTensor>();
  for (const [name, array] of matrices) arrays.set(PREFIX + architecture.filePrefix + name, array);
  for (const [name, array] of head ?? []) arrays.set(PREFIX + name, array);
  const config = {
    peft_type: 'LORA',
    task_type: head === null ? 'CAUSAL_LM' : 'SEQ_CLS',
    base_model_name_or_path: base,
    r: spec.rank,
    lora_alpha: spec.alpha,
    lora_dropout: 0,
    use_rslora: spec.rslora,
    use_dora: false,
    bias: 'none',
    fan_in_fan_out: architecture.fanInFanOut === true,
    init_lora_weights: true,
    inference_mode: true,
    target_modules: adaptedModules(architecture, spec).map(({ name }) => architecture.filePrefix + name),
    modules_to_save: head === null ? null : ['score'],
  };
  writeFileSync(join(dir, ADAPTER_CONFIG), `${JSON.stringify(config, null, 2)}\n`);
  writeFileSync(join(dir, WEIGHTS), encodeSafetensors(arrays));
}

/**
 * The adapters in a folder, on an architecture.
 * @throws TiltyardError for other kinds than plain LoRA, and where arrays are not those of the architecture
 */
export function readAdapterFolder(
  dir: string,
  architecture: Architecture,
): Omit<AdapterFolder, 'normalisation'> {
  const config = adapterConfig(dir);
  const path = join(dir, WEIGHTS);
  const found = readSafetensors(path);
  const refuse = (what: string): TiltyardError => new TiltyardError('bad-adapter', `${path}: ${what}`);
  const take = (name: string): HostTensor | undefined => {
    const array = found.get(PREFIX + name);
    found.delete(PREFIX + name);
    return array;
  };
  const matrices = new Map<string, HostTensor>();
  const targets: string[] = [];
  const rank = config['r'] as number;
  for (const { name, input, output } of linearModules(architecture)) {
    const full = architecture.filePrefix + name;
    const names = matricesOf(name);
    const [a, b] = [names.a, names.b].map((one) => take(architecture.filePrefix + one));
    if (a === undefined && b === undefined) continue;
    for (const [one, array, wanted] of [
      [names.a, a, [rank, input]],
      [names.b, b, [output, rank]],
    ] as const) {
      if (array === undefined)
        throw refuse(`has no ${PREFIX}${architecture.filePrefix}${one}; write it anew`);
      if (array.shape.join() !== wanted.join())
        throw refuse(`array '${one}' is [${array.shape.join(', ')}], the model wants [${wanted.join(', ')}]`);
      checkFinite(array, one, refuse);
      matrices.set(one, array);
    }
    targets.push(full);
  }
  const head = new Map<string, HostTensor>();
  for (const [name, { shape }] of architecture.initialHead('zero', SHAPES_ONLY)) {
    const array = take(name);
    if (array === undefined) continue;
    if (array.shape.join() !== shape.join()) throw refuse(`array '${name}' is [${array.shape.join(', ')}]`);
    checkFinite(array, name, refuse);
    head.set(name, array);
  }
  const [other] = found.keys();
  if (other !== undefined)
    throw refuse(
      `array '${other}' is no adapter of a linear module of this model; merge it into its model first`,
    );
  if (targets.length === 0) throw refuse('holds no adapter of a linear module of this model');
  return { spec: specOf(config, targets), matrices, head: head.size === 0 ? null : head };
}

const specOf = (config: Json, targets: readonly string[]): LoraSpec => ({
  rank: config['r'] as number,
  alpha: config['lora_alpha'] as number,
  targets,
  rslora: config['use_rslora'] === true,
});

function checkFinite({ data }: HostTensor, name: string, refuse: (what: string) => TiltyardError): void {
  const at = (data as Float32Array).findIndex((x) => !Number.isFinite(x));
  if (at >= 0) throw refuse(`array '${name}' holds ${data[at]} (number ${at} of ${data.length})`);
}
