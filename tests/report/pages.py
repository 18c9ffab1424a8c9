"""Files of many kinds, whose pages the checks look at."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "run"))

from program import QUICK, h5py, must, np  # noqa: E402

TITLE = "<b>\"A\" & 'B'</b> <!-- --> ]]> \u03b7"

SMALL = [*QUICK, "extrapolation.shifts=n=2 noise=1 opposite",
         "extrapolation.prompts=50", "landscape.prompts=200",
         "interpolation.prompts=100", "filter.prompts=60"]

# name: arguments of `iclgd run`, a preset first
RUNS = {
    "looped": ["title=" + TITLE, "model.loops=3", "seeds=3",
               "prompt.noise=0.5"],
    "layers": ["model.layers=3", "prompt.covariance=power:1"],
    "deep": ["model.loops=20", "reference.list=gd,newton"],
    "pools": ["diversity.pools=1,4,16", "diversity.prompts=40"],
    "full": ["model.weights=full", "model.layers=2",
             "reference.tune_prompts=400"],
    "table": ["diabetes"],
    "alone": ["probe.list=structure", "reference.list=ridge"],
    "diverged": ["train.lr=10", "train.optimizer=sgd", "model.loops=4"],
}


def settings(name):
    """The arguments of a run, small, what is its own last."""
    preset = [a for a in RUNS[name] if "=" not in a]
    return [*preset, *SMALL, *[a for a in RUNS[name] if "=" in a]]


def make_foreign(path):
    """Prompts made with h5py, a title that is no UTF-8 and has controls."""
    rng = np.random.default_rng(1)
    with h5py.File(path, "w") as file:
        entry = file.create_group("entry")
        entry["title"] = np.bytes_(b"caf\xe9 \x01 <&> \xed\xa0\x80")
        x = rng.standard_normal((20, 8, 3))
        w = rng.standard_normal((20, 3))
        entry["prompts/x"] = x
        entry["prompts/y"] = np.einsum("pni,pi->pn", x, w)
        entry["prompts/x_query"] = rng.standard_normal((20, 3))
        entry["prompts/y_query"] = np.einsum(
            "pi,pi->p", entry["prompts/x_query"][()], w)


def make_parts():
    """A file with the losses alone, and one with nothing of ours."""
    with h5py.File("looped.h5") as whole, h5py.File("bare.h5", "w") as file:
        losses = whole["entry/trajectories_loss"]
        group = file.create_group("entry/trajectories_loss")
        for name in losses:
            group[name] = losses[name][()]
        group.attrs["auxiliary_signals"] = losses.attrs["auxiliary_signals"]
    with h5py.File("empty.h5", "w") as file:
        file["x"] = 1


def make_files():
    """Write NAME.h5 for every name that is returned, here."""
    for name in RUNS:
        must("run", *settings(name), "-o", f"{name}.h5",
             code=4 if name == "diverged" else 0)
    must("train", *QUICK, "-o", "training.h5")
    must("generate", "probe.prompts=5", "-q", "-o", "prompts.h5")
    make_foreign("foreign.h5")
    make_parts()
    must("run", "model.loops=2", *SMALL, "--prompts", "foreign.h5",
         "-o", "given.h5")
    must("probe", "training.h5", "-q", "probe.prompts=40",
         "-o", "probed.h5")
    return [*RUNS, "training", "prompts", "foreign", "given", "probed",
            "bare", "empty"]
