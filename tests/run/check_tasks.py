"""Tasks that are not linear: what is known of them is told, and nothing else.

    ICLGD_PROGRAM=iclgd python3 check_tasks.py

Files are valid and the same for any number of threads; they have no w_star, no
risk and no closed form; words of w* are not said; prompts of a file say their
task; a process is predicted best by its Bayes answer.
"""
import re
import sys

from program import (QUICK, datasets, expect, expect_same, h5py, main, must,
                     np)

TASKS = ["kernel:rbf:1.5", "quadratic", "relu-network:4", "tree:2", "sine",
         "classification", "sparse-parity:2"]
SMALL = ["quickstart", *QUICK, "prompt.n=10", "model.loops=2", "--force",
         "train.steps=10", "train.snapshots=3", "reference.tune_prompts=20",
         "reference.list=gd,ridge,dmmse,kernel_gd,kernel_ridge,nadaraya_watson"]
EACH = "probe.list=identify,extrapolation,diversity"


def told(*arguments):
    """What is said, blanks and ends of lines as one blank."""
    text = must(*arguments).stdout
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def check_words(task, path):
    must("report", path, "-o", "page.html")
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", open("page.html").read()))
    for text in (told("show", path, "--all"), page):
        expect(f"labels {task}, no noise" in text, f"{task}: the law is not said")
        expect("y = f(x) plus noise" in text, f"{task}: no word of f")
        for word in ("its own w", "closed form", "the risk", "exact over"):
            expect(word not in text, f"{task}: '{word}' is said")
    text = told("show", path)
    expect(re.search(r"not run [^(]*\bdiversity\b", text), f"{task}: {text}")
    why = told("show", path, "diversity")
    expect("Not run: the task is not linear" in why, f"{task}: {why}")
    for text in (text, page):
        expect("Error / d at k" not in text, f"{task}: labels grow with d")


def check_task(task):
    path = "task.h5"
    probes = [] if task == "relu-network:4" else [EACH]
    must("run", *SMALL, f"prompt.task={task}", "--reproducible",
         "train.threads=1", *probes, "-o", path)
    must("run", *SMALL, f"prompt.task={task}", "--reproducible",
         "train.threads=2", *probes, "-o", "again.h5")
    must("validate", path)
    expect_same(f"{task}, one thread and two", path, "again.h5")
    one = datasets(path)
    unknown = [name for name in one
               if name.split("/")[-1] in ("w_star", "risk")
               and name != "decoding/w_star" or name.endswith("_risk")]
    expect(unknown == [], f"{task}: has {unknown}")
    kinds = set(one.get("oracle/kind", []))
    expect(kinds <= {b"paired", b"unmeasurable"}, f"{task}: {kinds}")
    with h5py.File(path) as file:
        who = file["entry/trajectories"]
        expect(file["entry/prompts"].attrs["law_task"] == task,
               f"{task}: law_task is another")
        expect("not linear" in str(
            file["entry/extrapolation"].attrs.get("shifts", "")),
            f"{task}: shifts were run")
        for name in ("kernel_gd", "kernel_ridge", "nadaraya_watson"):
            expect(np.isfinite(who[name]["weight"][()]).all(),
                   f"{task}: {name} has no sensitivity")
    check_words(task, path)


def check_given():
    """Prompts of a file have the task that it states, Bayes included."""
    must("generate", "quickstart", "prompt.task=kernel:rbf:2", "prompt.d=2",
         "prompt.noise=0.3", "probe.prompts=400", "-q", "-o", "prompts.h5")
    must("run", "quickstart", "prompt.d=2", "train.steps=10", "train.batch=16",
         "probe.prompts=20", "probe.list=structure", "reference.list=gd", "-q",
         "-o", "model.h5")
    must("probe", "model.h5", "--prompts", "prompts.h5", "probe.list=alignment",
         "reference.list=all", "-q", "-o", "probed.h5")
    must("validate", "probed.h5")
    with h5py.File("probed.h5") as file:
        entry = file["entry"]
        how = entry["trajectories/kernel_ridge"].attrs["how_chosen"]
        expect(how == "Bayes: sigma^2 / w_scale^2; kernel rbf:2", how)
        expect(any("prompt.task = kernel:rbf:2 (trained: linear)" in line
                   for line in entry["prompts"].attrs["law_changes"]),
               "the change is not named")
        losses = entry["trajectories_loss"]
        bayes = losses["kernel_ridge"][1]
        for name in entry["trajectories"]:
            last = losses[name][()][1:]
            expect(np.nanmin(last) >= bayes * (1 - 1e-12),
                   f"{name} is better than Bayes: {np.nanmin(last)}, {bayes}")


def check_linear():
    """Where the task is linear kernels wait for a word."""
    must("run", *SMALL, EACH, "--reproducible", "-o", "plain.h5")
    expect("trajectories/kernel_gd/weight" not in datasets("plain.h5"),
           "kernels are in a run that did not ask for them")
    must("run", *SMALL, "reference.kernel=linear", "reference.kernel_eta=0.5",
         "reference.eta=0.5", "reference.list=gd,kernel_gd", EACH, "-o", "both.h5")
    found = datasets("both.h5")
    gd, own = (found[f"trajectories/{name}/prediction"]
               for name in ("gd", "kernel_gd"))
    expect(np.allclose(gd, own, rtol=1e-12, atol=1e-12),
           f"kernel_gd is off gd by {np.abs(gd - own).max()}")


def check_tasks():
    for task in TASKS:
        check_task(task)


if __name__ == "__main__":
    sys.exit(main(check_tasks, check_given, check_linear))
