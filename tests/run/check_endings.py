"""Runs that do not end well: stopped by a signal, out of disk, diverged, read
by no one. No file is left, or a complete one.

    ICLGD_PROGRAM=iclgd python3 check_endings.py
"""
import os
import resource
import signal
import subprocess
import sys
import time

from program import PROGRAM, QUICK, expect, h5py, main, must, np

LONG = ["run", "quickstart", "train.steps=10000000", "checkpoint.seconds=0.05",
        "-o", "long.h5"]
# No closed form and costly steps: minutes of searching for step sizes.
SEARCH = ["run", "train.steps=1", "train.batch=1", "train.eval_prompts=1",
          "prompt.x=uniform", "prompt.d=60", "prompt.n=600", "model.loops=20",
          "-o", "long.h5"]


def only_line(what, text, *needles):
    lines = text.splitlines()
    expect(len(lines) == 1 and lines[0].startswith("iclgd: ")
           and all(needle in lines[0] for needle in needles),
           f"{what}: expected one line with {needles}, found {text!r}")


def under_way(words):
    """Training leaves a checkpoint; a search has one once it is stopped."""
    return any("checkpoint" in name or words is SEARCH
               for name in os.listdir("."))


def check_signals():
    for number, words in ((signal.SIGINT, LONG), (signal.SIGTERM, LONG),
                          (signal.SIGHUP, LONG),
                          (signal.SIGINT, SEARCH)):
        child = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        while not under_way(words) and child.poll() is None:
            time.sleep(0.01)
        time.sleep(0 if words is LONG else 2)  # any moment will do
        child.send_signal(number)
        out, err = child.communicate()
        expect(child.returncode == 128 + number,
               f"{number}: exit code {child.returncode}")
        only_line(number, err, "stopped", "no file", "--resume goes on")
        left = os.listdir(".")
        expect(not out and left and
               all(name.startswith("long.h5.checkpoint") for name in left),
               f"{number}: {out!r}, leaves {left}")
        for name in left:
            os.remove(name)


def check_full_disk():
    """A limit on file sizes stands for a full disk, wherever it strikes."""
    must("run", *QUICK, "-o", "whole.h5", "--reproducible")
    size = os.path.getsize("whole.h5")
    with open("whole.h5", "rb") as file:
        whole = file.read()
    for limit in (0, 1000, size // 4, size // 2, size - 4096):
        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        for force in ([], ["--force"]):
            path = "whole.h5" if force else "full.h5"
            done = subprocess.run(
                [PROGRAM, "run", *QUICK, *force, "-o", path],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                preexec_fn=limited)
            what = f"limit {limit} {force}"
            expect(done.returncode == 1, f"{what}: {done.returncode}")
            only_line(what, done.stderr, path)
            expect(os.listdir(".") == ["whole.h5"],
                   f"{what}: leaves {os.listdir('.')}")
    with open("whole.h5", "rb") as file:
        expect(file.read() == whole, "an old file has been changed")


def check_divergence():
    arguments = ["quickstart", *QUICK[:-1], "train.lr=1e3", "train.steps=400"]
    done = must("run", *arguments, "-o", "far.h5", code=4)
    only_line("diverged", done.stderr, "diverged", "seed")
    must("validate", "far.h5")
    shown = must("show", "far.h5")
    expect(shown.stdout == done.stdout and "diverged" in done.stdout,
           "show does not say that training diverged")
    with h5py.File("far.h5") as file:
        at = int(file["entry/seeds/diverged_at"][0])
        loss = file["entry/training/loss_eval"][()]
        step = file["entry/training/step"][()]
        model = file["entry/model/A"][()]
        expect(0 <= at < 400, f"diverged_at is {at}")
        expect(np.isnan(loss[step > at]).all()
               and np.isfinite(loss[step < at]).all(),
               "loss is not NaN exactly after the divergence")
        expect(np.isfinite(model).all(), "weights are not finite")
        expect("alignment" in file["entry"], "there are no probes")
    done = must("train", *arguments, "-o", "model.h5", code=4)
    only_line("diverged", done.stderr, "diverged")
    expect("diverged at step" in done.stdout, "train does not say it")


def check_no_reader():
    must("run", *QUICK, "-o", "some.h5")
    for arguments in (["show", "some.h5"], ["keys"], ["presets"],
                      ["show", "some.h5", "--json"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([PROGRAM, *arguments], stdout=writer,
                              stderr=subprocess.PIPE, text=True,
                              restore_signals=True)
        os.close(writer)
        expect(done.returncode == -signal.SIGPIPE and not done.stderr,
               f"{arguments}: {done.returncode} {done.stderr!r}")


if __name__ == "__main__":
    sys.exit(main(check_signals, check_full_disk, check_divergence,
                  check_no_reader))
