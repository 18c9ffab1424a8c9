"""What is made of the table of a sweep: a pivot, figures, a page, its schema;
which runs are read for it, and which folder a point has.

    ICLGD_PROGRAM=iclgd PYTHONPATH=tests/run python3 check_table.py
"""
import csv
import glob
import json
import os
import shutil
import sys
import xml.etree.ElementTree as xml

import numpy as np
from program import column, expect, fault, h5py, main, must

SMALL = ["quickstart", "train.batch=64", "train.eval_prompts=48",
         "probe.prompts=70", "probe.wide_prompts=0",
         "reference.tune_prompts=40", "reference.list=gd,newton",
         "probe.list=identify", "train.steps=30"]
GRID = [*SMALL, "model.loops=1,2", "prompt.n=10,20", "prompt.noise=0,0.5",
        "seeds=3"]
T2 = 4.302652729911275  # Student's t, 2 degrees of freedom, 97.5%


def sweep_json(path, *options):
    return json.loads(must("show", path, "--json", *options).stdout)["sweep"]


def check_pivot():
    """Means and intervals of every cell, computed apart from the columns."""
    must("sweep", *GRID, "-o", "a", "-q")
    path = "a/sweep.h5"
    must("validate", path, "-q")
    sweep = sweep_json(path, "--y", "loss")
    expect((sweep["x"], sweep["group"], sweep["facet"], sweep["over"]) ==
           ("model.loops", "prompt.n", "prompt.noise", "seed"), str(sweep)[:300])
    loops, n, noise, loss, error = (
        np.asarray(column(path, name)) for name in
        ("model.loops", "prompt.n", "prompt.noise", "loss", "loss_error"))
    expect(np.isnan(error).any() and not np.isnan(error).all(),
           "no cell is hidden, or all are")
    for f, part in enumerate(sweep["pivots"][0]["parts"]):
        for x, row in enumerate(part["cells"]):
            for g, cell in enumerate(row):
                here = ((loops == (1, 2)[x]) & (n == (10, 20)[g]) &
                        (noise == (0, 0.5)[f]))
                own, hidden = loss[here], np.isnan(error[here]).any()
                half = T2 * own.std(ddof=1) / np.sqrt(3)
                expect(len(own) == 3 and
                       abs(cell["mean"] - own.mean()) < 1e-12 * own.mean() and
                       cell["hidden"] == hidden and
                       (cell["half_width"] is None if hidden else
                        abs(cell["half_width"] - half) < 1e-9 * half),
                       f"cell {f} {x} {g}: {cell} {own.mean()} {half}")
    text = must("show", path).stdout
    expect(max(map(len, text.splitlines())) <= 80, "more than 80 columns")
    expect("prompt.noise = 0.5" in text and "24 points, all done" in text,
           f"show: {text}")
    other = must("show", path, "--x", "prompt.noise", "--y", "best_match",
                 "--group", "none", "--facet", "none").stdout
    expect("what is said most often in a cell" in
           " ".join(other.split()), other)
    whole = must("show", path, "--all").stdout
    expect("Other columns" in whole and "gd_loss" in whole, "--all")
    with h5py.File(path, "r") as file:
        told = [name for name, column_of in file["entry/points"].items()
                if not name.endswith("_error") and name not in
                ("id", "state", "reason", "diverged", "point", "seed",
                 "model.loops", "prompt.n", "prompt.noise")
                and not (column_of.dtype.kind == "f" and
                         np.isnan(column_of[()]).all())]
    for name in told:
        expect(name in whole or name == "filter_match", f"--all: no {name}")
    by_layer = must("show", path, "--y", "layers/loss", "--all").stdout
    expect("gd_loss" in by_layer, "--all of layers")
    one = must("show", path, "--x", "model.loops", "--group", "none", "--facet",
               "none").stdout
    expect("there is no interval" in " ".join(one.split()) and
           " +- " not in one,
           f"a mean over settings has an interval: {one}")


def check_diff():
    """A table is no run: diff says so, and what makes CSV of it."""
    told = must("diff", "a/sweep.h5", "a/sweep.h5", code=3).stderr
    expect("found the table of a sweep" in told and "export" in told, told)


def texts(path):
    return [e.text for e in xml.parse(path).iter() if e.tag.endswith("text")]


