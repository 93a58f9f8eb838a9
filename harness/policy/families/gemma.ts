import * as ops from '../../engine/ops.js';
import type { Tensor } from '../../engine/ops.js';
import type { Architecture, Weights } from '../architecture.js';
import { type Fields, writtenConfig } from './config.js';
import {
  ACTIVATIONS,
  type ArraySpec,
  checkSizes,
  gatedFeedForward,
  linear,
  matrix,
  rmsNormed,
  vector,
} from './layers.js';
import { unread, windowsOf } from './llama-config.js';
import { readRotation } from './rope.js';
import type { Rotation } from './rotary.js';
import { rotaryDecoder, tanhCapped } from './rotary-decoder.js';

interface GemmaShape {
  readonly family: 'gemma' | 'gemma2';
  readonly vocabSize: number;
  readonly contextLength: number;
  /** D */
  readonly width: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly epsilon: number;
  readonly rotation: Rotation;
  readonly activation: string;
  readonly bias: boolean;
  readonly tied: boolean;
  readonly windows: readonly (number | null)[];
  /** Of q k^T. */
  readonly scale: number;
  readonly scoreCap: number | null;
  readonly logitCap: number | null;
  readonly config: () => Record<string, unknown>;
}

/**
 * Gemma (Gemma Team 2024, arXiv:2403.08295) and Gemma 2 (arXiv:2408.00118): embeddings times sqrt(D), RMS
 * norms whose weights are offsets from 1, GeGLU. With norms a, b, and in Gemma 2 norms c, d on what is added
 * (section 2), where Gemma has none:
 *
 *     y = x + c(o(attention(q(a(x)), k(a(x)), v(a(x)))))
 *     z = y + d(down(gelu(gate(b(y))) * up(b(y))))
 *
 * Gemma: a -> input_layernorm, b -> post_attention_layernorm. Gemma 2: a -> input_layernorm, c ->
 * post_attention_layernorm, b -> pre_feedforward_layernorm, d -> post_feedforward_layernorm; every other
 * layer looks back a window only; logits l become cap tanh(l / cap), of attention too.
 */
function gemma(shape: GemmaShape): Architecture {
  const { family, vocabSize: V, width: D, inner: F, layers: L, heads: H, keyValueHeads: G } = shape;
  const { headSize: d, epsilon, bias, tied, activation } = shape;
  checkSizes(family, { width: D, layers: L });
  const isSecond = family === 'gemma2';
  const names = isSecond
    ? ['input', 'post_attention', 'pre_feedforward', 'post_feedforward']
    : ['input', 'post_attention'];
  const arrays: ArraySpec[] = [
    ...matrix('embed_tokens', V, D),
    ...Array.from({ length: L }, (_, i) => `layers.${i}`).flatMap((at) => [
      ...names.map((name) => vector(`${at}.${name}_layernorm.weight`, D, 0)),
      ...matrix(`${at}.self_attn.q_proj`, H * d, D, bias),
      ...matrix(`${at}.self_attn.k_proj`, G * d, D, bias),
      ...matrix(`${at}.self_attn.v_proj`, G * d, D, bias),
      ...matrix(`${at}.self_attn.o_proj`, D, H * d, bias),
      ...matrix(`${at}.mlp.gate_proj`, F, D),
      ...matrix(`${at}.mlp.up_proj`, F, D),
      ...matrix(`${at}.mlp.down_proj`, D, F),
    ]),
    vector('norm.weight', D, 0),
    ...(tied ? [] : matrix('lm_head', V, D)),
  ];
  const norm = (w: Weights, x: Tensor, name: string): Tensor =>
    ops.mul(rmsNormed(x, epsilon), ops.add(w[`${name}.weight`]!, 1));

  return rotaryDecoder({
    ...shape,
    softcap: shape.scoreCap,
    filePrefix: 'model.',
    arrays,
    embed: (w, ids) => ops.mul(ops.gather(w['embed_tokens.weight']!, ids), Math.sqrt(D)),
    project(w, i, x) {
      const y = norm(w, x, `layers.${i}.input_layernorm`);
      const part = (name: string, heads: number): Tensor =>
        ops.reshape(linear(w, y, `layers.${i}.self_attn.${name}_proj`, bias), [x.shape[0]!, heads, d]);
      return [part('q', H), part('k', G), part('v', G)];
    },
    finish(w, i, x, attended) {
      const at = `layers.${i}`;
      const behind = (y: Tensor, name: string): Tensor =>
        isSecond ? norm(w, y, `${at}.post_${name}_layernorm`) : y;
      const o = linear(w, attended, `${at}.self_attn.o_proj`, bias);
      const y = ops.add(x, behind(o, 'attention'));
      const z = norm(w, y, `${at}.${isSecond ? 'pre_feedforward' : 'post_attention'}_layernorm`);
      return ops.add(y, behind(gatedFeedForward(w, z, `${at}.mlp`, activation, false), 'feedforward'));
    },
    norm: (w, x) => norm(w, x, 'norm'),
    logits(w, rows) {
      const output = w[tied ? 'embed_tokens.weight' : 'lm_head.weight']!;
      return tanhCapped(ops.matmul(rows, output, false, true), shape.logitCap);
    },
  });
}

