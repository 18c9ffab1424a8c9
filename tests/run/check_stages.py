"""The stages apart, and the same bytes each time.

    ICLGD_PROGRAM=iclgd python3 check_stages.py

generate, train and probe through files give what run gives; prompts and weights
written by h5py are trained on and probed, and agree with NumPy; thread count
and number of prompts change nothing.
"""
import sys

from program import (QUICK, datasets, expect, expect_same, fault, h5py, main,
                     must, np)
from recompute import agree, faults_of, forward, implied_weights, matrices

LOOPED = ["model.loops=3", "prompt.noise=0.2", "prompt.covariance=condition:4",
          "prompt.rotate=fixed", *QUICK]
FEW = ["reference.list=gd,ridge", "probe.steps=6"]


def report(what, lines):
    for line in lines:
        fault(f"{what}: {line}")


def check_determinism():
    must("run", *LOOPED, "--reproducible", "-o", "a.h5")
    must("run", *LOOPED, "--reproducible", "-o", "b.h5")
    with open("a.h5", "rb") as a, open("b.h5", "rb") as b:
        expect(a.read() == b.read(), "two runs differ in their bytes")
    must("run", *LOOPED, "-o", "dated.h5")
    expect_same("with a date", "a.h5", "dated.h5")
    with h5py.File("a.h5") as a, h5py.File("dated.h5") as dated:
        expect("file_time" not in a.attrs and "file_time" in dated.attrs,
               "file_time is not where it should be")
    for threads in (2, 3):
        must("run", *LOOPED, f"train.threads={threads}", "-o", "threads.h5",
             "--force")
        expect_same(f"{threads} threads", "a.h5", "threads.h5")
    must("run", *LOOPED, "seed=2", "-o", "other.h5")
    expect(not np.array_equal(datasets("a.h5")["prompts/x"],
                              datasets("other.h5")["prompts/x"]),
           "another seed gives the same prompts")


def check_threads_in_lapack():
    """Solvers called from several threads, often: OpenBLAS without locks gets
    about every second of these runs wrong when they do not take turns."""
    words = [*LOOPED, "train.steps=1", "probe.prompts=600",
             "reference.list=ridge,least_squares", "probe.list=structure"]
    must("run", *words, "-o", "alone.h5")
    for _ in range(8):
        must("run", *words, "train.threads=3", "-o", "together.h5", "--force")
        expect_same("solvers in three threads", "alone.h5", "together.h5")


def check_stored_settings():
    """The text in the file runs again and gives the same numbers."""
    for words in ([*LOOPED, *FEW], ["diabetes", *QUICK, *FEW]):
        must("run", *words, "-o", "first.h5", "--force")
        with h5py.File("first.h5") as file:
            config = file["entry/config"]
            d = file["entry/prompts/x"].shape[2]
            expect(config.attrs["prompt.d"] == d, "prompt.d is not the data's")
            with open("stored.ini", "w") as ini:
                ini.write(config["text"][()].decode())
        must("run", "stored.ini", "-o", "again.h5", "--force")
        expect_same("stored settings", "first.h5", "again.h5")


def check_prefix():
    """Prompt i is the same however many there are."""
    must("run", *LOOPED, "probe.prompts=131", "-o", "more.h5")
    few, many = datasets("a.h5"), datasets("more.h5")
    for name in few:
        if name.startswith("prompts/") and len(few[name]) == 70:
            expect(np.array_equal(few[name], many[name][:70]),
                   f"{name} depends on probe.prompts")
    expect(np.array_equal(few["model/A"], many["model/A"]),
           "the model depends on probe.prompts")


