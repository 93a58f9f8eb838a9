"""Expected values for test/stats: scipy and statsmodels on made-up data. IQM is scipy's trim_mean and probability of
improvement is mannwhitneyu's U / (n m), which is how rliable computes them (check_rliable.py asks rliable itself).

Usage: python make_statistics.py > test/golden/statistics.json
"""
import json

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

rng = np.random.default_rng(7)
x = [[round(float(v), 4) for v in rng.normal(0.6, 0.3, 7)] for _ in range(5)]
y = [[round(float(v), 4) for v in rng.normal(0.4, 0.25, 9)] for _ in range(5)]
x[0][0] = y[0][0]  # a tie
differences = [round(float(v), 4) for v in rng.normal(0.01, 0.04, 12)]
lengths = [int(v) for v in rng.integers(-6, 7, 12)]
p = [0.001, 0.2, 0.012, 0.03, 0.04, 0.5]
tost = {}
for margin in (0.02, 0.05):
    d = DescrStatsW(differences)
    tost[str(margin)] = {"p": d.ttost_mean(-margin, margin)[0], "ci": list(d.tconfint_mean(0.1))}
fit = stats.linregress(lengths, differences)
print(json.dumps({
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
    "x": x, "y": y, "differences": differences, "lengths": lengths, "pValues": p,
    "iqm": {"x": stats.trim_mean(np.ravel(x), 0.25), "y": stats.trim_mean(np.ravel(y), 0.25)},
    "optimalityGap": {"x": float(np.mean(np.maximum(0, 1 - np.ravel(x)))), "y": float(np.mean(np.maximum(0, 1 - np.ravel(y))))},
    "probabilityOfImprovement": float(np.mean([stats.mannwhitneyu(a, b).statistic / (len(a) * len(b)) for a, b in zip(x, y)])),
    "wilson": [[k, n, *proportion_confint(k, n, 0.05, "wilson")] for k, n in ((0, 10), (3, 11), (50, 100), (255, 256))],
    "tost": tost,
    "holm": multipletests(p, method="holm")[1].tolist(),
    "lengthControl": {"difference": fit.intercept, "perToken": fit.slope},
}, indent=1))
