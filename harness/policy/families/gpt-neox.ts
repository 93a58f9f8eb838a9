import { layerNorm } from '../../engine/nn/index.js';
import * as ops from '../../engine/ops.js';
import type { Tensor } from '../../engine/ops.js';
import type { Architecture, Weights } from '../architecture.js';
import { type Fields, writtenConfig } from './config.js';
import { ACTIVATIONS, type ArraySpec, linear, matrix, vector } from './layers.js';
import { unread } from './llama-config.js';
import { readRotation } from './rope.js';
import { rotaryDecoder } from './rotary-decoder.js';

/**
 * GPT-NeoX (Black et al. 2022, arXiv:2204.06745, section 2) and Pythia (arXiv:2304.01373): layer norms with
 * biases, rotary positions on the first share of each head, attention and feed-forward net in parallel
 * (section 2.1.2) or one after the other. With layer norms a, b:
 *
 *     x + o(attention(q(a(x)), k(a(x)), v(a(x)))) + down(gelu(up(b(x))))
 *
 * or b(x + o(..)) in place of b(x). a -> input_layernorm, b -> post_attention_layernorm, o ->
 * attention.dense, up, down -> mlp.dense_h_to_4h, dense_4h_to_h. attention.query_key_value [3D, D] has each
 * head's q, k and v one after another. The output matrix is `embed_out` in files.
 */
export function readGptNeox(fields: Fields, tied: boolean): Architecture {
  const V = fields.size('vocab_size', 50_432);
  const D = fields.size('hidden_size', 6144);
  const L = fields.size('num_hidden_layers', 44);
  const H = fields.size('num_attention_heads', 64);
  const F = fields.size('intermediate_size', 24_576);
  const context = fields.size('max_position_embeddings', 2048);
  const epsilon = fields.positive('layer_norm_eps', 1e-5);
  const activation = ACTIVATIONS[fields.oneOf('hidden_act', 'gelu', Object.keys(ACTIVATIONS))]!;
  const isParallel = fields.boolean('use_parallel_residual', true);
  const bias = fields.boolean('attention_bias', true);
  if (D % H !== 0)
    throw fields.refusal(`'hidden_size' is ${D}, which should be a multiple of 'num_attention_heads', ${H}`);
  const d = D / H;
  fields.only('head_dim', [d]); // read for positions only
  unread(fields, L, 'full_attention');
  const norms = ['weight', 'bias'] as const;
  const arrays: ArraySpec[] = [
    ...matrix('embed_in', V, D),
    ...Array.from({ length: L }, (_, i) => `layers.${i}`).flatMap((at) => [
      ...['input_layernorm', 'post_attention_layernorm'].flatMap((name) =>
        norms.map((part) => vector(`${at}.${name}.${part}`, D, part === 'weight' ? 1 : 0)),
      ),
      ...matrix(`${at}.attention.query_key_value`, 3 * D, D, bias),
      ...matrix(`${at}.attention.dense`, D, D, bias),
      ...matrix(`${at}.mlp.dense_h_to_4h`, F, D, true),
      ...matrix(`${at}.mlp.dense_4h_to_h`, D, F, true),
    ]),
    ...norms.map((part) => vector(`final_layer_norm.${part}`, D, part === 'weight' ? 1 : 0)),
    ...(tied ? [] : matrix('lm_head', V, D)),
  ];
  const norm = (w: Weights, x: Tensor, name: string): Tensor =>
    layerNorm(x, w[`${name}.weight`]!, w[`${name}.bias`]!, epsilon);

  const architecture = rotaryDecoder({
    family: 'gpt_neox',
    vocabSize: V,
    contextLength: context,
    width: D,
    layers: L,
    heads: H,
    keyValueHeads: H,
    headSize: d,
    rotation: readRotation(fields, {
      headSize: d,
      context,
      thetaField: 'rotary_emb_base',
      share: { field: 'rotary_pct', fallback: 0.25 },
    }),
    windows: [],
    filePrefix: 'gpt_neox.',
    outputMatrix: 'embed_out.weight',
    arrays,
    embed: (w, ids) => ops.gather(w['embed_in.weight']!, ids),
    project(w, i, x) {
      const at = `layers.${i}`;
      const N = x.shape[0]!;
      const qkv = linear(w, norm(w, x, `${at}.input_layernorm`), `${at}.attention.query_key_value`, bias);
      const byHead = ops.reshape(qkv, [N, H, 3 * d]);
      const part = (j: number): Tensor => ops.slice(byHead, [0, 0, j * d], [N, H, d]);
      return [part(0), part(1), part(2)];
    },
    finish(w, i, x, attended) {
      const at = `layers.${i}`;
      const y = ops.add(x, linear(w, attended, `${at}.attention.dense`, bias));
      const z = norm(w, isParallel ? x : y, `${at}.post_attention_layernorm`);
      const inner = activation(linear(w, z, `${at}.mlp.dense_h_to_4h`, true));
      return ops.add(y, linear(w, inner, `${at}.mlp.dense_4h_to_h`, true));
    },
    norm: (w, x) => norm(w, x, 'final_layer_norm'),
    logits: (w, rows) => ops.matmul(rows, w[tied ? 'embed_in.weight' : 'lm_head.weight']!, false, true),
    config: () => writtenConfig(fields.config, 'GPTNeoXForCausalLM'),
  });
  fields.done();
  return architecture;
}
