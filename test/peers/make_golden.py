"""Golden model folders for `tiltyard verify`, computed with transformers on a CPU, float32: other shapes than those in
test/golden (untied heads, biases, head sizes, rotary bases), random weights.

Usage: python make_golden.py TOKENIZER_FOLDER OUT [SEED]; TOKENIZER_FOLDER holds tokenizer.json and a chat template (test/golden/tiny-gpt2).
Then: tiltyard verify OUT
"""
import json
import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

source, out, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
tokenizer = AutoTokenizer.from_pretrained(source)
V = 512
ids_of = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)
common = dict(vocab_size=V, hidden_size=48, intermediate_size=100, num_hidden_layers=3, num_attention_heads=4, max_position_embeddings=96, **ids_of)
models = {
    "gpt2-untied": GPT2LMHeadModel(GPT2Config(vocab_size=V, n_positions=96, n_embd=48, n_layer=3, n_head=6, tie_word_embeddings=False, attn_pdrop=0, embd_pdrop=0, resid_pdrop=0, **ids_of)),
    "llama-one-kv-head-biases-tied": LlamaForCausalLM(LlamaConfig(**common, num_key_value_heads=1, head_dim=10, attention_bias=True, mlp_bias=True, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 500000.0})),
    "llama-all-kv-heads": LlamaForCausalLM(LlamaConfig(**common, num_key_value_heads=4, rms_norm_eps=1e-5)),
    "qwen2-untied": Qwen2ForCausalLM(Qwen2Config(**common, num_key_value_heads=2, tie_word_embeddings=False)),
}
text = "Assistant: the painter, who'd seen 3 lakes, sang. \u00fcber \u2014 42%!"
messages = [{"role": "user", "content": "Who sang?"}, {"role": "assistant", "content": "The painter."}, {"role": "user", "content": "Why?"}]
chat = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
rounded = lambda t: [[round(float(x), 6) for x in row] for row in t]
for name, model in models.items():
    g = torch.Generator().manual_seed(seed)
    for p in model.parameters():  # far from the tiny initial weights, so that every part matters
        p.data = torch.randn(p.shape, generator=g) * (0.3 if p.dim() > 1 else 0.5) + (1 if p.dim() == 1 and p.data.mean() > 0.5 else 0)
    model.eval()
    folder = out / name
    model.save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(source / file, folder / file)
    ids = torch.randint(5, V, (2, 40), generator=g)
    with torch.no_grad():
        logits = model(ids).logits
        logps = logits.log_softmax(-1)[:, :-1].gather(2, ids[:, 1:, None]).squeeze(2)
        greedy = model.generate(ids[:, :16], attention_mask=torch.ones(2, 16), max_new_tokens=20, do_sample=False, eos_token_id=None)
        padded = torch.cat([torch.zeros(1, 7, dtype=torch.long), ids[:1, :20]], 1)
        mask = (torch.arange(27) >= 7).long()[None]
        left = model(padded, attention_mask=mask, position_ids=(mask.cumsum(-1) - 1).clamp(min=0)).logits[:, -1]
    encode = lambda s: tokenizer(s, add_special_tokens=False)["input_ids"]
    json.dump({
        "text": text, "textIds": encode(text), "ids": ids.tolist(), "lastLogits": rounded(logits[:, -1]), "tokenLogps": rounded(logps), "greedy": greedy.tolist(),
        "leftPadded": {"ids": padded.tolist(), "attentionMask": mask.tolist(), "lastLogits": rounded(left)},
        "chat": {"messages": messages, "text": chat, "ids": encode(chat)}, "unicode": {"text": "\u00e9t\u00e9 \u4eac\U0001f680", "ids": encode("\u00e9t\u00e9 \u4eac\U0001f680")},
    }, open(folder / "expected.json", "w"))
