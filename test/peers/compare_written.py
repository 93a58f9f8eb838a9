"""Holds model folders that are written here to the ones they came from, in transformers.

    npm run build
    python test/peers/compare_written.py FOLDER...

Each FOLDER is written anew (rewrite.mjs), as a policy and as a reward. transformers has to give the same
log-probabilities, tokens, rendered template and greedy continuations, and the reward's score has to be its head
on the last hidden state of the folder it came from.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

HERE = pathlib.Path(__file__).parent
TEXT = "The film was good, 12 <s> é\n"
TURNS = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day"}]


def rewritten(folder, to, *flags):
    subprocess.run(["node", str(HERE / "rewrite.mjs"), folder, to, *flags], check=True)
    return to


def facts(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    row = torch.tensor([[3, 5, 7, 9, 11, 2]])
    with torch.no_grad():
        logps = torch.log_softmax(model(row).logits, -1)
        greedy = model.generate(row[:, :3], max_new_tokens=20, do_sample=False)
    rendered = tokenizer.apply_chat_template(TURNS, tokenize=False) if tokenizer.chat_template else None
    return {
        "tied": model.get_input_embeddings().weight.data_ptr() == model.get_output_embeddings().weight.data_ptr(),
        "ends": model.generation_config.eos_token_id,
        "ids": tokenizer(TEXT)["input_ids"],
        "text": rendered,
        "greedy": greedy.tolist(),
    }, logps


def reward_error(folder, written):
    (head,) = json.loads((pathlib.Path(written) / ".head.json").read_text())
    row = torch.tensor([[3, 5, 7, 9, 11, 4]])
    with torch.no_grad():
        body = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        wanted = body(row).last_hidden_state[0, -1] @ torch.tensor(head)
        reward = AutoModelForSequenceClassification.from_pretrained(written, dtype=torch.float32).eval()
        return (reward(row).logits[0, 0] - wanted).abs().item(), reward.config.num_labels


failed = False
for folder in sys.argv[1:]:
    with tempfile.TemporaryDirectory() as temporary:
        before, theirs = facts(folder)
        after, ours = facts(rewritten(folder, f"{temporary}/policy"))
        error = (theirs - ours).abs().max().item()
        reward, labels = reward_error(folder, rewritten(folder, f"{temporary}/reward", "reward"))
    different = [name for name in before if before[name] != after[name]]
    ok = error == 0 and not different and reward < 1e-5 and labels == 1
    failed = failed or not ok
    print(f"{'ok' if ok else 'DIFFERENT'} {folder}: log-probabilities {error:.2g}, reward {reward:.2g}, {different}")
sys.exit(failed)
