"""Sweeps: killed, stopped, damaged, failed and grown ones end in the table of
one that was left alone.

    ICLGD_PROGRAM=iclgd PYTHONPATH=tests/run python3 check_sweep.py [quick]
"""
import csv
import glob
import json
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
from program import (PROGRAM, column, datasets, expect, fault, h5py, main, must,
                     run, same)

SMALL = ["train.batch=64", "train.eval_prompts=48", "probe.prompts=70",
         "probe.wide_prompts=0", "reference.tune_prompts=40",
         "reference.list=gd,newton", "probe.list=structure,identify"]
GRID = ["quickstart", *SMALL, "train.steps=40", "model.loops=1,2,4", "seeds=2"]
LONG = ["quickstart", *SMALL, "train.steps=4000", "model.loops=2,3", "seeds=2"]


def table(path):
    """The datasets of a table but for how long it took."""
    found = datasets(path)
    found.pop("points/seconds", None)
    return found


def expect_table(what, path, expected):
    found = table(path)
    expect(sorted(found) == sorted(expected), f"{what}: other columns")
    for name in expected:
        if name in found:
            expect(same(np.asarray(found[name]), np.asarray(expected[name])),
                   f"{what}: {name} differs: {found[name]} {expected[name]}")


def whole(grid, folder):
    must("sweep", *grid, "-o", folder, "-q", "--jobs", "2")
    return table(f"{folder}/sweep.h5")


def check_table():
    """Typed columns by key, the numbers of the runs, CSV, validation."""
    whole(GRID, "a")
    path = "a/sweep.h5"
    must("validate", path, "-q")
    expect(column(path, "model.loops") == [1, 1, 2, 2, 4, 4], "loops")
    expect(column(path, "seed") == [1, 2] * 3, "seeds")
    expect(column(path, "state") == ["done"] * 6, "states")
    rows = list(csv.DictReader(must("export", path).stdout.splitlines()))
    expect([row["model.loops"] for row in rows] == list("112244"), "csv")
    one = ["quickstart", *SMALL, "train.steps=40", "model.loops=4", "seed=2"]
    must("run", *one, "-q", "-o", "one.h5")
    alone = json.loads(must("show", "one.h5", "--json").stdout)
    loss = alone["trajectory"]["risk"][4]
    expect(alone["trajectory"]["measurable"][4] == 0 or
           float(rows[5]["loss"]) == loss, f"loss {rows[5]['loss']} {loss}")
    expect(rows[5]["best_match"] == alone["identify"]["chosen"], "match")
    share = float(np.mean(alone["structure"]["antisymmetric_share"]))
    expect(abs(float(rows[5]["antisymmetric_share"]) - share) < 1e-15, "share")
    with h5py.File(path, "r") as file:
        curves = file["entry/layers/loss"][()]
        expect(curves.shape == (6, 5), f"curves {curves.shape}")
        expect(np.isnan(curves[0, 2:]).all(), "beyond the depth of a model")
        expect(curves[5, 4] == file["entry/points/loss"][5], "last layer")
    text = must("show", path).stdout
    expect(max(map(len, text.splitlines())) <= 80, "show: more than 80 columns")
    expect("6 points, all done" in text, "show: states")
    must("plot", path, "--x", "model.loops", "--y", "loss", "-o", "a.svg")
    must("plot", path, "--x", "model.lops", code=2)


def check_done_once():
    """Points that are done are left, a grid grows."""
    before = {p: os.stat(p).st_mtime_ns for p in glob.glob("a/runs/*/run.h5")}
    expect(len(before) == 6, f"{len(before)} files")
    grown = [w.replace("1,2,4", "1,2,3,4") for w in GRID]
    must("sweep", *grown, "-o", "a", "-q")
    after = {p: os.stat(p).st_mtime_ns for p in glob.glob("a/runs/*/run.h5")}
    expect(len(after) == 8, f"{len(after)} files of the larger grid")
    expect(all(after[p] == before[p] for p in before), "a point was run twice")
    expect(sorted(column("a/sweep.h5", "model.loops")) == [1, 1, 2, 2, 3, 3,
                                                           4, 4], "grown")


