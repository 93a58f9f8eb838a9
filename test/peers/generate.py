"""Sampling as test/bench/generation.ts does it, with transformers' `generate`: GPT2LMHeadModel in float32, scaled dot-product
attention, a dynamic cache, prompts padded on the left, full support at temperature 1.

Usage: python generate.py FOLDER THREADS, FOLDER with generation.json and model.safetensors written by compare-generation.mjs.
Reads `run SEED` lines on stdin, answers each with one JSON line {"ms": ..., "cpu": ..., "tokens": ...}.
"""
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import torch
import transformers
from safetensors.torch import load_file
from transformers import GPT2Config, GPT2LMHeadModel

transformers.logging.set_verbosity_error()
folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
spec = json.load(open(f"{folder}/generation.json"))
ends = spec["ends"]
model = GPT2LMHeadModel(
    GPT2Config(
        vocab_size=spec["vocab"],
        n_positions=spec["prompt"] + spec["completion"],
        n_embd=spec["width"],
        n_layer=spec["layers"],
        n_head=spec["heads"],
        bos_token_id=None,
        eos_token_id=ends or None,
        pad_token_id=0,
        attn_implementation="sdpa",
    )
).eval()
weights = {f"transformer.{name}": tensor for name, tensor in load_file(f"{folder}/model.safetensors").items()}
missing, unexpected = model.load_state_dict(weights, strict=False)
assert set(missing) <= {"lm_head.weight"} and not unexpected, (missing, unexpected)
model.tie_weights()
prompts = spec["prompts"]
longest = max(map(len, prompts))
ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])


def logps(completions):
    """Of each completion's tokens, one row at a time: what the other side's samples are checked against."""
    out = []
    for prompt, completion in zip(prompts, completions):
        with torch.inference_mode():
            logits = model(torch.tensor([prompt + completion])).logits[0, len(prompt) - 1 : -1]
        out.append(logits.log_softmax(-1).gather(1, torch.tensor(completion)[:, None])[:, 0].tolist())
    return out


def run(seed):
    torch.manual_seed(seed)
    start, cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        out = model.generate(
            ids, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=spec["completion"]
        )
    ms, cpu = (time.perf_counter() - start) * 1000, time.process_time() - cpu
    tokens = 0
    for row in out[:, longest:].tolist():
        at = next((i for i, token in enumerate(row) if token in ends), len(row) - 1)
        tokens += at + 1
    return {"ms": ms, "cpu": cpu, "tokens": tokens}


print(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__}), flush=True)
for line in sys.stdin:
    command, argument = line.split(maxsplit=1)
    print(json.dumps(run(int(argument)) if command == "run" else logps(json.loads(argument))), flush=True)