def check_stages():
    for words in (LOOPED, ["diabetes", *QUICK, *FEW]):
        must("run", *words, "-o", "run.h5", "--force")
        must("generate", *words, "-o", "prompts.h5", "--force")
        must("train", *words, "-o", "model.h5", "--force")
        must("probe", "model.h5", "-q", "-o", "probe.h5", "--force")
        expect_same("generate", "run.h5", "prompts.h5", below="entry/prompts")
        for group in ("model", "training", "seeds", "snapshots"):
            expect_same("train", "run.h5", "model.h5", below=f"entry/{group}")
        for group in ("prompts", "model", "trajectories", "alignment",
                      "trajectories_loss", "structure", "oracle"):
            expect_same("probe", "run.h5", "probe.h5", below=f"entry/{group}")
        for path in ("prompts.h5", "model.h5", "probe.h5"):
            must("validate", path)
            must("show", path)
    for stream in ("train", "eval", "tune"):
        must("generate", *LOOPED, "--stream", stream, "-o", "stream.h5",
             "--force")
        a, b = datasets("stream.h5"), datasets("a.h5")
        expect(not np.isin(a["prompts/x_query"], b["prompts/x_query"]).any(),
               f"the stream {stream} overlaps with that of the probes")


def elsewhere(path, arrays, attributes=(), group="model"):
    with h5py.File(path, "w") as file:
        for name, value in arrays.items():
            file[f"entry/{group}/{name}"] = value
        file[f"entry/{group}"].attrs.update(attributes)


def made_prompts(count, n, d, dtype):
    random = np.random.default_rng(5)
    x, q = random.normal(size=(count, n, d)), random.normal(size=(count, d))
    w = random.normal(size=(count, d))
    y = np.einsum("pij,pj->pi", x, w) + 0.1 * random.normal(size=(count, n))
    label = (q * w).sum(axis=1)
    return {name: value.astype(dtype) for name, value in
            (("x", x), ("y", y), ("x_query", q), ("y_query", label))}


def check_prompts_from_elsewhere():
    for dtype in (np.float64, np.float32):
        made = made_prompts(90, 8, 3, dtype)
        elsewhere("mine.h5", made, group="prompts")
        must("run", "--prompts", "mine.h5", "model.loops=2", *QUICK, *FEW,
             "probe.prompts=1000", "-o", "own.h5", "--force")
        must("validate", "own.h5")
        report(f"prompts of {dtype.__name__}", faults_of("own.h5"))
        stored = datasets("own.h5")
        first = len(made["x"]) - len(stored["prompts/x"])
        expect(first == 45 + 9, f"{first} of 90 prompts are not probed")
        for name, value in made.items():
            expect(np.array_equal(stored[f"prompts/{name}"], value[first:]),
                   f"{name} is not as it was given")
        elsewhere("first.h5", {k: v[:45] for k, v in made.items()},
                  group="prompts")
        elsewhere("second.h5", {k: v[45:] for k, v in made.items()},
                  group="prompts")
        must("train", "--prompts", "first.h5", "model.loops=2", *QUICK, *FEW,
             "-o", "own-model.h5", "--force")
        must("probe", "own-model.h5", "--prompts", "second.h5", "-q", "-o",
             "own-probe.h5", "probe.prompts=1000", "--force")
        for group in ("model", "trajectories", "alignment"):
            expect_same("own prompts", "own.h5", "own-probe.h5",
                        below=f"entry/{group}")


