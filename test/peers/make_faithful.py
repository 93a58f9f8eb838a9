"""Golden token ids for test/datasets/loaders/faithful.test.ts: what TRL's DPOTrainer and RewardTrainer train on, for
tiny tokenizers in the shapes of real families, layouts of preference data and chat templates. Own synthetic text only.

Usage: python make_faithful.py [OUT]; OUT is test/golden/faithful. Wants transformers 5.18, trl 1.13. Nothing is trained.

Tokenizer folders have the class and fields of the real ones, because transformers 5 builds the tokenizer from the class
that `tokenizer_class` and `model_type` name, and takes only vocabulary, merges and post-processor from tokenizer.json.
"""
import json
import logging
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

if os.environ.get("PYTHONHASHSEED") != "0":  # TRL looks at whichever of a row's fields a set gives first
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import datasets
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification
from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer
from trl.data_utils import maybe_extract_prompt

logging.getLogger("trl").setLevel(logging.ERROR)  # of a border that cuts a token: such rows are wanted here
datasets.disable_progress_bars()
datasets.disable_caching()
OUT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "golden" / "faithful")
TMP = Path(tempfile.mkdtemp())

# ---------------------------------------------------------------- tokenizers
TEXT = [
    "the river runs under the tree and the stone is cold.", "a small house stands over the river; nobody knows why.",
    "under, understand, understood, unhappy, happy, happily", "what colour is the sky? the sky is blue today.",
    "Human: who sang? Assistant: the painter sang, and he didn't stop.", "I'm sure they'll say we've seen 1234 and 2026 lakes",
    "user\nassistant\nsystem\n\n", "hello    world\n\n\n    return x\n", "it isn't what you're after, IT ISN'T", "cafe caf\u00e9 na\u00efve \u00fcber",
    "\u84dd\u8272\u7684\u5929\u7a7a\u84dd\u8272\u7684\u5929\u7a7a", "- one\n- two\n- three\n",
] * 4
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
GPT4O = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
split = lambda regex: pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(regex), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_level(pre, specials, vocab=340, normalizer=None, **model):
    t = Tokenizer(models.BPE(**model))
    t.pre_tokenizer, t.decoder, t.post_processor = pre, decoders.ByteLevel(), processors.ByteLevel(trim_offsets=False)
    if normalizer is not None:
        t.normalizer = normalizer
    trainer = trainers.BpeTrainer(vocab_size=vocab, special_tokens=specials, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    t.train_from_iterator(TEXT, trainer)
    return t


def sentencepiece(specials, normalizer, pre, added=(), vocab=430, strip=True):
    """A BPE with byte fallback over a visible space, as converted SentencePiece models are."""
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    t.pre_tokenizer = pre_tokenizers.Split("\u2581", "merged_with_next")
    t.train_from_iterator([line for line in TEXT if line.isascii()], trainers.BpeTrainer(vocab_size=vocab, special_tokens=[*specials, *bytes_], show_progress=False))
    saved = json.loads(t.to_str())
    saved["added_tokens"] = [a for a in saved["added_tokens"] if a["content"] in specials]
    t = Tokenizer.from_str(json.dumps(saved))
    t.normalizer, t.pre_tokenizer = normalizer, pre
    t.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), *([decoders.Strip(" ", 1, 0)] if strip else [])])
    t.add_special_tokens([AddedToken(a, special=True, normalized=False) if isinstance(a, str) else a for a in added])
    return t


def begins(t, token, also=None):
    post = processors.TemplateProcessing(single=f"{token} $A", pair=f"{token} $A {token}:1 $B:1", special_tokens=[(token, t.token_to_id(token))])
    t.post_processor = processors.Sequence([also, post]) if also is not None else post


