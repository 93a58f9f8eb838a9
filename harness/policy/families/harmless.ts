const words = (text: string): string[] => text.trim().split(/\s+/);

/** Fields that say nothing about what a model computes without dropout, whatever they hold. */
export const HARMLESS: ReadonlySet<string> = new Set([
  // What it is and who wrote it.
  ...words(`architectures model_type transformers_version _name_or_path name_or_path _commit_hash license tags
    base_model tokenizer_class prefix finetuning_task task_specific_params tiltyard unsloth_version
    unsloth_fixed is_llama_config transformers.js_config model_max_length max_sequence_length
    tokenizer_model_max_length tokenizer_padding_side
    unsloth_tied_embeddings`),
  // How weights are kept, began and are trained; dropout is never applied here.
  ...words(`dtype torch_dtype use_bfloat16 initializer_range initializer_factor gradient_checkpointing
    attention_dropout attn_pdrop embd_pdrop resid_pdrop hidden_dropout classifier_dropout classifier_pdrop
    attention_probs_dropout_prob hidden_dropout_prob dropout embd_dropout resid_dropout summary_first_dropout
    neftune_noise_alpha`),
  // Heads other than that of logits.
  ...words(`id2label label2id num_labels _num_labels problem_type summary_type summary_use_proj
    summary_activation summary_proj_to_labels n_special
    predict_special_tokens`),
  // What is returned, and how it is computed.
  ...words(`use_cache max_window_layers cache_implementation output_attentions output_hidden_states
    output_past return_dict
    use_return_dict torchscript is_decoder pretraining_tp tf_legacy_loss keys_to_ignore_at_inference
    _flash_attn_2_enabled
    _attn_implementation_autoset _attn_implementation_internal _experts_implementation_internal`),
  // Ids, which the tokenizer's side reads.
  ...words(`bos_token_id eos_token_id pad_token_id sep_token_id unk_token_id cls_token_id mask_token_id
    decoder_start_token_id`),
  // Settings of generation, which transformers drops from config.json.
  ...words(`max_length min_length do_sample early_stopping num_beams temperature top_k top_p typical_p
    repetition_penalty length_penalty no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids
    num_return_sequences output_scores return_dict_in_generate forced_bos_token_id forced_eos_token_id
    remove_invalid_values exponential_decay_length_penalty suppress_tokens begin_suppress_tokens
    epsilon_cutoff eta_cutoff encoder_repetition_penalty num_beam_groups diversity_penalty
    num_assistant_tokens num_assistant_tokens_schedule assistant_confidence_threshold assistant_lookbehind
    target_lookbehind`),
]);

const IMPLEMENTATIONS = ['sdpa', 'eager', 'flash_attention_2', 'flash_attention_3', 'flex_attention'];

/** Fields that are without effect while they hold one of these; objects stand as JSON. */
export const HARMLESS_AT: Readonly<Record<string, readonly unknown[]>> = {
  add_cross_attention: [false],
  is_encoder_decoder: [false],
  tie_encoder_decoder: [false],
  cross_attention_hidden_size: [],
  chunk_size_feed_forward: [0],
  pruned_heads: ['{}'],
  attn_implementation: IMPLEMENTATIONS,
  _attn_implementation: IMPLEMENTATIONS,
  tie_last_hidden_states: [true, false],
  use_bidirectional_attention: [false],
  is_causal: [true],
  // Of other families, without effect at these values; families that read them do so before.
  use_mrope: [false],
  rope_interleaved: [false],
  use_sliding_window: [false],
  sliding_window: [],
  layer_types: [],
  per_layer_config: [],
  quantization_config: [],
  auto_map: ['{}'],
};

/** What to do about fields that are refused. */
export const ADVICE: Readonly<Record<string, string>> = {
  quantization_config:
    'weights are read as floating-point numbers only; give the model as it was before quantisation',
  auto_map:
    'code that comes with a model is never run; where transformers computes the same without ' +
    'trust_remote_code, remove the field',
};
