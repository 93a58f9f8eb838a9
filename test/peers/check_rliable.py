"""Holds the expected values of test/golden/statistics.json, which test/stats holds ours to, against rliable's own functions.

Usage: python check_rliable.py [test/golden/statistics.json], with rliable installed or its repository on PYTHONPATH
"""
import json
import sys

import numpy as np
from rliable import metrics

with open(sys.argv[1] if len(sys.argv) > 1 else "test/golden/statistics.json") as file:
    golden = json.load(file)
x, y = (np.array(golden[name]).T for name in "xy")  # rliable wants runs by tasks
pairs = {
    "iqm x": (metrics.aggregate_iqm(x), golden["iqm"]["x"]),
    "iqm y": (metrics.aggregate_iqm(y), golden["iqm"]["y"]),
    "optimality gap x": (metrics.aggregate_optimality_gap(x), golden["optimalityGap"]["x"]),
    "optimality gap y": (metrics.aggregate_optimality_gap(y), golden["optimalityGap"]["y"]),
    "probability of improvement": (metrics.probability_of_improvement(x, y), golden["probabilityOfImprovement"]),
}
for name, (theirs, expected) in pairs.items():
    print(f"{name}: rliable {theirs:.12f}, expected {expected:.12f}, off by {abs(theirs - expected):.1e}")
sys.exit(any(abs(theirs - expected) > 1e-9 for theirs, expected in pairs.values()))
