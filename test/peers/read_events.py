"""Reads event files written by `tiltyard export --format tensorboard` with TensorBoard's own reader.

Usage: python read_events.py FOLDER; prints one JSON line a run: {"run", "tags": {tag: [steps, last value]}}.
"""
import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

for name in sorted(os.listdir(sys.argv[1])):
    events = EventAccumulator(os.path.join(sys.argv[1], name))
    events.Reload()
    tags = {tag: [len(events.Scalars(tag)), events.Scalars(tag)[-1].value] for tag in events.Tags()["scalars"]}
    print(json.dumps({"run": name, "tags": tags}))
