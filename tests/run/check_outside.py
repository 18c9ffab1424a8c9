"""A model that ran elsewhere, known by what it predicts.

    ICLGD_PROGRAM=iclgd python3 check_outside.py

`generate` writes further queries, changed labels and an identity without moving
another number; predictions that NumPy makes of them come back by `probe
--trajectories`: gradient descent is named as such, in every float type, in one
file or two; what is not linear in the query has an R^2 below 1; a model that
sees its labels is named; what is wrong is refused by name.
"""
import json
import sys

from program import datasets, expect, h5py, main, must, np

LAYERS, ETA = 3, 0.4
QUICK = ["reference.list=gd,zero,ridge", "probe.wide_prompts=0",
         "probe.list=identify,alignment,filter", "identify.tune_prompts=40",
         "alignment.resamples=10", "-q"]
GROUP = "/entry/trajectories/model"


def linear(x, y, queries):
    """Gradient descent: predictions (layer, prompt, query)."""
    w, layers = np.zeros(x.shape[::2]), []
    for _ in range(LAYERS):
        rest = y - np.einsum("pnd,pd->pn", x, w)
        w = w + ETA * np.einsum("pn,pnd->pd", rest, x) / x.shape[1]
        layers.append(np.einsum("pd,pkd->pk", w, queries))
    return np.array(layers)


def curved(x, y, queries):
    """Smoothing with a softmax kernel: not linear in the query."""
    def weights(at):
        scores = np.exp(0.3 * np.einsum("pkd,pnd->pkn", at, x))
        return scores / scores.sum(2, keepdims=True)
    own, others, layers = np.zeros(y.shape), 0, []
    for _ in range(LAYERS):
        rest = y - own
        own = own + np.einsum("pkn,pn->pk", weights(x), rest)
        others = others + np.einsum("pkn,pn->pk", weights(queries), rest)
        layers.append(others)
    return np.array(layers)


def bring(path, model=linear, kind="f8", prompts="prompts.h5", mode="w",
          leave_out=(), **others):
    """Write what a model predicts; `others` are further datasets."""
    p = datasets(prompts, "entry/prompts")
    with h5py.File(path, mode) as file:
        group = file.require_group(GROUP)
        group.attrs["first_layer"] = 1
        arrays = {
            "prediction": model(p["x"], p["y"], p["x_query"][:, None])[..., 0],
            "prediction_more": model(p["x"], p["y"], p["x_more"]), **others}
        for name, values in arrays.items():
            if name not in leave_out:
                group[name] = np.asarray(values).astype(kind)


def probe(path, *words, prompts="prompts.h5", code=0):
    return must("probe", "--prompts", prompts, "--trajectories", path, "-o",
                "probed.h5", "--force", *QUICK, *words, code=code)


def summary():
    return json.loads(must("show", "probed.h5", "--json").stdout)


def refused(words, *arguments, **options):
    done = probe("wrong.h5", *arguments, code=3, **options)
    for word in words:
        expect(word in done.stderr,
               f"'{word}' is not in the refusal: {done.stderr}")


def check_prompts():
    must("generate", "quickstart", "probe.prompts=300", "-o", "plain.h5", "-q")
    must("generate", "quickstart", "probe.prompts=300", "prompt.queries=4d",
         "--check-causality", "-o", "prompts.h5", "-q")
    must("validate", "prompts.h5")
    plain, more = datasets("plain.h5"), datasets("prompts.h5")
    for name, values in plain.items():
        if name.startswith("prompts/"):
            expect(np.array_equal(values, more[name]), f"{name} has moved")
    x = more["prompts/x_more"]
    expect(x.shape == (300, 20, 5), f"x_more has shape {x.shape}")
    expect(np.array_equal(x[:, ::2], -x[:, 1::2]), "queries are no pairs")
    expect(abs(x.std() - 1) < 0.02, "queries are not of the law")
    moved = more["prompts/y_changed"] != more["prompts/y"]
    expect(moved[:, -1].all() and not moved[:, :-1].any(),
           "not the last label alone is changed")
    with h5py.File("plain.h5") as a, h5py.File("prompts.h5") as b:
        names = [file["entry/prompts"].attrs["identity"] for file in (a, b)]
    expect(names[0] == names[1] and names[0].startswith("fnv1a64:"),
           f"identities are {names}")
    must("generate", "quickstart", "prompt.queries=3", "-o", "odd.h5", code=2)
    must("generate", "diabetes", "prompt.queries=4", "-o", "odd.h5", code=2)


