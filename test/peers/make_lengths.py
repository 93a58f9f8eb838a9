"""Lengths of real dialogues for test/bench/hh-lengths.json: numbers of tokens only.

Usage: python make_lengths.py FILE.jsonl.gz [OUT]; FILE is of https://huggingface.co/datasets/Anthropic/hh-rlhf (rows of `chosen`
and `rejected`). The prompt is what both sides share, up to the last "Assistant:"; tokens are those of a byte-level BPE with 1,024
entries fitted on the file; prompts are cut to 256 tokens and completions, end token included, to 128.
"""
import gzip
import json
import os
import sys
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

COUNT, VOCABULARY, PROMPT, COMPLETION = 500, 1024, 256, 128
TURN = "\n\nAssistant:"
source = sys.argv[1]
out = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent.parent / "bench" / "hh-lengths.json"

pairs = []
for line in gzip.open(source, "rt"):
    row = json.loads(line)
    shared = os.path.commonprefix([row["chosen"], row["rejected"]])
    at = shared.rfind(TURN)
    if at >= 0:
        pairs.append([row["chosen"][: at + len(TURN)]] + [row[side][at + len(TURN) :] for side in ("chosen", "rejected")])

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
alphabet = pre_tokenizers.ByteLevel.alphabet()
tokenizer.train_from_iterator(sum(pairs, []), trainers.BpeTrainer(vocab_size=VOCABULARY, initial_alphabet=alphabet, show_progress=False))
count = lambda text: len(tokenizer.encode(text).ids)
lengths = [[min(PROMPT, count(p)), min(COMPLETION, count(c) + 1), min(COMPLETION, count(r) + 1)] for p, c, r in pairs[:COUNT]]
about = dict(
    source="Anthropic/hh-rlhf (MIT), first 500 pairs of harmless-base/test",
    columns=["prompt", "chosen", "rejected"],
    vocabulary=VOCABULARY,
    promptTokens=PROMPT,
    completionTokens=COMPLETION,
)
head = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in about.items())
rows = ",\n".join("    " + ", ".join(json.dumps(row) for row in lengths[i : i + 8]) for i in range(0, len(lengths), 8))
out.write_text(f'{{\n{head},\n  "pairs": [\n{rows}\n  ]\n}}\n')
print(len(lengths), "pairs")
