"""Tiny tokenizers with the pipelines of real families, and what the tokenizers library and transformers make of
random strings.

python make_tokenizers.py OUT [STRINGS] [SEED]: a folder a family with tokenizer.json and rows.json (texts, ids with
and without special tokens, decoded text); `node test/peers/compare_tokenizers.mjs OUT` reads them.
python make_tokenizers.py --golden FILE: a few hundred strings a family, as one file for the tests (test/golden/tokenizers.json.gz).
Needs tokenizers 0.23 and transformers 5.18. The words are its own; no vocabulary is downloaded.
"""

import gzip
import json
import os
import random
import sys
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import AddedToken
from transformers import AutoTokenizer

WORDS = (
    "the a of to and in is that it was for on are as with his they at be this from have or by one had not but what all "
    "were when we there can an your which their said if do will each about how up out them then she many some so these "
    "would other into has more two like him see time could no make than first been its who now people my made over did "
    "down only way find use may water long little very after words called just where most know straße naïve café "
    "東京 日本 こんにちは 中文 한국어 привет мир سلام नमस्ते"
).split()
ByteLevel = pre_tokenizers.ByteLevel
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
GPT4O = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def byte_level(pre, normalizer=None, post=None, ignore_merges=False, extra=()):
    t = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    t.pre_tokenizer = pre
    if normalizer is not None:
        t.normalizer = normalizer
    t.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    t.train_from_iterator(corpus(), trainer)
    if post is not None:
        t.post_processor = post
    t.add_tokens(list(extra))
    return json.loads(t.to_str())


def sentencepiece(normalizer, pre, decoder, post=None, extra=()):
    names = ["<unk>", "<s>", "</s>"]
    trained = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    if normalizer is not None:
        trained.normalizer = normalizer
    # Pieces are learned word by word, whatever the family splits at.
    trained.pre_tokenizer = pre_tokenizers.Metaspace(split=True) if normalizer is None else pre_tokenizers.Split("\u2581", "merged_with_next")
    bytes_ = [f"<0x{i:02X}>" for i in range(256)]
    trained.train_from_iterator(
        corpus(), trainers.BpeTrainer(vocab_size=700, special_tokens=names + bytes_, show_progress=False)
    )
    out = json.loads(trained.to_str())
    out["added_tokens"] = [x for x in out["added_tokens"] if x["content"] in names]
    t = Tokenizer.from_str(json.dumps(out))
    t.pre_tokenizer = pre
    t.decoder = decoder
    if post is not None:
        t.post_processor = post
    t.add_tokens(list(extra))
    return json.loads(t.to_str())


def corpus(n=600, seed=7):
    r = random.Random(seed)
    return [" ".join(r.choice(WORDS) for _ in range(r.randint(3, 14))) + r.choice([".", "!", "?\n", " 1234", "'s"]) for _ in range(n)]


def split(pattern):
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), ByteLevel(add_prefix_space=False, use_regex=False)]
    )


def begin(token, id_):
    return processors.TemplateProcessing(single=f"{token} $A", pair=f"{token} $A {token} $B", special_tokens=[(token, id_)])


LLAMA_DECODER = [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]


