import { TiltyardError } from '../errors.js';
import { attendNewest, feedForward, gelu, layerNorm } from '../engine/nn/index.js';
import * as ops from '../engine/ops.js';
import type { Tensor } from '../engine/ops.js';
import type { HostTensor } from '../engine/tensor.js';
import type { Architecture, Decoder, Weights } from './architecture.js';
import { ACTIVATIONS } from './families/layers.js';
import { type Layout, stacked } from './layout.js';
import { adapted, isAdapted } from './lora/adapted.js';
import { gaussian, scalarHead } from './parts.js';

export interface TransformerShape {
  readonly vocabSize: number;
  readonly contextLength: number;
  /** D, a multiple of `heads`. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of the feed-forward net; default 4D. */
  readonly inner?: number;
  /** Default gelu_new. */
  readonly activation?: string;
  readonly layerNormEpsilon?: number;
  /** Whether logits use the embedding matrix; default true. */
  readonly tied?: boolean;
  readonly eosId?: number;
  readonly padId?: number;
  /** config.json to write; default one of the fields above. */
  readonly config?: () => Record<string, unknown>;
}

/**
 * GPT-2 (Radford et al. 2019): learned positions, pre-norm blocks, tanh GELU, tied output embedding, no
 * dropout. Array names and layouts are those of Hugging Face's `gpt2` (matrices are [in, out]).
 */
