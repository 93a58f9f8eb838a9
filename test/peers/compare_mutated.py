"""Holds mutated model folders to transformers: both give the same, or what is refused here is said.

    TILTYARD_KEEP_MUTATED=/tmp/kept TILTYARD_MUTATED_MODELS=500 npx vitest run \
        --config .config/vitest.config.ts test/harness/policy/checkpoint/mutations.test.ts
    python test/peers/compare_mutated.py /tmp/kept

Prints every folder that is read here and gives something else there, or fails there; and, in numbers, what is
refused here alone.
"""

import collections
import contextlib
import io
import json
import pathlib
import re
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TOLERANCE = 1e-4


def quiet(work):
    """What `work` gives, or its error, without what it prints."""
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            return work(), None
        except BaseException as error:  # noqa: BLE001: whatever it is, it is an outcome
            return None, f"{type(error).__name__}: {error}"[:200]


def logps(folder, ids):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    row = torch.tensor([ids])
    with torch.no_grad():
        logits = model(row).logits
    return torch.log_softmax(logits, -1)[0, :-1].gather(-1, row[0, 1:, None])[:, 0].tolist()


def tokens(folder, text, turns):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rendered = None
    if tokenizer.chat_template is not None:
        rendered = tokenizer.apply_chat_template(turns, tokenize=False)
    return {"ids": tokenizer(text)["input_ids"], "text": rendered}


def main(kept):
    refused = collections.Counter()
    counts = collections.Counter()
    for folder in sorted(pathlib.Path(kept).iterdir(), key=lambda path: int(path.name)):
        outcome = json.loads((folder / "outcome.json").read_text())
        model, tokenizer = outcome["model"], outcome["tokenizer"]
        where = f"{folder.name} ({outcome['what']})"
        if model is not None and "small" not in model:
            theirs, error = quiet(lambda: logps(str(folder), outcome["ids"]))
            finite = theirs is not None and all(abs(value) < float("inf") for value in theirs)
            if "refused" in model:
                counts["model: refused by both" if error or not finite else "model: refused here"] += 1
                if finite:
                    refused[re.sub(r"\d+", "N", model["refused"].split(": ", 1)[-1])[:110]] += 1
            elif error:
                counts["model: fails there"] += 1
                print(f"model {where}: read here, fails there: {error}")
            else:
                worst = max(abs(a - b) for a, b in zip(model["logps"], theirs))
                counts["model: equal" if worst <= TOLERANCE else "model: DIFFERENT"] += 1
                if not worst <= TOLERANCE:
                    print(f"model {where}: log-probabilities differ by {worst:.3g}; said: {model['notes']}")
        theirs, error = quiet(lambda: tokens(str(folder), outcome["TEXT"], outcome["TURNS"]))
        if "refused" in tokenizer:
            counts["tokens: refused by both" if error else "tokens: refused here"] += 1
            if not error:
                refused["tokens: " + re.sub(r"\d+", "N", tokenizer["refused"].split(": ", 1)[-1])[:110]] += 1
        elif error:
            counts["tokens: fails there"] += 1
            print(f"tokens {where}: read here, fails there: {error}")
        elif tokenizer != theirs:
            counts["tokens: DIFFERENT"] += 1
            print(f"tokens {where}: {tokenizer} here, {theirs} there")
        else:
            counts["tokens: equal"] += 1
    print(dict(sorted(counts.items())))
    for message, n in refused.most_common(60):
        print(f"{n:5} refused here alone: {message}")


main(sys.argv[1])
