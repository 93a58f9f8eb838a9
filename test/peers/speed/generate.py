"""Sampling with transformers' `generate`: GPT2LMHeadModel in float32, scaled dot-product attention, a dynamic cache, prompts padded
on the left, full support at temperature 1.

Usage: python generate.py FOLDER THREADS, FOLDER with spec.json and model.safetensors. Commands: `logps COMPLETIONS`, `run SEED`.
"""
import json
import sys
import warnings

warnings.filterwarnings("ignore")
import torch
import transformers

from hf import language_model
from protocol import serve, timed

transformers.logging.set_verbosity_error()
folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
spec = json.load(open(f"{folder}/spec.json"))
ends = spec["ends"]
model = language_model(folder, spec, ends or None).eval()
prompts = spec["prompts"]
longest = max(map(len, prompts))
ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])


def logps(completions):
    """Of each completion's tokens, one row at a time: what the other side's samples are checked against."""
    out = []
    for prompt, completion in zip(prompts, json.loads(completions)):
        with torch.inference_mode():
            logits = model(torch.tensor([prompt + completion])).logits[0, len(prompt) - 1 : -1]
        out.append(logits.log_softmax(-1).gather(1, torch.tensor(completion)[:, None])[:, 0].tolist())
    return out


def run(seed):
    torch.manual_seed(int(seed))
    options = dict(do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=spec["completion"])
    with torch.inference_mode():
        out, took = timed(lambda: model.generate(ids, attention_mask=mask, **options))
    tokens = 0
    for row in out[:, longest:].tolist():
        at = next((i for i, token in enumerate(row) if token in ends), len(row) - 1)
        tokens += at + 1
    return {**took, "tokens": tokens}


serve({"run": run, "logps": logps}, {"torch": torch.__version__, "transformers": transformers.__version__})
