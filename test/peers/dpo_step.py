"""The training step of test/bench/dpo-step.ts in PyTorch eager float32, twice:

plain  as trainers write it: scaled_dot_product_attention, logits at every position, log_softmax and gather, AdamW
       with its default (foreach) implementation;
fused  as fast as eager goes: logits at completion positions only, cross_entropy, fused AdamW.

Usage: python dpo_step.py FOLDER THREADS plain|fused, FOLDER with step.json and model.safetensors written by compare.mjs.
Reads `run K` lines on stdin, answers each with one JSON line {"ms": [...], "loss": [...], "grad_norm": [...]}.
"""
import json
import struct
import sys
import time

import torch
import torch.nn.functional as F

folder, threads, fused = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "fused"
torch.set_num_threads(threads)
spec = json.load(open(f"{folder}/step.json"))
D, L, H = spec["width"], spec["layers"], spec["heads"]

raw = open(f"{folder}/model.safetensors", "rb").read()
n = struct.unpack("<Q", raw[:8])[0]
header = json.loads(raw[8 : 8 + n])
w = {}
for name, entry in header.items():
    if name == "__metadata__":
        continue
    a, b = entry["data_offsets"]
    w[name] = torch.frombuffer(bytearray(raw[8 + n + a : 8 + n + b]), dtype=torch.float32).reshape(entry["shape"]).clone().requires_grad_()

batch = spec["batch"]
ids = torch.tensor(batch["ids"]["data"]).reshape(batch["ids"]["shape"])
positions = torch.tensor(batch["positions"]["data"])
targets = torch.tensor(batch["targets"]["data"])
mask = torch.tensor(batch["mask"]["data"]).reshape(batch["mask"]["shape"])
ref = torch.tensor(spec["refLogps"])
B, T = ids.shape
optimizer = torch.optim.AdamW(list(w.values()), lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, fused=fused or None)


def forward():
    x = F.embedding(ids, w["wte.weight"]) + w["wpe.weight"][:T]
    for i in range(L):
        p = f"h.{i}."
        y = F.layer_norm(x, (D,), w[p + "ln_1.weight"], w[p + "ln_1.bias"], 1e-5)
        qkv = torch.addmm(w[p + "attn.c_attn.bias"], y.reshape(-1, D), w[p + "attn.c_attn.weight"]).view(B, T, 3, H, D // H)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(-1, D)
        x = x + torch.addmm(w[p + "attn.c_proj.bias"], a, w[p + "attn.c_proj.weight"]).view(B, T, D)
        y = F.layer_norm(x, (D,), w[p + "ln_2.weight"], w[p + "ln_2.bias"], 1e-5)
        h = F.gelu(torch.addmm(w[p + "mlp.c_fc.bias"], y.reshape(-1, D), w[p + "mlp.c_fc.weight"]), approximate="tanh")
        x = x + torch.addmm(w[p + "mlp.c_proj.bias"], h, w[p + "mlp.c_proj.weight"]).view(B, T, D)
    x = F.layer_norm(x, (D,), w["ln_f.weight"], w["ln_f.bias"], 1e-5)
    if fused:
        logits = x.reshape(-1, D)[positions] @ w["wte.weight"].T
        logps = -F.cross_entropy(logits, targets, reduction="none").view(mask.shape) * mask
    else:
        logits = (x @ w["wte.weight"].T)[:, :-1].log_softmax(-1)
        every = logits.gather(2, ids[:, 1:].long().unsqueeze(2)).squeeze(2)
        logps = every[:, -mask.shape[1] :] * mask
    ratios = logps.sum(1) - ref
    chosen, rejected = ratios.chunk(2)
    return -F.logsigmoid(0.1 * (chosen - rejected)).mean()


def step():
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = forward()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(list(w.values()), 1.0)
    optimizer.step()
    return (time.perf_counter() - start) * 1000, loss.item(), norm.item()


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    k = int(line.split()[1])
    rows = [step() for _ in range(k)]
    print(json.dumps({"ms": [r[0] for r in rows], "loss": [r[1] for r in rows], "grad_norm": [r[2] for r in rows]}), flush=True)