def check_weights_from_elsewhere():
    random = np.random.default_rng(6)
    d = 3
    A = 0.3 * np.eye(d) + 0.05 * random.normal(size=(4, d, d))
    B = 0.1 * random.normal(size=(4, d, d))
    P, Q = 0.2 * random.normal(size=(2, 2, d + 1, d + 1))
    one = matrices(A[:1])
    cases = [
        ("A alone", {"A": A[:1]}, {}, *one, 1, -1, False),
        ("A looped", {"A": A[:1]}, {"loops": 5}, *one, 5, -1, False),
        ("A, four layers", {"A": A}, {}, *matrices(A), 1, -1, False),
        ("A and B", {"A": A, "B": B}, {}, *matrices(A, B), 1, -1, False),
        ("A in float32", {"A": A.astype("f4")}, {},
         *matrices(A.astype("f4").astype("f8")), 1, -1, False),
        ("A of the sum", {"A": A / 20}, {"scaling": "sum"},
         *matrices(A / 20), 1, -1, True),
        ("A and B of the sum", {"A": A / 20, "B": B}, {"scaling": "sum"},
         *matrices(A / 20, B), 1, -1, True),
        ("P and Q", {"P": P, "Q": Q}, {}, P, Q, 1, -1, False),
        ("P and Q of the sum, plus sign", {"P": P / 20, "Q": Q},
         {"prediction_sign": 1, "scaling": "sum", "loops": 2},
         P / 20, Q, 2, 1, True),
    ]
    for what, arrays, attributes, P, Q, loops, sign, of_sum in cases:
        elsewhere("weights.h5", arrays, attributes)
        must("probe", "weights.h5", f"prompt.d={d}", "prompt.n=20", *QUICK[3:],
             *FEW, "-o", "weights-probed.h5", "--force")
        must("validate", "weights-probed.h5")
        report(what, faults_of("weights-probed.h5"))
        f = datasets("weights-probed.h5")
        scale = 1 if of_sum else None
        x, y = f["prompts/x"], f["prompts/y"]
        report(what, agree(
            "prediction", f["trajectories/model/prediction"],
            forward(P, Q, loops, sign, x, y, f["prompts/x_query"], scale)))
        report(what, agree(
            "weight", f["trajectories/model/weight"],
            implied_weights(P, Q, loops, sign, x, y, scale)))


def check_another_law():
    """A model on prompts of another law, and looped longer."""
    must("train", *LOOPED, *FEW, "-o", "law-model.h5")
    for number, change in enumerate((
            ["prompt.n=9"], ["prompt.covariance=identity"], ["seed=7"],
            ["prompt.x=uniform", "prompt.noise=0"], ["model.loops=20"],
            ["prompt.w=inverse-covariance"])):
        path = f"law{number}.h5"
        must("probe", "law-model.h5", "-q", *change, "-o", path)
        must("validate", path)
        report(" ".join(change), faults_of(path))
        key, value = change[0].split("=")
        with h5py.File(path) as file:
            expect(str(file["entry/config"].attrs[key]) == value,
                   f"{change}: not in /entry/config")
    f, trained = datasets("law4.h5"), datasets("law-model.h5")
    expect(f["trajectories/model/weight"].shape[0] == 21,
           "model.loops=20 does not give 20 layers")
    expect(np.array_equal(f["model/A"], trained["model/A"]),
           "the weights have changed")
    short = datasets("a.h5")["trajectories/model/weight"]
    expect(np.array_equal(f["trajectories/model/weight"][:4], short),
           "the first three loops have changed")
    expect(datasets("law0.h5")["prompts/y"].shape == (70, 9),
           "prompt.n=9 does not give 9 context points")


def descend(f, eta, steps):
    """Mean squared error of gradient descent on prompts of a file."""
    x, y = f["prompts/x"], f["prompts/y"]
    w = np.zeros(f["prompts/x_query"].shape)
    for _ in range(steps):
        off = y - np.einsum("pij,pj->pi", x, w)
        w += eta * np.einsum("pi,pij->pj", off, x) / x.shape[1]
    return np.mean((np.sum(w * f["prompts/x_query"], 1)
                    - f["prompts/y_query"]) ** 2)


def check_tuning():
    """The file says which prompts a search was made on: the same prompts give
    the curve of gradient descent's line search."""
    law = ["model.loops=3", "prompt.x=uniform", "prompt.d=3", *QUICK]
    must("run", *law, "probe.list=structure", "-o", "tuned.h5", "--force")
    compare_tuning("tune", 0, lambda count: (
        must("generate", *law, f"probe.prompts={count}", "--stream", "tune",
             "-o", "tune.h5", "--force"), datasets("tune.h5"))[1])
    must("generate", *law, "probe.prompts=80", "-o", "tune.h5", "--force")
    must("run", "--prompts", "tune.h5", "model.loops=3", "train.steps=5",
         "probe.list=structure", "-o", "tuned.h5", "--force")
    compare_tuning("file", 40, lambda count: {
        name: values[40:40 + count]
        for name, values in datasets("tune.h5").items()
        if name in ("prompts/x", "prompts/y", "prompts/x_query",
                    "prompts/y_query")})


