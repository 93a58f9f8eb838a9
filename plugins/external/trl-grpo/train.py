"""TRL's GRPOTrainer on a job of Tiltyard's: `python train.py JOB`."""

import json
import sys
from pathlib import Path

from rollouts import train
from trl import GRPOConfig, GRPOTrainer

params = json.loads(Path(sys.argv[1]).read_text())["params"]
train(GRPOTrainer, GRPOConfig, loss_type=params["lossType"], scale_rewards=params["scaleRewards"])
