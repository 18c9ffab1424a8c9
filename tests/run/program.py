"""What the checks of the built program share: running it, small settings,
comparing files, and reporting faults."""
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAM = os.environ.get("ICLGD_PROGRAM", "iclgd")
QUICK = ["train.steps=30", "train.batch=32", "train.eval_prompts=48",
         "probe.prompts=70", "reference.tune_prompts=40", "-q"]
faults = []


def fault(text):
    print(text)
    faults.append(text)


def expect(condition, text):
    if not condition:
        fault(text)


def once(arguments):
    """Of several values of one key the last: QUICK with a change."""
    words = [str(argument) for argument in arguments]
    last = {word.split("=")[0]: i for i, word in enumerate(words)
            if "=" in word and not word.startswith("-")}
    return [word for i, word in enumerate(words)
            if last.get(word.split("=")[0], i) == i]


def run(*arguments, **options):
    """Run the program; stdout and stderr as text."""
    return subprocess.run([PROGRAM, *once(arguments)],
                          capture_output=True, text=True, **options)


def must(*arguments, code=0, **options):
    """Run the program; anything but that exit code is a fault."""
    done = run(*arguments, **options)
    expect(done.returncode == code,
           f"{' '.join(map(str, arguments))}: exit code {done.returncode}, "
           f"expected {code}: {done.stderr.strip()}")
    return done


def datasets(path, below="entry"):
    """All datasets below a group, by name."""
    found = {}
    with h5py.File(path, "r") as file:
        file[below].visititems(
            lambda name, item: found.update({name: item[()]})
            if isinstance(item, h5py.Dataset) else None)
    return found


def same(a, b):
    return a.shape == b.shape and a.tobytes() == b.tobytes() \
        if isinstance(a, np.ndarray) and a.dtype != object \
        else np.array_equal(a, b)


def expect_same(what, first, second, without=(), below="entry"):
    """Both files hold the same datasets, to the last bit."""
    a, b = datasets(first, below), datasets(second, below)
    for name in sorted(set(a) | set(b)):
        if name in without:
            continue
        if name not in a or name not in b:
            fault(f"{what}: only one file has {name}")
        elif not same(a[name], b[name]):
            fault(f"{what}: {name} differs")


def column(path, name, group="points"):
    """A column of the table of a sweep, texts as such."""
    with h5py.File(path, "r") as file:
        values = file[f"entry/{group}/{name}"][()]
    return [v.decode() if isinstance(v, bytes) else v for v in values]


def main(*checks):
    """Run the checks in an empty folder; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for check in checks:
            check()
        os.chdir("/")
    print(f"{len(faults)} fault(s)")
    return 1 if faults else 0
