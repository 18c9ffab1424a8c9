"""Ridge readouts after each layer of a transformer of ours.

    ICLGD_PROGRAM=iclgd python3 check_readout.py

Of a model whose tokens hold the prediction in one coordinate the readout is
that coordinate times what least squares says; errors do not grow by it; the
summary says what was read, and what needs the model's own readout is not run.
"""
import json
import sys

from program import datasets, expect, main, must, np, run

TOKENS = ["prompt.d=3", "prompt.n=12", "model.architecture=transformer",
          "model.attention=linear", "model.layers=3", "model.loops=1",
          "model.init=gd:0.3", "train.steps=0",
          "train.eval_prompts=16", "reference.list=gd,zero",
          "reference.tune_prompts=1000", "probe.prompts=600",
          "probe.wide_prompts=0", "-q"]


def check_known_coordinate():
    own = must("run", "quickstart", *TOKENS, "probe.list=alignment",
               "-o", "own.h5")
    ridge = must("run", "quickstart", *TOKENS, "probe.list=alignment,by_context",
                 "probe.readout=ridge", "-o", "ridge.h5")
    a, b = (datasets(name, "entry") for name in ("own.h5", "ridge.h5"))
    y = a["prompts/y_query"]
    first, second = (x["trajectories/model/prediction"] for x in (a, b))
    weights, others = (x["trajectories/model/weight"] for x in (a, b))
    for l in range(1, 4):
        slope = (y * first[l]).sum() / (first[l] ** 2).sum()
        found = (second[l] * first[l]).sum() / (first[l] ** 2).sum()
        expect(abs(found / slope - 1) < 0.25,
               f"layer {l}: slope {found}, expected {slope}")
        expect(np.corrcoef(first[l], second[l])[0, 1] > 0.99,
               f"layer {l}: another direction is read")
        cosine = (weights[l] * others[l]).sum(1) / np.sqrt(
            (weights[l] ** 2).sum(1) * (others[l] ** 2).sum(1))
        expect(np.median(cosine) > 0.99, f"layer {l}: other weights")
        before, after = ((y - x[l]) ** 2 for x in (first, second))
        expect(after.mean() < 1.1 * before.mean(), f"layer {l}: larger errors")
    expect("ridge readouts of the query's token" not in own.stdout, own.stdout)
    return ridge


def check_words():
    shown = must("show", "ridge.h5").stdout
    expect("Predictions of the model are ridge readouts" in
           " ".join(shown.split()), shown)
    must("validate", "ridge.h5")
    done = must("run", "quickstart", *TOKENS, "probe.readout=ridge",
                "probe.list=features,alignment_training,extrapolation",
                "extrapolation.prompts=20", "-o", "parts.h5")
    summary = json.dumps(json.loads(must("show", "--json", "parts.h5").stdout))
    expect("probe.readout = own" in summary, done.stdout + summary[-2000:])
    must("validate", "parts.h5")


def check_refusals():
    done = run("run", "quickstart", "train.steps=0", "probe.readout=ridge",
               "-q", "-o", "no.h5")
    expect(done.returncode == 2 and "found architecture linear" in done.stderr,
           done.stderr)
    done = run("run", "quickstart", *TOKENS, "reference.tune_prompts=4",
               "probe.readout=ridge", "-o", "no.h5")
    expect(done.returncode == 2 and "units, 4, found 3" in done.stderr,
           done.stderr)


if __name__ == "__main__":
    sys.exit(main(check_known_coordinate, check_words, check_refusals))