def children(pid):
    """Runs of a sweep that are under way."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            with open(path.replace("stat", "cmdline"), "rb") as file:
                line = file.read()
        except OSError:
            continue
        if int(fields[1]) == pid and b"run.h5" in line:
            found.append(int(path.split("/")[2]))
    return found


def start(grid, folder):
    process = subprocess.Popen([PROGRAM, "sweep", *grid, "-o", folder, "-q",
                                "--jobs", "2"], stderr=subprocess.PIPE,
                               text=True)
    while not children(process.pid) and process.poll() is None:
        time.sleep(0.005)
    return process


def check_killed():
    """One process is killed: a row with its reason; said again, all is well."""
    expected = whole(LONG, "long")
    process = start(LONG, "killed")
    os.kill(children(process.pid)[0], signal.SIGKILL)
    second = run("sweep", *LONG, "-o", "killed", "-q")
    expect(second.returncode == 1 and "is being written by process" in
           second.stderr, f"two sweeps at once: {second.stderr}")
    process.communicate()
    expect(process.returncode == 1, f"killed: exit {process.returncode}")
    expect(sorted(column("killed/sweep.h5", "state")) == ["done"] * 3 +
           ["failed"], f"killed: {column('killed/sweep.h5', 'state')}")
    expect(any("signal 9" in r for r in column("killed/sweep.h5", "reason")),
           "killed: no reason")
    expect("signal 9" in must("show", "killed/sweep.h5").stdout, "not shown")
    must("sweep", *LONG, "-o", "killed", "-q")
    expect_table("killed", "killed/sweep.h5", expected)


def check_stopped():
    """SIGTERM and SIGINT: children leave checkpoints, and it goes on there."""
    expected = table("long/sweep.h5")
    for number in (signal.SIGTERM, signal.SIGINT):
        process = start(LONG, "stopped")
        time.sleep(0.05)
        process.send_signal(number)
        process.communicate()
        expect(process.returncode == 128 + number,
               f"stopped: exit {process.returncode}")
        expect(not children(process.pid), "stopped: a child is left")
    must("sweep", *LONG, "-o", "stopped", "-q")
    expect_table("stopped", "stopped/sweep.h5", expected)
    expect(not glob.glob("stopped/runs/*/*.checkpoint*"), "checkpoints left")


def check_damaged():
    """A damaged file is a row, then set aside and made again."""
    expected = table("long/sweep.h5")
    path = sorted(glob.glob("long/runs/*/run.h5"))[1]
    with open(path, "r+b") as file:
        file.seek(0)
        file.write(b"x" * 4096)
    must("collect", "long", "-q")
    expect(sorted(column("long/sweep.h5", "state")) == ["damaged"] +
           ["done"] * 3, f"damaged: {column('long/sweep.h5', 'state')}")
    must("sweep", *LONG, "-o", "long", "-q")
    expect_table("damaged", "long/sweep.h5", expected)
    expect(os.path.exists(path + ".damaged"), "the damaged file is gone")
    with open(path, "r+b") as file:  # it opens, but no summary can be made
        for place in range(100, 4000, 37):
            file.seek(place)
            file.write(b"\xa5")
    must("sweep", *LONG, "-o", "long", "-q", code=1)
    expect("damaged" in column("long/sweep.h5", "state"), "no damage is seen")
    must("sweep", *LONG, "-o", "long", "-q")
    expect_table("damaged inside", "long/sweep.h5", expected)


def check_failed():
    """Failed and diverged points are rows; what diverged is a result."""
    grid = ["quickstart", *SMALL, "train.steps=40",
            "model.init=normal|file:/nowhere.h5"]
    must("sweep", *grid, "-o", "failed", "-q", code=1)
    expect(column("failed/sweep.h5", "state") == ["done", "failed"], "failed")
    expect("/nowhere.h5" in column("failed/sweep.h5", "reason")[1], "reason")
    expect(np.isnan(column("failed/sweep.h5", "loss")[1]), "a loss of nothing")
    grid = ["quickstart", *SMALL, "train.steps=40", "train.optimizer=sgd",
            "train.lr=0.0001,1000"]
    must("sweep", *grid, "-o", "diverged", "-q")
    expect(column("diverged/sweep.h5", "state") == ["done", "diverged"],
           f"diverged: {column('diverged/sweep.h5', 'state')}")
    expect(column("diverged/sweep.h5", "diverged") == [0, 1], "diverged")
    for path in glob.glob("diverged/runs/*/outcome.json"):
        os.remove(path)  # the sweep was killed before it wrote them
    must("collect", "diverged", "-q")
    expect(column("diverged/sweep.h5", "state") == ["done", "diverged"],
           "what its file says was not asked")
    os.remove("diverged/rows.json")
    must("collect", "diverged", "-q")
    expect(column("diverged/sweep.h5", "state") == ["done", "diverged"],
           "what its file says was not asked, without rows")


def check_ignored_children():
    """Started where the ends of children are ignored, as by some daemons."""
    grid = ["quickstart", *SMALL, "train.steps=40", "model.loops=1,2"]
    must("sweep", *grid, "-o", "ignored", "-q", timeout=120, preexec_fn=lambda:
         signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    done = run("show", "nothing.h5", preexec_fn=lambda:
               signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    expect(done.returncode == 3, f"a failure is lost: {done.returncode}")


def check_full_disk():
    """Nothing can be written: an error, and the same table afterwards."""
    grid = ["quickstart", *SMALL, "train.steps=40", "model.loops=1,2"]
    expected = whole(grid, "room")
    done = run("sweep", *grid, "-o", "full", "-q", preexec_fn=lambda:
               resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384)))
    expect(done.returncode == 1 and done.stderr, f"full: {done.returncode}")
    expect(not glob.glob("full/runs/*/run.h5"), "full: a file")
    must("sweep", *grid, "-o", "full", "-q")
    expect_table("full", "full/sweep.h5", expected)


def check_points():
    """Tasks of a cluster, each its own point."""
    for i in range(1, 7):
        must("sweep", *GRID, "-o", "tasks", "--point", str(i), "-q")
    must("sweep", *GRID, "-o", "tasks", "--point", "7", code=2)
    must("collect", "tasks", "-o", "tasks.h5", "-q")
    expect_table("tasks", "tasks.h5", whole(GRID, "b"))


def check_names():
    """A folder that looks like a key, and one that looks like an option."""
    for folder in ("lr=1", "-a"):
        must("sweep", "quickstart", *SMALL, "train.steps=40", "seeds=1",
             "--output=" + folder, "-q")


def check_rows():
    """Each setting its row, numbers before texts that begin with one."""
    must("sweep", "quickstart", *SMALL, "train.steps=40",
         "prompt.queries=4d|20|6", "-o", "rows", "-q")
    lines = must("show", "rows/sweep.h5").stdout.split("prompt.queries  ")[1]
    rows = [line.split()[0] for line in lines.splitlines()[1:4]]
    expect(rows == ["6", "20", "4d"], f"rows: {rows}")


def check_slurm():
    """The script of an array job, run by a shell task after task; with more
    words than sbatch has here, what it would be given."""
    grid = [*GRID, "title=it's one"]
    must("sweep", *grid, "-o", "array", "--slurm", "--time=5 -p short")
    with open("array/job.sh", encoding="utf-8") as file:
        script = file.read()
    for line in ("#SBATCH --array=1-6", "#SBATCH --time=5", "#SBATCH -p",
                 "#!/bin/sh"):
        expect(line in script, f"job.sh: no {line}")
    for task in range(1, 7):
        done = subprocess.run(["sh", "array/job.sh"], check=False,
                              env={**os.environ, "SLURM_ARRAY_TASK_ID":
                                   str(task)}, capture_output=True, text=True)
        expect(done.returncode == 0, f"task {task}: {done.stderr}")
    must("collect", "array", "-q")
    expect_table("array", "array/sweep.h5", whole(GRID, "b"))
    os.mkdir("bin")
    with open("bin/sbatch", "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\necho "17;$*"\n')
    os.chmod("bin/sbatch", 0o755)
    must("sweep", *grid, "-o", "array", "--slurm", "", "--submit",
         env={**os.environ, "PATH": f"{os.getcwd()}/bin:{os.environ['PATH']}"})
    with open("array/job-id", encoding="utf-8") as file:
        expect(file.read() == "17;--parsable array/job.sh\n", "job-id")


def refuse(*words, says):
    done = must("sweep", *words, "-o", "refused", code=2)
    expect(says in done.stderr, f"{words}: {done.stderr}")
    expect(not os.path.exists("refused"), f"{words}: made a folder")


def check_refused():
    refuse("quickstart", "model.lops=1,2", says="model.loops")
    refuse("quickstart", "model.loops=1,x", says="'x'")
    refuse("quickstart", *[f"{k}=1..1000" for k in
                           ("model.loops", "seed", "train.steps")],
           says="1000000000 points")
    refuse("quickstart", "zip:model.loops=1,2", "zip:prompt.n=5,6,7",
           says="as many values")
    twice = subprocess.run(
        [PROGRAM, "sweep", "quickstart", "seed=1,2", "seed=3", "-o", "refused"],
        check=False, capture_output=True, text=True)
    expect(twice.returncode == 2 and "once" in twice.stderr, "a key twice")
    refuse("quickstart", "model.loops=1..4", "--jobs", "0", says="--jobs 0")
    refuse("a.h5", "model.loops=1,2", says="--what config")
    refuse("nosuchpreset", "model.loops=1,2", says="nosuchpreset")
    must("collect", "nowhere", code=3)
    os.mkdir("odd")
    with open("odd/manifest.json", "w", encoding="utf-8") as file:
        file.write('{"keys": 1}')
    must("collect", "odd", code=3)
    listed = must("sweep", "quickstart", "prompt.d=2,3", "random:1",
                  "--dry-run").stdout
    expect("1 points, 0 done" in listed, f"random: {listed}")


def check_outside_program():
    """A grid over the prompts of a model of another program, whose layers no
    setting says."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../data/examples/program_numpy.py")
    must("sweep", "quickstart", f"model.program=/usr/bin/python3 {path}",
         "prompt.n=10,20", "probe.prompts=40", "probe.wide_prompts=0",
         "probe.list=alignment", "-q", "-o", "outside")
    expect(column("outside/sweep.h5", "state") == ["done"] * 2,
           f"states: {column('outside/sweep.h5', 'reason')}")
    for point in glob.glob("outside/points/*/run.h5"):
        told = json.loads(must("show", point, "--json").stdout)
        expect(told["settings"]["model.architecture"] == "program",
               f"architecture: {told['settings']}")


def check_shipped():
    """Every sweep that comes along is a grid, and says how it is drawn."""
    folder = os.path.join(os.path.dirname(__file__), "../../data/sweeps")
    files = glob.glob(os.path.join(folder, "*.sweep"))
    expect(len(files) >= 5, "sweeps are missing")
    for path in files:
        must("sweep", path, "--dry-run")
        with open(path, encoding="utf-8") as file:
            expect("iclgd plot" in file.read(), f"{path}: no figure")


QUICK = [check_table, check_done_once, check_failed, check_rows, check_refused,
         check_shipped]
SLOW = [check_table, check_done_once, check_killed, check_stopped,
        check_damaged, check_ignored_children, check_full_disk, check_points,
        check_names, check_slurm]

if __name__ == "__main__":
    try:
        sys.exit(main(*(QUICK if "quick" in sys.argv else SLOW)))
    except (OSError, KeyError) as broken:
        fault(repr(broken))
        raise
