"""Numbers that are none have a word: a run that diverged, labels that are all
the same, two prompts. Nowhere does a reader find "nan", "-nan%" or "+- nan".

    ICLGD_PROGRAM=iclgd python3 check_words.py
"""
import pathlib
import random
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "run"))

from program import PROGRAM, expect, main, must, run  # noqa: E402

FIGURES = ("loss median by_context training alignment best-step cosine weights "
           "structure filter loops shifts interpolation landscape decoding "
           "diversity energy hessian hessian_entries sharpness"
           ).split()
SMALL = ["model.loops=2", "prompt.n=6", "train.batch=16", "train.steps=20",
         "train.eval_prompts=32", "reference.tune_prompts=20",
         "reference.list=gd,newton", "seeds=2", "probe.steps=3",
         "probe.prompts=40", "-q"]
LAW = ["prompt.d=3", "extrapolation.shifts=n=2", "diversity.pools=1,2"]
NONE = re.compile(r"-?\b(nan|inf|infinity)\b", re.I)


def check_text(what, text):
    for line in text.splitlines():
        expect(not NONE.search(line), f"{what}: {line}")


def content(page):
    """What a reader sees of a page or a picture."""
    page = re.sub(r"<style>.*?</style>|<code>.*?</code>", "", page, flags=re.S)
    return "\n".join(re.findall(r">([^<]+)<", page))


def check_file(name):
    for everything in ([], ["--all"]):
        check_text(f"show {name}", must("show", name, *everything).stdout)
    check_text(f"diff {name}", run("diff", "usual.h5", name).stdout)
    check_text(f"report {name}", content(
        must("report", name, "-o", "-").stdout))
    for figure in FIGURES:
        drawn = run("plot", name, "--what", figure)
        expect(drawn.returncode in (0, 3), f"{name} {figure}: {drawn.stderr}")
        check_text(f"plot {name} {figure}", drawn.stdout)
        run("plot", name, "--what", figure, "-o", "figure.svg")
        picture = pathlib.Path("figure.svg").read_text()
        check_text(f"picture {name} {figure}", content(picture))


def check_words():
    random.seed(1)
    with open("constant.csv", "w") as table:
        table.write("a,b,y\n")
        table.writelines(f"{random.gauss(0, 1)},{random.gauss(0, 1)},0\n"
                         for _ in range(200))
    must("run", *SMALL, *LAW, "-o", "usual.h5")
    must("run", *SMALL, *LAW, "train.lr=1e6", "train.optimizer=sgd",
         "-o", "diverged.h5", code=4)
    must("run", *SMALL, *LAW, "probe.prompts=2", "train.eval_prompts=1",
         "-o", "two.h5")
    must("run", *SMALL, "prompt.source=table:constant.csv", "prompt.target=y",
         "-o", "constant.h5")
    for name in ("diverged.h5", "two.h5", "constant.h5"):
        check_file(name)
    shown = must("show", "diverged.h5").stdout
    expect("diverged at step" in shown, f"no word of divergence: {shown}")
    watched = subprocess.run([PROGRAM, "watch", "diverged.h5"],
                             capture_output=True, text=True, timeout=60)
    check_text("watch", watched.stdout)
    expect("held-out loss undefined" in watched.stdout, watched.stdout)


if __name__ == "__main__":
    raise SystemExit(main(check_words))
