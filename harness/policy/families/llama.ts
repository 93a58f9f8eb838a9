import * as ops from '../../engine/ops.js';
import type { Tensor } from '../../engine/ops.js';
import type { Architecture, Weights } from '../architecture.js';
import { type ArraySpec, checkSizes, gatedFeedForward, linear, matrix, rmsNorm, vector } from './layers.js';
import { defaultRotation, type Rotation } from './rotary.js';
import { type Projections, rotaryDecoder } from './rotary-decoder.js';

export interface LlamaShape {
  /** Hugging Face's `model_type`, which decides what is written to config.json. */
  readonly family: string;
  readonly vocabSize: number;
  readonly contextLength: number;
  /** D */
  readonly width: number;
  /** Width of the gated feed-forward net. */
  readonly inner: number;
  readonly layers: number;
  /** H query heads, which share the heads of keys and values; H is a multiple of their number. */
  readonly heads: number;
  readonly keyValueHeads: number;
  /** dh; default D / H. */
  readonly headSize?: number;
  readonly epsilon: number;
  readonly ropeTheta?: number;
  /** Rotary positions; default those of `ropeTheta`. */
  readonly rotation?: Rotation;
  /** Layers whose queries and keys are not rotated (SmolLM3); default none. */
  readonly unrotated?: ReadonlySet<number>;
  /** Tokens that a token of each layer looks at, itself included; null for all. Default all. */
  readonly windows?: readonly (number | null)[];
  /** Biases on q, k, v (qwen2), on o, and in the feed-forward net. */
  readonly biases: { readonly qkv: boolean; readonly output: boolean; readonly mlp: boolean };
  /** Whether queries and keys of each head are normed before they are rotated (qwen3); default not. */
  readonly headNorms?: boolean;
  /** Default silu. */
  readonly activation?: string;
  /** Whether logits use the embedding matrix. */
  readonly tied: boolean;
  readonly eosId?: number;
  readonly padId?: number;
  /** config.json to write; default one of the fields above. */
  readonly config?: () => Record<string, unknown>;
}

/**
 * Llama (Touvron et al. 2023, arXiv:2302.13971), and what differs from it by a bias, a norm or a window:
 * Qwen2 (arXiv:2407.10671), Qwen3 (arXiv:2505.09388), Mistral (arXiv:2310.06825), SmolLM3. With norms a, b:
 *
 *     y = x + o(attention(q(a(x)), k(a(x)), v(a(x))))
 *     z = y + down(silu(gate(b(y))) * up(b(y)))
 *
 * a -> input_layernorm, b -> post_attention_layernorm, q, k, v, o -> self_attn.*_proj, gate, up, down ->
 * mlp.*_proj. Queries and keys are rotated (arXiv:2104.09864) and in Qwen3 normed by head before:
 * self_attn.q_norm, k_norm. Array names and layouts are Hugging Face's (matrices are [out, in]).
 */
