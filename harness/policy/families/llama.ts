import { writeSlots } from '../engine/nn/index.js';
import * as ops from '../engine/ops.js';
import type { Tensor } from '../engine/ops.js';
import { TiltyardError } from '../errors.js';
import type { HostTensor } from '../engine/tensor.js';
import type { Architecture, Decoder, Weights } from './architecture.js';
import { stacked } from './layout.js';
import { gaussian, scalarHead } from './parts.js';

export interface LlamaShape {
  /** Hugging Face's `model_type`, which decides what is written to config.json. */
  readonly family: 'llama' | 'qwen2';
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
  readonly ropeTheta: number;
  /** Biases on q, k, v (qwen2), on o, and in the feed-forward net. */
  readonly biases: { readonly qkv: boolean; readonly output: boolean; readonly mlp: boolean };
  /** Whether logits use the embedding matrix. */
  readonly tied: boolean;
  readonly eosId?: number;
  readonly padId?: number;
}

/**
 * Llama (Touvron et al. 2023, arXiv:2302.13971) and Qwen2 (arXiv:2407.10671): RMS norm (Zhang & Sennrich
 * 2019, arXiv:1910.07467), rotary positions (Su et al. 2021, arXiv:2104.09864, in the half-split form of the
 * released weights), grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245), SwiGLU (Shazeer 2020,
 * arXiv:2002.05202). Array names and layouts are Hugging Face's (matrices are [out, in]).
 */
