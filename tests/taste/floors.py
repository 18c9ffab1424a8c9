#!/usr/bin/python3
"""No file of a lower floor includes a header of a higher one.

usage: floors.py SOURCE | --self-test
"""
import pathlib
import re
import sys
import tempfile

# The rooms of src/ by floor (and probes/, which stands beside src/). A new
# room gets its floor here; a file may include its own floor and lower ones.
FLOORS = {
    "base": 1, "metrics": 1,
    "math": 2, "record": 2,
    "prompt": 3, "oracle": 3, "report": 3,
    "figures": 3, "drawing": 3, "diff": 3, "export": 3,
    "model": 4, "reference": 4,
    "engine": 5,
    "train": 6, "probes": 6,
    "run": 7, "verify": 7, "bench": 7,
    "cli": 8,
}

# The room that each public header include/iclgd/NAME.h belongs to.
PUBLIC = {
    "status": "base", "arena": "base", "settings": "base", "parallel": "base",
    "comparisons": "metrics", "tail": "metrics",
    "rng": "math", "linear": "math",
    "record": "record",
    "distribution": "prompt", "prompt": "prompt", "table": "prompt",
    "oracle": "oracle",
    "report": "report",
    "model": "model",
    "algorithm": "reference", "path": "reference", "theory": "reference",
    "probe": "probes",
    "train": "train",
    "verify": "verify",
    "run": "run", "keys": "run", "schemas": "run",
}

# Libraries that one place alone may see: header, files that may include it.
LIBRARIES = [
    # main.c sets the process-wide switches of both libraries.
    (r"(hdf5|hdf5_hl|H5\w*)\.h", r"src/record/.*|src/cli/main\.c"),
    (r"zlib\.h", r"src/record/.*"),
    (r"(cblas|lapacke|lapack)\.h", r"src/math/dense\w*\.[ch]|src/cli/main\.c"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
HERE = "tests/taste/floors.py"


def room_of_file(path):
    """The room of a file, by its path from the source folder."""
    parts = path.parts
    if parts[0] == "include":
        return PUBLIC.get(path.stem)
    return "probes" if parts[0] == "probes" else parts[1]


def room_of_header(header, path, source):
    """(room, public) of an included header; None for one of the system."""
    parts = header.split("/")
    if parts[0] == "iclgd":
        return PUBLIC.get(parts[-1][:-2], "?"), True
    if len(parts) == 1:
        beside = (source / path).parent / header
        return (room_of_file(path), False) if beside.exists() else None
    if parts[0] in FLOORS:
        return parts[0], False
    known = (source / "src" / parts[0]).is_dir() or parts[0] in (".", "..")
    return ("?", False) if known else None


def faults_of_include(header, path, source):
    """Yield what is wrong with one include of one file."""
    for library, allowed in LIBRARIES:
        if re.fullmatch(library, header.split("/")[-1]):
            if not re.fullmatch(allowed, path.as_posix()):
                yield f"includes <{header}>, which only {allowed} may"
    found = room_of_header(header, path, source)
    if found is None:
        return
    room, public = found
    if room == "?":
        table = "PUBLIC" if public else "FLOORS"
        yield f"includes {header}, which {HERE} does not know: add it to {table}"
        return
    mine = room_of_file(path)
    if FLOORS[room] > FLOORS[mine]:
        yield (f"({mine}, floor {FLOORS[mine]}) includes {header} "
               f"({room}, floor {FLOORS[room]})")
    if mine == "probes" and not public and room != "probes":
        yield f"includes {header}: probes see public headers only"


def check(source):
    """All faults of a source tree, and the number of files read."""
    faults, count = [], 0
    for top in ("include", "src", "probes"):
        for full in sorted((source / top).rglob("*.[ch]")):
            path = full.relative_to(source)
            count += 1
            if room_of_file(path) not in FLOORS:
                table = "PUBLIC" if top == "include" else "FLOORS"
                faults.append(f"{path}: belongs to no room that {HERE} knows: "
                              f"add it to {table}")
                continue
            for header in INCLUDE.findall(full.read_text()):
                for fault in faults_of_include(header, path, source):
                    faults.append(f"{path}: {fault}")
    return faults, count


def self_test():
    """Each rule, broken once, is noticed; and a tree in order passes."""
    good = {
        "include/iclgd/status.h": "", "include/iclgd/train.h": "",
        "src/base/key.h": "", "src/base/key.c": '#include "key.h"',
        "src/math/dense.c": "#include <cblas.h>",
        "src/record/store.c": "#include <hdf5.h>\n#include <iclgd/status.h>",
        "probes/a.c": '#include <iclgd/status.h>\n#include "a.h"',
        "probes/a.h": "",
    }
    bad = {
        "src/base/up.c": "#include <iclgd/train.h>",
        "src/model/up.c": '#include "train/x.h"',
        "include/iclgd/arena.h": '#include "iclgd/train.h"',
        "include/iclgd/newcomer.h": "",
        "src/newroom/x.c": "",
        "src/run/x.c": "#include <iclgd/unheard.h>",
        "src/run/y.c": '#include "../base/key.h"',
        "src/run/z.c": "# include <hdf5.h>",
        "src/model/z.c": "#include <lapacke.h>",
        "probes/b.c": '#include "base/key.h"',
    }
    for extra in [{}] + [{name: text} for name, text in bad.items()]:
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder)
            for name, text in {**good, **extra}.items():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                (source / name).write_text(text)
            faults, _ = check(source)
            if len(faults) != len(extra):
                sys.exit(f"self-test of {extra}: {faults}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit()
    found, files = check(pathlib.Path(sys.argv[1]))
    print("\n".join(found) or f"{files} files keep to their floors")
    sys.exit(1 if found or files == 0 else 0)