def check_constant():
    """Predictions that no query moves have no slope that weights could miss."""
    p = datasets("prompts.h5", "entry/prompts")
    mean, shape = p["y"].mean(1)[None, :], p["x_more"].shape[:2]
    bring("mine.h5", prediction=np.repeat(mean, LAYERS, 0),
          prediction_more=np.broadcast_to(mean[..., None], (LAYERS, *shape)),
          weight=np.full((LAYERS, 300, 5), 1e-17))
    probe("mine.h5", "probe.list=alignment")
    bring("mine.h5", prediction=np.repeat(mean, LAYERS, 0),
          weight=np.zeros((LAYERS, 300, 5)), leave_out=["prediction_more"])
    probe("mine.h5", "probe.list=alignment")
    told = must("show", "probed.h5").stdout
    expect(told.startswith("Predictions of mine.h5\n"), told)
    done = must("plot", "probed.h5", "--what", "cosine", code=3)
    expect("alignment_training" in done.stderr, done.stderr)


def expect_descent(what, kind, tolerance):
    """Gradient descent is found, with its step size."""
    found = summary()
    fitted = datasets("probed.h5")["identify_fit/gd/value"][0]
    expect(found["identify"]["chosen"] == "gd" and
           found["identify"]["kind"] in kind,
           f"{what}: {found['identify']['chosen']} is chosen, "
           f"{found['identify']['kind']}")
    expect(abs(fitted - ETA) < tolerance, f"{what}: its step size is {fitted}")
    expect("is gradient descent with step size 0.4 " in found["verdict"],
           f"{what}: the verdict is {found['verdict']}")
    must("validate", "probed.h5")


def check_descent():
    """In every float type, and as the same model of ours is told."""
    for kind, tolerance in (("f8", 1e-9), ("f4", 1e-6), ("f2", 1e-3)):
        bring("mine.h5", kind=kind)
        probe("mine.h5")
        expect_descent(kind, ("exact", "same"), tolerance)
        r2 = datasets("probed.h5")["trajectories/model/linearity"]
        expect(np.isnan(r2[0]) and (r2[1:] > 1 - 1e-6).all(),
               f"{kind}: R^2 is {r2}")
    outside = summary()["verdict"].split(". ")[0].split(",")[0]
    must("run", "quickstart", f"model.init=gd:{ETA}", f"model.loops={LAYERS}",
         "train.steps=0", "probe.prompts=300", "-o", "probed.h5", "--force",
         *QUICK)
    ours = summary()["verdict"].split(". ")[0].split(",")[0]
    expect(outside.split(" (")[0] == ours.split(" (")[0],
           f"'{outside}' of NumPy, '{ours}' of ours")


def check_one_file():
    """The prompts' own file with a group more; the same numbers."""
    bring("mine.h5")
    probe("mine.h5")
    two = datasets("probed.h5")
    with open("one.h5", "wb") as to, open("prompts.h5", "rb") as of:
        to.write(of.read())
    bring("one.h5", mode="r+")
    must("probe", "--trajectories", "one.h5", "-o", "alone.h5", *QUICK)
    one = datasets("alone.h5")
    for name in ("identify/overall", "trajectories/model/weight",
                 "alignment/gd/sensitivity_cosine/mean"):
        expect(np.array_equal(one[name], two[name], equal_nan=True),
               f"{name} differs between one file and two")


def check_predictions_alone():
    """What needs weights says so, and none are made up."""
    bring("mine.h5", leave_out=["prediction_more"])
    probe("mine.h5")
    expect_descent("predictions alone", ("exact",), 1e-9)
    found = datasets("probed.h5")
    expect(np.isnan(found["trajectories/model/weight"][1:]).all(),
           "weights that nobody knows are written")
    expect("filter/lambda" not in found and
           "trajectories/model/linearity" not in found,
           "weights that nobody knows are looked at")
    expect(any("prediction_more" in line for line in summary()["not_run"]),
           "the filter does not say what it needs")
    expect(np.isfinite(found["alignment/gd/best_match/value"][1:]).all(),
           "there is no best step")
    for what in ("show", "report"):
        must(what, "probed.h5", *(["-o", "page.html"] * (what == "report")))


