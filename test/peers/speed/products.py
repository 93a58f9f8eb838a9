"""Matrix products of given shapes: python products.py FOLDER THREADS, FOLDER with spec.json. Command: `run K`."""
import json
import sys

import torch

from protocol import serve, timed

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
operands = [(torch.randn(n, k), torch.randn(k, m)) for n, k, m in json.load(open(f"{folder}/spec.json"))["shapes"]]


def run(count):
    def work():
        for _ in range(int(count)):
            for a, b in operands:
                a @ b

    return timed(work)[1]


serve({"run": run}, {"torch": torch.__version__})
