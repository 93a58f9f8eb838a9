"""A PPO iteration in PyTorch: python ppo.py FOLDER THREADS, FOLDER with spec.json, model.safetensors and reward.json.

Rollouts by transformers' `generate`, then log-probabilities, values and rewards in one pass each, advantages, and epochs x minibatches of
updates of policy and value, all eager float32 written as in gpt2.py. Commands: `check {prompts, completions, orders}` says what an iteration on
given completions measures, and leaves the models changed; `run SEED` does an iteration on the next prompts.
"""
import json
import sys
import warnings

warnings.filterwarnings("ignore")
import torch
import transformers
from safetensors.torch import load_file

from gpt2 import Batch, adamw, hidden, token_logps, trainable
from hf import language_model
from protocol import serve, timed

transformers.logging.set_verbosity_error()
folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
spec = json.load(open(f"{folder}/spec.json"))
shape = spec["layers"], spec["heads"]
start = load_file(f"{folder}/model.safetensors")
model = language_model(folder, spec, spec["eosId"]).eval()
policy = {name.removeprefix("transformer."): p for name, p in model.named_parameters()}  # `generate` sees the updates
reference = {name: t.clone() for name, t in start.items()}
value = trainable({**start, "score.weight": torch.zeros(1, spec["width"])})
score = torch.tensor(json.load(open(f"{folder}/reward.json"))).view(1, -1)
parameters = [*policy.values(), *value.values()]
optimizer = adamw(parameters, spec["rate"])
B = spec["batch"]


def values_of(batch):
    return hidden(value, batch.ids, *shape)[batch.at] @ value["score.weight"][0]


def logps_of(weights, batch):
    return token_logps(weights, batch.ids, batch.at, batch.targets, *shape)


def sample(prompts):
    longest = max(map(len, prompts))
    pad = lambda p, filling, real: [filling] * (longest - len(p)) + real
    ids = torch.tensor([pad(p, spec["padId"], p) for p in prompts])
    mask = torch.tensor([pad(p, 0, [1] * len(p)) for p in prompts])
    options = dict(do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=spec["completion"])
    with torch.inference_mode():
        out = model.generate(ids, attention_mask=mask, **options)
    completions = []
    for row in out[:, longest:].tolist():
        completions.append(row[: row.index(spec["eosId"]) + 1] if spec["eosId"] in row else row)
    return completions


def grid(batch, flat):
    out = torch.zeros(batch.count, int(batch.place.max()) + 1)
    out[batch.row, batch.place] = flat
    return out


def iterate(prompts, completions, orders):
    rows = list(zip(prompts, completions))
    batch = Batch(rows)
    with torch.no_grad():
        old, ref, old_values = logps_of(policy, batch), logps_of(reference, batch), values_of(batch)
        rewards = hidden(reference, batch.ids, *shape)[batch.last] @ score[0]
    mask = grid(batch, torch.ones_like(old))
    # R_t = -beta kl_t, the score at the last token; generalised advantage estimation; whitened over real tokens.
    token_rewards = -spec["klCoefficient"] * grid(batch, old - ref)
    lengths = mask.sum(1).long()
    token_rewards[torch.arange(batch.count), lengths - 1] += rewards
    V = grid(batch, old_values)
    raw, following, next_value = torch.zeros_like(V), torch.zeros(batch.count), torch.zeros(batch.count)
    for t in reversed(range(V.shape[1])):
        real = mask[:, t] > 0
        delta = token_rewards[:, t] + spec["gamma"] * next_value - V[:, t]
        following = torch.where(real, delta + spec["gamma"] * spec["lambda"] * following, following)
        raw[:, t] = torch.where(real, following, 0.0)
        next_value = torch.where(real, V[:, t], next_value)
    flat = raw[batch.row, batch.place]
    advantages = grid(batch, (flat - flat.mean()) / (flat.var(unbiased=False) + 1e-8).sqrt())
    returns, old_grid = raw + V, grid(batch, old)
    losses = []
    for order in orders:
        for part in order:
            mini = Batch([rows[i] for i in part])
            pick = lambda full: full[torch.tensor(part)[mini.row], mini.place]
            logps, values = logps_of(policy, mini), values_of(mini)
            before, A, G = pick(V), pick(advantages), pick(returns)
            ratio = (logps - pick(old_grid)).exp()
            pg = torch.maximum(-ratio * A, -ratio.clamp(1 - spec["clip"], 1 + spec["clip"]) * A).mean()
            near = before + (values - before).clamp(-spec["valueClip"], spec["valueClip"])
            vf = 0.5 * torch.maximum((values - G) ** 2, (near - G) ** 2).mean()
            optimizer.zero_grad(set_to_none=True)
            (pg + spec["valueCoefficient"] * vf).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            losses.append((pg.item(), vf.item()))
    mean = lambda i: sum(loss[i] for loss in losses) / len(losses)
    return {"loss/policy_avg": mean(0), "loss/value_avg": mean(1), "objective/scores": rewards.mean().item()}


def check(given):
    return iterate(**json.loads(given))


at = 0


def run(seed):
    global at
    torch.manual_seed(int(seed))
    prompts = [spec["prompts"][(at + i) % len(spec["prompts"])] for i in range(B)]
    at += B

    def work():
        completions = sample(prompts)
        size = B // spec["minibatches"]
        orders = [torch.randperm(B).view(-1, size).tolist() for _ in range(spec["epochs"])]
        iterate(prompts, completions, orders)
        return completions

    completions, took = timed(work)
    return {**took, "tokens": sum(map(len, completions))}


serve({"check": check, "run": run}, {"torch": torch.__version__, "transformers": transformers.__version__})