export function llama(shape: LlamaShape): Architecture {
  const {
    vocabSize: V,
    contextLength: S,
    width: D,
    inner: F,
    layers: L,
    heads: H,
    keyValueHeads: G,
    epsilon,
    tied,
    biases,
  } = shape;
  for (const [name, value] of Object.entries({
    vocabSize: V,
    contextLength: S,
    width: D,
    inner: F,
    layers: L,
    heads: H,
    keyValueHeads: G,
  })) {
    if (!Number.isInteger(value) || value < 1)
      throw new TiltyardError(
        'llama-shape',
        `${shape.family}: ${name} must be a positive integer, got ${value}`,
      );
  }
  if (H % G !== 0)
    throw new TiltyardError(
      'llama-shape',
      `${shape.family}: ${H} query heads cannot share ${G} key and value heads evenly; choose a divisor`,
    );
  const d = shape.headSize ?? D / H;
  if (!Number.isInteger(d) || d % 2 !== 0)
    throw new TiltyardError(
      'llama-shape',
      `${shape.family}: head size ${d} must be an even whole number for rotary positions`,
    );
  const rotation = rotaryTables(S, d, shape.ropeTheta);

  const linear = (w: Weights, x: Tensor, name: string, bias: boolean): Tensor => {
    const y = ops.matmul(x, w[`${name}.weight`]!, false, true);
    return bias ? ops.add(y, w[`${name}.bias`]!) : y;
  };
  const norm = (w: Weights, x: Tensor, name: string): Tensor =>
    ops.mul(ops.div(x, ops.sqrt(ops.add(ops.mean(ops.square(x), -1, true), epsilon))), w[`${name}.weight`]!);
  /** Rotates pairs (i, i + dh/2) of each head: x [N, heads, dh], cos and sin broadcast to it. */
  const rotate = (x: Tensor, cos: Tensor, sin: Tensor): Tensor => {
    const [N, heads] = x.shape as [number, number];
    const first = ops.slice(x, [0, 0, 0], [N, heads, d / 2]);
    const second = ops.slice(x, [0, 0, d / 2], [N, heads, d / 2]);
    return ops.add(ops.mul(x, cos), ops.mul(ops.concat([ops.neg(second), first], 2), sin));
  };
  /** Repeats each key or value head for the query heads that share it: [N, G, dh] -> [N, H, dh]. */
  const shared = (x: Tensor): Tensor => {
    const N = x.shape[0]!;
    if (G === H) return x;
    const each = ops.reshape(x, [N, G, 1, d]);
    return ops.reshape(
      ops.concat(
        Array.from({ length: H / G }, () => each),
        2,
      ),
      [N, H, d],
    );
  };
  /** Queries, keys and values [N, H, dh] of normed rows at rotated positions. */
  const project = (w: Weights, i: number, x: Tensor, cos: Tensor, sin: Tensor): [Tensor, Tensor, Tensor] => {
    const N = x.shape[0]!;
    const y = norm(w, x, `layers.${i}.input_layernorm`);
    const part = (name: string, heads: number): Tensor =>
      ops.reshape(linear(w, y, `layers.${i}.self_attn.${name}_proj`, biases.qkv), [N, heads, d]);
    return [rotate(part('q', H), cos, sin), shared(rotate(part('k', G), cos, sin)), shared(part('v', G))];
  };
  /** Residual around attention, then around the gated feed-forward net: rows [N, D], attended [N, H * dh]. */
  const finish = (w: Weights, i: number, x: Tensor, attended: Tensor): Tensor => {
    const at = `layers.${i}`;
    const y = ops.add(x, linear(w, attended, `${at}.self_attn.o_proj`, biases.output));
    const z = norm(w, y, `${at}.post_attention_layernorm`);
    const gate = linear(w, z, `${at}.mlp.gate_proj`, biases.mlp);
    const up = linear(w, z, `${at}.mlp.up_proj`, biases.mlp);
    return ops.add(
      y,
      linear(w, ops.mul(ops.mul(gate, ops.sigmoid(gate)), up), `${at}.mlp.down_proj`, biases.mlp),
    );
  };
  const embed = (w: Weights, ids: Tensor): Tensor =>
    ops.gather(w['embed_tokens.weight']!, ops.reshape(ids, [ids.size]));
  /** cos and sin [N, 1, dh] at positions [N]. */
  const rotations = (positions: Tensor): [Tensor, Tensor] => {
    const at = (table: Float32Array): Tensor =>
      ops.reshape(ops.gather(ops.constant(table, [S, d]), positions), [positions.size, 1, d]);
    return [at(rotation.cos), at(rotation.sin)];
  };
  const packed = (parts: readonly Tensor[]): Tensor =>
    ops.concat(
      parts.map((x) => ops.reshape(x, [x.shape[0]!, H * d])),
      1,
    );

  const decoder: Decoder = {
    layers: L,
    heads: H,
    cacheShape: (batch, slots) => [batch * H, slots, d],
    prefill(w, ids) {
      const [B, P] = ids.shape as [number, number];
      const layout = stacked(ids, ids);
      const [cos, sin] = rotations(layout.positions);
      const byHead = (x: Tensor): Tensor =>
        ops.reshape(ops.transpose(ops.reshape(x, [B, P, H, d]), [0, 2, 1, 3]), [B * H, P, d]);
      const keys: Tensor[] = [];
      const values: Tensor[] = [];
      let x = embed(w, ids);
      for (let i = 0; i < L; i++) {
        const [q, k, v] = project(w, i, x, cos, sin);
        keys.push(byHead(k));
        values.push(byHead(v));
        x = finish(w, i, x, layout.attend(packed([q, k, v]), H));
      }
      return { hidden: norm(w, x, 'norm'), keys, values };
    },
    step(w, cache, { ids, positions, slots, mask }) {
      const B = ids.shape[0]!;
      const T = mask.shape[1]!;
      const [cos, sin] = rotations(positions);
      const keys: Tensor[] = [];
      const values: Tensor[] = [];
      let x = embed(w, ids);
      for (let i = 0; i < L; i++) {
        const [q, newKey, newValue] = project(w, i, x, cos, sin);
        const k = writeSlots(cache.keys[i]!, slots, ops.reshape(newKey, [B * H, d]));
        const v = writeSlots(cache.values[i]!, slots, ops.reshape(newValue, [B * H, d]));
        const scaled = ops.reshape(ops.mul(q, 1 / Math.sqrt(d)), [B * H, 1, d]);
        const scores = ops.add(
          ops.reshape(ops.matmul(scaled, k, false, true), [B, H, T]),
          ops.reshape(mask, [B, 1, T]),
        );
        x = finish(
          w,
          i,
          x,
          ops.reshape(ops.matmul(ops.reshape(ops.softmax(scores), [B * H, 1, T]), v), [B, H * d]),
        );
        keys.push(k);
        values.push(v);
      }
      return { hidden: norm(w, x, 'norm'), keys, values };
    },
  };

  return {
    kind: 'transformer',
    vocabSize: V,
    contextLength: S,
    filePrefix: 'model.',
    decoder,
    initialBody(rng) {
      const out = new Map<string, HostTensor>();
      const matrix = (name: string, rows: number, columns: number, bias = false): void => {
        out.set(`${name}.weight`, {
          shape: [rows, columns],
          data: gaussian(rng.split(name), [rows, columns], 0.02),
        });
        if (bias) out.set(`${name}.bias`, { shape: [rows], data: new Float32Array(rows) });
      };
      const ones = (name: string): void =>
        void out.set(`${name}.weight`, { shape: [D], data: new Float32Array(D).fill(1) });
      matrix('embed_tokens', V, D);
      for (let i = 0; i < L; i++) {
        const at = `layers.${i}`;
        ones(`${at}.input_layernorm`);
        ones(`${at}.post_attention_layernorm`);
        matrix(`${at}.self_attn.q_proj`, H * d, D, biases.qkv);
        matrix(`${at}.self_attn.k_proj`, G * d, D, biases.qkv);
        matrix(`${at}.self_attn.v_proj`, G * d, D, biases.qkv);
        matrix(`${at}.self_attn.o_proj`, D, H * d, biases.output);
        matrix(`${at}.mlp.gate_proj`, F, D, biases.mlp);
        matrix(`${at}.mlp.up_proj`, F, D, biases.mlp);
        matrix(`${at}.mlp.down_proj`, D, F, biases.mlp);
      }
      ones('norm');
      if (!tied) matrix('lm_head', V, D);
      return out;
    },
    hidden(w, layout) {
      if (layout.time > S) {
        throw new TiltyardError(
          'context-length',
          `${shape.family}: rows of ${layout.time} tokens exceed the context of ${S}; ` +
            'shorten prompts or completions, or use a model with a larger context',
        );
      }
      const [cos, sin] = rotations(layout.positions);
      let x = embed(w, layout.ids);
      for (let i = 0; i < L; i++) {
        const qkv = packed(project(w, i, x, cos, sin));
        // After the last attention no row looks at another: only those that are read are computed on.
        x =
          i < L - 1
            ? finish(w, i, x, layout.attend(qkv, H))
            : finish(w, i, layout.read(x), layout.attendWhereRead(qkv, H));
      }
      return norm(w, x, 'norm');
    },
    logits: (w, rows) => ops.matmul(rows, w[tied ? 'embed_tokens.weight' : 'lm_head.weight']!, false, true),
    ...scalarHead(D),
    config: () => ({
      architectures: [shape.family === 'llama' ? 'LlamaForCausalLM' : 'Qwen2ForCausalLM'],
      model_type: shape.family,
      vocab_size: V,
      max_position_embeddings: S,
      hidden_size: D,
      intermediate_size: F,
      num_hidden_layers: L,
      num_attention_heads: H,
      num_key_value_heads: G,
      ...(shape.family === 'llama' ? { head_dim: d, attention_bias: biases.qkv, mlp_bias: biases.mlp } : {}),
      hidden_act: 'silu',
      rms_norm_eps: epsilon,
      rope_parameters: { rope_theta: shape.ropeTheta, rope_type: 'default' },
      rope_theta: shape.ropeTheta,
      attention_dropout: 0,
      tie_word_embeddings: tied,
      eos_token_id: shape.eosId ?? null,
      pad_token_id: shape.padId ?? null,
    }),
  };
}

/** cos and sin of position * theta^(-2i/dh), each frequency at i and i + dh/2: [S, dh] each. */
function rotaryTables(
  positions: number,
  size: number,
  theta: number,
): { cos: Float32Array; sin: Float32Array } {
  const cos = new Float32Array(positions * size);
  const sin = new Float32Array(positions * size);
  for (let p = 0; p < positions; p++) {
    for (let i = 0; i < size; i++) {
      const angle = Math.fround(p * Math.fround(theta ** ((-2 * (i % (size / 2))) / size)));
      cos[p * size + i] = Math.cos(angle);
      sin[p * size + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
