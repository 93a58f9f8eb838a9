"""DPO in PyTorch: python dpo.py FOLDER THREADS eager|bf16|compile, FOLDER with spec.json and model.safetensors.

eager    float32, logits at completion positions alone, cross_entropy, AdamW fused;
bf16     the same under autocast;
compile  the same, forward and loss through torch.compile with dynamic shapes.

Commands: `reference` computes log-probabilities of all pairs (without it they are taken as 0), `steps K` takes K steps on the next batches in the order given, `rss`.
"""
import contextlib
import json
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from gpt2 import Batch, adamw, token_logps, trainable
from protocol import rss, serve, timed

folder, threads, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(threads)
spec = json.load(open(f"{folder}/spec.json"))
shape = spec["layers"], spec["heads"]
w = trainable(load_file(f"{folder}/model.safetensors"))
optimizer = adamw(list(w.values()), spec["rate"])
pairs, size = spec["pairs"], spec["batch"]
logps_of = torch.compile(token_logps, dynamic=True) if kind == "compile" else token_logps
cast = torch.autocast("cpu", dtype=torch.bfloat16) if kind == "bf16" else contextlib.nullcontext()
ref = None


def stacked(first):
    some = pairs[first : first + size]
    return Batch([(p, c) for p, c, _ in some] + [(p, r) for p, _, r in some])


def sums(batch):
    with cast:
        logps = logps_of(w, batch.ids, batch.at, batch.targets, *shape)
    return torch.zeros(batch.count).index_add(0, batch.row, logps)


def reference(_):
    global ref

    def work():
        with torch.no_grad():
            return [sums(stacked(first)) for first in range(0, len(pairs), size)]

    ref, took = timed(work)
    return {**took, "logps": ref[0].tolist()}


at = 0


def step():
    global at
    batch = stacked(at)
    ratios = sums(batch) - (0 if ref is None else ref[at // size])
    at = (at + size) % len(pairs)
    chosen, rejected = ratios.chunk(2)
    loss = -F.logsigmoid(spec["beta"] * (chosen - rejected)).mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(w.values()), 1.0)
    optimizer.step()
    return loss.item()


def steps(count):
    losses, took = timed(lambda: [step() for _ in range(int(count))])
    return {**took, "losses": losses}


serve({"reference": reference, "steps": steps, "rss": rss}, {"torch": torch.__version__})
