"""Every call that can fail fails once: HDF5's, those for memory, those of the
system, at every place of the program that makes one, in a small whole run.

    ICLGD_PROGRAM=iclgd CC=cc python3 faults.py [CALLS]

The calls are found by running the command once. At each place the first call
fails, the last and some between, CALLS in all of a kind and command (absent:
every place, three calls). What has to hold: the exit code and one line say it,
or it changed nothing and the output is what it would have been; a file that was
there is whole; nothing else is left; no signal.
"""
import collections
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "run"))
from program import PROGRAM, expect, fault, main, must  # noqa: E402

CALLS = int(sys.argv[1]) if len(sys.argv) > 1 else 0
ONLY = sys.argv[2:]  # commands
SMALL = ["prompt.d=2", "prompt.n=4", "train.steps=20", "train.batch=8",
         "train.eval_prompts=8", "train.snapshots=2",
         "train.threads=1", "probe.prompts=12", "probe.wide_prompts=0",
         "reference.tune_prompts=8", "probe.list=alignment,filter",
         "reference.list=gd,ridge", "model.loops=2", "checkpoint.seconds=1e-9",
         "--reproducible"]
# What each command writes (None: standard output).
COMMANDS = {
    "generate": (["generate", *SMALL, "-o"], "out.h5"),
    "train": (["train", *SMALL, "-o"], "out.h5"),
    "resume": (["train", *SMALL, "--resume", "-o"], "out.h5"),
    "probe": (["probe", "model.h5", *SMALL, "-o"], "out.h5"),
    "run": (["run", *SMALL, "-q", "-o"], "out.h5"),
    "prompts": (["run", *SMALL, "-q", "--prompts", "prompts.h5", "-o"],
                "out.h5"),
    "show": (["show", "run.h5"], None),
    "json": (["show", "run.h5", "--json"], None),
    "validate": (["validate", "run.h5"], None),
    "plot": (["plot", "run.h5", "-o"], "out.svg"),
    "report": (["report", "run.h5", "-o"], "out.html"),
    "export": (["export", "run.h5", "-o"], "out.csv"),
    "weights": (["export", "run.h5", "--weights"],
                "out.safetensors"),
    "import": (["import", "net.safetensors", "model.heads=1", "--force", "-o"],
               "out.h5"),
    "diff": (["diff", "run.h5", "model.h5"], None),  # they differ: 1
}
MAKES_ANEW = ("generate", "train", "probe", "run", "prompts")  # with --force
ANSWER_BY_CODE = ("validate", "diff")  # faults, differences
MEMORY = ("malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign",
          "strdup", "strndup", "json_object", "json_array", "json_string",
          "json_real", "json_integer")
# Symbol: errno, what it returns.
SYSTEM = {name: value for names, value in (
    ("open openat fsync rename link linkat pread read write fork ftruncate "
     "flock lseek pthread_create", -1), ("fopen opendir fdopen", 0))
    for name in names.split()}
# Those that say it otherwise than by a negative number.
ZERO = ("H5Tget_size", "H5Dget_storage_size", "H5Aget_storage_size")
# That these fail is not seen by anyone, and need not be; a version that cannot
# be had is "unknown" in the file, and a scale that is gone is none.
SILENT = ("H5Rdereference2", "H5get_libversion", "H5open", "H5check_version",
          "H5close", "H5dont_atexit", "H5Eset_auto2", "H5PLset_loading_state")


def imported():
    """The functions that the program takes from libraries."""
    text = subprocess.run(["nm", "-D", "--undefined-only", PROGRAM],
                          capture_output=True, text=True, check=True).stdout
    return [line.split()[-1].split("@")[0] for line in text.splitlines()]


def rows():
    """name, kind, how it fails, errno, value of every stub."""
    for name in imported():
        if name.startswith("H5") and not name.endswith("_g") \
                and name not in SILENT:
            closes = name.startswith("H5") and name.endswith("close")
            yield (name, "h", "c" if closes else "f", "EIO",
                   0 if name in ZERO else -1)
        elif name in SYSTEM:
            yield name, "s", "f", "EIO", SYSTEM[name]
    for name in MEMORY:
        yield (name, "m", "f", "ENOMEM",
               "ENOMEM" if name == "posix_memalign" else 0)


def build():
    """The library to preload; none where it cannot be."""
    table, stubs = [], [f'#include "{HERE}/stubs.S"']
    for i, (name, kind, how, reason, value) in enumerate(rows()):
        table.append(f'{{"{name}", \'{kind}\', \'{how}\', {reason}, {value}, '
                     "0},")
        stubs.append(f"STUB {name} {i}")
    with open("table.c", "w") as file:
        file.write(f'#include "{HERE}/fail.c"\nstruct stub fault_stubs[] = {{\n'
                   + "\n".join(table) + "\n};\n")
    with open("table.S", "w") as file:
        file.write("\n".join(stubs) + "\n")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1",
                    "-fno-builtin", "-Wl,-z,lazy", "-o", "fail.so", "table.c",
                    "table.S", "-ldl"], check=True)


def start(words, folder, **faults):
    environment = {**os.environ, "LD_PRELOAD": os.path.abspath("fail.so"),
                   "OPENBLAS_NUM_THREADS": "1",
                   **{f"FAULT_{k.upper()}": str(v) for k, v in faults.items()}}
    return subprocess.run([PROGRAM, *words], cwd=folder, env=environment,
                          capture_output=True, timeout=120)


