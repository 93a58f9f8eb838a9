import * as ops from '../../engine/ops.js';
import type { Tensor } from '../../engine/ops.js';
import type { Architecture } from '../architecture.js';
import { type Fields, writtenConfig } from './config.js';
import { ACTIVATIONS, type ArraySpec, linear, matrix, rmsNorm, vector } from './layers.js';
import { unread } from './llama-config.js';
import { readRotation } from './rope.js';
import { rotaryDecoder } from './rotary-decoder.js';

/**
 * Phi-3 (Abdin et al. 2024, arXiv:2404.14219, section 2): Llama's layers with q, k, v in one matrix and gate,
 * up in another, in that order: self_attn.qkv_proj [(H + 2G) dh, D], mlp.gate_up_proj [2F, D].
 */
export function readPhi3(fields: Fields, tied: boolean): Architecture {
  const D = fields.size('hidden_size', 3072);
  const H = fields.size('num_attention_heads', 32);
  const G = fields.sizeOrNull('num_key_value_heads', null) ?? H;
  const F = fields.size('intermediate_size', 8192);
  const L = fields.size('num_hidden_layers', 32);
  const V = fields.size('vocab_size', 32_064);
  const context = fields.size('max_position_embeddings', 4096);
  const d = fields.size('head_dim', Math.floor(D / H));
  const epsilon = fields.positive('rms_norm_eps', 1e-5);
  const activation = fields.oneOf('hidden_act', 'silu', Object.keys(ACTIVATIONS));
  const window = fields.sizeOrNull('sliding_window', null);
  fields.size('original_max_position_embeddings', 4096); // read for rotary types that are not built
  fields.only('attention_bias', [false, null]); // not read
  // The published models' own code computes what transformers' class does, which is used without asking.
  fields.only('auto_map', [PUBLISHED]);
  unread(fields, L, window === null ? 'full_attention' : 'sliding_attention');
  const arrays: ArraySpec[] = [
    ...matrix('embed_tokens', V, D),
    ...Array.from({ length: L }, (_, i) => `layers.${i}`).flatMap((at) => [
      vector(`${at}.input_layernorm.weight`, D, 1),
      vector(`${at}.post_attention_layernorm.weight`, D, 1),
      ...matrix(`${at}.self_attn.qkv_proj`, (H + 2 * G) * d, D),
      ...matrix(`${at}.self_attn.o_proj`, D, H * d),
      ...matrix(`${at}.mlp.gate_up_proj`, 2 * F, D),
      ...matrix(`${at}.mlp.down_proj`, D, F),
    ]),
    vector('norm.weight', D, 1),
    ...(tied ? [] : matrix('lm_head', V, D)),
  ];
  /** n columns of x [N, ...] from one on. */
  const columns = (x: Tensor, from: number, n: number): Tensor => ops.slice(x, [0, from], [x.shape[0]!, n]);

  const architecture = rotaryDecoder({
    family: 'phi3',
    vocabSize: V,
    contextLength: context,
    width: D,
    layers: L,
    heads: H,
    keyValueHeads: G,
    headSize: d,
    rotation: readRotation(fields, {
      headSize: d,
      context,
      share: { field: 'partial_rotary_factor', fallback: 1 },
      types: ['default'],
    }),
    windows: Array.from({ length: L }, () => window),
    filePrefix: 'model.',
    arrays,
    embed: (w, ids) => ops.gather(w['embed_tokens.weight']!, ids),
    project(w, i, x) {
      const y = rmsNorm(w, x, `layers.${i}.input_layernorm`, epsilon);
      const qkv = linear(w, y, `layers.${i}.self_attn.qkv_proj`, false);
      const part = (from: number, heads: number): Tensor =>
        ops.reshape(columns(qkv, from * d, heads * d), [x.shape[0]!, heads, d]);
      return [part(0, H), part(H, G), part(H + G, G)];
    },
    finish(w, i, x, attended) {
      const at = `layers.${i}`;
      const y = ops.add(x, linear(w, attended, `${at}.self_attn.o_proj`, false));
      const z = rmsNorm(w, y, `${at}.post_attention_layernorm`, epsilon);
      const both = linear(w, z, `${at}.mlp.gate_up_proj`, false);
      const gate = ACTIVATIONS[activation]!(columns(both, 0, F));
      return ops.add(y, linear(w, ops.mul(columns(both, F, F), gate), `${at}.mlp.down_proj`, false));
    },
    norm: (w, x) => rmsNorm(w, x, 'norm', epsilon),
    logits: (w, rows) => ops.matmul(rows, w[tied ? 'embed_tokens.weight' : 'lm_head.weight']!, false, true),
    config: () => writtenConfig(fields.config, 'Phi3ForCausalLM'),
  });
  fields.done();
  return architecture;
}

/** `auto_map` of the published models. */
const PUBLISHED = {
  AutoConfig: 'configuration_phi3.Phi3Config',
  AutoModelForCausalLM: 'modeling_phi3.Phi3ForCausalLM',
};
