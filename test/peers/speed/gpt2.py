"""GPT-2 in PyTorch eager as fast as it goes on rows of unequal length: padded on the right to the longest of a batch, so that causal
attention needs no mask, and whatever comes after the last block computed at completion positions alone.
"""
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence


def trainable(tensors):
    return {name: t.clone().requires_grad_() for name, t in tensors.items()}


class Batch:
    """Rows (prompt, completion) as tensors. `at` are flat positions of the tokens before each completion token, `row` whose they are,
    `last` those of the last token of each row."""

    def __init__(self, rows):
        self.count = len(rows)
        self.ids = pad_sequence([torch.tensor(p + c) for p, c in rows], batch_first=True)
        T = self.ids.shape[1]
        spans = [(b * T + len(p) - 1, len(c)) for b, (p, c) in enumerate(rows)]
        self.at = torch.cat([torch.arange(start, start + n) for start, n in spans])
        self.row = torch.repeat_interleave(torch.arange(len(rows)), torch.tensor([n for _, n in spans]))
        self.place = torch.cat([torch.arange(n) for _, n in spans])
        self.last = torch.tensor([start + n for start, n in spans])
        self.targets = self.ids.view(-1)[self.at + 1]


def hidden(w, ids, layers, heads):
    """[B * T, D] after the last norm."""
    B, T = ids.shape
    D = w["wte.weight"].shape[1]
    x = F.embedding(ids, w["wte.weight"]) + w["wpe.weight"][:T]
    for i in range(layers):
        p = f"h.{i}."
        y = F.layer_norm(x, (D,), w[p + "ln_1.weight"], w[p + "ln_1.bias"], 1e-5)
        qkv = torch.addmm(w[p + "attn.c_attn.bias"], y.reshape(-1, D), w[p + "attn.c_attn.weight"])
        q, k, v = qkv.view(B, T, 3, heads, D // heads).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(-1, D)
        x = x + torch.addmm(w[p + "attn.c_proj.bias"], a, w[p + "attn.c_proj.weight"]).view(B, T, D)
        y = F.layer_norm(x, (D,), w[p + "ln_2.weight"], w[p + "ln_2.bias"], 1e-5)
        h = F.gelu(torch.addmm(w[p + "mlp.c_fc.bias"], y.reshape(-1, D), w[p + "mlp.c_fc.weight"]), approximate="tanh")
        x = x + torch.addmm(w[p + "mlp.c_proj.bias"], h, w[p + "mlp.c_proj.weight"]).view(B, T, D)
    return F.layer_norm(x, (D,), w["ln_f.weight"], w["ln_f.bias"], 1e-5).reshape(-1, D)


def token_logps(w, ids, at, targets, layers, heads):
    """Of every completion token of a batch, one after the other."""
    logits = hidden(w, ids, layers, heads)[at] @ w["wte.weight"].T
    return -F.cross_entropy(logits.float(), targets, reduction="none")


def adamw(tensors, rate):
    return torch.optim.AdamW(tensors, lr=rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, fused=True)
