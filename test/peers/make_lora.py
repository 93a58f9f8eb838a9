"""Golden values of PEFT (test/golden/lora): adapters on tiny models, losses of TRL's formulas and the gradients of every
trained array, in float32 on a CPU. Each folder is as PEFT wrote it, with expected.json and gradients.safetensors beside.

Usage: python make_lora.py [OUT]
       python make_lora.py --check BASE ADAPTER MERGED    whether PEFT computes of an adapter folder that Tiltyard wrote,
                                                          on its base, what transformers computes of the merged model
"""
import json
import math
import os
import shutil
import sys
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

torch.set_num_threads(1)
ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "golden"
BETA = 0.3
# name -> base, targets, further options, task
CASES = {
    "gpt2-c_attn": ("tiny-gpt2", ["c_attn"], {"r": 4, "lora_alpha": 8}, "dpo"),
    "gpt2-all-rslora": ("tiny-gpt2", "all-linear", {"r": 2, "lora_alpha": 3, "use_rslora": True}, "dpo"),
    "gpt2-reward": ("tiny-gpt2", ["c_attn", "mlp.c_fc"], {"r": 2, "lora_alpha": 4}, "reward"),
    "llama-q-v": ("tiny-llama", ["q_proj", "v_proj"], {"r": 2, "lora_alpha": 4}, "dpo"),
    "qwen2-all": ("tiny-qwen2", "all-linear", {"r": 2, "lora_alpha": 4}, "sft"),
    "pythia-all": ("families/pythia", "all-linear", {"r": 2, "lora_alpha": 4}, "sft"),
    "phi3-all": ("families/phi3", "all-linear", {"r": 2, "lora_alpha": 4}, "sft"),
    "gemma2-q-v": ("families/gemma2-eager", ["q_proj", "v_proj"], {"r": 2, "lora_alpha": 4}, "sft"),
}


def rows_for(vocab, pairs, g):
    """Prompts with a chosen and a rejected completion of lengths of their own: chosen rows, then rejected ones."""
    ids = lambda n: torch.randint(3, vocab, (n,), generator=g).tolist()
    size = lambda low, high: int(torch.randint(low, high, (), generator=g))
    prompts = [ids(size(2, 6)) for _ in range(pairs)]
    return [{"prompt": p, "completion": ids(size(1, 7))} for _ in range(2) for p in prompts]


def token_logps(model, row):
    tokens = torch.tensor([row["prompt"] + row["completion"]])
    logits = model(tokens, use_cache=False).logits.log_softmax(-1)[0]
    n = len(row["prompt"])
    return logits[n - 1 : -1].gather(1, tokens[0, n:, None]).squeeze(1)


def loss_of(task, model, rows):
    half = len(rows) // 2
    if task == "reward":
        scores = []
        for row in rows:  # one by one: no padding
            scores.append(model(torch.tensor([row["prompt"] + row["completion"]])).logits.squeeze())
        scores = torch.stack(scores)
        return -torch.nn.functional.logsigmoid(scores[:half] - scores[half:]).mean(), scores
    logps = [token_logps(model, row) for row in rows]
    if task == "sft":
        return -torch.cat(logps).mean(), torch.stack([x.sum() for x in logps])
    sums = torch.stack([x.sum() for x in logps])
    with torch.no_grad(), model.disable_adapter():
        reference = torch.stack([token_logps(model, row).sum() for row in rows])
    ratios = sums - reference
    return -torch.nn.functional.logsigmoid(BETA * (ratios[:half] - ratios[half:])).mean(), sums


def make(name, out):
    base, targets, options, task = CASES[name]
    g = torch.Generator().manual_seed(len(name))
    torch.manual_seed(len(name))
    kind = AutoModelForSequenceClassification if task == "reward" else AutoModelForCausalLM
    more = {"num_labels": 1, "pad_token_id": 0} if task == "reward" else {}
    model = kind.from_pretrained(GOLDEN / base, dtype=torch.float32, **more).eval()
    config = LoraConfig(
        target_modules=targets,
        task_type="SEQ_CLS" if task == "reward" else "CAUSAL_LM",
        fan_in_fan_out=model.config.model_type == "gpt2",
        **options,
    )
    model = get_peft_model(model, config).eval()
    trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for p in trained.values():  # B is zero at first, and A would have no gradient
            p.copy_(0.2 * torch.randn(p.shape, generator=g))
    rows = rows_for(model.config.vocab_size, 3, g)
    loss, sums = loss_of(task, model, rows)
    loss.backward()
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    path = folder / "adapter_config.json"
    saved = json.loads(path.read_text())
    saved["base_model_name_or_path"] = os.path.relpath(GOLDEN / base, folder)
    saved["target_modules"] = sorted(saved["target_modules"])
    path.write_text(json.dumps(saved, indent=2) + "\n")
    plain = lambda n: n.replace(".default", "").replace("modules_to_save.", "")
    save_file({plain(n): p.grad.contiguous() for n, p in trained.items()}, folder / "gradients.safetensors")
    expected = {
        "made": f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}",
        "task": task, "beta": BETA, "rows": rows, "loss": float(loss), "sums": sums.tolist(),
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
    print(f"{name}: loss {float(loss):.6f}, {len(trained)} arrays")


def check(base, adapter, merged):
    is_reward = json.loads(Path(adapter, "adapter_config.json").read_text())["task_type"] == "SEQ_CLS"
    kind = AutoModelForSequenceClassification if is_reward else AutoModelForCausalLM
    more = {"num_labels": 1} if is_reward else {}
    adapted = PeftModel.from_pretrained(kind.from_pretrained(base, dtype=torch.float32, **more), adapter).eval()
    whole = kind.from_pretrained(merged, dtype=torch.float32).eval()
    g = torch.Generator().manual_seed(1)
    length = min(32, whole.config.max_position_embeddings)
    ids = torch.randint(3, whole.config.vocab_size, (1, length), generator=g)
    with torch.no_grad():
        a, b = adapted(ids).logits, whole(ids).logits
        with adapted.disable_adapter():
            off = adapted(ids).logits
    error, moved = float((a - b).abs().max()), float((a - off).abs().max())
    print(f"PEFT and the merged model differ by {error:.2e}, the adapter changes logits by {moved:.2e}")
    if not (error < 1e-4 * max(1, float(b.abs().max())) and moved > 0 and math.isfinite(error)):
        sys.exit("they do not agree")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        check(*sys.argv[2:5])
    else:
        out = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN / "lora"
        for name in CASES:
            make(name, out)
