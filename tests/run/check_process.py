"""The process and the files around it: closed standard streams, two writers,
killed writers, links and permissions, little address space; a run repeated
from its file, keys given twice.

    ICLGD_PROGRAM=iclgd python3 check_process.py
"""
import os
import signal
import stat
import subprocess
import sys
import time

from program import (PROGRAM, QUICK, expect, expect_same, h5py, main, must,
                     run)

SMALL = [*QUICK, "probe.list=alignment", "reference.list=gd,ridge_fixed"]
FOREVER = ["run", "quickstart", "train.steps=100000000", "-q"]


def shell(line):
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True,
                          env={**os.environ, "I": PROGRAM})


def check_closed_streams():
    """What is written is whole and says nothing it should not; a command that
    cannot write its answer fails."""
    must("run", *SMALL, "-o", "run.h5")
    words = " ".join(SMALL)
    for command, answers in ((f"run {words} --force -o c.h5", False),
                             ("plot run.h5 -o c.svg", False),
                             ("report run.h5 -o c.html", False),
                             ("export run.h5 -o c.csv", False),
                             ("show run.h5", True), ("keys", True),
                             ("validate run.h5", True)):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            done = shell(f'"$I" {command} {closed}')
            code = 1 if answers and ">&-" in closed.split() else 0
            expect(done.returncode == code,
                   f"{command} {closed}: {done.returncode} {done.stderr}")
    must("validate", "c.h5")
    expect_same("closed streams", "run.h5", "c.h5")
    for name, end in (("c.svg", "</svg>"), ("c.html", "</html>")):
        with open(name) as file:
            expect(file.read().rstrip().endswith(end), f"{name} is not whole")


def start(*words):
    """A run that goes on until it is stopped, once it holds its output."""
    child = subprocess.Popen([PROGRAM, *words], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    while not any(name.endswith(".tmp") for name in os.listdir(".")):
        time.sleep(0.01)
    return child


def check_writers():
    before = set(os.listdir("."))
    first = start(*FOREVER, "-o", "w.h5")
    second = run(*FOREVER, "-o", "w.h5")
    expect(second.returncode == 1 and f"is being written by process "
           f"{first.pid}" in second.stderr, f"two writers: {second}")
    first.send_signal(signal.SIGKILL)
    first.wait()
    left = set(os.listdir(".")) - before
    expect(all(name.startswith(".w.h5.") for name in left), f"left: {left}")
    must("run", *SMALL, "-o", "w.h5")
    left = set(os.listdir(".")) - before
    expect(left == {"w.h5"}, f"after a killed writer: {left}")
    os.remove("w.h5")


def check_signals():
    before = set(os.listdir("."))
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGUSR1,
                   signal.SIGUSR2, signal.SIGXCPU, signal.SIGALRM):
        child = start(*FOREVER, "-o", "s.h5")
        child.send_signal(number)
        child.wait()
        expect(child.returncode == 128 + number,
               f"{number}: {child.returncode}")
        expect(set(os.listdir(".")) - before == {"s.h5.checkpoint"},
               f"{number}: leaves {os.listdir('.')}")
        os.remove("s.h5.checkpoint")


def check_places():
    must("run", *SMALL, "-o", "p.h5")
    os.chmod("p.h5", 0o600)
    must("run", *SMALL, "-o", "p.h5", "--force")
    expect(stat.S_IMODE(os.stat("p.h5").st_mode) == 0o600, "mode is not kept")
    os.symlink("p.h5", "link.h5")
    expect(run("run", *SMALL, "-o", "link.h5").returncode == 2,
           "a link to a file is no file")
    must("run", *SMALL, "-o", "link.h5", "--force", "seed=5")
    with h5py.File("p.h5") as file:
        expect(file["entry/config"].attrs["seed"] == 5 and
               os.path.islink("link.h5"), "the link is not followed")


def check_address_space():
    """No endless wait for memory; the program says what it lacks."""
    limit = "ulimit -v 150000"
    if shell(f'{limit}; "$I" --version').returncode != 0:
        return  # a sanitizer needs more to begin with
    done = shell(f'{limit}; "$I" {" ".join(["run", *SMALL, "-o", "m.h5"])}')
    expect(done.returncode == 1 and "address space" in done.stderr,
           f"little address space: {done.returncode} {done.stderr!r}")


def check_repeats():
    must("run", "quickstart", *SMALL, "seed=7", "-o", "r.h5")
    must("run", "r.h5", "-q")
    expect_same("repeated", "r.h5", "r-again.h5")
    text = must("export", "r.h5", "--what", "config").stdout
    must("export", "r.h5", "--what", "config", "-o", "r.ini")
    with open("r.ini") as file:
        expect(file.read() == text and "seed = 7" in text, "config: {text!r}")
    must("run", "r.ini", "-q", "-o", "i.h5")
    expect_same("from INI", "r.h5", "i.h5")
    twice = subprocess.run([PROGRAM, "run", "seed=1", "seed=2"],
                           capture_output=True, text=True)
    expect(twice.returncode == 2 and "'seed=2'" in twice.stderr
           and "'seed=1'" in twice.stderr, f"twice: {twice.stderr!r}")


def check_titles():
    for words, title in ((["model.loops=8"], "1 x 8"),
                         (["model.loops=2", "model.layers=8"], "8 x 2"),
                         (["title=Mine {seed} {none} {"], "Mine 1 {none} {")):
        must("run", "quickstart", *SMALL, *words, "-o", "t.h5", "--force")
        with h5py.File("t.h5") as file:
            found = file["entry/title"][()].decode()
            expect(title in found, f"{words}: {found!r}")


def check_far_words():
    for words in (["presets", "zzz"], ["run", "zzz"], ["keys", "qqqq"]):
        done = run(*words)
        expect(done.returncode == 2 and "did you mean" not in done.stderr,
               f"{words}: {done.stderr!r}")


if __name__ == "__main__":
    sys.exit(main(check_closed_streams, check_writers, check_signals,
                  check_places, check_address_space, check_repeats,
                  check_titles, check_far_words))
