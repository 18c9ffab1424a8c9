"""Numbers that are none do not reach a reader: labels that are constant, zero
or huge, prompts that are all the same, models that diverged, two prompts.

    ICLGD_PROGRAM=iclgd python3 check_honesty.py
"""
import json
import re
import shutil
import sys

import numpy as np
from program import expect, h5py, main, must, run

SMALL = ["train.steps=20", "train.batch=8", "train.eval_prompts=8",
         "reference.tune_prompts=8", "probe.wide_prompts=0", "model.loops=2",
         "-q", "--force"]
WORD = re.compile(r"(?<![\w.])-?(nan|inf)(?!\w)", re.I)


def constant(p):
    p["y"][...] = p["y_query"][...] = 1


def zero(p):
    p["y"][...] = p["y_query"][...] = 0


def same(p):
    p["x"][...] = p["x_query"][...] = 1


def huge(p):
    p["y"][...] *= 1e150
    p["y_query"][...] *= 1e150


def text_of(page):
    page = re.sub(r"<style.*?</style>", " ", page, flags=re.S)
    return re.sub(r"<[^>]*>", " ", page)


def not_json(word):
    raise ValueError(word)


def look(path):
    """All that is printed of a file."""
    texts = {"show": must("show", path, "--all").stdout,
             "plot": must("plot", path).stdout,
             "report": text_of(must("report", path, "-o", "-").stdout)}
    for what, text in texts.items():
        for found in WORD.finditer(text):
            around = text[max(0, found.start() - 60):found.end() + 20]
            expect(False, f"{path}, {what}: {around!r}")
    try:
        json.loads(must("show", path, "--json").stdout, parse_constant=not_json)
    except ValueError as why:
        expect(False, f"{path}, show --json: {why}")


def check_given():
    """Prompts of a file, with and without the weights that made them."""
    must("generate", "prompt.d=2", "prompt.n=4", "probe.prompts=12", *SMALL,
         "-o", "p.h5")
    for change in (constant, zero, same, huge):
        for known in (True, False):
            shutil.copy("p.h5", "in.h5")
            with h5py.File("in.h5", "r+") as file:
                change(file["entry/prompts"])
                if not known:
                    del file["entry/prompts/w_star"]
            name = f"{change.__name__}{known:d}.h5"
            done = run("run", *SMALL, "--prompts", "in.h5", "-o", name)
            expect(done.returncode in (0, 4), f"{name}: {done.stderr}")
            look(name)


def check_models():
    for name, code, words in (
            ("far", 4, ["train.lr=1e3", "train.steps=200"]),
            ("wild", 4, ["model.init=gd:1e5", "train.steps=1"]),
            ("two", 0, ["probe.prompts=2"]),
            ("noise", None, ["prompt.noise=1e6"])):
        done = run("run", "quickstart", "prompt.d=2", "prompt.n=4", *SMALL,
                   "probe.prompts=12", *words, "-o", f"{name}.h5")
        expect(done.returncode in ((0, 4) if code is None else (code,)),
               f"{name}: {done.returncode} {done.stderr}")
        look(f"{name}.h5")


def check_left_out():
    """Prompts with labels of zero have weights of zero, which have no cosine:
    where they are more than 1% that is said, as the file counts them."""
    must("generate", "prompt.d=2", "prompt.n=4", "probe.prompts=500", *SMALL,
         "-o", "p.h5")
    for zeros in (1, 10):
        shutil.copy("p.h5", "in.h5")
        with h5py.File("in.h5", "r+") as file:
            for name in ("y", "y_query", "w_star"):
                file["entry/prompts"][name][-zeros:] = 0
        must("run", *SMALL, "--prompts", "in.h5", "-o", "zeros.h5")
        with h5py.File("zeros.h5") as file:
            excluded = file["entry/alignment/gd/sensitivity_cosine/excluded"]
            expect(excluded[1, 1] == zeros, f"{excluded[1, 1]} left out")
            count = file["entry/prompts"].attrs["count"]
        text = " ".join(must("show", "zeros.h5", "losses").stdout.split())
        words = f"Left out of means: as many as {zeros} of {count} prompts,"
        expect((words in text) == (zeros > 0.01 * count), text)


def spoil(path, value, attributes):
    """All real numbers of a file, or of its attributes, but for prompts."""
    def change(name, item):
        if not attributes:
            if name.startswith("entry/prompts") or item.dtype.kind != "f":
                return
            item[...] = value
            return
        for key, was in item.attrs.items():
            if np.asarray(was).dtype.kind == "f":
                item.attrs.modify(key, np.full_like(np.asarray(was), value))

    with h5py.File(path, "r+") as file:
        file.visititems(lambda name, item: change(name, item) if attributes or
                        isinstance(item, h5py.Dataset) else None)


def check_spoilt():
    """Whatever numbers a file has, a reader sees none that is none."""
    must("run", "quickstart", "prompt.d=2", "prompt.n=4", *SMALL,
         "probe.prompts=40", "seeds=2", "-o", "whole.h5")
    for value in (np.nan, np.inf, -np.inf, 1e300, 0):
        for attributes in (False, True):
            path = f"spoilt{value}{attributes:d}.h5"
            shutil.copy("whole.h5", path)
            spoil(path, value, attributes)
            look(path)


if __name__ == "__main__":
    sys.exit(main(check_given, check_models, check_left_out, check_spoilt))