def check_figures():
    """Small figures, curves over layers, and a page with all of it."""
    must("plot", "a/sweep.h5", "--y", "loss", "-o", "facets.svg")
    for title in ("prompt.noise = 0", "prompt.noise = 0.5"):
        expect(texts("facets.svg").count(title) == 1, f"no facet {title}")
    expect(any("No interval where rare prompts" in (t or "")
               for t in texts("facets.svg")), "why no interval is not said")
    must("plot", "a/sweep.h5", "--y", "loss", "--facet", "none", "-o", "one.svg")
    expect(any("mean over prompt.noise, seed" in (t or "")
               for t in texts("one.svg")), "what is averaged is not said")
    must("plot", "a/sweep.h5", "--y", "layers/loss", "--group", "model.loops",
         "--facet", "prompt.n", "-o", "layers.svg")
    expect("layer" in texts("layers.svg"), "no axis of layers")
    drawn = must("plot", "a/sweep.h5", "--y", "loss").stdout
    expect(drawn.count("prompt.noise = ") == 2, f"terminal: {drawn}")
    must("report", "a/sweep.h5", "-o", "a.html", "-q")
    with open("a.html", encoding="utf-8") as file:
        page = file.read()
    for part in ("24 points, all done", "figure-sweep", "<table", "\u00b1",
                 "Other columns"):
        expect(part in page, f"page: no {part}")
    xml.fromstring(page.split("\n", 1)[1])
    for words, says in ((("--x", "model.lops"), "'model.loops'"),
                        (("--x", "best_match"), "expected numbers"),
                        (("--y", "layers/los"), "'loss'"),
                        (("--y", "layers/loss", "--x", "prompt.n"),
                         "over layers"),
                        (("--x", "prompt.n", "--group", "prompt.n"), "twice"),
                        (("--facet", "sed"), "'seed'")):
        done = must("plot", "a/sweep.h5", *words, code=2)
        expect(says in done.stderr, f"{words}: {done.stderr}")
    must("show", "a/sweep.h5", "--group", "nothing", code=2)


def check_followers():
    """Of zip: one key tells where the other is, in tables and figures."""
    must("sweep", *SMALL, "zip:prompt.d=2,3", "zip:prompt.n=8,12",
         "model.loops=1,2,3", "seeds=2", "-o", "zip", "-q")
    path = "zip/sweep.h5"
    shown = " ".join(must("show", path).stdout.split())
    expect("prompt.d = 2, prompt.d = 3, model.loops prompt.n = 8 prompt.n = 12"
           in shown, f"not beside its leader: {shown}")
    pivot = sweep_json(path)["pivots"][0]
    expect(pivot["columns"] == ["2", "3"] and pivot["with_columns"] ==
           [{"name": "prompt.n", "words": ["8", "12"]}], f"{pivot}")
    must("plot", path, "--y", "unexplained", "-o", "zip.svg")
    expect("prompt.d = 3, prompt.n = 12" in texts("zip.svg"),
           f"legend: {texts('zip.svg')}")
    must("plot", path, "--x", "prompt.d", "--y", "loss", "-o", "zip.svg")
    expect("prompt.d, with prompt.n" in texts("zip.svg"),
           f"axis: {texts('zip.svg')}")


def check_single_line():
    """A line of its own is named, and its bands are not cut on a log axis."""
    must("sweep", *SMALL, "train.lr=1e-4,1e-1", "train.steps=200", "seeds=2",
         "-o", "one", "-q")
    must("plot", "one/sweep.h5", "--y", "median_ratio_to_gd", "-o", "one.svg")
    expect({"trained model", "gradient descent"} <= set(texts("one.svg")),
           f"one line: {texts('one.svg')}")
    must("plot", "one/sweep.h5", "--y", "gd_loss", "-o", "one.svg")
    expect("trained model" not in texts("one.svg"), "gradient descent's")


def check_seeds():
    """A sweep of seeds alone says what they are together."""
    must("sweep", *SMALL, "seeds=4", "-o", "alike", "-q")
    over = sweep_json("alike/sweep.h5", "--y", "unexplained")["over_seeds"]
    own = np.asarray(column("alike/sweep.h5", "unexplained"))
    half = 3.182446305284263 * own.std(ddof=1) / 2
    expect(over["count"] == 4 and
           np.allclose([over["mean"], over["spread"], over["half_width"]],
                       [own.mean(), own.std(ddof=1), half], rtol=1e-9, atol=0),
           f"over seeds: {over} {own}")


def check_schema():
    """The groups of a table stand in the one schema."""
    listed = {g["path"]: g for g in
              json.loads(must("schema", "--json").stdout)}
    with h5py.File("a/sweep.h5", "r") as file:
        for group in ("points", "layers"):
            names = {d["path"].split("/")[1]
                     for d in listed[group]["datasets"]}
            for name in file[f"entry/{group}"]:
                expect(name in names or "." in name or
                       name in ("seed", "point", "layer"),
                       f"{group}/{name} is not in the schema")