export function llama(shape: LlamaShape): Architecture {
  const { family, width: D, inner: F, layers: L, heads: H, keyValueHeads: G, epsilon, tied, biases } = shape;
  const { vocabSize: V, contextLength: S, headNorms = false, activation = 'silu' } = shape;
  checkSizes(family, {
    vocabSize: V,
    contextLength: S,
    width: D,
    inner: F,
    layers: L,
    heads: H,
    keyValueHeads: G,
  });
  const d = shape.headSize ?? D / H;
  const arrays: ArraySpec[] = [
    ...matrix('embed_tokens', V, D),
    ...Array.from({ length: L }, (_, i) => `layers.${i}`).flatMap((at) => [
      vector(`${at}.input_layernorm.weight`, D, 1),
      vector(`${at}.post_attention_layernorm.weight`, D, 1),
      ...matrix(`${at}.self_attn.q_proj`, H * d, D, biases.qkv),
      ...matrix(`${at}.self_attn.k_proj`, G * d, D, biases.qkv),
      ...matrix(`${at}.self_attn.v_proj`, G * d, D, biases.qkv),
      ...matrix(`${at}.self_attn.o_proj`, D, H * d, biases.output),
      ...(headNorms ? ['q', 'k'].map((x) => vector(`${at}.self_attn.${x}_norm.weight`, d, 1)) : []),
      ...matrix(`${at}.mlp.gate_proj`, F, D, biases.mlp),
      ...matrix(`${at}.mlp.up_proj`, F, D, biases.mlp),
      ...matrix(`${at}.mlp.down_proj`, D, F, biases.mlp),
    ]),
    vector('norm.weight', D, 1),
    ...(tied ? [] : matrix('lm_head', V, D)),
  ];

  return rotaryDecoder({
    family,
    vocabSize: V,
    contextLength: S,
    width: D,
    layers: L,
    heads: H,
    keyValueHeads: G,
    headSize: d,
    rotation: shape.rotation ?? defaultRotation(shape.ropeTheta ?? 10_000, d),
    ...(shape.unrotated === undefined ? {} : { unrotated: shape.unrotated }),
    windows: shape.windows ?? [],
    filePrefix: 'model.',
    arrays,
    embed: (w, ids) => ops.gather(w['embed_tokens.weight']!, ids),
    project(w, i, x): Projections {
      const at = `layers.${i}`;
      const y = rmsNorm(w, x, `${at}.input_layernorm`, epsilon);
      const part = (name: string, heads: number): Tensor =>
        ops.reshape(linear(w, y, `${at}.self_attn.${name}_proj`, biases.qkv), [x.shape[0]!, heads, d]);
      const normed = (name: string, heads: number): Tensor =>
        headNorms
          ? rmsNorm(w, part(name, heads), `${at}.self_attn.${name}_norm`, epsilon)
          : part(name, heads);
      return [normed('q', H), normed('k', G), part('v', G)];
    },
    finish(w, i, x, attended) {
      const at = `layers.${i}`;
      const y = ops.add(x, linear(w, attended, `${at}.self_attn.o_proj`, biases.output));
      const z = rmsNorm(w, y, `${at}.post_attention_layernorm`, epsilon);
      return ops.add(y, gatedFeedForward(w, z, `${at}.mlp`, activation, biases.mlp));
    },
    norm: (w, x) => rmsNorm(w, x, 'norm', epsilon),
    logits: (w: Weights, rows) =>
      ops.matmul(rows, w[tied ? 'embed_tokens.weight' : 'lm_head.weight']!, false, true),
    config: shape.config ?? (() => freshConfig(shape, d)),
  });
}

/** Of a model that did not come with one. */
function freshConfig(shape: LlamaShape, headSize: number): Record<string, unknown> {
  const theta = shape.ropeTheta ?? 10_000;
  return {
    architectures: [CLASSES[shape.family] ?? CLASSES['llama']],
    model_type: shape.family,
    vocab_size: shape.vocabSize,
    max_position_embeddings: shape.contextLength,
    hidden_size: shape.width,
    intermediate_size: shape.inner,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyValueHeads,
    head_dim: headSize,
    ...(shape.family === 'llama' ? { attention_bias: shape.biases.qkv, mlp_bias: shape.biases.mlp } : {}),
    hidden_act: shape.activation ?? 'silu',
    rms_norm_eps: shape.epsilon,
    rope_parameters: { rope_theta: theta, rope_type: 'default' },
    rope_theta: theta,
    attention_dropout: 0,
    tie_word_embeddings: shape.tied,
    eos_token_id: shape.eosId ?? null,
    pad_token_id: shape.padId ?? null,
  };
}

/** Class names of the families. */
export const CLASSES: Readonly<Record<string, string>> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  mistral: 'MistralForCausalLM',
  smollm3: 'SmolLM3ForCausalLM',
};
