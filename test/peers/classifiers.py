"""What transformers' sequence classifiers say of two rows, for test/harness/policy/checkpoint/classifier.test.ts.

Each tiny model of test/golden gets the score matrix sin(1), sin(2), ... over its width.
Usage: python test/peers/classifiers.py (transformers 5.18, torch 2.13)
"""

import json
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification

GOLDEN = Path(__file__).parent.parent / "golden"
ROWS = [[5, 9, 11, 3, 7], [8, 2, 6, 10, 12]]

for name in ["tiny-gpt2", "tiny-llama", "tiny-qwen2"]:
    model = AutoModelForSequenceClassification.from_pretrained(GOLDEN / name, num_labels=1)
    width = model.score.weight.shape[1]
    with torch.no_grad():
        model.score.weight.copy_(torch.sin(torch.arange(1, width + 1, dtype=torch.float32)))
        scores = [model(torch.tensor([row])).logits[0, 0].item() for row in ROWS]
    print(json.dumps({name: scores}))
