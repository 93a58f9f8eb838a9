"""TRL's DPOTrainer on a job of Tiltyard's: `python preferences.py JOB LOSS`, LOSS as TRL's loss_type."""

import sys

import tiltyard_job as tiltyard
import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM
from trl import DPOConfig, DPOTrainer

job = tiltyard.read_job()
params = job.params
rows, total = tiltyard.ordered_rows(job, params["batchSize"])
data = Dataset.from_dict(
    {
        "prompt_ids": [row["promptIds"] for row in rows],
        "chosen_ids": [row["chosenIds"] for row in rows],
        "rejected_ids": [row["rejectedIds"] for row in rows],
    }
)
model, reference = (
    AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32) for folder in (job.start, job.reference)
)
reporter = tiltyard.PairReporter(job, total, rows, reference=True)
trainer = tiltyard.scheduled(tiltyard.in_order(DPOTrainer), job, total)(
    model=model,
    ref_model=reference,
    args=DPOConfig(
        **tiltyard.arguments(job, total),
        beta=params["beta"],
        loss_type=[sys.argv[2]],
        per_device_train_batch_size=params["batchSize"],
        max_length=None,
    ),
    train_dataset=data,
    processing_class=tiltyard.tokenizer(job),
    callbacks=[reporter],
)
tiltyard.finish(job, trainer, reporter)
