"""Processes that mpirun starts are one program: the bytes of a file do not
depend on how many train, sweeps end in the table of one that ran here, and what
is killed goes on.

    ICLGD_PROGRAM=iclgd PYTHONPATH=tests/run python3 check_mpi.py
"""
import filecmp
import glob
import os
import shutil
import signal
import subprocess
import sys
import time

from program import (PROGRAM, column, expect, expect_same, fault, main, must,
                     once)

SMALL = ["train.batch=300", "train.eval_prompts=700", "probe.prompts=70",
         "probe.wide_prompts=0", "reference.tune_prompts=40",
         "reference.list=gd,newton", "probe.list=structure,identify"]
QUIET = ["train.threads=1", "--reproducible", "-q"]
GRID = ["quickstart", *SMALL, "train.steps=40", "model.loops=1,2,4", "seeds=2"]
LONG = ["quickstart", *SMALL, "train.steps=4000", "model.loops=2,3", "seeds=2"]
# More processes than cores; as root where tests run in a container.
ENVIRONMENT = {**os.environ, "OMPI_MCA_rmaps_base_oversubscribe": "1",
               "OMPI_MCA_mpi_yield_when_idle": "1",
               "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
               "OMPI_ALLOW_RUN_AS_ROOT": "1",
               "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def command(ranks, words):
    return ["mpirun", "-n", str(ranks), PROGRAM, *once(words)]


def together(ranks, *words, code=0):
    done = subprocess.run(command(ranks, words), env=ENVIRONMENT,
                          capture_output=True, text=True, check=False,
                          timeout=300)
    expect(done.returncode == code, f"{ranks} x {' '.join(words)}: exit code "
           f"{done.returncode}, expected {code}: {done.stderr}")
    return done


def expect_bytes(what, first, second):
    expect(filecmp.cmp(first, second, shallow=False), f"{what}: other bytes")


def check_bytes():
    """1, 2, 3 and 4 processes, threads or none: the same file."""
    kinds = {
        "plain": ["run", "quickstart", *SMALL, "train.steps=60"],
        "seeds": ["run", "quickstart", *SMALL, "train.steps=30", "seeds=3"],
        "search": ["run", "quickstart", *SMALL, "train.steps=20",
                   "train.optimizer=lbfgs"],
        "grows": ["train", "quickstart", *SMALL, "train.steps=30",
                  "train.curriculum_n=from:5,3,4", "prompt.sampler=tokens"],
        "attention": ["train", "quickstart", *SMALL, "train.steps=10",
                      "model.architecture=transformer"],
    }
    for name, words in kinds.items():
        must(*words, *QUIET, "-o", f"{name}.h5")
        for ranks in (1, 2, 3, 4):
            if ranks > 2 and name != "plain":
                continue
            done = together(ranks, *words, *QUIET, "-o", f"{name}{ranks}.h5")
            expect(not done.stderr, f"{name}: {done.stderr}")
            expect_bytes(f"{name}, {ranks}", f"{name}.h5", f"{name}{ranks}.h5")


def check_given():
    """Prompts of a file, which every process reads."""
    must("generate", "quickstart", "probe.prompts=600", "-q", "-o", "p.h5")
    words = ["run", "quickstart", *SMALL, "train.steps=30", *QUIET,
             "--prompts", "p.h5"]
    must(*words, "-o", "given.h5")
    together(2, *words, "-o", "given2.h5")
    expect_bytes("prompts of a file", "given.h5", "given2.h5")


def check_said_once():
    """Errors and results are said by one of them; the code is that of it."""
    for words, code, says in (
            (["run", "quickstart", "model.lops=1"], 2, "model.loops"),
            (["run", "quickstart", "-o", "plain.h5"], 2, "exists already"),
            (["run"], 2, "usage"),
            (["run", "quickstart", *SMALL, "train.steps=400", "-q",
              "train.optimizer=sgd", "train.lr=1000", "-o", "d.h5"], 4,
             "training diverged")):
        done = together(3, *words, code=code)
        expect(done.stderr.count(says) == 1, f"{words}: {done.stderr}")
    done = together(2, "run", "quickstart", *SMALL, "train.steps=30",
                    "-o", "said.h5")
    alone = must("show", "said.h5").stdout
    expect(done.stdout == alone, f"said: {done.stdout}")
    helped = together(2, "run", "--help").stdout
    expect(helped == must("run", "--help").stdout, "help: said twice")
    together(2, "sweep", *GRID, "--dry-run", "-q")
    expect(not os.path.exists("quickstart-sweep"), "a dry run made a folder")


def processes(word):
    """The processes of this program with a word among their arguments."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                line = file.read().split(b"\0")
            if word.encode() in line and b"mpirun" not in line[0]:
                found.append(int(path.split("/")[2]))
        except OSError:
            continue
    return found


def start(words):
    return subprocess.Popen(command(2, words), env=ENVIRONMENT,
                            stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True)


def wait_for(condition, what):
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    fault(f"waited in vain: {what}")


def check_resumed():
    """Asked to end, and a process that is killed: both go on to the bytes of
    one that was left alone; so does one process with the work of two."""
    words = ["train", "quickstart", *SMALL, "train.steps=40000", *QUIET,
             "checkpoint.seconds=0.2"]
    must(*words, "-o", "whole.h5")
    for way, ranks in (("term", 2), ("kill", 2), ("other", 1)):
        name = f"{way}.h5"
        process = start([*words, "-o", name])
        wait_for(lambda: os.path.exists(f"{name}.checkpoint"), "a checkpoint")
        if way == "term":
            process.send_signal(signal.SIGTERM)
        else:
            os.kill(processes(name)[-1], signal.SIGKILL)
        process.communicate(timeout=60)
        expect(process.returncode != 0, f"{way}: exit code 0")
        wait_for(lambda: not processes(name), "all processes to end")
        expect(not os.path.exists(name), f"{way}: a file")
        together(ranks, *words, "-o", name, "--resume")
        expect_bytes(way, "whole.h5", name)


def expect_table(what, path, other):
    """The same but for how long it took."""
    expect_same(what, path, other, without=["points/seconds"])


def check_sweep():
    """Points are shared; with several at a time in a process, too."""
    must("sweep", *GRID, "-o", "here", "-q")
    for ranks, jobs in ((2, 1), (4, 1), (2, 2)):
        folder = f"shared{ranks}{jobs}"
        together(ranks, "sweep", *GRID, "-o", folder, "-q", "--jobs",
                 str(jobs))
        expect_table(folder, f"{folder}/sweep.h5", "here/sweep.h5")
    before = {p: os.stat(p).st_mtime_ns
              for p in glob.glob("shared21/runs/*/run.h5")}
    together(2, "sweep", *GRID, "-o", "shared21", "-q")
    after = {p: os.stat(p).st_mtime_ns
             for p in glob.glob("shared21/runs/*/run.h5")}
    expect(before == after and len(after) == 6, "a point was run twice")


def check_points():
    """Points that processes of mpirun choose themselves."""
    words = " ".join([PROGRAM, "sweep", *GRID, "-o", "chosen", "-q"])
    done = subprocess.run(
        ["mpirun", "-n", "3", "sh", "-c",
         f"{words} --point $((OMPI_COMM_WORLD_RANK + 1))"], env=ENVIRONMENT,
        capture_output=True, text=True, check=False, timeout=300)
    expect(done.returncode == 0 and not done.stderr, f"points: {done.stderr}")
    expect(len(glob.glob("chosen/runs/*/run.h5")) == 3, "points are missing")


def runs_of(folder):
    """Points of a sweep that are under way."""
    inis = glob.glob(f"{folder}/runs/*/point.ini")
    return [pid for ini in inis for pid in processes(f"./{ini}")]


def check_sweep_killed():
    """A point's process is killed: a row with its reason, the rest goes on. A
    rank is killed: all of them end, and the next mpirun goes on."""
    must("sweep", *LONG, "-o", "local", "-q")
    process = start(["sweep", *LONG, "-o", "point", "-q"])
    wait_for(lambda: len(runs_of("point")) == 2, "two points")
    os.kill(runs_of("point")[-1], signal.SIGKILL)
    process.communicate(timeout=120)
    expect(process.returncode == 1, f"point: exit {process.returncode}")
    expect(sorted(column("point/sweep.h5", "state")) == ["done"] * 3 +
           ["failed"], f"point: {column('point/sweep.h5', 'state')}")
    together(2, "sweep", *LONG, "-o", "point", "-q")
    expect_table("a killed point", "point/sweep.h5", "local/sweep.h5")
    process = start(["sweep", *LONG, "-o", "rank", "-q"])
    wait_for(lambda: len(runs_of("rank")) == 2, "two points")
    ranks = [p for p in processes("sweep") if p not in runs_of("rank")]
    os.kill(max(ranks), signal.SIGKILL)
    process.communicate(timeout=60)
    expect(process.returncode != 0, "rank: exit code 0")
    wait_for(lambda: not runs_of("rank"), "the points to end")
    together(3, "sweep", *LONG, "-o", "rank", "-q")
    expect_table("a killed rank", "rank/sweep.h5", "local/sweep.h5")


if __name__ == "__main__":
    if not shutil.which("mpirun"):
        print("skipped: no mpirun")
        sys.exit(77)
    sys.exit(main(check_bytes, check_given, check_said_once, check_resumed,
                  check_sweep, check_points, check_sweep_killed))
