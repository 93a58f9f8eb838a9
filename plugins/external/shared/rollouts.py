"""TRL's RLOOTrainer and GRPOTrainer on a job of Tiltyard's: prompts as token ids, a reward from its folder."""

import tiltyard_job as tiltyard
import torch
from datasets import Dataset
from transformers import AutoModelForSequenceClassification


def train(trainer_class, config_class, **own):
    """own: parameters of that trainer's configuration alone."""
    job = tiltyard.read_job()
    params = job.params
    prompts, updates = params["batchSize"], params["updates"]
    rows, rollouts = tiltyard.ordered_rows(job, prompts, params["iterations"])
    total = rollouts * updates
    reporter = tiltyard.Reporter(job, total)
    reward = Reward(job)
    width = prompts * params["groupSize"]

    def scores(completion_ids, promptIds, **kwargs):
        texts = [list(prompt) + list(ids) for prompt, ids in zip(promptIds, completion_ids)]
        drawn, read = sum(map(len, completion_ids)), sum(map(len, texts))
        reporter.tokens["generated"] += drawn
        reporter.tokens["trained"] += drawn * updates
        reporter.read["rollout"] += read
        reporter.read["score"] += read
        reporter.read["forward"] += read * (2 if params["beta"] > 0 else 1)  # the policy as it drew; its reference
        reporter.read["update"] += read * updates
        return reporter.timed("score", lambda: reward(texts))

    class Given(trainer_class):
        def _tokenize_prompts(self, prompts):
            return [rows[int(place)]["promptIds"] for place in prompts], None, {}

        def _generate_single_turn(self, *args, **kwargs):
            return reporter.timed("rollout", lambda: super(Given, self)._generate_single_turn(*args, **kwargs))

    trainer = tiltyard.scheduled(Given, job, total)(
        model=job.start,
        reward_funcs=scores,
        args=config_class(
            **tiltyard.arguments(job, total),
            model_init_kwargs={"dtype": "float32"},
            per_device_train_batch_size=width,
            num_generations=params["groupSize"],
            steps_per_generation=1,
            num_iterations=updates,
            max_completion_length=job.maxCompletionTokens,
            temperature=params["temperature"],
            beta=params["beta"],
            epsilon=params["clip"],
            shuffle_dataset=False,  # rows are in their order
            disable_dropout=True,
            **own,
        ),
        train_dataset=Dataset.from_dict(
            {"prompt": [str(place) for place in range(len(rows))], "promptIds": [row["promptIds"] for row in rows]}
        ),
        processing_class=tiltyard.tokenizer(job),
        callbacks=[reporter],
    )
    tiltyard.finish(job, trainer, reporter)


class Reward:
    """The reward of the job on rows of token ids, in its normalised units."""

    def __init__(self, job):
        device = "cuda" if job.device == "cuda" else "cpu"
        folder = job.reward.folder
        model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1, dtype=torch.float32)
        model.config.pad_token_id = job.tokenizer.padId
        self.model, self.device = model.to(device).eval(), device
        self.pad, self.mean, self.std = job.tokenizer.padId, job.reward.mean, job.reward.std

    @torch.no_grad()
    def __call__(self, rows):
        longest = max(map(len, rows))
        ids = torch.tensor([row + [self.pad] * (longest - len(row)) for row in rows], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self.device)
        logits = self.model(input_ids=ids, attention_mask=mask).logits[:, 0]
        return ((logits - self.mean) / self.std).tolist()