def check_curved():
    bring("mine.h5", curved, "f4")
    probe("mine.h5")
    found = datasets("probed.h5")
    r2, identify = found["trajectories/model/linearity"][1:], summary()
    expect(((r2 > 0.5) & (r2 < 0.99)).all(), f"R^2 of a curve is {r2}")
    expect(identify["identify"]["kind"] in ("closest", "none"),
           f"a curve is called {identify['identify']['kind']}")
    expect(np.isnan(found["trajectories/model/risk"][1:]).all(),
           "the risk of what no weight predicts")
    expect("of the least-squares fit" in " ".join(
        must("show", "probed.h5", "losses").stdout.split()),
           "the table does not say whose weights these are")
    told = must("show", "probed.h5", "losses").stdout
    expect(f"layer by layer: {r2[0]:.4g}, " in " ".join(told.split()),
           f"the table does not say R^2: {told}")


def check_tokens():
    """Readouts of tokens: labels that a token holds are read."""
    p = datasets("prompts.h5", "entry/prompts")
    seen = linear(p["x"], p["y"], p["x_query"][:, None])
    mixing = np.random.default_rng(1).normal(size=(7, 7))
    tokens = [np.concatenate([p["x_query"], layer, p["w_star"][:, :1]], 1)
              @ mixing for layer in seen]
    bring("mine.h5", tokens=tokens, leave_out=["prediction"])
    with h5py.File("mine.h5", "r+") as file:
        for step in 0, 50:
            group = file.create_group(f"{GROUP}/snapshots/{step}")
            group["tokens"] = np.roll(tokens, 1 - step // 50, 0)
    done = probe("mine.h5", code=3)
    expect("probe.readout=ridge" in done.stderr, done.stderr)
    probe("mine.h5", "probe.readout=ridge",
          "probe.list=decoding,alignment_training")
    found = datasets("probed.h5")
    apart = found["alignment_training/zero/prediction_difference"][:, :, 0]
    expect(np.allclose(np.roll(apart[0][1:], -1), apart[1][1:], rtol=1e-9),
           f"snapshots are read as another than the model: {apart}")
    read = found["trajectories/model/prediction"][-1]
    own = seen[-1, -len(read):, 0]
    expect(np.corrcoef(read, own)[0, 1] > 0.95, "readouts read nothing")
    expect(np.isnan(found["trajectories/model/weight"][1:]).all(),
           "readouts of tokens have weights of the model's own")
    with h5py.File("probed.h5") as file:
        features = file["entry/decoding/w_star"].attrs["features"]
    expect(features == "query token", f"decoded from {features}")
    must("validate", "probed.h5")


def by_context(p, labels, leak):
    """Means of the labels so far; one that leaks has the next among them."""
    n = labels.shape[1]
    means = [labels[:, :k + leak].sum(1) / n for k in range(n)]
    return np.repeat(np.array(means).T[None], LAYERS, 0)


def check_causality():
    p = datasets("prompts.h5", "entry/prompts")
    for leak, claim in ((0, "The last label moves no prediction"),
                        (1, "sees the labels"), (21, "sees the labels")):
        bring("mine.h5", prediction_by_context=by_context(p, p["y"], leak),
              prediction_by_context_changed=by_context(p, p["y_changed"], leak))
        probe("mine.h5", "probe.list=alignment")
        told = must("show", "probed.h5", "causality").stdout
        expect(claim in told, f"a leak of {leak}: {told}")
    must("validate", "probed.h5")


def check_by_context():
    """Gradient descent by context length beside ours with its step size."""
    p = datasets("prompts.h5", "entry/prompts")
    x, y, n = p["x"], p["y"], p["x"].shape[1]
    layers = [linear(x[:, :k], y[:, :k], x[:, k:k + 1]) for k in range(1, n)]
    layers.insert(0, np.zeros_like(layers[0]))
    bring("mine.h5", prediction_by_context=np.concatenate(layers, 2))
    probe("mine.h5", "probe.list=by_context", "reference.list=zero")
    error = datasets("probed.h5")["trajectories_by_context/model"]
    target = np.einsum("pd,pnd->pn", p["w_star"], x)[-240:]
    for k, layer in ((0, 1), (1, 2), (n - 1, 3)):
        own = layers[k][layer - 1, -240:, 0]
        expect(np.isclose(error[layer, k], ((own - target[:, k])**2).mean()),
               f"error at layer {layer} after {k} points: {error[layer, k]}")
    own = linear(x, y, p["x_query"][:, None])[-1, -240:, 0]
    expect(np.isclose(error[3, n], ((own - p["y_query"][-240:])**2).mean()),
           f"error after all points: {error[3, n]}")


def check_snapshots():
    bring("mine.h5")
    with h5py.File("mine.h5", "r+") as file:
        for step in (1000, 90, 0):
            group = file.create_group(f"{GROUP}/snapshots/{step}")
            group["prediction"] = file[f"{GROUP}/prediction"][()] * step / 1000
    probe("mine.h5", "probe.list=alignment_training")
    found = datasets("probed.h5")
    update = found["alignment_training/zero/update"]
    apart = found["alignment_training/zero/prediction_difference"][:, -1, 0]
    expect(list(update) == [0, 90, 1000], f"snapshots are at {update}")
    expect(apart[0] == 0 and np.isclose(apart[1], 0.09 * apart[2]),
           f"snapshots predict {apart}")


def check_validation():
    """What was brought into a file of prompts needs no labels of ours."""
    must("generate", "quickstart", "probe.prompts=300", "prompt.queries=4d",
         "-o", "own.h5", "-q", "--force")
    bring("own.h5", prompts="own.h5", mode="r+", kind="f4",
          tokens=np.zeros((LAYERS, 300, 2)),
          **{"snapshots/10/prediction": np.zeros((LAYERS, 300))})
    must("validate", "own.h5")
    expect("probe --trajectories own.h5" in must("show", "own.h5").stdout,
           "what to do with what was brought is not said")
    with h5py.File("own.h5", "r+") as file:
        del file[GROUP]["tokens"]
        file[GROUP]["tokens"] = np.zeros((LAYERS, 300))
        file[GROUP]["predictions"] = np.zeros(3)
    done = must("validate", "own.h5", code=3)
    for word in ("/model/tokens: expected floats (index,prompt,unit)",
                 "/model/predictions: no schema"):
        expect(word in done.stdout, f"'{word}' is not in {done.stdout}")


def check_refusals():
    p = datasets("prompts.h5", "entry/prompts")
    good = linear(p["x"], p["y"], p["x_query"][:, None])[..., 0]
    w = np.zeros((LAYERS, 300, 5))
    for words, changes in (
            (["/prediction:", "300", "299"], {"prediction": good[:, 1:]}),
            (["/prediction:", "nan"], {"prediction": good * np.nan}),
            (["/prediction:"], {"prediction": good[..., None]}),
            (["no such dataset"], {"leave_out": ["prediction"]}),
            (["/weight:", "detached"], {"weight": w}),
            (["/weight:", "detached"],
             {"weight": w, "leave_out": ["prediction_more"]}),
            (["/weight:", "slope of prediction_more"], {"weight": w + 1}),
            (["/prediction_more:"],
             {"prediction_more": np.zeros((LAYERS, 300, 7))}),
            (["/prediction_by_context:", "20", "7"],
             {"prediction_by_context": np.zeros((LAYERS, 300, 7))})):
        bring("wrong.h5", **changes)
        refused(["wrong.h5: /entry/trajectories/model", *words])
    bring("wrong.h5")
    refused(["x_more", "plain.h5"], prompts="plain.h5")
    check_validation()
    for name, value, words in (
            ("first_layer", 0, ["index 0", "first_layer = 1"]),
            ("first_layer", 2, ["first_layer", "found 2"]),
            ("prompts", "fnv1a64:0", ["attribute prompts", "fnv1a64:0"])):
        bring("wrong.h5")
        with h5py.File("wrong.h5", "r+") as file:
            file[GROUP].attrs[name] = value
        refused(words)
    bring("wrong.h5")
    probe("wrong.h5", "model.loops=2", code=2)
    must("run", "quickstart", "model.architecture=outside", code=2)


if __name__ == "__main__":
    sys.exit(main(check_prompts, check_descent, check_one_file,
                  check_predictions_alone, check_curved, check_tokens,
                  check_constant, check_causality, check_by_context,
                  check_snapshots, check_refusals))
