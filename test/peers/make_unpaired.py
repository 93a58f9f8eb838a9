"""Golden token ids for test/datasets/loaders/unpaired-row.test.ts: what TRL's KTOTrainer trains on, for some of the
tokenizers and templates of test/golden/faithful. Own synthetic text only.

Usage: python make_unpaired.py [OUT]; OUT is test/golden/unpaired. Wants transformers 5.18, trl 1.13. Nothing is trained.
"""
import json
import logging
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import datasets
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from trl import KTOConfig, KTOTrainer
from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference

logging.getLogger("trl").setLevel(logging.ERROR)  # of a border that cuts a token: such rows are wanted here
datasets.disable_progress_bars()
datasets.disable_caching()
GOLDEN = Path(__file__).parent.parent / "golden"
OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN / "unpaired"
TMP = Path(tempfile.mkdtemp())
FAMILIES = ["gpt2", "llama2", "llama3", "mistral", "qwen2"]
CUT = 6  # tokens that a completion may have where rows are truncated

user = lambda text: {"role": "user", "content": text}
assistant = lambda text: {"role": "assistant", "content": text}
system = lambda text: {"role": "system", "content": text}
row = lambda p, c, label, **more: dict(prompt=p, completion=c, label=label, **more)

STRINGS = [
    row("What colour is the sky?", " Blue.", True),
    row("What colour is the sky?", " It is under the tree", False),
    row("Who sang? ", "the painter sang, and he didn't stop.", True),  # a border inside a token
    row("under", "stand", True),
    row("Count", " 1234567\n\n\n    return x\n", False),
    row("caf\u00e9", " na\u00efve \u84dd\u8272\u7684\u5929\u7a7a \U0001f600", True),
    row("Ends with its end token", " yes<|endoftext|>", True),
    row("Ends with another end token", " yes</s>", False),
    row("Repeats itself", "Repeats itself and goes on", False),
    row("A long answer", " the river runs under the tree and the stone is cold; nobody knows why.", True),
]
CHATS = [
    row([user("What colour is the sky?")], [assistant("Blue.")], True),
    row([system("Be short."), user("Who sang?")], [assistant("The painter.")], False),
    row([user("Hi"), assistant("Hello"), user("Go on")], [assistant("under, understand")], True),
    row([user(" spaces ")], [assistant(" around ")], False),
    row([user("caf\u00e9 \U0001f600")], [assistant("\u84dd\u8272")], True),
    row([user("Ends")], [assistant("with </s>")], False),
    row([user("More than one turn")], [assistant("one"), user("and?"), assistant("two")], True),
]
TOOL = {"type": "function", "function": {"name": "look", "description": "Looks", "parameters": {"type": "object", "properties": {}}}}
TOOLS = [row(**{"p": r["prompt"], "c": r["completion"], "label": r["label"]}, tools=[TOOL] if i % 2 == 0 else []) for i, r in enumerate(CHATS[:4])]


def jsonl(name, rows):
    (OUT / "data" / f"{name}.jsonl").write_text("".join(json.dumps(r, ensure_ascii=True) + "\n" for r in rows))


class Trl:
    def __init__(self, tokenizer):
        torch.manual_seed(0)
        config = LlamaConfig(vocab_size=512, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
        LlamaForCausalLM(config).save_pretrained(TMP / "model")
        model = LlamaForCausalLM.from_pretrained(TMP / "model")
        args = KTOConfig(output_dir=str(TMP / "out"), report_to=[], use_cpu=True, max_length=None, per_device_train_batch_size=2, train_sampling_strategy="sequential")
        rows = datasets.Dataset.from_list([row("a", "b", True), row("c", "d", False)])
        self.kto = KTOTrainer(model=model, ref_model=None, args=args, train_dataset=rows, processing_class=tokenizer)

    def rows(self, tokenizer, rows):
        self.kto._tokenizer = tokenizer
        return list(self.kto._prepare_dataset(rows, tokenizer, self.kto.args, "train"))


def collated(tokenizer, prompt, completion):
    """A row within a bound on its completion, through TRL's own collator."""
    collate = DataCollatorForUnpairedPreference(pad_token_id=tokenizer.pad_token_id, max_length=len(prompt) + CUT)
    batch = collate([dict(prompt_ids=prompt, completion_ids=completion, label=True)])
    return batch["input_ids"][0][batch["completion_mask"][0] == 1].tolist()


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    (OUT / "data").mkdir(parents=True)
    jsonl("strings", STRINGS)
    jsonl("strings-ones", [dict(r, label=int(r["label"])) for r in STRINGS])
    jsonl("chat", CHATS)
    jsonl("chat-tools", TOOLS)
    # No layout of TRL's own: its ids are those of the last turn as completion.
    jsonl("messages", [dict(messages=r["prompt"] + r["completion"], label=r["label"]) for r in CHATS[:6]])
    pairs = [dict(prompt=a["prompt"], chosen=a["completion"], rejected=b["completion"]) for a, b in zip(STRINGS[:4], STRINGS[4:8])]
    jsonl("pairs", pairs)
    data = {
        "strings": STRINGS, "strings-ones": [dict(r, label=int(r["label"])) for r in STRINGS],
        "chat": CHATS, "chat-tools": TOOLS, "messages": CHATS[:6], "pairs": pairs,
    }
    trl, out = None, []
    for family in FAMILIES:
        combinations = [("strings", None), ("strings-ones", None), ("pairs", None), ("chat", "chatml"), ("chat", "headers"), ("chat", "eos-turns"), ("messages", "chatml")]
        if family in ("llama3", "qwen2"):
            combinations.append(("chat-tools", "fields"))
        for layout, template in combinations:
            copy = TMP / "tokenizer"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(GOLDEN / "faithful" / family, copy)
            if template is not None:
                shutil.copy(GOLDEN / "faithful" / "templates" / f"{template}.jinja", copy / "chat_template.jinja")
            tokenizer = AutoTokenizer.from_pretrained(copy)
            if tokenizer.pad_token is None:
                tokenizer.pad_token = tokenizer.eos_token
            trl = trl or Trl(tokenizer)
            rows = trl.rows(tokenizer, datasets.Dataset.from_list(data[layout]))
            join = lambda ids: " ".join(map(str, ids))
            entry = dict(family=family, layout=layout, template=template)
            entry["rows"] = [[join(r["prompt_ids"]), join(r["completion_ids"]), bool(r["label"])] for r in rows]
            if layout in ("strings", "chat"):
                entry["cut"] = [join(collated(tokenizer, r["prompt_ids"], r["completion_ids"])) for r in rows]
            out.append(entry)
    lines = ",\n".join(json.dumps(e, separators=(",", ":")) for e in out)
    (OUT / "ids.json").write_text(f'{{"cut": {CUT}, "combinations": [\n{lines}\n]}}\n')
    print(len(out), "combinations")


main()
