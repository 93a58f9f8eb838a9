"""Losses, gradient norms and KLs of TRL's GRPOTrainer and RLOOTrainer on given completions and rewards, the trainers as they
are: only drawing and scoring are replaced. `tiltyard verify test/golden` holds our plugins to them.

Usage: python make_rollout_losses.py test/golden test/golden/rollouts-trl.json
"""
import json
import sys
import tempfile
from pathlib import Path

import torch
import transformers
import trl
from datasets import Dataset
from transformers import AutoTokenizer, GPT2LMHeadModel
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

golden, out = Path(sys.argv[1]), Path(sys.argv[2])
MAX_TOKENS, G, R = 48, 3, 4
tokenizer = AutoTokenizer.from_pretrained(golden / "tiny-gpt2")
pairs = json.load(open(golden / "trl-dpo.json"))["pairs"]
prompts = [p["prompt"] for p in pairs[:G]]
texts = [[t for i in range(2) for t in (pairs[(2 * g + i) % len(pairs)]["chosen"], pairs[(2 * g + i) % len(pairs)]["rejected"])] for g in range(G)]
ids = lambda s: tokenizer(s, add_special_tokens=False)["input_ids"]
prompt_ids = [ids(p) for p in prompts]
completion_ids = [[(ids(t) + [tokenizer.eos_token_id])[:MAX_TOKENS] for t in group] for group in texts]
rewards = [[0.3, -1.2, 0.9, 0.0], [2.0, 2.5, -0.5, 1.0], [-0.1, 0.4, -0.7, -0.3]]
score = {tuple(c): r for group, rs in zip(completion_ids, rewards) for c, r in zip(group, rs)}
assert len(score) == G * R


def given(asked):
    """Completions of each prompt in turn, as often as it is asked for."""
    seen = [0] * G
    rows = []
    for p in asked:
        g = prompt_ids.index(p)
        rows.append(completion_ids[g][seen[g] % R])
        seen[g] += 1
    return rows


def reward(completions, completion_ids, **_):
    return [score[tuple(c)] for c in completion_ids]


class Grpo(GRPOTrainer):
    def _generate_single_turn(self, asked, *_):
        return given(asked), None


class Rloo(RLOOTrainer):
    def _generate_single_turn(self, asked, *_):
        return given(asked)


def trained(trainer_class, config_class, steps, learning_rate, **options):
    losses = []

    class Recorded(trainer_class):
        def compute_loss(self, *args, **kwargs):
            loss = super().compute_loss(*args, **kwargs)
            losses.append(float(loss.detach()))
            return loss

    model = GPT2LMHeadModel.from_pretrained(golden / "tiny-gpt2", dtype=torch.float32)
    args = config_class(
        output_dir=tempfile.mkdtemp(), use_cpu=True, bf16=False, gradient_checkpointing=False, report_to=[], disable_tqdm=True,
        per_device_train_batch_size=G * R, num_generations=R, max_completion_length=MAX_TOKENS, num_iterations=steps, max_steps=steps,
        learning_rate=learning_rate, lr_scheduler_type="constant", max_grad_norm=1.0, weight_decay=0.0, logging_steps=1,
        shuffle_dataset=False, save_strategy="no", epsilon=0.2, **options,
    )
    trainer = Recorded(model=model, args=args, reward_funcs=reward, train_dataset=Dataset.from_dict({"prompt": prompts}), processing_class=tokenizer)
    if trainer.ref_model is not None:
        trainer.ref_model.load_state_dict(GPT2LMHeadModel.from_pretrained(golden / "tiny-gpt2-ref", dtype=torch.float32).state_dict())
        trainer.ref_model.eval()
    trainer.train()
    logs = [entry for entry in trainer.state.log_history if "grad_norm" in entry]
    assert len(logs) == len(losses) == steps, (len(logs), len(losses))
    kl = {"kl": [entry["kl"] for entry in logs if "kl" in entry]}
    return {"loss": losses, "gradNorm": [float(entry["grad_norm"]) for entry in logs], **kl}


DR = dict(loss_type="dr_grpo", scale_rewards="none", use_bias_correction_kl=False)
GROUP = dict(DR, loss_type="grpo", scale_rewards="group")
# Name, golden loss type, updates, learning rate, TRL's options, parameters by our names.
cases = [
    ("dr_grpo", "dr_grpo", 4, 1e-3, dict(DR, beta=0.04), dict(beta=0.04)),
    ("dr_grpo, far enough to clip", "dr_grpo", 4, 1e-2, dict(DR, beta=0.0), dict(beta=0)),
    ("dr_grpo, the ratio on the KL", "dr_grpo_corrected_kl", 4, 1e-3, dict(DR, beta=0.3, use_bias_correction_kl=True), dict(beta=0.3)),
    ("grpo", "grpo", 4, 1e-3, dict(GROUP, beta=0.04), dict(beta=0.04)),
    ("grpo at temperature .7", "grpo", 3, 1e-3, dict(GROUP, beta=0.1, temperature=0.7), dict(beta=0.1, temperature=0.7)),
    ("bnpo", "bnpo", 4, 1e-3, dict(GROUP, beta=0.04, loss_type="bnpo"), dict(beta=0.04)),
    ("rloo", "rloo", 1, 1e-3, dict(beta=0.05), dict(beta=0.05)),
    ("rloo, several updates", "rloo", 4, 1e-4, dict(beta=0.2), dict(beta=0.2)),
    ("rloo, rewards clipped", "rloo", 3, 1e-4, dict(beta=0.05, reward_clip_range=(-0.8, 0.8)), dict(beta=0.05, rewardClip=0.8)),
    ("rloo at temperature .7", "rloo", 3, 1e-4, dict(beta=0.05, temperature=0.7), dict(beta=0.05, temperature=0.7)),
]
rounded = lambda xs: [float(f"{x:.7g}") for x in xs]
written = []
for name, kind, updates, rate, options, params in cases:
    classes = (Rloo, RLOOConfig) if kind == "rloo" else (Grpo, GRPOConfig)
    got = trained(*classes, updates, rate, **options)
    print(name, got)
    written.append({"name": name, "type": kind, "params": {**params, "learningRate": rate}, **{k: rounded(v) for k, v in got.items()}})
head = {
    "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "trl": trl.__version__},
    "policy": "tiny-gpt2", "maxTokens": MAX_TOKENS, "prompts": prompt_ids, "completions": completion_ids, "rewards": rewards,
}
lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in head.items()] + ['"cases": [\n' + ",\n".join(json.dumps(c) for c in written) + "\n]"]
open(out, "w").write("{\n" + ",\n".join(lines) + "\n}\n")