export function transformer(shape: TransformerShape): Architecture {
  const { vocabSize: V, contextLength: S, width: D, layers: L, heads: H } = shape;
  for (const [name, value] of Object.entries({
    vocabSize: V,
    contextLength: S,
    width: D,
    layers: L,
    heads: H,
  })) {
    if (!Number.isInteger(value) || value < 1)
      throw new TiltyardError(
        'transformer-shape',
        `transformer: ${name} must be a positive integer, got ${value}`,
      );
  }
  if (D % H !== 0)
    throw new TiltyardError(
      'transformer-shape',
      `transformer: width ${D} is not a multiple of heads ${H}; choose heads that divide the width`,
    );
  const epsilon = shape.layerNormEpsilon ?? 1e-5;
  const tied = shape.tied ?? true;
  const F = shape.inner ?? 4 * D;
  const { activation = 'gelu_new' } = shape;
  const isTanhGelu = activation === 'gelu_new' || activation === 'gelu_pytorch_tanh';

  const block = (w: Weights, i: number) => {
    const at = (name: string): Tensor => w[`h.${i}.${name}`]!;
    const norm = (x: Tensor, name: string): Tensor =>
      layerNorm(x, at(`${name}.weight`), at(`${name}.bias`), epsilon);
    const linear = (x: Tensor, name: string): Tensor => {
      const y = adapted(w, x, `h.${i}.${name}`, ops.matmul(x, at(`${name}.weight`)));
      return ops.add(y, at(`${name}.bias`));
    };
    const isFused = isTanhGelu && !isAdapted(w, `h.${i}.mlp.c_fc`) && !isAdapted(w, `h.${i}.mlp.c_proj`);
    return {
      qkv: (x: Tensor): Tensor => linear(norm(x, 'ln_1'), 'attn.c_attn'),
      /** Residual around attention, then around the feed-forward net. */
      finish(x: Tensor, attended: Tensor): Tensor {
        const y = ops.add(x, linear(attended, 'attn.c_proj'));
        if (!isFused) {
          const bend = isTanhGelu ? gelu : ACTIVATIONS[activation]!;
          const inner = bend(linear(norm(y, 'ln_2'), 'mlp.c_fc'));
          return ops.add(y, linear(inner, 'mlp.c_proj'));
        }
        return ops.add(
          y,
          feedForward(
            norm(y, 'ln_2'),
            at('mlp.c_fc.weight'),
            at('mlp.c_fc.bias'),
            at('mlp.c_proj.weight'),
            at('mlp.c_proj.bias'),
          ),
        );
      },
    };
  };
  const embed = (w: Weights, { ids, positions }: { ids: Tensor; positions: Tensor }): Tensor =>
    ops.add(ops.gather(w['wte.weight']!, ids), ops.gather(w['wpe.weight']!, positions));
  const finalNorm = (w: Weights, x: Tensor): Tensor =>
    layerNorm(x, w['ln_f.weight']!, w['ln_f.bias']!, epsilon);

  /** `see` is shown each layer's projections, [N, 3D]. */
  const hiddenOf = (w: Weights, layout: Layout, see: (qkv: Tensor) => void = () => {}): Tensor => {
    if (layout.time > S) {
      throw new TiltyardError(
        'context-length',
        `transformer: rows of ${layout.time} tokens exceed the context of ${S}; ` +
          'shorten prompts or completions, or use a larger context',
      );
    }
    let x = embed(w, layout);
    for (let i = 0; i < L; i++) {
      const { qkv, finish } = block(w, i);
      const packed = qkv(x);
      see(packed);
      // After the last attention no row looks at another: only those that are read are computed on.
      x =
        i < L - 1
          ? finish(x, layout.attend(packed, H))
          : finish(layout.read(x), layout.attendWhereRead(packed, H));
    }
    return finalNorm(w, x);
  };

  const decoder: Decoder = {
    layers: L,
    cacheShape: (batch, slots) => [batch, H, slots, D / H],
    prefill(w, ids, read) {
      const [B, P] = ids.shape as [number, number];
      const keys: Tensor[] = [];
      const values: Tensor[] = [];
      const hidden = hiddenOf(w, stacked(ids, read), (qkv) => {
        const heads = (part: number): Tensor =>
          ops.transpose(
            ops.reshape(ops.slice(qkv, [0, part * D], [B * P, D]), [B, P, H, D / H]),
            [0, 2, 1, 3],
          );
        keys.push(heads(1));
        values.push(heads(2));
      });
      return { hidden, keys, values };
    },
    step(w, cache, { ids, positions }) {
      const B = ids.shape[0]!;
      const keys: Tensor[] = [];
      const values: Tensor[] = [];
      let x = embed(w, { ids, positions }); // [B, D]
      for (let i = 0; i < L; i++) {
        const { qkv, finish } = block(w, i);
        const packed = ops.reshape(qkv(x), [B, 3, H, D / H]);
        const part = (j: number): Tensor =>
          ops.reshape(ops.slice(packed, [0, j, 0, 0], [B, 1, H, D / H]), [B, H, D / H]);
        const newest = { q: ops.mul(part(0), 1 / Math.sqrt(D / H)), k: part(1), v: part(2) };
        const past = { keys: cache.keys[i]!, values: cache.values[i]! };
        const made = attendNewest(newest, past, positions);
        x = finish(x, made.attended);
        keys.push(made.keys);
        values.push(made.values);
      }
      return { hidden: finalNorm(w, x), keys, values };
    },
  };

  return {
    kind: 'transformer',
    vocabSize: V,
    contextLength: S,
    filePrefix: 'transformer.',
    fanInFanOut: true,
    decoder,
    initialBody(rng) {
      const out = new Map<string, HostTensor>();
      const normal = (name: string, dims: number[], std: number): void =>
        void out.set(name, { shape: dims, data: gaussian(rng.split(name), dims, std) });
      const filled = (name: string, n: number, value: number): void =>
        void out.set(name, { shape: [n], data: new Float32Array(n).fill(value) });
      normal('wte.weight', [V, D], 0.02);
      normal('wpe.weight', [S, D], 0.02);
      for (let i = 0; i < L; i++) {
        for (const name of ['ln_1', 'ln_2']) {
          filled(`h.${i}.${name}.weight`, D, 1);
          filled(`h.${i}.${name}.bias`, D, 0);
        }
        // Residual projections start smaller by sqrt(2L), as GPT-2 does.
        for (const [name, n, m, std] of [
          ['attn.c_attn', D, 3 * D, 0.02],
          ['attn.c_proj', D, D, 0.02 / Math.sqrt(2 * L)],
          ['mlp.c_fc', D, F, 0.02],
          ['mlp.c_proj', F, D, 0.02 / Math.sqrt(2 * L)],
        ] as const) {
          normal(`h.${i}.${name}.weight`, [n, m], std);
          filled(`h.${i}.${name}.bias`, m, 0);
        }
      }
      filled('ln_f.weight', D, 1);
      filled('ln_f.bias', D, 0);
      if (!tied) normal('lm_head.weight', [V, D], 0.02);
      return out;
    },
    hidden: (w, layout) => hiddenOf(w, layout),
    logits: (w, rows) => ops.matmul(rows, w[tied ? 'wte.weight' : 'lm_head.weight']!, false, true),
    ...scalarHead(D),
    config:
      shape.config ??
      (() => ({
        architectures: ['GPT2LMHeadModel'],
        model_type: 'gpt2',
        activation_function: 'gelu_new',
        vocab_size: V,
        n_positions: S,
        n_embd: D,
        n_layer: L,
        n_head: H,
        layer_norm_epsilon: epsilon,
        attn_pdrop: 0,
        embd_pdrop: 0,
        resid_pdrop: 0,
        tie_word_embeddings: tied,
        bos_token_id: null,
        eos_token_id: shape.eosId ?? null,
        pad_token_id: shape.padId ?? null,
      })),
  };
}
