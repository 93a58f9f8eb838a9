"""Model folders against transformers, on a CPU in float32: log-probabilities of every token (to 1e-4), logits, left
padding and greedy continuations, through `tiltyard verify`.

Usage, after `npm run build`:
  python compare_logps.py MODEL...            folders as they stand; nothing is written in them
  python compare_logps.py --families [OUT]    tiny random models of many families; with OUT they are kept with their
                                              expected.json (test/golden/families is made so)
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
ROOT = Path(__file__).parent.parent.parent
PROMPT, NEW, TOLERANCE = 16, 16, 1e-4


def expected(folder, rows=2, length=40):
    """What transformers says of the folder, in the layout that `tiltyard verify` reads."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    g = torch.Generator().manual_seed(3)
    # Learned positions end there, dynamic ones depend on earlier batches from there on.
    length = min(length, model.config.max_position_embeddings)
    ids = torch.randint(0, model.config.vocab_size, (rows, length), generator=g)
    rounded = lambda t: [[round(float(x), 6) for x in row] for row in t]
    with torch.no_grad():
        logits = model(ids).logits
        logps = logits.log_softmax(-1)[:, :-1].gather(2, ids[:, 1:, None]).squeeze(2)
        # Every step anew from the whole row: no cache, no end token, no settings of generation_config.json.
        greedy = ids[:, :PROMPT]
        for _ in range(length - PROMPT):
            greedy = torch.cat([greedy, model(greedy).logits[:, -1:].argmax(-1)], 1)
    return {"ids": ids.tolist(), "lastLogits": rounded(logits[:, -1]), "tokenLogps": rounded(logps), "greedy": greedy.tolist()}


def continued(folder, want):
    """Greedy continuations of the folder by `generate`, its own end ids ending them. The sixth token that the
    first row draws becomes an end id of config.json, so that one row stops."""
    config = json.loads((folder / "config.json").read_text())
    start = min(PROMPT, len(want["ids"][0]) - NEW)
    config["eos_token_id"] = [2, want["greedy"][0][PROMPT + 5]]
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    prompts = torch.tensor(want["ids"])[:, :start]
    rows = model.generate(prompts, attention_mask=torch.ones_like(prompts), do_sample=False, max_new_tokens=NEW)
    ends = set(config["eos_token_id"])
    cut = lambda row: row[: next((i + 1 for i, x in enumerate(row) if x in ends), len(row))]
    return {"prompts": prompts.tolist(), "completions": [cut(row[start:]) for row in rows.tolist()]}