def families():
    spaces = [AddedToken(" " * n, normalized=True) for n in range(2, 6)]
    odd = [
        AddedToken("<left>", lstrip=True, normalized=False),
        AddedToken("<right>", rstrip=True, normalized=False),
        AddedToken("one", single_word=True, normalized=False),
        AddedToken("Caf\u00e9", normalized=True),
    ]
    prepend = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    llama3 = processors.Sequence([processors.ByteLevel(trim_offsets=False), begin("<|endoftext|>", 0)])
    return {
        "gpt2": byte_level(ByteLevel(add_prefix_space=False)),
        "gpt2-prefix": byte_level(ByteLevel(add_prefix_space=True), extra=odd),
        "llama2": sentencepiece(prepend, None, decoders.Sequence(LLAMA_DECODER), begin("<s>", 1), odd),
        "llama2-metaspace": sentencepiece(
            None, pre_tokenizers.Metaspace("\u2581", "first", split=False), decoders.Sequence(LLAMA_DECODER), begin("<s>", 1)
        ),
        "metaspace": sentencepiece(None, pre_tokenizers.Metaspace("\u2581", "always", split=True), decoders.Metaspace()),
        "gemma": sentencepiece(
            normalizers.Replace(" ", "\u2581"),
            pre_tokenizers.Split(" ", "merged_with_previous"),
            decoders.Sequence(LLAMA_DECODER[:3]),
            begin("<s>", 1),
        ),
        "llama3": byte_level(split(LLAMA3), post=llama3, ignore_merges=True),
        "qwen2": byte_level(split(QWEN2), normalizers.NFC(), processors.ByteLevel()),
        "qwen3": byte_level(split(QWEN2), normalizers.NFC(), processors.ByteLevel(), extra=[AddedToken("<think>")]),
        "gpt4o": byte_level(split(GPT4O)),
        "smollm": byte_level(
            pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), ByteLevel(add_prefix_space=False)])
        ),
        "gpt-neox": byte_level(ByteLevel(add_prefix_space=False), normalizers.NFC(), extra=spaces),
        "mixed": byte_level(
            pre_tokenizers.Sequence(
                [
                    pre_tokenizers.Split(Regex("[\r\n]"), "isolated"),
                    pre_tokenizers.Split(Regex(r"\s?\p{L}+"), "isolated"),
                    pre_tokenizers.Punctuation("contiguous"),
                    pre_tokenizers.Digits(individual_digits=False),
                    ByteLevel(add_prefix_space=False, use_regex=False),
                ]
            ),
            normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip()]),
            extra=odd,
        ),
        "whitespace": byte_level(
            pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), ByteLevel(add_prefix_space=False, use_regex=False)]),
            normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
        ),
        "whitespace-split": byte_level(
            pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), ByteLevel(add_prefix_space=True, use_regex=False)]),
            normalizers.NFKD(),
        ),
    }


