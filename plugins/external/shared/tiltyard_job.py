"""What every adapter of TRL does with its job: reads it, keeps its schedule, and reports.

A trainer of TRL does the training; this file says nothing about a loss. See docs/external-trainers.md for the
job, the metrics and the ledger.
"""

import importlib.metadata
import json
import math
import os
import resource
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import SequentialSampler
from transformers import AutoTokenizer, PreTrainedTokenizerFast, PrinterCallback, TrainerCallback, set_seed

PACKAGES = ["torch", "transformers", "trl", "accelerate", "datasets"]


def read_job():
    """The job named on the command line, with threads and seed set as it says."""
    job = json.loads(Path(sys.argv[1]).read_text(), object_hook=lambda fields: SimpleNamespace(**fields))
    job.params = vars(job.params)
    torch.set_num_threads(job.threads)
    set_seed(job.seed)
    if job.device == "cuda":
        torch.use_deterministic_algorithms(True, warn_only=True)
    return job


def lines(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines() if line]


def ordered_rows(job, batch_size, steps=None):
    """Rows as Tiltyard's own plugins take them: full batches of each epoch's order, one epoch after another.

    steps: as many batches as that, where the schedule is not a number of epochs. Returns the rows of all
    steps, and the number of these.
    """
    rows, orders = lines(job.data.file), lines(job.data.orders)
    size = min(batch_size, len(rows)) if steps is not None else batch_size
    per_epoch = len(rows) // size
    if per_epoch == 0:
        sys.exit(f"batchSize {batch_size} is more than the {len(rows)} {job.data.kind} there are; lower it")
    taken = [order[i * size : (i + 1) * size] for order in orders for i in range(per_epoch)]
    wanted = len(taken) if steps is None else steps
    total = min(wanted, max(1, math.ceil(wanted * job.share)))
    # Fewer prompts than a batch holds take turns within it.
    full = [[batch[i % len(batch)] for i in range(batch_size)] for batch in taken[:total]]
    return [rows[place] for batch in full for place in batch], total


def tokenizer(job):
    """That of the start; for those that only Tiltyard reads, one with the same ids."""
    saved = json.loads((Path(job.start) / "tokenizer.json").read_text())
    if not str(saved.get("type", "")).startswith("tiltyard-"):
        own = AutoTokenizer.from_pretrained(job.start)
        if own.pad_token_id is None:
            own.pad_token_id = job.tokenizer.padId
        return own
    from tokenizers import Tokenizer, models, pre_tokenizers

    rest = saved.get("words", [f"<{byte}>" for byte in range(256)])
    words = ["<pad>", "<eos>", *rest]
    plain = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<pad>"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>")


def arguments(job, total):
    """What every configuration of TRL is given: Tiltyard's optimiser, float32, a line of metrics each step."""
    params, every = job.params, job.checkpointEvery
    return dict(
        output_dir=job.checkpoints,
        seed=job.seed,
        max_steps=total,
        learning_rate=params["learningRate"],
        optim="adamw_torch",
        adam_beta1=0.9,
        adam_beta2=0.999,
        adam_epsilon=1e-8,
        weight_decay=params["weightDecay"],
        max_grad_norm=params["maxGradNorm"] or 0.0,
        bf16=False,
        fp16=False,
        tf32=False if job.device == "cuda" else None,
        gradient_checkpointing=False,
        use_cpu=job.device == "cpu",
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to=[],
        disable_tqdm=True,
        save_strategy="steps" if every > 0 else "no",
        save_steps=every if every > 0 else 500,
        save_total_limit=2,
        dataloader_pin_memory=False,
    )


def scheduled(trainer_class, job, total):
    """A trainer of TRL with Tiltyard's schedule of learning rates, whose metrics have a file of their own."""

    class Scheduled(trainer_class):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.remove_callback(PrinterCallback)

        def create_scheduler(self, num_training_steps, optimizer=None):
            if self.lr_scheduler is None:
                self.lr_scheduler = LambdaLR(optimizer or self.optimizer, lambda step: rate_at(step, job, total))
                self._created_lr_scheduler = True
            return self.lr_scheduler

    return Scheduled


def in_order(trainer_class):
    """A trainer of TRL that takes rows of token ids as they come, one after another."""

    class Ordered(trainer_class):
        def _prepare_dataset(self, dataset, *args, **kwargs):
            return dataset

        def _get_train_sampler(self, dataset=None):
            return SequentialSampler(self.train_dataset if dataset is None else dataset)

    return Ordered


def rate_at(step, job, total):
    """The learning rate as a share of its peak. step: optimiser steps taken."""
    warmup, schedule = job.params["warmupSteps"], job.params["schedule"]
    warmup = round(warmup * job.share)
    if step < warmup:
        return (step + 1) / warmup
    if schedule == "constant":
        return 1.0
    done = min(1.0, (step - warmup) / max(1, total - warmup))
    return 1 - done if schedule == "linear" else 0.5 * (1 + math.cos(math.pi * done))


