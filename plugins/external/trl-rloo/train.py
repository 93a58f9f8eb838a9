"""TRL's RLOOTrainer on a job of Tiltyard's: `python train.py JOB`."""

from rollouts import train
from trl import RLOOConfig, RLOOTrainer

train(RLOOTrainer, RLOOConfig)