def check_trajectories():
    """Virtual datasets are the arrays of the runs, also of a folder that moved;
    a sweep that keeps none says so."""
    must("sweep", *SMALL, "model.loops=1,2,3", "-o", "kept", "-q")
    must("collect", "kept", "--trajectories", "-q")
    os.rename("kept", "moved")
    with h5py.File("moved/trajectories.h5", "r") as file:
        ids = [name.decode() for name in file["entry/id"][()]]
        expect(ids == column("moved/sweep.h5", "id"), "points")
        for k, name in enumerate(ids):
            with h5py.File(f"moved/runs/{name}/run.h5", "r") as one:
                for leaf in ("model/prediction", "gd/weight"):
                    own = one["entry/trajectories/" + leaf][()]
                    all_of = file["entry/trajectories/" + leaf][k]
                    expect(np.array_equal(all_of[:own.shape[0]], own) and
                           np.isnan(all_of[own.shape[0]:]).all(),
                           f"{leaf} of {name}")
    must("sweep", *SMALL, "probe.store=summary", "-o", "bare", "-q")
    done = must("collect", "bare", "--trajectories", "-q", code=3)
    expect("probe.store" in done.stderr, done.stderr)


def check_trajectories_file():
    """It is no run and no table: every command says what it is."""
    path = "moved/trajectories.h5"
    for words in (["show", path], ["show", path, "--all"], ["validate", path],
                  ["report", path, "-o", "none.html"], ["export", path],
                  ["export", path, "--list"], ["plot", path],
                  ["probe", path], ["import", path], ["train", path],
                  ["diff", path, "moved/sweep.h5"],
                  ["diff", glob.glob("moved/runs/*/run.h5")[0], path]):
        done = must(*words, code=3)
        expect("trajectories of all runs of a sweep" in
               done.stderr + done.stdout, f"{words}: {done.stderr}")
    expect(not os.path.exists("none.html"), "a page of it")


def check_collect_output():
    """-o replaces a table, not a run, a text or a sweep's trajectories."""
    shutil.copy(glob.glob("moved/runs/*/run.h5")[0], "run.h5")
    with open("notes.txt", "w", encoding="utf-8") as file:
        file.write("notes")
    must("collect", "moved", "-o", "new.h5", "-q")
    must("collect", "moved", "-o", "new.h5", "-q")
    for path in ("run.h5", "notes.txt", "moved/trajectories.h5"):
        with open(path, "rb") as file:
            before = file.read()
        done = must("collect", "moved", "-o", path, "-q", code=2)
        expect("exists already" in done.stderr and "--force" in done.stderr,
               f"{path}: {done.stderr}")
        with open(path, "rb") as file:
            expect(file.read() == before, f"{path} is another")
    must("collect", "moved", "-o", "run.h5", "-q", "--force")
    expect(len(column("run.h5", "id")) == 3, "--force")


def check_read_once():
    """A run that has not changed is not read again; one that has is."""
    expected = column("a/sweep.h5", "loss")
    path = sorted(glob.glob("a/runs/*/run.h5"))[3]
    before = os.stat(path)
    with open(path, "r+b") as file:
        file.write(b"x" * 4096)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    must("collect", "a", "-q")
    expect(column("a/sweep.h5", "loss") == expected, "it was read again")
    os.utime(path)
    must("collect", "a", "-q")
    expect(sorted(column("a/sweep.h5", "state"))[0] == "damaged",
           "it was not read again")
    text = must("show", "a/sweep.h5", "--y", "loss").stdout
    expect("(2 of 3)" in text and "damaged" in text, f"not said: {text}")
    must("plot", "a/sweep.h5", "--y", "loss", "-o", "less.svg")
    expect(any("Not drawn, of 24 points: 1 that failed" in (t or "")
               for t in texts("less.svg")), f"no note: {texts('less.svg')}")
    with open("a/rows.json", "w", encoding="utf-8") as file:
        file.write('{"rows": 3')
    must("sweep", *GRID, "-o", "a", "-q")
    expect(column("a/sweep.h5", "loss") == expected, "with rows that are lost")


def set_key(path, key, value):
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{key} = {value}\n" if line.split("=")[0].strip() ==
                        key else line for line in lines)


