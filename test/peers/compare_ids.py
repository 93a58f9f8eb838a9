"""The token ids that `tiltyard inspect` says are trained on, against those of TRL's DPOTrainer, row by row.

Usage, after `npm run build`: python compare_ids.py EXPERIMENT.yaml...
Each names a jsonl or parquet dataset and a tokenizer folder. Wants transformers 5.18, trl 1.13, datasets, pyyaml.
Exit code 1 where a row differs. A refusal is printed beside what TRL says.
"""
import json
import logging
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
import datasets
import yaml
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from trl import DPOConfig, DPOTrainer
from trl.data_utils import maybe_extract_prompt

logging.getLogger("trl").setLevel(logging.ERROR)
datasets.disable_progress_bars()
ROOT = Path(__file__).parent.parent.parent
TMP = tempfile.mkdtemp()


def of_tiltyard(experiment):
    """Rows by id, or the message of the refusal."""
    run = subprocess.run(["node", ROOT / "dist/harness/cli.js", "inspect", experiment, "--json"], capture_output=True, text=True)
    if run.returncode != 0:
        return run.stderr.strip() or f"exit code {run.returncode}"
    records = [json.loads(line) for line in run.stdout.splitlines()]
    return {r["id"]: [r["prompt"], r["chosen"], r["rejected"]] for r in records if r["type"] == "pair"}


def of_trl(file, folder):
    """Rows by number, or the error. The model is a stand-in: ids do not depend on it."""
    try:
        kind = "parquet" if file.suffix == ".parquet" else "json"
        rows = datasets.load_dataset(kind, data_files=str(file), split="train", cache_dir=TMP)
        if isinstance(rows[0].get("prompt"), str) and isinstance(rows[0]["chosen"], list):
            rows = datasets.Dataset.from_list([maybe_extract_prompt(row) for row in rows])  # TRL's recipe; DPOTrainer alone raises
        tokenizer = AutoTokenizer.from_pretrained(folder)
        config = LlamaConfig(vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
        LlamaForCausalLM(config).save_pretrained(f"{TMP}/model")
        arguments = DPOConfig(output_dir=TMP, report_to=[], use_cpu=True, max_length=None)
        trainer = DPOTrainer(model=LlamaForCausalLM.from_pretrained(f"{TMP}/model"), args=arguments, train_dataset=rows, processing_class=tokenizer)
        return {str(i + 1): [r["prompt_ids"], r["chosen_ids"], r["rejected_ids"]] for i, r in enumerate(trainer.train_dataset)}
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def main(experiments):
    wrong = 0
    for path in map(Path, experiments):
        params = yaml.safe_load(path.read_text())["dataset"]["params"]
        ours, trl = of_tiltyard(path), of_trl(path.parent / params["file"], path.parent / params["tokenizer"])
        if isinstance(ours, str) or isinstance(trl, str):
            say = lambda it: it if isinstance(it, str) else f"{len(it)} rows"
            wrong += isinstance(trl, str) and not isinstance(ours, str)
            print(f"{path}\n    tiltyard: {say(ours)}\n    TRL: {say(trl)}")
            continue
        differ = [i for i in ours if ours[i] != trl.get(i)]
        wrong += bool(differ)
        print(f"{path}: {len(ours)} of {len(trl)} rows, {len(differ)} differ")
        if differ:
            print(f"    row {differ[0]}\n    tiltyard: {ours[differ[0]]}\n    TRL: {trl.get(differ[0])}")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1:]))
