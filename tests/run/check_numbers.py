"""Every number of small runs of the program, computed again in NumPy.

    ICLGD_PROGRAM=iclgd python3 check_numbers.py

The settings below cover every weight family, law, source and algorithm. Each
file is also validated. Exit code 1 on a fault, 77 when a Python package is not
installed.
"""
import os
import shutil
import sys

from program import QUICK, expect, fault, h5py, main, must
from recompute import faults_of

RUNS = {
    "quickstart": ["quickstart"],
    "gdpp": ["prompt.covariance=condition:9", "prompt.rotate=fixed",
             "prompt.w=inverse-covariance", "model.weights=gdpp",
             "model.layers=3"],
    "full": ["model.weights=full", "prompt.x=uniform", "prompt.d=4",
             "prompt.n=7", "model.layers=2", "model.loops=2",
             "model.init=gd:0.3",
             "reference.list=least_squares"],
    "table": ["diabetes"],
    "per_prompt": ["prompt.covariance=power:1", "prompt.rotate=per-prompt",
                   "model.loops=3", "prompt.noise=0.5", "prompt.n=6",
                   "reference.list=gd,ridge"],
    "diagonal": ["prompt.d=3", "prompt.covariance=diag:2,1,.5",
                 "prompt.noise=0.3", "model.weights=diagonal"],
    "one_layer": ["prompt.d=3", "prompt.covariance=condition:4",
              "prompt.rotate=fixed", "prompt.w_scale=2"],
    "seeds": ["seeds=3", "model.weights=scalar", "prompt.w=sparse:2",
              "prompt.x=sphere", "prompt.x_scale=.7", "model.loops=4"],
    "short": ["prompt.n=2", "prompt.d=3", "prompt.covariance=diag:2,1,.5",
              "prompt.w=inverse-covariance", "prompt.noise=.4",
              "model.layers=2", "probe.quantile_prompts=7"],
    "pool": ["prompt.w=pool:3", "prompt.d=1", "model.layers=2",
             "reference.eta=0.5", "reference.lambda=0.1", "probe.steps=4"],
}

# A number changed in the last place that counts must be found.
CHANGED = ["prompts/y", "prompts/w_star", "trajectories/gd/weight",
           "trajectories/gdpp/weight", "trajectories/least_squares/weight",
           "trajectories/chebyshev/weight", "trajectories/newton/weight",
           "trajectories/lasso/weight", "trajectories/knn/prediction",
           "trajectories/model/weight", "trajectories/model/prediction",
           "trajectories/gd/prediction", "trajectories/gd/risk",
           "trajectories_loss/gd", "trajectories_loss/model_errors",
           "trajectories_loss/model_median", "alignment/gd/ilwd/mean",
           "alignment/gd/sime/mean", "alignment/gd/spd/quantiles",
           "alignment/gd/sensitivity_cosine/standard_error",
           "structure/distance_to_identity", "oracle/measured"]


def check_runs():
    for name, settings in RUNS.items():
        path = f"{name}.h5"
        must("run", *settings, *QUICK, "-o", path)
        if not os.path.exists(path):
            continue
        for line in faults_of(path):
            fault(f"{name}: {line}")
        must("validate", path)


def check_changes():
    """The recomputation itself: it finds what is wrong."""
    must("run", *QUICK, "model.loops=2", "probe.steps=3", "-o", "small.h5")
    expect(next(faults_of("small.h5"), None) is None, "small.h5 has faults")
    for name in CHANGED:
        shutil.copy("small.h5", "changed.h5")
        with h5py.File("changed.h5", "r+") as file:
            dataset = file["entry"][name]
            at = tuple(min(2, extent - 1) for extent in dataset.shape)
            if name.startswith(("trajectories/least", "structure")):
                at = tuple(extent - 1 for extent in dataset.shape)
            dataset[at] += 1e-8 * max(1, abs(dataset[at]))
        expect(next(faults_of("changed.h5"), None),
               f"a change of {name} has not been found")


if __name__ == "__main__":
    sys.exit(main(check_runs, check_changes))
