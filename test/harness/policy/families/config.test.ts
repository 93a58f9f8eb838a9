import { describe, expect, test } from 'vitest';
import { TiltyardError } from '../../../../harness/errors.js';
import { architectureOf, isTied } from '../../../../harness/policy/families/index.js';
import { golden } from '../../../golden/support.js';

type Config = Readonly<Record<string, unknown>>;

// Fields of published models, with small sizes.
const published = golden<Record<string, Config>>('published.json');

describe('published models load', () => {
  test.each(Object.keys(published).filter((name) => name !== 'gemma2'))('%s', (name) => {
    const { config } = architectureOf(published[name]!, 'config.json');
    const { torch_dtype: _, ...came } = published[name]!;
    expect(config()).toMatchObject(came);
  });
  test('gemma2: where the file says which of its two computations is meant', () => {
    const gemma2 = published['gemma2']!;
    expect(() => architectureOf(gemma2, 'config.json')).toThrow(/'attn_logit_softcapping' is 50/);
    for (const change of [{ attn_implementation: 'eager' }, { attn_logit_softcapping: null }])
      expect(architectureOf({ ...gemma2, ...change }, 'config.json').kind).toBe('transformer');
    const { attn_logit_softcapping: _, ...absent } = gemma2;
    expect(() => architectureOf(absent, 'config.json')).toThrow(/is absent, which means 50/);
  });
  test('what is written has float32 weights, and no head that it has not', () => {
    const llama = published['llama32']!;
    const was = { ...llama, architectures: ['LlamaForSequenceClassification'], num_labels: 1, tiltyard: {} };
    expect(architectureOf(was, 'config.json').config()).toEqual({
      ...llama,
      architectures: ['LlamaForCausalLM'],
      torch_dtype: 'float32',
    });
  });
});

test('an absent tie_word_embeddings is what the configuration class of each family says', () => {
  const types = [
    'gpt2',
    'gemma',
    'gemma2',
    'smollm3',
    'llama',
    'qwen2',
    'qwen3',
    'mistral',
    'phi3',
    'gpt_neox',
  ];
  expect(types.filter((model_type) => isTied({ model_type }))).toEqual([
    'gpt2',
    'gemma',
    'gemma2',
    'smollm3',
  ]);
});

test('absent sizes are those of the configuration class', () => {
  const { vocabSize, contextLength } = architectureOf({ model_type: 'gpt_neox', num_hidden_layers: 1 }, 'c');
  expect([vocabSize, contextLength]).toEqual([50_432, 2048]);
});

describe('what is not built, or not known, is refused by file and field', () => {
  const cases: [string, Config, RegExp][] = [
    ['llama2', { model_type: 'mamba' }, /model_type 'mamba' is not known; known: gemma, gemma2, gpt2, /],
    ['llama2', { model_type: 'constructor' }, /model_type 'constructor' is not known/],
    ['llama2', { quantization_config: { bits: 4 } }, /'quantization_config' is .*before quantisation/],
    ['llama2', { auto_map: { AutoConfig: 'x.Y' } }, /'auto_map' is .* never run/],
    ['phi3', { auto_map: { AutoConfig: 'x.Y' } }, /'auto_map' is /],
    ['llama2', { residual_multiplier: 0.2 }, /'residual_multiplier' is 0.2, and it is not known what/],
    ['llama2', { hidden_act: 'relu2' }, /'hidden_act' is "relu2", only "silu" or /],
    ['llama2', { hidden_size: 18 }, /'hidden_size' is 18, .*'num_attention_heads', 4/],
    ['llama2', { num_key_value_heads: 3 }, /4 query heads cannot share 3/],
    ['llama2', { head_dim: 7 }, /turn 7 numbers of heads of 7; heads need an even size/],
    ['llama2', { tie_word_embeddings: 'no' }, /'tie_word_embeddings' should be true or false, got "no"/],
    ['llama2', { layer_types: ['sliding_attention', 'full_attention'] }, /'layer_types' is not read/],
    ['llama2', { sliding_window: 4096 }, /'sliding_window' is 4096, only null/],
    ['llama2', { use_bidirectional_attention: true }, /'use_bidirectional_attention' is true/],
    ['llama2', { is_causal: false }, /'is_causal' is false/],
    ['llama2', { per_layer_config: { 0: {} } }, /'per_layer_config' is /],
    ['llama2', { rms_norm_eps: 0 }, /'rms_norm_eps' should be a number above 0, got 0/],
    ['llama2', { num_hidden_layers: 2.5 }, /'num_hidden_layers' should be a whole number above 0, got 2.5/],
    ['mistral01', { attention_bias: true }, /'attention_bias' is true, only false or null/],
    ['mistral01', { sliding_window: 0 }, /'sliding_window' should be a whole number above 0/],
    ['mistral01', { num_key_value_heads: null }, /'num_key_value_heads' should be a whole number/],
    ['qwen25', { head_dim: null }, /'head_dim' should be a whole number above 0, got null/],
    ['qwen25', { layer_types: ['full_attention'] }, /'layer_types' should be 2 times/],
    ['qwen25', { layer_types: ['sliding_attention', 'full_attention'] }, /layer 0 sliding_attention, but/],
    ['qwen3', { use_sliding_window: null }, /'use_sliding_window' should be true or false, got null/],
    ['gemma', { hidden_activation: 'silu' }, /'hidden_activation' is "silu"/],
    ['phi3', { rope_scaling: { type: 'su', short_factor: [1] } }, /type 'su'/],
    ['smollm3', { no_rope_layers: [1] }, /'no_rope_layers' should be a list of 1/],
    ['gpt2', { scale_attn_by_inverse_layer_idx: true }, /'scale_attn_by_inverse_layer_idx' is true/],
    ['gpt2', { add_cross_attention: true }, /'add_cross_attention' is true/],
    ['pythia', { head_dim: 16 }, /'head_dim' is 16, only 8 is built/],
  ];
  test.each(cases)('%s %j', (name, fields, message) => {
    const read = () => architectureOf({ ...published[name]!, ...fields }, 'config.json');
    expect(read).toThrow(TiltyardError);
    expect(read).toThrow(message);
  });
});
