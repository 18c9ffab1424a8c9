"""Every command where nothing can be written: /dev/full, a closed standard
output, a pipe that nobody reads, a folder that is read-only, files that may
not grow, little memory. The table has a row for each command there is.

    ICLGD_PROGRAM=iclgd python3 check_streams.py
"""
import os
import re
import resource
import signal
import subprocess
import sys

from program import PROGRAM, expect, fault, main, must

SMALL = ["prompt.d=2", "prompt.n=4", "train.steps=20", "train.batch=8",
         "train.eval_prompts=8", "probe.prompts=12", "probe.wide_prompts=0",
         "reference.tune_prompts=8", "probe.list=alignment",
         "reference.list=gd", "model.loops=2"]
# Command: words, and the file it writes (None: standard output alone).
COMMANDS = {
    "run": (["run", *SMALL, "-o", "new.h5"], "new.h5"),
    "generate": (["generate", *SMALL, "-o", "new.h5"], "new.h5"),
    "train": (["train", *SMALL, "-o", "new.h5"], "new.h5"),
    "probe": (["probe", "run.h5", *SMALL, "-o", "new.h5"], "new.h5"),
    "import": (["import", "net.safetensors", "model.heads=1", "-o", "new.h5"],
               "new.h5"),
    "show": (["show", "run.h5"], None),
    "plot": (["plot", "run.h5", "-o", "new.svg"], "new.svg"),
    "report": (["report", "run.h5", "-o", "new.html"], "new.html"),
    "export": (["export", "run.h5", "-o", "new.csv"], "new.csv"),
    "diff": (["diff", "run.h5", "net.h5"], None),
    "watch": (["watch", "run.h5"], None),
    "verify": (["verify", "o2"], None),
    "oracle": (["oracle", "untied", "d=3", "n=6", "L=2"], None),
    "bench": (["bench", "a", "seconds=0.01"], None),
    "validate": (["validate", "run.h5"], None),
    "presets": (["presets"], None),
    "probes": (["probes"], None),
    "keys": (["keys"], None),
    "schema": (["schema"], None),
    "man": (["man"], None),
    "completion": (["completion", "bash"], None),
    "sweep": (["sweep", "quickstart", "model.loops=1,2", "--dry-run"], None),
    "collect": (["collect", "grid", "-o", "new.h5"], "new.h5"),
}
REPLACE = ("plot", "report", "export")  # without --force
# What of those that write a file goes to standard output.
ANSWERS = {"plot": ["plot", "run.h5"], "report": ["report", "run.h5", "-o", "-"],
           "export": ["export", "run.h5"],
           "settings": ["export", "run.h5", "--what", "config"],
           "run": COMMANDS["run"][0], "probe": COMMANDS["probe"][0],
           "json": ["show", "run.h5", "--json"],
           "list": ["export", "run.h5", "--list"],
           "help": ["--help"], "version": ["--version"],
           "preset": ["presets", "quickstart"]}


def prepare():
    must("run", *SMALL, "-q", "-o", "run.h5")
    must("run", "model.architecture=transformer", "model.width=8",
         "model.layers=1", "model.heads=1", *SMALL, "-q", "-o", "net.h5")
    must("export", "net.h5", "--weights", "net.safetensors")
    must("sweep", "quickstart", *SMALL[:-1], "model.loops=1,2", "-o", "grid")
    os.mkdir("work")


def check_table():
    """A command without a row here is not tested."""
    listed = re.findall(r"^  ([a-z]+) +\S", must("--help").stdout, re.M)
    known = set(COMMANDS) | {"iclgd"}
    expect(set(listed) - known == set(), f"rows lack: {set(listed) - known}")


def start(words, limit=None, **options):
    options = {"stdout": subprocess.DEVNULL, **options}
    with open("error", "wb") as error:
        done = subprocess.run([PROGRAM, *words], stderr=error, timeout=60,
                              preexec_fn=limit, **options)
    with open("error", errors="replace") as error:
        return done.returncode, error.read()


def remove(output):
    for name in (output, f"{output}.checkpoint", f"{output}.checkpoint.old"):
        if output and os.path.exists(name):
            os.remove(name)


def before():
    return set(os.listdir(".")) - {"error"}


def check_output():
    """What cannot be said is a failure, once, in one line."""
    rows = {name: words for name, (words, output) in COMMANDS.items()
            if not output}
    for name, words in {**rows, **ANSWERS}.items():
        files = before()
        with open("/dev/full", "wb") as full:
            code, error = start(words, stdout=full)
        expect(code == 1 and len(error.splitlines()) == 1
               and "No space left" in error, f"{name} >/dev/full: {code} {error!r}")
        remove("new.h5")
        code, error = start(words, stdout=None, limit=lambda: os.close(1))
        expect(code == 1 and len(error.splitlines()) == 1,
               f"{name} >&-: {code} {error!r}")
        remove("new.h5")
        code, error = pipe(words)
        expect(code in (1, -signal.SIGPIPE, 128 + signal.SIGPIPE)
               and len(error.splitlines()) <= 1,
               f"{name} | nobody: {code} {error!r}")
        remove("new.h5")
        expect(before() == files, f"{name}: leaves {before() - files}")


def pipe(words):
    """Standard output is a pipe that is closed at the other end."""
    read, write = os.pipe()
    os.close(read)
    try:
        return start(words, stdout=write,
                     limit=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
    finally:
        os.close(write)


def check_files():
    """No room: one line, the old file whole, nothing else. The new one or none
    where the limit was wide enough."""
    for name, (words, output) in COMMANDS.items():
        for size in (0, 1 << 10, 1 << 12):
            if not output:
                continue
            with open(output, "w") as file:
                file.write("old")
            files = before()
            force = [] if name in REPLACE else ["--force"]
            code, error = start([*words, *force], limit=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (size, size)))
            with open(output, "rb") as file:
                whole = file.read() == b"old"
            expect(code == 0 or (code == 1 and whole
                                 and len(error.splitlines()) <= 1),
                   f"{name}, files up to {size}: {code} {error!r}")
            expect(size > 0 or code == 1, f"{name}: no room and no word")
            expect(before() == files, f"{name}: leaves {before() - files}")
            remove(output)


def check_folder():
    """A folder in which nothing may be made."""
    def unprivileged():
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
    os.chmod(".", 0o755)
    for name in ("run.h5", "net.safetensors"):
        os.chmod(name, 0o644)
    for name, (words, output) in COMMANDS.items():
        if not output:
            continue
        files = before()
        code, error = start(words, limit=unprivileged)
        expect(code == 1 and len(error.splitlines()) == 1
               and "Permission denied" in error,
               f"{name}, read-only: {code} {error!r}")
        expect(before() == files, f"{name}: leaves {before() - files}")


def check_memory():
    """Little address space: it is enough, or it is said."""
    def limited(mib):
        size = mib << 20
        return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))
    if start(["--version"], limit=limited(400))[0]:
        return  # a sanitizer needs more to begin with
    for name, (words, output) in COMMANDS.items():
        for mib in (60, 120, 300):
            files = before()
            code, error = start(words, limit=limited(mib))
            if "error while loading shared" in error:
                continue
            expect(code in (0, 1) and "crash" not in error
                   and (code == 0 or name == "diff"
                        or len(error.splitlines()) == 1),
                   f"{name}, {mib} MiB: {code} {error!r}")
            remove(output)
            expect(before() <= files, f"{name}: leaves {before() - files}")


if __name__ == "__main__":
    sys.exit(main(prepare, check_table, check_output, check_files,
                  check_folder, check_memory))