def prepare():
    must("run", *SMALL, "-q", "-o", "run.h5")
    must("train", *SMALL, "-q", "-o", "model.h5")
    must("generate", *SMALL, "-q", "-o", "prompts.h5")
    must("run", "model.architecture=transformer", "model.width=8",
         "model.layers=1", "model.heads=1", *SMALL, "-q", "-o", "net.h5")
    must("export", "net.h5", "--weights", "net.safetensors")


INPUTS = ("run.h5", "model.h5", "prompts.h5", "net.safetensors")


def fresh(name, old):
    """An empty folder with what the command reads, and an old file."""
    output = COMMANDS[name][1]
    shutil.rmtree("in", ignore_errors=True)
    os.mkdir("in")
    for source in INPUTS:
        os.link(source, f"in/{source}")
    if old and output:
        with open(f"in/{output}", "w") as file:
            file.write("old")
    if name == "resume":
        shutil.copy("stopped", "in/out.h5.checkpoint")


def words_of(name, old):
    words, output = COMMANDS[name]
    force = ["--force"] if old and name in MAKES_ANEW else []
    return [*words[:1], *force, *words[1:], *([output] if output else [])]


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


# A checkpoint is what a training that failed leaves.
ALLOWED = ("out.h5.checkpoint", "out.h5.checkpoint.old")


def judge(what, name, done, expected, old):
    """Whether the end of a command in which a call failed is a good one."""
    output = COMMANDS[name][1]
    error = done.stderr.decode(errors="replace")
    lines = error.splitlines()
    found = content(f"in/{output}") if output else done.stdout
    left = set(os.listdir("in")) - set(INPUTS) - {output}
    if done.returncode not in (0, 1, 3) or "crashed" in error \
            or "Sanitizer" in error:
        fault(f"{what}: exit code {done.returncode}: {error!r}")
    elif name == "import" and done.returncode == 0:
        expect(found, f"{what}: no file")  # which has the time of day
    elif done.returncode == 0 and found != expected \
            and not said(name, done, found):
        fault(f"{what}: another output, and not a word: {error!r}")
    elif done.returncode and not (name in ANSWER_BY_CODE and done.stdout) \
            and (len(lines) != 1 or not error.startswith("iclgd: ")):
        fault(f"{what}: not one line: {error!r}")
    elif done.returncode and output and found not in (old, expected) \
            and "written, but" not in error:
        fault(f"{what}: output changed: {error!r}")
    elif left - set(ALLOWED) or (left and done.returncode == 0):
        fault(f"{what}: leaves {left}: {error!r}")


def said(name, done, found):
    """A result that is not that of a run without faults is told apart."""
    text = (found or b"") + done.stdout + done.stderr
    return any(word in text for word in (
        b"no checkpoint could be written",
        b"checkpoints could not be written", b"out of memory",
        b"cannot be read", b"damaged", b"not enough memory"))


def stop_training():
    """A checkpoint to go on from; where a training was too quick, again."""
    for _ in range(50):
        child = subprocess.Popen([PROGRAM, "train", *SMALL,
                                  "-q", "-o", "cut.h5", "--force"])
        while child.poll() is None and not os.path.exists("cut.h5.checkpoint"):
            pass
        child.kill()
        child.wait()
        for rest in ("cut.h5.checkpoint", "cut.h5.checkpoint.old"):
            if os.path.exists(rest):
                shutil.copy(rest, "stopped")
                return
    fault("no training could be stopped")
    del COMMANDS["resume"]


def calls(name, kind):
    """(place, symbol, n) to fail, of a run that is watched."""
    fresh(name, False)
    if os.path.exists("log"):
        os.remove("log")
    done = start(words_of(name, False), "in", kind=kind,
                 log=os.path.abspath("log"))
    if done.returncode and name != "diff":
        fault(f"{name}: {done.returncode} {done.stderr!r}")
    output = COMMANDS[name][1]
    expected = content(f"in/{output}") if output else done.stdout
    counts = collections.Counter()
    with open("log") as file:
        counts.update(tuple(line.split()) for line in file)
    chosen = [(place, symbol, n) for (symbol, place), count in counts.items()
              for n in sorted({1, (count + 1) // 2, count})]
    stride = max(1, len(chosen) // CALLS) if CALLS else 1
    return expected, sum(counts.values()), len(counts), chosen[::stride]


def check_all():
    for name in COMMANDS:
        if ONLY and name not in ONLY:
            continue
        for kind in ("h5", "memory", "system"):
            expected, total, places, chosen = calls(name, kind)
            for i, (place, symbol, n) in enumerate(chosen):
                old = i % 2 == 1 and name != "resume"
                fresh(name, old)
                what = f"{name}: {symbol} at {place}, call {n}"
                try:
                    done = start(words_of(name, old), "in", kind=kind,
                                 site=place, at=n)
                except subprocess.TimeoutExpired:
                    fault(f"{what}: does not end")
                    continue
                judge(what, name, done, expected, b"old" if old else None)
            print(f"{name}, {kind}: {total} calls at {places} places, "
                  f"{len(chosen)} failed once", flush=True)


def check_faults():
    build()
    if start(["--version"], ".").returncode:
        print("skipped: the program does not bear a preloaded library")
        sys.exit(77)
    prepare()
    stop_training()
    check_all()


if __name__ == "__main__":
    if os.uname().machine != "x86_64":
        sys.exit(77)
    sys.exit(main(check_faults))