def compare_tuning(stream, first, prompts_of):
    with h5py.File("tuned.h5") as file:
        attrs = dict(file["entry/trajectories"].attrs)
    found = datasets("tuned.h5")
    said = attrs["tuning_stream"]
    said = said.decode() if isinstance(said, bytes) else said
    expect((said, attrs["tuning_first"]) == (stream, first),
           f"tuning prompts: {said} from {attrs['tuning_first']} on")
    prompts = prompts_of(int(attrs["tuning_count"]))
    for value, loss in zip(found["tuning/gd/value"], found["tuning/gd/loss"]):
        expected = descend(prompts, value, 3)
        expect(np.isclose(loss, expected, rtol=1e-9, atol=0),
               f"tuning/gd at {value:.3g}: {loss}, NumPy has {expected}")


def check_held_out():
    """Gradient descent beside the training is that of the held-out prompts,
    also where these are drawn by another rotation or come from a file."""
    for words in (LOOPED, ["model.loops=3", "prompt.covariance=power:1",
                           "prompt.rotate=per-prompt", *QUICK]):
        must("run", *words, *FEW, "train.eval_prompts=37", "-o", "held.h5",
             "--force")
        must("generate", *words, "--stream", "eval", "probe.prompts=37",
             "-o", "eval.h5", "--force")
        compare_held_out("drawn", datasets("eval.h5"))
    must("generate", *LOOPED, "probe.prompts=80", "-o", "eighty.h5")
    must("run", "--prompts", "eighty.h5", "model.loops=3", "train.steps=5",
         "probe.list=alignment", "-o", "held.h5", "--force")
    given = datasets("eighty.h5")
    compare_held_out("given", {name: given[name][36:40] for name in (
        "prompts/x", "prompts/y", "prompts/x_query", "prompts/y_query")})


def compare_held_out(what, prompts):
    held = datasets("held.h5")
    names = list(held["held_out/algorithm"])
    at = names.index(b"gd" if isinstance(names[0], bytes) else "gd")
    with h5py.File("held.h5") as file:
        eta = file["entry/trajectories/gd"].attrs["eta"]
    found = held["held_out/loss"][at]
    expected = descend(prompts, eta, held["held_out/steps"][at])
    expect(held["held_out/steps"][at] == 3
           and np.isclose(found, expected, rtol=1e-10, atol=0),
           f"{what} held-out prompts: {found}, NumPy has {expected}")


def check_words():
    """What is said of a curriculum, of presets that are no models, and of
    figures whose probe was not run."""
    must("run", "quickstart", *QUICK, "train.curriculum_n=from:5,3,10",
         "train.curriculum_d=from:2,1,5", "-o", "grown.h5")
    told = " ".join(must("show", "grown.h5").stdout.split())
    expect("features from 2, 1 more every 5 steps; context points from 5, 3 "
           "more every 10 steps" in told, told)
    done = must("probe", "quickstart", code=2)
    expect("found a preset: `iclgd run quickstart`" in done.stderr, done.stderr)
    must("run", "quickstart", *QUICK, "model.architecture=transformer",
         "probe.list=filter", "-o", "softmax.h5")
    for what, word in (("filter", "filter was not run: needs predictions"),
                       ("weights", "a model of linear attention")):
        done = must("plot", "softmax.h5", "--what", what, code=3)
        expect(word in done.stderr, done.stderr)
    told = must("generate", "quickstart", "probe.prompts=9").stdout
    expect("--trajectories MINE.h5" in told, told)


if __name__ == "__main__":
    sys.exit(main(check_determinism, check_threads_in_lapack,
                  check_stored_settings, check_prefix, check_stages, check_held_out,
                  check_tuning,
                  check_prompts_from_elsewhere,
                  check_weights_from_elsewhere, check_another_law,
                  check_words))