def check_names():
    """Folders of another release: with other names they are found, without a
    key that came later too; one whose default was another is not taken."""
    grid = [*SMALL, "model.loops=1,2"]
    must("sweep", *grid, "-o", "names", "-q")
    folders = sorted(glob.glob("names/runs/*"))
    os.rename(folders[0], "names/runs/0123456789abcdef")
    with open("names/runs/0123456789abcdef/point.ini", encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("clip =")]
    with open("names/runs/0123456789abcdef/point.ini", "w",
              encoding="utf-8") as file:
        file.writelines(lines)
    os.remove("names/manifest.json")
    must("sweep", *grid, "-o", "names", "-q")
    expect(sorted(glob.glob("names/runs/*")) ==
           sorted([*folders[1:], "names/runs/0123456789abcdef"]),
           f"made again: {glob.glob('names/runs/*')}")
    set_key(folders[1] + "/point.ini", "beta1", "0.8")
    must("sweep", *grid, "-o", "names", "-q")
    expect(len(glob.glob("names/runs/*")) == 3, "another default was taken")
    listed = must("sweep", *grid, "-o", "names", "--dry-run").stdout
    expect("2 points, 2 done" in listed, listed)


def check_lost_settings():
    """Settings that are damaged: its place is known, and they come back."""
    grid = [*SMALL, "model.loops=1,2,3"]
    must("sweep", *grid, "-o", "lost", "-q")
    path = sorted(glob.glob("lost/runs/*/point.ini"))[0]
    with open(path, "w", encoding="utf-8") as file:
        file.write("no settings")
    must("collect", "lost", "-q")
    expect(column("lost/sweep.h5", "model.loops") == [1, 2, 3], "its place")
    expect(sorted(column("lost/sweep.h5", "state")) ==
           ["damaged", "done", "done"], "its state")
    listed = must("sweep", *grid, "-o", "lost", "--dry-run").stdout
    expect("3 points, 2 done" in listed and listed.count("damaged") == 1,
           f"a list that is not the table: {listed}")
    must("sweep", *grid, "-o", "lost", "-q")
    expect(column("lost/sweep.h5", "state") == ["done"] * 3, "it stays lost")
    with open(path, "w", encoding="utf-8") as file:
        file.write("no settings")
    for place in range(1, 4):
        must("sweep", *grid, "-o", "lost", "-q", "--point", str(place))
    must("collect", "lost", "-q")
    expect(column("lost/sweep.h5", "state") == ["done"] * 3, "by --point")
    shutil.rmtree(os.path.dirname(path))
    must("collect", "lost", "-q")
    expect(sorted(column("lost/sweep.h5", "state")) ==
           ["done", "done", "waiting"], "without its folder")
    listed = must("sweep", *grid, "-o", "lost", "--dry-run").stdout
    expect("3 points, 2 done" in listed and listed.count("waiting") == 1,
           f"without its folder: {listed}")
    with open("lost/manifest.json", "w", encoding="utf-8") as file:
        file.write('{"keys": [')
    says = {must(*words, code=3).stderr for words in (
        ["collect", "lost"], ["sweep", *grid, "-o", "lost", "--dry-run"],
        ["sweep", *grid, "-o", "lost", "-q"])}
    expect(len(says) == 1 and "manifest.json" in says.pop(),
           "a damaged manifest")


def check_estimate():
    """Two points are run, those at the ends, and the rest is estimated."""
    grid = [*SMALL, "model.loops=1..4"]
    done = must("sweep", *grid, "-o", "times", "--estimate").stdout
    states = [line.split()[2] for line in done.splitlines()[:4]]
    expect(states == ["done", "waiting", "waiting", "done"], done)
    expect("by 2 that were timed" in done, done)
    must("sweep", *grid, "-o", "times", "--estimate", "--dry-run", code=2)
    shutil.rmtree("times")


def check_csv():
    """pandas reads it in a line: keys are names of columns."""
    must("export", "a/sweep.h5", "-o", "a.csv")
    with open("a.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expect(len(rows) == 24 and {"model.loops", "prompt.noise", "seed"} <=
           set(rows[0]), f"csv: {rows[0]}")


if __name__ == "__main__":
    try:
        sys.exit(main(check_pivot, check_figures, check_followers,
                      check_single_line, check_seeds, check_schema, check_csv,
                      check_diff,
                      check_trajectories, check_trajectories_file,
                      check_collect_output, check_read_once, check_names,
                      check_lost_settings,
                      check_estimate))
    except (OSError, KeyError) as broken:
        fault(repr(broken))
        raise
