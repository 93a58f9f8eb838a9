import type { Architecture } from '../architecture.js';
import { type Fields, type LayerType, writtenConfig } from './config.js';
import { ACTIVATIONS } from './layers.js';
import { CLASSES, llama, type LlamaShape } from './llama.js';
import { readRotation } from './rope.js';

/** Defaults of transformers 5.18's configuration classes, where the families differ. */
interface Defaults {
  readonly vocabSize: number;
  readonly width: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  /** null: as many as query heads. */
  readonly keyValueHeads: number | null;
  readonly context: number;
  readonly theta?: number;
}

/**
 * Fields that all of the families read. `headSize` reads dh, which each family spells differently; null
 * stands for as many key and value heads as query heads unless `keyValueHeadsNull` is false.
 */
function common(
  fields: Fields,
  tied: boolean,
  defaults: Defaults,
  headSize: (width: number, heads: number) => number,
  keyValueHeadsNull = true,
): Omit<LlamaShape, 'biases'> {
  const width = fields.size('hidden_size', defaults.width);
  const heads = fields.size('num_attention_heads', defaults.heads);
  const context = fields.size('max_position_embeddings', defaults.context);
  const d = headSize(width, heads);
  const spelling = {
    headSize: d,
    context,
    ...(defaults.theta === undefined ? {} : { theta: defaults.theta }),
  };
  const sharing = 'num_key_value_heads';
  return {
    family: fields.family,
    vocabSize: fields.size('vocab_size', defaults.vocabSize),
    contextLength: context,
    width,
    inner: fields.size('intermediate_size', defaults.inner),
    layers: fields.size('num_hidden_layers', defaults.layers),
    heads,
    keyValueHeads: keyValueHeadsNull
      ? (fields.sizeOrNull(sharing, defaults.keyValueHeads) ?? heads)
      : fields.size(sharing, defaults.keyValueHeads ?? heads),
    headSize: d,
    epsilon: fields.positive('rms_norm_eps', 1e-6),
    rotation: readRotation(fields, spelling),
    activation: fields.oneOf('hidden_act', 'silu', Object.keys(ACTIVATIONS)),
    tied,
    config: () => writtenConfig(fields.config, CLASSES[fields.family]!),
  };
}

/** `head_dim`; D / H rounded down where it is absent or null. */
const headDimOrNull =
  (fields: Fields) =>
  (width: number, heads: number): number =>
    fields.sizeOrNull('head_dim', null) ?? Math.floor(width / heads);

/** `head_dim`; D / H rounded down where it is absent. Null makes transformers fail. */
const headDimOrAbsent =
  (fields: Fields) =>
  (width: number, heads: number): number =>
    fields.size('head_dim', Math.floor(width / heads));

/** Llama 1 to 3, TinyLlama, SmolLM and SmolLM2. */
export function readLlama(fields: Fields, tied: boolean): Architecture {
  const defaults: Defaults = {
    vocabSize: 32_000,
    width: 4096,
    inner: 11_008,
    layers: 32,
    heads: 32,
    keyValueHeads: null,
    context: 2048,
  };
  const shape = common(fields, tied, defaults, headDimOrNull(fields));
  if (shape.width % shape.heads !== 0)
    throw fields.refusal(
      `'hidden_size' is ${shape.width}, which transformers' llama wants to be a multiple of ` +
        `'num_attention_heads', ${shape.heads}`,
    );
  const bias = fields.boolean('attention_bias', false);
  unread(fields, shape.layers, 'full_attention');
  const architecture = llama({
    ...shape,
    biases: { qkv: bias, output: bias, mlp: fields.boolean('mlp_bias', false) },
  });
  fields.done();
  return architecture;
}

/** Qwen2 and Qwen2.5. */
export function readQwen2(fields: Fields, tied: boolean): Architecture {
  const shape = common(fields, tied, QWEN, headDimOrAbsent(fields));
  fields.only('attention_bias', [true, null]); // not read: there always are biases on q, k and v
  const windows = lastWindows(fields, shape.layers);
  const architecture = llama({ ...shape, windows, biases: { qkv: true, output: false, mlp: false } });
  fields.done();
  return architecture;
}

/** Qwen3. */
export function readQwen3(fields: Fields, tied: boolean): Architecture {
  const shape = common(fields, tied, QWEN, () => fields.size('head_dim', 128));
  const windows = lastWindows(fields, shape.layers);
  const bias = fields.boolean('attention_bias', false);
  const architecture = llama({
    ...shape,
    windows,
    headNorms: true,
    biases: { qkv: bias, output: bias, mlp: false },
  });
  fields.done();
  return architecture;
}