# Classes that transformers builds anew: family whose vocabulary they get, tokenizer_config.json, config.json.
CLASSES = {
    "class-gpt2": ("smollm", {"tokenizer_class": "GPT2Tokenizer"}, {"model_type": "gpt2"}),
    "class-neox": ("gpt2", {"tokenizer_class": "GPTNeoXTokenizerFast", "pad_token": "<|im_end|>"}, {"model_type": "gpt_neox"}),
    "class-qwen2": ("gpt2", {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"}, {"model_type": "qwen2"}),
    "class-qwen3": ("gpt2", {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>"}, {"model_type": "qwen3"}),
    "class-none": ("llama3", {"eos_token": "<|im_end|>"}, {"model_type": "gpt2"}),
    "class-llama": ("llama2", {"tokenizer_class": "LlamaTokenizerFast", "legacy": False}, {"model_type": "llama"}),
    "class-llama-legacy": ("llama2", {"tokenizer_class": "LlamaTokenizer", "legacy": True}, {"model_type": "llama"}),
    "class-llama-none": ("llama2", {"eos_token": "</s>"}, {"model_type": "llama"}),
    "class-gemma": (
        "gemma",
        {"tokenizer_class": "GemmaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>", "mask_token": None},
        {"model_type": "gemma"},
    ),
}


def random_text(r):
    pools = [
        lambda: r.choice(WORDS),
        lambda: r.choice(WORDS).upper(),
        lambda: r.choice(["'s", "'S", "'ll", "'LL", "'\u017f", "'t", "'re", "'", "\u2019s"]),
        lambda: r.choice([" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n", "\u00a0", "\u3000", "\u2003", "\u0085", "\u200b", "\ufeff", "\u2028", "\x0b", "\x0c", "\x1c"]),
        lambda: "".join(r.choice("0123456789") for _ in range(r.randint(1, 6))),
        lambda: r.choice("\u00b2\u00bd\u2167\u0663\u0969\u4e00\u2460\U0001d7d8\u3007\u216f\u0f33\u00b9"),
        lambda: chr(r.randint(0x4E00, 0x9FFF)),
        lambda: r.choice(["\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u2764\ufe0f", "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd"]),
        lambda: r.choice("aeiouAEIOU\u0915\u0e01") + "".join(chr(r.randint(0x300, 0x36F)) for _ in range(r.randint(1, 3))),
        lambda: r.choice(".,;:!?()[]{}<>/\\|@#$%^&*-_=+~`\"'"),
        lambda: r.choice(["...", "!!!", "--", "->", "://", "?\n", "</", "<0x41>", "\u2581", "\u2581\u2581"]),
        lambda: r.choice(SPECIAL + ["<s>", "</s>", "<unk>", "<left>", "<right>", "<think>", "one", "caf\u00e9", "Caf\u00e9"]),
        lambda: any_char(r),
        lambda: any_char(r) + any_char(r),
    ]
    return "".join(r.choice(pools)() + r.choice(["", "", " "]) for _ in range(r.randint(0, 14)))


def any_char(r):
    while True:
        plane = r.choice([0x7F, 0x7FF, 0xFFFF, 0x1FFFF, 0x3FFFF, 0x10FFFF])
        code = r.randint(0, plane)
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def rows_of(encode, decode, texts):
    rows = []
    for text in texts:
        bare, framed = encode(text, False), encode(text, True)
        rows.append([text, bare, framed if framed != bare else None, decode(bare)])
    return rows


def everything(count, seed):
    made = families()
    texts = [random_text(random.Random(f"{seed}/{i}")) for i in range(count)]
    out = {}
    for name, spec in made.items():
        t = Tokenizer.from_str(json.dumps(spec))
        encode = lambda text, special: t.encode(text, add_special_tokens=special).ids
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "</s>" if "<s>" in spec["model"]["vocab"] else "<|endoftext|>"}
        rows = rows_of(encode, lambda ids: t.decode(ids, skip_special_tokens=True), texts)
        out[name] = dict(tokenizer=spec, settings=settings, config={}, rows=rows)
    for name, (family, settings, config) in CLASSES.items():
        with tempfile.TemporaryDirectory() as folder:
            write(folder, made[family], settings, config)
            t = AutoTokenizer.from_pretrained(folder)
        encode = lambda text, special: t(text, add_special_tokens=special)["input_ids"]
        rows = rows_of(encode, lambda ids: t.decode(ids, skip_special_tokens=True), texts)
        special = dict(eos=t.eos_token_id, pad=t.pad_token_id, bos=t.bos_token_id)
        out[name] = dict(tokenizer=family, settings=settings, config=config, rows=rows, special=special)
    return out


def write(folder, tokenizer, settings, config):
    os.makedirs(folder, exist_ok=True)
    for name, value in (("tokenizer", tokenizer), ("tokenizer_config", settings), ("config", config)):
        if name == "config" and not value:
            continue
        with open(os.path.join(folder, f"{name}.json"), "w") as f:
            json.dump(value, f)


if __name__ == "__main__":
    golden = sys.argv[1] == "--golden"
    out = sys.argv[2] if golden else sys.argv[1]
    more = sys.argv[3 if golden else 2 :]
    all_ = everything(int(more[0]) if more else (200 if golden else 10000), more[1] if len(more) > 1 else "0")
    if golden:
        texts = [row[0] for row in all_["gpt2"]["rows"]]
        for made in all_.values():  # the decoded text only where it is another
            made["rows"] = [[bare, framed, None if back == text else back] for text, bare, framed, back in made["rows"]]
        with gzip.GzipFile(out, "w", mtime=0) as f:
            f.write(json.dumps(dict(texts=texts, families=all_), separators=(",", ":")).encode())
    else:
        for name, made in all_.items():
            tokenizer = all_[made["tokenizer"]]["tokenizer"] if isinstance(made["tokenizer"], str) else made["tokenizer"]
            write(os.path.join(out, name), tokenizer, made["settings"], made["config"])
            with open(os.path.join(out, name, "rows.json"), "w") as f:
                json.dump(dict(rows=made["rows"], special=made.get("special")), f)