/** Fields of both, with the defaults of transformers 5.18's classes. */
function common(
  fields: Fields,
  tied: boolean,
  defaults: { width: number; inner: number; layers: number; heads: number; keyValueHeads: number },
): Omit<GemmaShape, 'family' | 'activation' | 'windows' | 'scale' | 'scoreCap' | 'logitCap' | 'config'> {
  const headSize = fields.size('head_dim', 256);
  const context = fields.size('max_position_embeddings', 8192);
  return {
    vocabSize: fields.size('vocab_size', 256_000),
    contextLength: context,
    width: fields.size('hidden_size', defaults.width),
    inner: fields.size('intermediate_size', defaults.inner),
    layers: fields.size('num_hidden_layers', defaults.layers),
    heads: fields.size('num_attention_heads', defaults.heads),
    keyValueHeads: fields.size('num_key_value_heads', defaults.keyValueHeads),
    headSize,
    epsilon: fields.positive('rms_norm_eps', 1e-6),
    rotation: readRotation(fields, { headSize, context }),
    bias: fields.boolean('attention_bias', false),
    tied,
  };
}

/** Gemma 1 and 1.1. */
export function readGemma(fields: Fields, tied: boolean): Architecture {
  const defaults = { width: 3072, inner: 24_576, layers: 28, heads: 16, keyValueHeads: 16 };
  const shape = common(fields, tied, defaults);
  const named = fields.oneOf('hidden_act', 'gelu_pytorch_tanh', Object.keys(ACTIVATIONS));
  const activation = named === 'gelu' ? 'gelu_pytorch_tanh' : named; // as transformers reads old releases
  fields.only('hidden_activation', [activation, null]); // not read
  unread(fields, shape.layers, 'full_attention');
  const architecture = gemma({
    ...shape,
    family: 'gemma',
    activation,
    windows: [],
    scale: 1 / Math.sqrt(shape.headSize),
    scoreCap: null,
    logitCap: null,
    config: () => writtenConfig(fields.config, 'GemmaForCausalLM'),
  });
  fields.done();
  return architecture;
}

/** Gemma 2. */
export function readGemma2(fields: Fields, tied: boolean): Architecture {
  const defaults = { width: 2304, inner: 9216, layers: 26, heads: 8, keyValueHeads: 4 };
  const shape = common(fields, tied, defaults);
  if (shape.width % shape.heads !== 0)
    throw fields.refusal(
      `'hidden_size' is ${shape.width}, which transformers' gemma2 wants to be a multiple of ` +
        `'num_attention_heads', ${shape.heads}`,
    );
  const activation = fields.oneOf('hidden_activation', 'gelu_pytorch_tanh', Object.keys(ACTIVATIONS));
  fields.only('hidden_act', [activation, null]); // not read
  const window = fields.sizeOrNull('sliding_window', 4096);
  fields.only('sliding_window_size', [window, null]); // not read
  const types = fields.layerTypes(shape.layers, (i) =>
    i % 2 === 0 ? 'sliding_attention' : 'full_attention',
  );
  const architecture = gemma({
    ...shape,
    family: 'gemma2',
    activation,
    windows: windowsOf(fields, types, window),
    scale: 1 / Math.sqrt(fields.size('query_pre_attn_scalar', 256)),
    scoreCap: scoreCap(fields),
    logitCap: fields.positiveOrNull('final_logit_softcapping', 30),
    config: () => writtenConfig(fields.config, 'Gemma2ForCausalLM'),
  });
  fields.done();
  return architecture;
}

/**
 * The cap on attention's scores. Under sdpa, its default, transformers leaves the cap out without a word, so
 * that the file must say which of the two is meant.
 */
function scoreCap(fields: Fields): number | null {
  const cap = fields.positiveOrNull('attn_logit_softcapping', 50);
  if (cap === null || fields.raw('attn_implementation') === 'eager') return cap;
  const given = fields.has('attn_logit_softcapping') ? cap : `absent, which means ${cap}`;
  throw fields.refusal(
    `'attn_logit_softcapping' is ${given}, ` +
      'and transformers leaves it out under sdpa, its default; set "attn_implementation": "eager" in the ' +
      'file to have it computed (by transformers too), or "attn_logit_softcapping": null to train without it',
  );
}
