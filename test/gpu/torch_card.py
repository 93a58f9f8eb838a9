"""The PyTorch side of card.mjs: the training step of test/bench/dpo-step.ts as fast as eager PyTorch goes (fused AdamW,
cross_entropy at completion positions, scaled_dot_product_attention), and transformers' `generate`.

Usage: python torch_card.py FOLDER steps|samples cuda|cpu STEPS; prints one JSON line for each mode.
"""
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

folder, kind, device, steps = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
spec = json.load(open(f"{folder}/{kind}.json"))
weights = load_file(f"{folder}/model.safetensors")
D, L, H = spec["width"], spec["layers"], spec["heads"]
wait = torch.cuda.synchronize if device == "cuda" else lambda: None


def say(**row):
    print(json.dumps({"by": f"torch {torch.__version__}", "size": spec["name"], **row}), flush=True)


def median(xs):
    return sorted(xs)[len(xs) // 2]


def dpo(mode):
    precision, _, how = mode.partition("-")
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    w = {name: t.clone().to(device).requires_grad_() for name, t in weights.items()}
    batch = spec["batch"]
    of = lambda key: torch.tensor(batch[key]["data"], device=device).reshape(batch[key]["shape"])
    ids, mask = of("ids").long(), of("mask")
    positions, targets = of("positions").reshape(-1).long(), of("targets").reshape(-1).long()
    ref = torch.tensor(spec["refLogps"], device=device)
    B, T = ids.shape
    optimizer = torch.optim.AdamW(list(w.values()), lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, fused=device == "cuda")

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
        logits = x.reshape(-1, D)[positions] @ w["wte.weight"].T
        logps = -F.cross_entropy(logits.float(), targets, reduction="none").view(mask.shape) * mask
        chosen, rejected = (logps.sum(1) - ref).chunk(2)
        return -F.logsigmoid(0.1 * (chosen - rejected)).mean()

    body = torch.compile(forward) if how == "compiled" else forward

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bfloat16"):
            loss = body()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(w.values()), 1.0)
        optimizer.step()
        return loss.item()

    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    begin = time.perf_counter()
    losses = [step()]
    first = time.perf_counter() - begin
    losses += [step() for _ in range(4)]
    ms = []
    for _ in range(steps):
        wait()
        start = time.perf_counter()
        step()
        wait()
        ms.append((time.perf_counter() - start) * 1000)
    peak = torch.cuda.max_memory_allocated() // 2**20 if device == "cuda" else None
    say(what="dpo step", mode=mode, ms=median(ms), fastest=min(ms), firstMs=first * 1000, memoryMiB=peak, losses=losses)


def samples(mode):
    import transformers
    from transformers import GPT2Config, GPT2LMHeadModel

    transformers.logging.set_verbosity_error()
    precision, _, _ = mode.partition("-")
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    config = GPT2Config(
        vocab_size=spec["vocab"], n_positions=spec["prompt"] + spec["completion"], n_embd=D, n_layer=L, n_head=H,
        bos_token_id=None, eos_token_id=spec["ends"] or None, pad_token_id=0, attn_implementation="sdpa",
    )  # fmt: skip
    model = GPT2LMHeadModel(config).eval()
    model.load_state_dict({f"transformer.{name}": t for name, t in weights.items()}, strict=False)
    model.tie_weights()
    model.to(device)
    if precision == "bfloat16":
        model.to(torch.bfloat16)
    prompts = spec["prompts"]
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts], device=device)
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=device)
    ms = []
    for seed in range(4):
        torch.manual_seed(seed)
        wait()
        start = time.perf_counter()
        with torch.inference_mode():
            out = model.generate(ids, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=spec["completion"])
        wait()
        ms.append((time.perf_counter() - start) * 1000)
    tokens = out[:, longest:].numel()
    at = median(ms[1:])
    say(what="generation", mode=mode, ms=at, tokensPerSecond=1000 * tokens / at, firstMs=ms[0], transformers=transformers.__version__)


MODES = {
    "steps": (dpo, ["float32", "tf32", "bfloat16", "float32-compiled", "bfloat16-compiled"]),
    "samples": (samples, ["float32", "bfloat16"]),
}
run, modes = MODES[kind]
for mode in modes:
    if mode not in os.environ.get("TORCH_MODES", mode).split(",") or device == "cpu" and mode.partition("-")[0] == "tf32":
        continue
    try:
        run(mode)
    except Exception as error:  # what one mode cannot do, the next may
        say(what=kind, mode=mode, failed=str(error)[:300])