def families(out):
    V = 64
    ids_of = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)
    base = dict(vocab_size=V, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=96, **ids_of)
    rope = lambda kind, **more: dict(rope_parameters={"rope_type": kind, "rope_theta": 10000.0, **more})
    configs = {
        "gpt2": ("GPT2", dict(vocab_size=V, n_positions=96, n_embd=16, n_layer=2, n_head=4, attn_pdrop=0, embd_pdrop=0, resid_pdrop=0, **ids_of)),
        "gpt2-gelu": ("GPT2", dict(vocab_size=V, n_positions=48, n_embd=16, n_layer=2, n_head=4, n_inner=24, activation_function="gelu", **ids_of)),
        "llama": ("Llama", base),
        "llama-biases": ("Llama", {**base, "head_dim": 8, "attention_bias": True, "mlp_bias": True}),
        "llama-linear": ("Llama", {**base, **rope("linear", factor=4.0)}),
        "llama-dynamic": ("Llama", {**base, "max_position_embeddings": 24, **rope("dynamic", factor=2.0)}),
        "llama-llama3": ("Llama", {**base, **rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)}),
        "llama-old": ("Llama", {**base, "num_key_value_heads": 4, **rope("linear", factor=2.0)}),
        "llama-yarn": ("Llama", {**base, **rope("yarn", factor=4.0, original_max_position_embeddings=24)}),
        "llama-yarn-more": ("Llama", {**base, "head_dim": 12, **rope("yarn", factor=8.0, original_max_position_embeddings=24, attention_factor=0.8, beta_fast=4.0, beta_slow=0.5, truncate=False)}),
        "smollm": ("Llama", {**base, "num_attention_heads": 3, "num_key_value_heads": 1, "hidden_size": 18, "tie_word_embeddings": True}),
        "smollm3": ("SmolLM3", {**base, "no_rope_layer_interval": 2}),
        "smollm3-window": ("SmolLM3", {**base, "no_rope_layers": [0, 1], "use_sliding_window": True, "sliding_window": 5, "tie_word_embeddings": False}),
        "qwen2": ("Qwen2", {**base, "tie_word_embeddings": True}),
        "qwen2-window": ("Qwen2", {**base, "use_sliding_window": True, "sliding_window": 6, "max_window_layers": 1}),
        "qwen3": ("Qwen3", {**base, "head_dim": 8}),
        "qwen3-window": ("Qwen3", {**base, "head_dim": 8, "attention_bias": True, "use_sliding_window": True, "sliding_window": 7, "layer_types": ["sliding_attention", "full_attention"]}),
        "mistral": ("Mistral", {**base, "sliding_window": None}),
        "mistral-window": ("Mistral", {**base, "sliding_window": 8}),
        "mistral-nemo": ("Mistral", {**base, "head_dim": 8, **rope("default")}),
        "pythia": ("GPTNeoX", dict(vocab_size=V, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=96, rotary_pct=0.5, use_parallel_residual=True, **ids_of)),
        "pythia-old": ("GPTNeoX", dict(vocab_size=V, hidden_size=24, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=96, rotary_pct=0.5, rotary_emb_base=500, attention_bias=False, tie_word_embeddings=True, **ids_of)),
        "gpt-neox-serial": ("GPTNeoX", dict(vocab_size=V, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=96, use_parallel_residual=False, **ids_of)),
        "gemma": ("Gemma", {**base, "head_dim": 8}),
        "gemma-old": ("Gemma", {**base, "head_dim": 8, "num_key_value_heads": 1}),
        "gemma2": ("Gemma2", {**base, "head_dim": 8, "query_pre_attn_scalar": 8, "sliding_window": 8}),
        "gemma2-eager": ("Gemma2", {**base, "head_dim": 8, "query_pre_attn_scalar": 12, "sliding_window": 8, "attn_logit_softcapping": 2.0}),
        "gemma2-uncapped": ("Gemma2", {**base, "head_dim": 8, "query_pre_attn_scalar": 8, "sliding_window": 5, "attn_logit_softcapping": None, "final_logit_softcapping": None}),
        "phi3": ("Phi3", {**base, "sliding_window": None}),
        "phi3-partial": ("Phi3", {**base, "num_attention_heads": 2, "num_key_value_heads": 1, "sliding_window": 6, "partial_rotary_factor": 0.5}),
    }
    # What is written into config.json afterwards, as older or other hands write it; None takes a field out.
    gone = dict.fromkeys(["rope_parameters", "tie_word_embeddings", "dtype", "attention_bias", "mlp_bias", "head_dim"])
    respelled = {
        "llama-biases": {"rope_parameters": None, "rope_theta": 500000.0, "dtype": None, "torch_dtype": "float32"},
        "llama-old": {**gone, "num_key_value_heads": None, "rope_scaling": {"type": "linear", "factor": 2.0}, "pretraining_tp": 2},
        "llama-yarn-more": {"original_max_position_embeddings": 12},
        "mistral-nemo": {"rope_parameters": None, "rope_theta": 1000000.0, "sliding_window": None},
        "pythia-old": {"rope_parameters": None, "rotary_pct": 0.5, "rotary_emb_base": 500, "classifier_dropout": None},
        "gemma-old": {**{k: v for k, v in gone.items() if k != "head_dim"}, "hidden_act": "gelu", "hidden_activation": ["null"], "rope_theta": 10000.0},
        "gemma2-eager": {"attn_implementation": "eager", "hidden_act": "gelu_pytorch_tanh", "layer_types": None},
        "phi3-partial": {"rope_parameters": None, "rope_theta": 10000.0, "rope_scaling": ["null"], "partial_rotary_factor": 0.5},
    }
    # Buffers that old checkpoints carry along.
    buffers = {"pythia-old": {f"gpt_neox.layers.{i}.attention.{name}": value for i in range(2) for name, value in [("bias", torch.ones(1, 1, 4, 4).tril()), ("masked_bias", torch.tensor(-1e9)), ("rotary_emb.inv_freq", torch.ones(2))]}}
    for name, (kind, settings) in configs.items():
        config = getattr(transformers, f"{kind}Config")(**settings)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        g = torch.Generator().manual_seed(5)
        for p in model.parameters():  # far from the small initial weights, so that every part matters
            p.data = torch.randn(p.shape, generator=g) * 0.3 + (1 if p.dim() == 1 and p.data.mean() > 0.5 else 0)
        model.save_pretrained(out / name)
        (out / name / "generation_config.json").unlink(missing_ok=True)
        path = out / name / "config.json"
        written = {**json.loads(path.read_text()), **{k: None if v == ["null"] else v for k, v in respelled.get(name, {}).items()}}
        for key, value in respelled.get(name, {}).items():
            if value is None:
                del written[key]
        path.write_text(json.dumps(written, indent=2) + "\n")
        if name in buffers:
            weights = out / name / "model.safetensors"
            save_file({**load_file(weights), **buffers[name]}, weights, metadata={"format": "pt"})
        yield out / name


def verify(folder):
    """Differences from expected.json in the folder, in words."""
    command = ["node", ROOT / "dist/harness/cli.js", "verify", folder, "--json"]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    checks = [json.loads(line) for line in lines if line.startswith("{")]
    return [c for c in checks if not c["name"].startswith(("tokenizer", "chat"))]


def main(arguments):
    temporary = Path(tempfile.mkdtemp())
    keep = arguments[:1] == ["--families"]
    if keep:
        out = Path(arguments[1]) if len(arguments) > 1 else temporary
        folders = list(families(out))
    else:
        folders = [Path(a) for a in arguments]
    wrong = 0
    refusals = 0
    for i, folder in enumerate(folders):
        try:
            want = expected(folder)
        except Exception as error:
            print(f"{folder}: transformers: {type(error).__name__}: {str(error).splitlines()[0]}")
            continue
        if not keep:
            folder = Path(shutil.copytree(folder, temporary / str(i) / folder.name))
        if keep:
            want["continued"] = continued(folder, want)
        (folder / "expected.json").write_text(json.dumps(want))
        checks = verify(folder)
        bad = [c for c in checks if not c["passed"] or (c["tolerance"] > 0 and c["error"] > TOLERANCE)]
        logps = next((c["error"] for c in checks if "log-probabilities" in c["name"]), None)
        refused = logps is None
        refusals += refused
        wrong += bool(bad) and not refused
        print(f"{'REFUSED' if refused else 'DIFFERS' if bad else 'ok     '} {folders[i]}: largest difference of a log-probability {logps}", *(f"\n    {c['name']}: {c.get('detail', c['error'])}" for c in bad))
    print(f"{len(folders)} folders, {wrong} differ, {refusals} refused")
    shutil.rmtree(temporary, ignore_errors=True)
    return 1 if wrong else 0


sys.exit(main(sys.argv[1:]))
