"""Angles a position of rotary embeddings, by transformers, for config.json in many spellings.

Usage: python make_rope.py OUT (test/golden/rope.json)
"""
import json
import sys
import tempfile
from pathlib import Path

import transformers
from transformers import AutoConfig

transformers.logging.set_verbosity_error()
LLAMA = dict(model_type="llama", hidden_size=64, num_attention_heads=2, intermediate_size=8, vocab_size=8, num_hidden_layers=1, max_position_embeddings=4096)
NEOX = dict(model_type="gpt_neox", hidden_size=64, num_attention_heads=2, intermediate_size=8, vocab_size=8, num_hidden_layers=1, max_position_embeddings=2048)
PHI3 = dict(LLAMA, model_type="phi3", pad_token_id=0)
llama3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=512)
yarn = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=1024)
CONFIGS = [
    LLAMA,
    {**LLAMA, "rope_theta": 500000.0},
    {**LLAMA, "rope_theta": 1000000},
    {**LLAMA, "rope_theta": 5.0, "rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
    {**LLAMA, "rope_scaling": {}, "rope_parameters": {"rope_type": "linear", "factor": 3.0}},
    {**LLAMA, "rope_scaling": {"type": "linear", "factor": 2.5}, "rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
    {**LLAMA, "rope_scaling": {"type": "default", "rope_type": "linear", "factor": 2}},
    {**LLAMA, "rope_scaling": {"type": "dynamic", "factor": 4.0}},
    *({**LLAMA, "head_dim": d, "rope_theta": t, "rope_scaling": {**llama3, **more}} for d in (8, 64) for t in (10000.0, 500000.0) for more in ({}, {"factor": 32.0, "original_max_position_embeddings": 2048}, {"low_freq_factor": 2.0, "high_freq_factor": 3.0})),
    {**LLAMA, "rope_scaling": {k: v for k, v in llama3.items() if k[0] != "o"}},
    {**LLAMA, "rope_scaling": llama3, "original_max_position_embeddings": 256},
    *({**LLAMA, "head_dim": d, "rope_theta": t, "rope_scaling": {**yarn, **more}} for d in (8, 128) for t in (10000.0, 1000000.0) for more in ({}, {"factor": 1.0}, {"attention_factor": 0.7}, {"beta_fast": 16, "beta_slow": 2}, {"truncate": False}, {"mscale": 0.8, "mscale_all_dim": 1.2}, {"mscale": 0.8})),
    {**LLAMA, "rope_scaling": {**yarn, "factor": None}},
    {**LLAMA, "rope_scaling": {"type": "yarn", "factor": 2.0}},
    {**LLAMA, "rope_scaling": yarn, "original_max_position_embeddings": 512},
    {**LLAMA, "model_type": "smollm3", "pad_token_id": 0},
    NEOX,
    {**NEOX, "rotary_pct": 0.5, "rotary_emb_base": 500},
    {**NEOX, "rotary_pct": 1.0},
    {**NEOX, "rotary_pct": 0.1},
    {**NEOX, "rotary_pct": 0.5, "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 50.0, "partial_rotary_factor": 0.75}},
    {**NEOX, "rope_scaling": {"type": "linear", "factor": 2.0}},
    {**NEOX, "rotary_pct": 1.0, "rope_scaling": yarn},
    PHI3,
    {**PHI3, "partial_rotary_factor": 0.75, "rope_theta": 250000.0},
]


def rotary(config):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        return transformers.AutoModel.from_config(AutoConfig.from_pretrained(folder)).rotary_emb


rows = []
for config in CONFIGS:
    embedding = rotary(config)
    rows.append({"config": config, "frequencies": embedding.inv_freq.tolist(), "scaling": float(embedding.attention_scaling)})
Path(sys.argv[1]).write_text(json.dumps(rows, separators=(",", ":")).replace('},{"config"', '},\n{"config"') + "\n")
