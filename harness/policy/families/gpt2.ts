import type { Architecture } from '../architecture.js';
import { transformer } from '../transformer.js';
import { type Fields, writtenConfig } from './config.js';
import { ACTIVATIONS } from './layers.js';

/** GPT-2 and its kin (Radford et al. 2019): the fields of transformers' class. */
export function readGpt2(fields: Fields, tied: boolean): Architecture {
  const width = renamed(fields, 'n_embd', 'hidden_size', 768);
  const contextLength = renamed(fields, 'n_positions', 'max_position_embeddings', 1024);
  fields.only('scale_attn_weights', [true]);
  fields.only('scale_attn_by_inverse_layer_idx', [false]);
  fields.only('add_cross_attention', [false]);
  fields.boolean('reorder_and_upcast_attn', false); // the same in float32
  fields.raw('n_ctx'); // not read; of old files
  const architecture = transformer({
    vocabSize: fields.size('vocab_size', 50_257),
    contextLength,
    width,
    layers: renamed(fields, 'n_layer', 'num_hidden_layers', 12),
    heads: renamed(fields, 'n_head', 'num_attention_heads', 12),
    inner: fields.sizeOrNull('n_inner', null) ?? 4 * width,
    activation: fields.oneOf('activation_function', 'gelu_new', Object.keys(ACTIVATIONS)),
    layerNormEpsilon: fields.positive('layer_norm_epsilon', 1e-5),
    tied,
    config: () => writtenConfig(fields.config, 'GPT2LMHeadModel'),
  });
  fields.done();
  return architecture;
}

/** A size that transformers also takes by its general name; both may stand there if they agree. */
function renamed(fields: Fields, own: string, general: string, fallback: number): number {
  if (!fields.has(general)) return fields.size(own, fallback);
  const value = fields.size(general, fallback);
  if (fields.has(own) && fields.size(own, fallback) !== value)
    throw fields.refusal(`'${own}' and '${general}' say different things; remove one of them`);
  fields.raw(own);
  return value;
}