def token(content, **fields):
    """A token as tokenizer_config.json spells it when it is an object."""
    return {"__type": "AddedToken", "content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, **fields}


def decoder_of(t):
    field = lambda a: {k: getattr(a, k) for k in ("content", "lstrip", "normalized", "rstrip", "single_word", "special")}
    return {str(i): field(a) for i, a in sorted(t.get_added_tokens_decoder().items())}


def families():
    end = "<|endoftext|>"
    t = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), [end])
    yield "gpt2", t, dict(tokenizer_class="GPT2Tokenizer", model_max_length=1024, bos_token=end, eos_token=end, unk_token=end, add_prefix_space=False), dict(model_type="gpt2")

    prepend = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    llama2 = dict(add_bos_token=True, add_eos_token=False, bos_token=token("<s>"), eos_token=token("</s>"), unk_token=token("<unk>"), pad_token=None, clean_up_tokenization_spaces=False, legacy=False, model_max_length=4096)
    t = sentencepiece(["<unk>", "<s>", "</s>"], prepend, None)
    begins(t, "<s>")
    yield "llama2", t, dict(tokenizer_class="LlamaTokenizer", added_tokens_decoder=decoder_of(t), **llama2), dict(model_type="llama", bos_token_id=1, eos_token_id=2)
    yield "llama2-fast", t, dict(tokenizer_class="PreTrainedTokenizerFast", bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<unk>", model_max_length=4096), dict(model_type="llama", bos_token_id=1, eos_token_id=2)
    yield "llama2-legacy", t, dict(tokenizer_class="LlamaTokenizer", added_tokens_decoder=decoder_of(t), **{**llama2, "legacy": True, "pad_token": "</s>"}), dict(model_type="llama", bos_token_id=1, eos_token_id=2)

    specials = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    t = byte_level(split(LLAMA3), specials, ignore_merges=True)
    begins(t, specials[0], processors.ByteLevel(trim_offsets=False, add_prefix_space=True))
    yield "llama3", t, dict(tokenizer_class="PreTrainedTokenizerFast", added_tokens_decoder=decoder_of(t), bos_token=specials[0], eos_token="<|eot_id|>", clean_up_tokenization_spaces=True, model_input_names=["input_ids", "attention_mask"], model_max_length=131072), dict(model_type="llama", bos_token_id=t.token_to_id(specials[0]), eos_token_id=[t.token_to_id("<|end_of_text|>"), t.token_to_id("<|eot_id|>")])

    chat = [end, "<|im_start|>", "<|im_end|>"]
    t = byte_level(split(QWEN2), chat, normalizer=normalizers.NFC())
    qwen = dict(tokenizer_class="Qwen2Tokenizer", add_prefix_space=False, bos_token=None, eos_token="<|im_end|>", pad_token=end, unk_token=None, additional_special_tokens=["<|im_start|>", "<|im_end|>"], clean_up_tokenization_spaces=False, split_special_tokens=False, errors="replace", model_max_length=32768)
    yield "qwen2", t, dict(added_tokens_decoder=decoder_of(t), **qwen), dict(model_type="qwen2", bos_token_id=0, eos_token_id=2)
    t = byte_level(split(QWEN2), chat, normalizer=normalizers.NFC())
    t.add_tokens([AddedToken(a, special=False, normalized=False) for a in ("<think>", "</think>", "<tool_call>", "</tool_call>")])
    yield "qwen3", t, dict(added_tokens_decoder=decoder_of(t), **{**qwen, "add_bos_token": False}), dict(model_type="qwen3", bos_token_id=0, eos_token_id=2)

    t = sentencepiece(["<unk>", "<s>", "</s>", "[INST]", "[/INST]"], None, pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="first", split=False))
    begins(t, "<s>")
    yield "mistral", t, dict(tokenizer_class="LlamaTokenizer", added_tokens_decoder=decoder_of(t), add_bos_token=True, add_eos_token=False, add_prefix_space=None, additional_special_tokens=[], bos_token="<s>", eos_token="</s>", pad_token=None, unk_token="<unk>", legacy=False, spaces_between_special_tokens=False, clean_up_tokenization_spaces=False, use_default_system_prompt=False), dict(model_type="mistral", bos_token_id=1, eos_token_id=2)

    t = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), [end, "<|padding|>"], normalizer=normalizers.NFC())
    t.add_tokens([AddedToken(" " * n, special=False, normalized=True) for n in (8, 4, 3, 2)])
    yield "pythia", t, dict(tokenizer_class="GPTNeoXTokenizer", add_prefix_space=False, bos_token=end, eos_token=end, unk_token=end), dict(model_type="gpt_neox", bos_token_id=0, eos_token_id=0)

    t = byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]), chat)
    yield "smollm", t, dict(tokenizer_class="GPT2Tokenizer", added_tokens_decoder=decoder_of(t), add_prefix_space=False, additional_special_tokens=["<|im_start|>", "<|im_end|>"], bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>", unk_token=end, vocab_size=340, clean_up_tokenization_spaces=False), dict(model_type="llama", bos_token_id=1, eos_token_id=2)

    t = sentencepiece(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"], normalizers.Replace(" ", "\u2581"), pre_tokenizers.Split(" ", "merged_with_previous"), strip=False)
    begins(t, "<bos>")
    yield "gemma", t, dict(tokenizer_class="GemmaTokenizer", added_tokens_decoder=decoder_of(t), add_bos_token=True, add_eos_token=False, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>", additional_special_tokens=["<start_of_turn>", "<end_of_turn>"], clean_up_tokenization_spaces=False, sp_model_kwargs={}, use_default_system_prompt=False), dict(model_type="gemma", bos_token_id=2, eos_token_id=1, pad_token_id=0)

    t = byte_level(split(GPT4O), [end, "<|endofprompt|>"])
    yield "gpt4o", t, dict(tokenizer_class="PreTrainedTokenizerFast", bos_token=end, eos_token=end, unk_token=end, added_tokens_decoder=decoder_of(t)), dict(model_type="gpt2")

    turns = [AddedToken(a, special=True, normalized=False, rstrip=True) for a in ("<|assistant|>", "<|end|>", "<|user|>", "<|system|>")]
    t = sentencepiece(["<unk>", "<s>", "</s>"], prepend, None, [AddedToken(end, special=True, normalized=False), *turns])
    begins(t, "<s>")
    yield "phi3", t, dict(tokenizer_class="LlamaTokenizer", added_tokens_decoder=decoder_of(t), add_bos_token=False, add_eos_token=False, bos_token="<s>", eos_token=end, pad_token=end, unk_token="<unk>", legacy=False, clean_up_tokenization_spaces=False), dict(model_type="llama", bos_token_id=1, eos_token_id=[t.token_to_id(end), t.token_to_id("<|end|>")])


def variants():
    """Folders that say the same things in other ways: fewer layouts. A third part: what a refusal must name, where one will do."""
    end = "<|endoftext|>"
    gpt2 = lambda: byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), [end])
    t = gpt2()
    yield "gpt2-begins", t, dict(tokenizer_class="GPT2Tokenizer", add_bos_token=True, add_prefix_space=True, bos_token=token(end, normalized=True), eos_token=token(end, normalized=True), pad_token=None), dict(model_type="gpt2"), None
    yield "gpt2-no-class", gpt2(), dict(bos_token=end, eos_token=end), dict(model_type="gpt2"), None
    yield "gpt2-bare", gpt2(), dict(), dict(model_type="gpt2", eos_token_id=0), None
    yield "gpt2-fast-class", gpt2(), dict(tokenizer_class="GPT2TokenizerFast", bos_token=end, eos_token=end, unk_token=end), dict(model_type="gpt2"), None

    chat = [end, "<|im_start|>", "<|im_end|>"]
    yield "qwen2-bare", byte_level(split(QWEN2), chat, normalizer=normalizers.NFC()), dict(tokenizer_class="Qwen2Tokenizer"), dict(model_type="qwen2", eos_token_id=2), None
    digits = lambda: pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    yield "smollm-fast", byte_level(digits(), chat), dict(tokenizer_class="PreTrainedTokenizerFast", bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token=end, extra_special_tokens=["<|im_start|>"]), dict(model_type="llama"), None
    # A regular expression other than the class's own: the class's is used.
    yield "qwen2-other-split", byte_level(split(GPT4O), chat), dict(tokenizer_class="Qwen2Tokenizer", eos_token="<|im_end|>", pad_token=end), dict(model_type="qwen2"), None

    specials = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|pad|>"]
    t = byte_level(split(LLAMA3), specials, ignore_merges=True)
    begins(t, specials[0], processors.ByteLevel(trim_offsets=False, add_prefix_space=True))
    t.enable_truncation(12)
    t.enable_padding(pad_id=5, pad_token="<|pad|>", length=20)
    yield "llama3-truncation", t, dict(tokenizer_class="PreTrainedTokenizerFast", bos_token=specials[0], eos_token="<|eot_id|>", pad_token="<|pad|>", model_max_length=16), dict(model_type="llama"), None

    prepend = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    llama2 = dict(tokenizer_class="LlamaTokenizer", bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="<unk>", legacy=False)
    spm = lambda: sentencepiece(["<unk>", "<s>", "</s>"], prepend, None)
    t = spm()
    begins(t, "<s>")
    yield "llama2-no-prefix", t, dict(**llama2, add_prefix_space=False), dict(model_type="llama"), None
    yield "llama2-no-begin", t, dict(**llama2, add_bos_token=False), dict(model_type="llama"), None
    yield "llama2-no-processor", spm(), dict(**llama2), dict(model_type="llama"), None
    yield "llama2-adds-begin", spm(), dict(**llama2, add_bos_token=True), dict(model_type="llama"), None
    # The post-processor of tokenizer.json stands: no end token is added.
    yield "llama2-adds-end", t, dict(**llama2, add_bos_token=True, add_eos_token=True), dict(model_type="llama"), None

    pieces = sorted({"\u2581", *(c for line in TEXT for c in line if c.isascii() and not c.isspace()), *("\u2581" + w for line in TEXT if line.isascii() for w in line.split())})
    t = Tokenizer(models.Unigram([("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), *((p, -8.0 + len(p) / 2) for p in pieces)], unk_id=0))
    t.normalizer, t.pre_tokenizer, t.decoder = normalizers.NFKC(), pre_tokenizers.Metaspace(), decoders.Metaspace()
    t.add_special_tokens(["<unk>", "<s>", "</s>"])
    yield "unigram", t, dict(tokenizer_class="PreTrainedTokenizerFast", bos_token="<s>", eos_token="</s>", unk_token="<unk>"), dict(model_type="llama"), ["tokenizer\\.json", "Unigram"]
    t = Tokenizer(models.WordLevel(unk_token="<unk>"))
    t.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    t.train_from_iterator(TEXT, trainers.WordLevelTrainer(vocab_size=150, special_tokens=["<unk>", "</s>"], show_progress=False))
    yield "words", t, dict(tokenizer_class="PreTrainedTokenizerFast", eos_token="</s>", unk_token="<unk>"), dict(model_type="llama"), ["tokenizer\\.json", "WordLevel"]


# ---------------------------------------------------------------- templates
TEMPLATES = {
    "chatml": "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "headers": "{{- bos_token }}\n{%- for message in messages %}\n    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}\n{%- endif %}\n",
    "eos-turns": "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}",
}
# Tools, contents in parts or absent, and a variable of the row's own.
FIELDS = """{%- if style %}{{ '<|im_start|>style\\n' + style + '<|im_end|>\\n' }}{% endif %}
{%- if tools %}{{ '<|im_start|>tools' }}{% for tool in tools %}{{ '\\n' + (tool | tojson) }}{% endfor %}{{ '<|im_end|>\\n' }}{% endif %}
{%- for message in messages %}{{ '<|im_start|>' + message.role + ('/' + message.name if message.name else '') + '\\n' }}
    {%- if message.content is string %}{{ message.content }}
    {%- elif message.content %}{% for part in message.content %}{{ part.text }}{% endfor %}
    {%- endif %}
    {%- for call in message.tool_calls or [] %}{{ '<tool_call>' + call.function.name + ' ' + call.function.arguments + '</tool_call>' }}{% endfor %}
    {{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
"""
# A template that refuses what it does not know, as Gemma's does: rows with a system turn raise.
RAISES = "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"

# ---------------------------------------------------------------- data
STRINGS = [
    ("The sky is", " blue today.", " green today."),
    ("\u5929\u7a7a\u662f\u4ec0\u4e48\u989c\u8272\uff1f", "\u84dd\u8272\u7684\u3002", "\u7eff\u8272\u7684\u3002"),  # no spaces
    ("Say a word: ", "river", "stone"),  # the space before the border is the word's
    ("  two spaces first", " yes", "  no "),
    ("They ran un", "der the tree", "happy"),  # the border cuts a token
    ("Question:", "\nAnswer one", "\n\nAnswer two"),
    ("Caf\u00e9 na\u00efve \u00fcber \u2014 42 % \u00bd", " \U0001f469\u200d\U0001f469\u200d\U0001f467 yes\u2026", " \uff46\uff55\uff4c\uff4c \ufb01"),
    ("cafe\u0301 in two code points", " nai\u0308ve", " \u212b \u00c5 A\u030a"),
    ("Count 1234567 and 3.14", " 2026-11-27", " \u0663\u0664\u0665 \u00b2 \u2163"),
    ("Text with <|im_end|> and </s> inside", " done</s>", " done<|endoftext|>"),  # ends with some family's end token
    ("DON'T they'LL I'm", " He'S here", " we\u2019ve been"),
    ("a\t\tb   c\r\n d", "    four spaces", "\t\ttabs"),
    ("\n\nHuman: hi\n\nAssistant:", " hello", " go away"),
    ("List:\n", "- one\n- two\n", "\n- three \n"),
    ("\ufeffstart \u200bmid", " \u00a0hard", " x\u2028y"),
    ("aaaaaaaaaaaa", "aaaa", "bbbb"),
    ("understand", "ing", " it"),
    ("Trailing", " spaces   ", " spaces"),
    ("{{ not a template }} {% if %}", " \\n is not a newline", " \"quoted\" & <b>"),
]
IMPLICIT = [
    ("\n\nHuman: hi\n\nAssistant: hello", "\n\nHuman: hi\n\nAssistant: go away"),
    ("the cat sat", "the car sat"),  # inside a word
    ("\u5929\u7a7a\u662f\u84dd\u8272\u7684", "\u5929\u7a7a\u662f\u7eff\u8272\u7684"),
    ("The sky is blue", "The sky is green"),
    ("The sky is  blue", "The sky is  green"),  # two spaces: one stays with the prompt
    ("Go on", "Go on and on"),  # one begins the other
    ("Go on and rest ", "Go on and rest"),
    ("Q:\nA: one", "Q:\nB: two"),
    ("I feel \U0001f600 now", "I feel \U0001f601 now"),  # differ in the second half of a surrogate pair
    ("cafe\u0301 x", "cafe\u0300 x"),  # differ in a combining mark
    ("\n\nHuman: who?\n\nAssistant: me\n\nHuman: why?\n\nAssistant: because", "\n\nHuman: who?\n\nAssistant: me\n\nHuman: why?\n\nAssistant: so"),
    ("under 12345", "under 12399"),
    ("Same words\tthen", "Same words\ttabs"),
]
m = lambda role, content: {"role": role, "content": content}
user, assistant, system = (lambda c: m("user", c)), (lambda c: m("assistant", c)), (lambda c: m("system", c))
CHATS = [
    ([user("What colour is the sky?")], [assistant("Blue.")], [assistant("Green.")]),
    ([system("Be short."), user("Who sang?")], [assistant("The painter.")], [assistant("Nobody knows.")]),
    ([system(""), user("An empty system turn")], [assistant("yes")], [assistant("no")]),
    ([user("Hi"), assistant("Hello"), user("Why?")], [assistant("Because.")], [assistant("So.")]),
    ([user("  spaces around  ")], [assistant("  left")], [assistant("right  ")]),
    ([user("\u5929\u7a7a\u662f\u4ec0\u4e48\u989c\u8272\uff1f")], [assistant("\u84dd\u8272\u7684\u3002")], [assistant("\u7eff\u8272\u7684\u3002")]),
    ([user("caf\u00e9 cafe\u0301 \U0001f600")], [assistant("\U0001f469\u200d\U0001f469\u200d\U0001f467")], [assistant("\ufb01ne \u00bd")]),
    ([user("Begin with a newline")], [assistant("\nlike this")], [assistant("\n\nor this")]),
    ([user("Go on")], [assistant("one"), user("and?"), assistant("two")], [assistant("three")]),  # more than one turn
    ([user("Text with <|im_end|> and </s> inside")], [assistant("ends with </s>")], [assistant("<|endoftext|>")]),
    ([user("Count 1234567")], [assistant("```\n    return 42\n```\n")], [assistant("3.14 and 2026")]),
    ([user("Say nothing")], [assistant("")], [assistant("nothing")]),
    ([user("What's {{ this }}?")], [assistant("it isn't")], [assistant("\"quoted\" & <b>")]),
]


def jsonl(name, rows):
    (OUT / "data" / f"{name}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows))


def write_data():
    (OUT / "data").mkdir(parents=True)
    triple = lambda p, c, r: dict(prompt=p, chosen=c, rejected=r)
    jsonl("strings", [triple(*row) for row in STRINGS])
    jsonl("strings-implicit", [dict(chosen=c, rejected=r) for c, r in IMPLICIT])
    jsonl("chat", [triple(*row) for row in CHATS])
    jsonl("chat-implicit", [dict(chosen=p + c, rejected=p + r) for p, c, r in CHATS])
    jsonl("prompt-beside", [dict(prompt=p[-1]["content"], chosen=p + c, rejected=p + r) for p, c, r in CHATS])
    # Each of these holds one row that TRL mistakes or refuses, after three that are sound.
    sound, talk = [triple(*row) for row in STRINGS[:3]], [triple(*row) for row in CHATS[:4] if row[0][0]["role"] != "system"] + [triple(*CHATS[4])]
    edges = {
        "edge-empty-prompt": [*sound, triple("", "a start", "another")],
        "edge-nothing-shared": [dict(chosen=p + c, rejected=p + r) for p, c, r in STRINGS[:3]] + [dict(chosen="alpha ", rejected="beta")],
        "edge-prompt-ends-with-assistant": [*talk, triple([user("Hi"), assistant("Hello")], [assistant("there")], [assistant("you")])],
        "edge-turns-differ-before-the-answer": [dict(chosen=r["prompt"] + r["chosen"], rejected=r["prompt"] + r["rejected"]) for r in talk]
        + [dict(chosen=[user("Hi"), assistant("Hello"), user("a"), assistant("A")], rejected=[user("Hi"), assistant("Hello"), user("b"), assistant("B")])],
        "edge-string-beside-messages": [*talk, triple([user("Hi")], "Hello", "Bye")],
        "edge-empty-messages": [*talk, triple([], [assistant("Hello")], [assistant("Bye")])],
    }
    call = lambda name, arguments: {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": {"name": name, "arguments": arguments}}]}
    tool = {"type": "function", "function": {"name": "look", "description": "Looks at <it> & says caf\u00e9", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}}}
    asks = [user("Is it raining?"), call("look", '{"at": "sky"}'), {"role": "tool", "name": "look", "content": "it rains"}]
    says = lambda a, b: dict(chosen=[assistant(a)], rejected=[assistant(b)])
    calls = lambda a, b: dict(chosen=[call("look", a)], rejected=[call("look", b)])
    jsonl("chat-tools", [dict(prompt=p, **c, tools=t) for p, c, t in [
        (asks, says("Yes.", "No."), [tool]), ([user("Look up")], calls('{"at": "up"}', "{}"), [tool]), ([user("No tools")], says("Fine.", "Oh."), []),
        ([user("Look down")], dict(chosen=[call("look", "{}")], rejected=[assistant("Why?")]), [tool, tool])]])
    jsonl("chat-tools-text", [dict(prompt=p, **c, tools=json.dumps(t)) for p, c, t in [
        (asks, says("Yes.", "No."), [tool]), ([user("Look up")], calls('{"at": "up"}', "{}"), [tool]), ([user("No tools")], says("Fine.", "Oh."), [])]])
    jsonl("chat-variables", [dict(**triple(*row), chat_template_kwargs={"style": style}) for row, style in zip(CHATS, ["short", "long and slow", "", "caf\u00e9"])])
    parts = lambda *texts: [{"type": "text", "text": t} for t in texts]
    jsonl("chat-parts", [triple([user(parts("What ", "is it?"))], [assistant(parts("A stone."))], [assistant(parts("A ", "tree."))]),
        triple([system(parts("Be short.")), user(parts("Who?"))], [assistant(parts("Me."))], [assistant(parts("You."))]), triple([user(parts("Go"))], [assistant(parts("on"))], [assistant(parts("off"))])])
    jsonl("chat-more-fields", [dict(**triple([{**user("Who are you?"), "name": name, "weight": 1}], [{**assistant("A painter"), "name": None, "weight": 0}], [{**assistant("A stone"), "name": None, "weight": 1}]),
        source="x", score=i, messages=[user("something else")]) for i, name in enumerate(["ann", None, "bob", "\u00e9va"])])
    for name, rows in edges.items():
        jsonl(name, rows)
    return list(edges)


# What should come of a combination that TRL refuses or mistakes: `refused`, with what the message names; `either` is
# refused so, or equal to TRL. Every other combination is wanted equal.
OUTCOMES = {
    "chat/none": ("refused", ["chat_template", "tokenizer"]),
    "chat/raises": ("refused", ["chat\\.jsonl:2\\b", "System role not supported"]),
    "chat-parts/chatml": ("refused", ["chat-parts\\.jsonl:1\\b"]),
    "edge-empty-prompt": ("either", ["edge-empty-prompt\\.jsonl:4\\b", "prompt"]),
    "edge-nothing-shared": ("either", ["edge-nothing-shared\\.jsonl:4\\b", "prompt"]),
    "edge-turns-differ-before-the-answer": ("either", ["edge-turns-differ-before-the-answer\\.jsonl:4\\b", "chosen|prompt"]),
    "edge-string-beside-messages": ("refused", ["edge-string-beside-messages\\.jsonl:4\\b", "chosen"]),
    "edge-empty-messages": ("refused", ["edge-empty-messages\\.jsonl:4\\b", "prompt"]),
}

# ---------------------------------------------------------------- ids
class Trl:
    """The trainers' own preparation of data, without a model for every tokenizer."""

    def __init__(self, tokenizer):
        torch.manual_seed(0)
        config = LlamaConfig(vocab_size=512, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
        rows = datasets.Dataset.from_list([dict(prompt="a", chosen="b", rejected="c")])
        common = dict(output_dir=str(TMP / "out"), report_to=[], use_cpu=True, max_length=None)
        LlamaForCausalLM(config).save_pretrained(TMP / "model")
        model = LlamaForCausalLM.from_pretrained(TMP / "model")
        self.dpo = DPOTrainer(model=model, args=DPOConfig(**common), train_dataset=rows, processing_class=tokenizer)
        config.num_labels, config.pad_token_id = 1, 0
        self.reward = RewardTrainer(model=LlamaForSequenceClassification(config), args=RewardConfig(**common), train_dataset=rows, processing_class=tokenizer)

    def ids(self, tokenizer, rows):
        """Rows of (prompt, chosen, rejected) and of RewardTrainer's (chosen, rejected)."""
        self.dpo._tokenizer = tokenizer
        pairs = self.dpo._prepare_dataset(rows, tokenizer, self.dpo.args, "train")
        whole = self.reward._prepare_dataset(rows, tokenizer, self.reward.args, "train")
        return [(d["prompt_ids"], d["chosen_ids"], d["rejected_ids"], r["chosen_ids"], r["rejected_ids"]) for d, r in zip(pairs, whole, strict=True)]


def write_tokenizer(folder, t, settings, config):
    folder.mkdir(parents=True)
    compact = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(compact(json.loads(t.to_str())))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1))
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": t.get_vocab_size()}))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    edges = write_data()
    for name, source in {**TEMPLATES, "fields": FIELDS, "raises": RAISES}.items():
        (OUT / "templates").mkdir(exist_ok=True)
        (OUT / "templates" / f"{name}.jinja").write_text(source)
    load = lambda name: datasets.load_dataset("json", data_files=str(OUT / "data" / f"{name}.jsonl"), split="train", cache_dir=str(TMP / "cache"))
    data = {}
    for file in sorted((OUT / "data").iterdir()):
        try:
            data[file.stem] = load(file.stem)
        except Exception as error:
            data[file.stem] = error
    chats = ["chat", "chat-implicit", "prompt-beside"]
    trl = None
    for family, backend, settings, config, *refusal in [*families(), *variants()]:
        folder = OUT / family
        write_tokenizer(folder, backend, settings, config)
        combinations = [("strings", None), ("strings-implicit", None), *((layout, template) for layout in chats for template in TEMPLATES)]
        combinations += [("chat", None), ("chat", "raises")]
        combinations += [(layout, "fields") for layout in ["chat", "chat-tools", "chat-tools-text", "chat-variables", "chat-parts", "chat-more-fields"] if family in ("gemma", "llama2", "llama3", "qwen2")]
        combinations += [("chat-parts", "chatml")]
        combinations += [(edge, None if edge in edges[:2] else "chatml") for edge in edges]
        if refusal:
            combinations = [("strings", None), ("strings-implicit", None), ("chat", "chatml"), ("chat", "eos-turns")]
        pool, expected = {}, []
        number = lambda ids: pool.setdefault(" ".join(map(str, ids)), len(pool))
        for layout, template in combinations:
            copy = TMP / "tokenizer"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
            if template is not None:
                shutil.copy(OUT / "templates" / f"{template}.jinja", copy / "chat_template.jinja")
            tokenizer = AutoTokenizer.from_pretrained(copy)
            if tokenizer.pad_token is None:
                tokenizer.pad_token = tokenizer.eos_token
            trl = trl or Trl(tokenizer)
            entry = dict(layout=layout, template=template)
            outcome = OUTCOMES.get(f"{layout}/{template or 'none'}", OUTCOMES.get(layout))
            if outcome is None and refusal and refusal[0] is not None:
                outcome = ("either", refusal[0])
            if outcome is not None:
                entry["wanted"], entry["names"] = outcome
            try:
                rows = data[layout]
                if isinstance(rows, Exception):
                    raise rows
                # TRL's own recipe for a prompt beside whole conversations; DPOTrainer alone raises a TypeError.
                if layout == "prompt-beside":
                    rows = datasets.Dataset.from_list([maybe_extract_prompt(row) for row in rows])
                ids = trl.ids(tokenizer, rows)
                entry["rows"] = [[number(p), number(c), number(r)] for p, c, r, *_ in ids]
                # Where a reward model sees something else than prompt and completion put together.
                apart = {str(i + 1): [number(wc), number(wr)] for i, (p, c, r, wc, wr) in enumerate(ids) if wc != p + c or wr != p + r}
                if apart:
                    entry["whole"] = apart
            except Exception as error:
                entry["error"] = f"{type(error).__name__}: {str(error).splitlines()[0][:160]}"
            expected.append(entry)
        special = dict(eosId=tokenizer.eos_token_id, padId=tokenizer.pad_token_id, bosId=tokenizer.bos_token_id)
        lines = ",\n".join(json.dumps(e) for e in expected)
        (folder / "expected.json").write_text(
            f'{{\n"transformersClass": {json.dumps(type(tokenizer).__name__)},\n"special": {json.dumps(special)},\n"ids": {json.dumps(list(pool), separators=(",", ":"))},\n"combinations": [\n{lines}\n]\n}}\n')
        print(family, type(tokenizer).__name__, len(tokenizer), special, {(e["layout"], e["template"]): e.get("error", "")[:90] for e in expected if "error" in e}, sum("whole" in e for e in expected))


main()