const QWEN: Defaults = {
  vocabSize: 151_936,
  width: 4096,
  inner: 22_016,
  layers: 32,
  heads: 32,
  keyValueHeads: 32,
  context: 32_768,
};

/** Mistral 7B and Nemo: every layer has the window. */
export function readMistral(fields: Fields, tied: boolean): Architecture {
  const defaults: Defaults = {
    vocabSize: 32_000,
    width: 4096,
    inner: 14_336,
    layers: 32,
    heads: 32,
    keyValueHeads: 8,
    context: 4096 * 32,
  };
  const shape = common(fields, tied, defaults, headDimOrNull(fields), false);
  const window = fields.sizeOrNull('sliding_window', 4096);
  fields.only('attention_bias', [false, null]); // neither is read: there are no biases
  fields.only('mlp_bias', [false, null]);
  unread(fields, shape.layers, window === null ? 'full_attention' : 'sliding_attention');
  const architecture = llama({
    ...shape,
    windows: Array.from({ length: shape.layers }, () => window),
    biases: { qkv: false, output: false, mlp: false },
  });
  fields.done();
  return architecture;
}

/** SmolLM3: some layers without rotation, and where asked for a window on those. */
export function readSmolLm3(fields: Fields, tied: boolean): Architecture {
  const defaults: Defaults = {
    vocabSize: 128_256,
    width: 2048,
    inner: 11_008,
    layers: 36,
    heads: 16,
    keyValueHeads: 4,
    context: 32_768,
    theta: 2_000_000,
  };
  const shape = common(fields, tied, defaults, headDimOrAbsent(fields));
  const { layers } = shape;
  const interval = fields.size('no_rope_layer_interval', 4);
  const given = fields.raw('no_rope_layers');
  const isList = Array.isArray(given) && given.length >= layers && given.every((x) => x === 0 || x === 1);
  if (given != null && !isList)
    throw fields.bad('no_rope_layers', `a list of 1 (rotated) and 0 for ${layers} layers`);
  const rotates = (i: number): boolean => (isList ? given[i] === 1 : (i + 1) % interval !== 0);
  const uses = fields.boolean('use_sliding_window', false);
  const window = fields.sizeOrNull('sliding_window', null);
  const types = fields.layerTypes(layers, (i) =>
    uses && window !== null && !rotates(i) ? 'sliding_attention' : 'full_attention',
  );
  const windows = windowsOf(fields, types, window);
  if (!uses && windows.some((x) => x !== null))
    throw fields.refusal(
      "'layer_types' has sliding_attention, but 'use_sliding_window' is false; make the two agree",
    );
  const bias = fields.boolean('attention_bias', false);
  const architecture = llama({
    ...shape,
    windows,
    unrotated: new Set(Array.from({ length: layers }, (_, i) => i).filter((i) => !rotates(i))),
    biases: { qkv: bias, output: bias, mlp: fields.boolean('mlp_bias', false) },
  });
  fields.done();
  return architecture;
}

/** Qwen's windows: with `use_sliding_window`, on layers from `max_window_layers` on or by `layer_types`. */
function lastWindows(fields: Fields, layers: number): (number | null)[] {
  const uses = fields.boolean('use_sliding_window', false);
  const given = fields.sizeOrNull('sliding_window', 4096);
  const from = fields.raw('max_window_layers') ?? 28;
  if (!Number.isInteger(from)) throw fields.bad('max_window_layers', 'a whole number');
  const window = uses ? given : null;
  const types = fields.layerTypes(layers, (i) =>
    window !== null && i >= (from as number) ? 'sliding_attention' : 'full_attention',
  );
  return windowsOf(fields, types, window);
}

/** The window of each layer. @throws TiltyardError where a layer should have one and there is none */
export function windowsOf(
  fields: Fields,
  types: readonly LayerType[],
  window: number | null,
): (number | null)[] {
  return types.map((type, i) => {
    if (type === 'full_attention') return null;
    if (window === null)
      throw fields.refusal(
        `'layer_types' makes layer ${i} sliding_attention, but there is no window in use; ` +
          "give 'sliding_window' (and 'use_sliding_window': true where the family has it)",
      );
    return window;
  });
}

/** Layer types that the family does not read, so that they must say what it does anyway. */
export function unread(fields: Fields, layers: number, type: LayerType): void {
  const types = fields.layerTypes(layers, () => type);
  if (types.some((x) => x !== type))
    throw fields.refusal(
      `'layer_types' is not read for ${fields.family}, which makes every layer ${type} here; remove it, or ` +
        'use the model type that has such layers',
    );
}
