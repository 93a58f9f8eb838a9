import { TiltyardError } from '../../errors.js';
import type { Architecture } from '../architecture.js';
import { llama } from '../llama.js';
import { tabular } from '../tabular.js';
import { transformer } from '../transformer.js';

/** What config.json holds. */
export type Config = Readonly<Record<string, unknown>>;

/** Families whose head is a matrix of its own where tie_word_embeddings is absent, as in transformers. */
const UNTIED: readonly unknown[] = ['llama', 'qwen2'];
/** Whether the embeddings are the output matrix. */
export const isTied = ({ tie_word_embeddings: tied, model_type }: Config): boolean =>
  typeof tied === 'boolean' ? tied : !UNTIED.includes(model_type);

/** @throws TiltyardError for a family, or a part of one, that is not built */
export function architectureOf(config: Config, path: string, tied: boolean): Architecture {
  const number = (key: string, fallback?: number): number => {
    const value = config[key] ?? fallback;
    if (typeof value !== 'number')
      throw new TiltyardError(
        'bad-config',
        `${path}: '${key}' should be a number, got ${JSON.stringify(value)}`,
      );
    return value;
  };
  const refuse = (key: string, wanted: string): TiltyardError =>
    new TiltyardError(
      'unsupported-model',
      `${path}: '${key}' is ${JSON.stringify(config[key])}, only ${wanted} is built`,
    );
  const only = (key: string, allowed: readonly unknown[]): void => {
    if (config[key] !== undefined && !allowed.includes(config[key]))
      throw refuse(key, allowed.map((x) => JSON.stringify(x)).join(' or '));
  };
  const tokens = {
    ...(typeof config['eos_token_id'] === 'number' ? { eosId: config['eos_token_id'] } : {}),
    ...(typeof config['pad_token_id'] === 'number' ? { padId: config['pad_token_id'] } : {}),
  };
  const type = config['model_type'];
  switch (type) {
    case 'gpt2':
      only('activation_function', ['gelu_new', 'gelu_pytorch_tanh']);
      only('scale_attn_weights', [true]);
      only('scale_attn_by_inverse_layer_idx', [false]);
      only('add_cross_attention', [false]);
      if (config['n_inner'] != null && config['n_inner'] !== 4 * number('n_embd'))
        throw refuse('n_inner', 'null or 4 n_embd');
      return transformer({
        vocabSize: number('vocab_size'),
        contextLength: number('n_positions'),
        width: number('n_embd'),
        layers: number('n_layer'),
        heads: number('n_head'),
        layerNormEpsilon: number('layer_norm_epsilon', 1e-5),
        tied,
        ...tokens,
      });
    case 'llama':
    case 'qwen2': {
      only('hidden_act', ['silu']);
      only('use_sliding_window', [false]);
      // transformers 5 writes rope_parameters, earlier ones rope_theta and rope_scaling.
      const rope = (config['rope_parameters'] ?? config['rope_scaling'] ?? {}) as {
        rope_theta?: number;
        rope_type?: string;
        type?: string;
      };
      if ((rope.rope_type ?? rope.type ?? 'default') !== 'default')
        throw new TiltyardError(
          'unsupported-model',
          `${path}: rotary positions of type '${rope.rope_type ?? rope.type}' are not built, only 'default'`,
        );
      const heads = number('num_attention_heads');
      const bias = config['attention_bias'] === true;
      return llama({
        family: type,
        vocabSize: number('vocab_size'),
        contextLength: number('max_position_embeddings'),
        width: number('hidden_size'),
        inner: number('intermediate_size'),
        layers: number('num_hidden_layers'),
        heads,
        keyValueHeads: number('num_key_value_heads', heads),
        headSize: number('head_dim', number('hidden_size') / heads),
        epsilon: number('rms_norm_eps', 1e-6),
        ropeTheta: rope.rope_theta ?? number('rope_theta', 10_000),
        biases: {
          qkv: type === 'qwen2' || bias,
          output: type === 'llama' && bias,
          mlp: config['mlp_bias'] === true,
        },
        tied,
        ...tokens,
      });
    }
    case 'tiltyard_table':
      return tabular({ contexts: number('contexts'), actions: number('actions') });
    default:
      throw new TiltyardError(
        'unknown-model',
        `${path}: model_type '${String(type)}' is not known; known: gpt2, llama, qwen2, tiltyard_table`,
      );
  }
}
