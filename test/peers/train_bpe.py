"""Vocabulary, merges and ids of a byte-level BPE as the tokenizers library trains it.

python3 test/peers/train_bpe.py 290 < test/golden/train-bpe.json gives the merges and ids of that file.
"""
import json
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

texts, size = json.load(sys.stdin)["texts"], int(sys.argv[1])
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=size,
    min_frequency=2,
    special_tokens=["<|endoftext|>"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
tokenizer.train_from_iterator(texts, trainer)
model = json.loads(tokenizer.to_str())["model"]
print(json.dumps({"vocab": model["vocab"], "merges": model["merges"], "ids": [e.ids for e in tokenizer.encode_batch(texts[:200])]}))
