"""DPO by TRL's DPOTrainer: python dpo_trl.py FOLDER THREADS, with the files and commands of dpo.py.

As its users run it, but for what would make it slower: float32 without gradient checkpointing, no logging, no tokenization (rows are given as
ids), no shuffling. It runs its reference model in every step, so there is nothing to do before: `reference` takes no time.
"""
import json
import logging
import os
import sys
import tempfile
import time
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import datasets
import torch
import transformers
import trl
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast, TrainerCallback
from trl import DPOConfig, DPOTrainer

from hf import language_model
from protocol import commands, rss, say

logging.disable(logging.WARNING)
transformers.logging.set_verbosity_error()
folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
spec = json.load(open(f"{folder}/spec.json"))
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=Tokenizer(models.WordLevel({str(i): i for i in range(spec["vocab"])}, unk_token="0")),
    eos_token=str(spec["eosId"]),
    pad_token=str(spec["padId"]),
)
losses = []


class Given(DPOTrainer):
    def _prepare_dataset(self, dataset, *_):
        return dataset

    def compute_loss(self, *args, **kwargs):
        result = super().compute_loss(*args, **kwargs)
        losses.append((result[0] if isinstance(result, tuple) else result).detach())
        return result


class Asked(TrainerCallback):
    """Waits before a step until it is asked for; steps are timed from there to the next wait."""

    def __init__(self):
        self.asked = commands()
        self.left = None

    def on_step_begin(self, *_, **__):
        if self.left is not None and self.left > 0:
            return
        if self.left == 0:
            took = {"ms": (time.perf_counter() - self.start) * 1000, "cpu": time.process_time() - self.cpu}
            say({**took, "losses": [loss.item() for loss in losses]})
        for command, argument in self.asked:
            if command == "steps":
                self.left = int(argument)
                losses.clear()
                self.start, self.cpu = time.perf_counter(), time.process_time()
                return
            say(rss() if command == "rss" else {"ms": 0.0, "cpu": 0.0})
        os._exit(0)

    def on_step_end(self, *_, **__):
        self.left -= 1


model, ref_model = language_model(folder, spec), language_model(folder, spec)
rows = [dict(prompt_ids=p, chosen_ids=c, rejected_ids=r) for p, c, r in spec["pairs"]]
with tempfile.TemporaryDirectory() as out:
    args = DPOConfig(
        output_dir=out,
        per_device_train_batch_size=spec["batch"],
        num_train_epochs=1000,
        learning_rate=spec["rate"],
        lr_scheduler_type="constant",
        beta=spec["beta"],
        max_length=None,
        max_grad_norm=1.0,
        weight_decay=0.0,
        bf16=False,
        gradient_checkpointing=False,
        use_cpu=True,
        report_to=[],
        logging_strategy="no",
        save_strategy="no",
        disable_tqdm=True,
        train_sampling_strategy="sequential",
        optim="adamw_torch_fused",
        disable_dropout=True,
    )
    trainer = Given(
        model=model,
        ref_model=ref_model,
        args=args,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[Asked()],
    )
    say({"torch": torch.__version__, "transformers": transformers.__version__, "trl": trl.__version__})
    trainer.train()