KEPT = "tiltyard.json"


class Reporter(TrainerCallback):
    """Metrics, budgets, and the ledger's seconds and tokens, which go on with a checkpoint."""

    def __init__(self, job, total):
        self.job, self.total, self.stopped = job, total, None
        self.began = time.monotonic()
        self.checkpoint = newest_checkpoint(job)
        kept = {} if self.checkpoint is None else json.loads((Path(self.checkpoint) / KEPT).read_text())
        self.tokens = {"trained": 0, "generated": 0, **kept.get("tokens", {})}
        self.read = {"rollout": 0, "score": 0, "forward": 0, "update": 0, **kept.get("read", {})}
        self.phases = {"rollout": 0.0, "score": 0.0, "forward": 0.0, **kept.get("phases", {})}
        self.earlier = kept.get("elapsed", 0.0)
        self.rate = None

    def timed(self, phase, work):
        """What work() returns, its seconds on a phase."""
        began = time.monotonic()
        result = work()
        self.phases[phase] += time.monotonic() - began
        return result

    def on_step_begin(self, args, state, control, optimizer=None, **kwargs):
        if optimizer is not None:
            self.rate = optimizer.param_groups[0]["lr"]  # of this step; the trainer logs that of the next

    def on_log(self, args, state, control, logs=None, **kwargs):
        if "loss" not in logs or state.global_step == 0:
            return
        numbers = {
            name: value
            for name, value in logs.items()
            if isinstance(value, (int, float)) and not isinstance(value, bool) and name != "epoch"
        }
        if self.rate is not None:
            numbers["learning_rate"] = self.rate
        row = {"step": state.global_step, "total_steps": self.total, **numbers}
        with open(self.job.metrics, "a") as file:
            file.write(json.dumps(row) + "\n")

    def on_step_end(self, args, state, control, **kwargs):
        budget = self.job.budget
        if state.global_step >= self.total:
            return
        if budget.maxSteps is not None and state.global_step >= budget.maxSteps:
            self.stopped = "steps"
        elif budget.maxSeconds is not None and time.monotonic() - self.began >= budget.maxSeconds:
            self.stopped = "seconds"
        if self.stopped is not None:
            control.should_training_stop = True

    def on_save(self, args, state, control, **kwargs):
        kept = {"tokens": self.tokens, "read": self.read, "phases": self.phases, "elapsed": self.elapsed()}
        folder = Path(self.job.checkpoints) / f"checkpoint-{state.global_step}"
        write_whole(folder / KEPT, kept)  # last of all: what has it is whole

    def finish(self, steps):
        """Told how many steps the whole run took."""

    def elapsed(self):
        """Seconds of the training, earlier processes included."""
        return self.earlier + time.monotonic() - self.began


class PairReporter(Reporter):
    """Of a trainer on pairs, whose tokens follow from its rows."""

    def __init__(self, job, total, rows, reference):
        super().__init__(job, total)
        self.rows, self.reference = rows, reference

    def finish(self, steps):
        taken = self.rows[: steps * self.job.params["batchSize"]]
        self.tokens["trained"] = sum(len(row["chosenIds"]) + len(row["rejectedIds"]) for row in taken)
        self.read["update"] = self.tokens["trained"] + sum(2 * len(row["promptIds"]) for row in taken)
        self.read["forward"] = self.read["update"] if self.reference else 0


def newest_checkpoint(job):
    """The newest whole one of an earlier process; None without."""
    whole = [path.parent for path in Path(job.checkpoints).glob(f"checkpoint-*/{KEPT}")] if job.resume else []
    return str(max(whole, key=lambda path: int(path.name.split("-")[1]))) if whole else None


def write_whole(path, value):
    """JSON that is there whole or not at all."""
    temporary = f"{path}.new"
    Path(temporary).write_text(json.dumps(value))
    os.replace(temporary, path)


def finish(job, trainer, reporter):
    """Trains to the end, and leaves the model and the ledger."""
    trainer.train(resume_from_checkpoint=reporter.checkpoint)
    reporter.finish(trainer.state.global_step)
    trainer.accelerator.unwrap_model(trainer.model).to(torch.float32).save_pretrained(job.output)
    device = torch.cuda.max_memory_allocated() if job.device == "cuda" else None
    others = sum(reporter.phases.values())
    ledger = {
        "version": 1,
        "tokens": reporter.tokens,
        "read": reporter.read,
        "seconds": {**reporter.phases, "update": max(0.0, reporter.elapsed() - others)},
        "flops": None,
        "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "peakDeviceMemoryBytes": device,
        "versions": {"python": sys.version.split()[0], **{name: version(name) for name in PACKAGES}},
        "stopped": reporter.stopped,
    }
    write_whole(job.ledger, ledger)


def version(package):
    return importlib.metadata.version(package)
