"""TRL's RewardTrainer on a job of Tiltyard's: `python train.py JOB`."""

import tiltyard_job as tiltyard
import torch
from datasets import Dataset
from transformers import AutoModelForSequenceClassification
from trl import RewardConfig, RewardTrainer

job = tiltyard.read_job()
params = job.params
rows, total = tiltyard.ordered_rows(job, params["batchSize"])
columns = {
    "chosen_ids": [row["promptIds"] + row["chosenIds"] for row in rows],
    "rejected_ids": [row["promptIds"] + row["rejectedIds"] for row in rows],
}
if any(row["margin"] != 0 for row in rows):
    columns["margin"] = [row["margin"] for row in rows]
model = AutoModelForSequenceClassification.from_pretrained(job.start, num_labels=1, dtype=torch.float32)
model.config.pad_token_id = job.tokenizer.padId
reporter = tiltyard.PairReporter(job, total, rows, reference=False)
trainer = tiltyard.scheduled(tiltyard.in_order(RewardTrainer), job, total)(
    model=model,
    args=RewardConfig(
        **tiltyard.arguments(job, total),
        per_device_train_batch_size=params["batchSize"],
        center_rewards_coefficient=params["centering"] or None,
        max_length=None,
    ),
    train_dataset=Dataset.from_dict(columns),
    processing_class=tiltyard.tokenizer(job),
    callbacks=[reporter],
)
tiltyard.finish(job, trainer, reporter)
