#!/usr/bin/python3
"""No file of a lower floor includes a header of a higher one; files do not ask
each other in a circle; functions and files stay short.

usage: floors.py SOURCE | --self-test
"""
import collections
import pathlib
import re
import sys
import tempfile

# The rooms of src/ by floor (and probes/, which stands beside src/). A new
# room gets its floor here; a file may include its own floor and lower ones.
FLOORS = {
    "base": 1, "metrics": 1,
    "math": 2, "record": 2,
    "prompt": 3, "oracle": 3, "view": 3, "report": 3,
    "model": 4, "reference": 4,
    "engine": 5, "figures": 5, "drawing": 5, "diff": 5, "export": 5,
    "train": 6, "probes": 6,
    "run": 7, "import": 7, "summary": 7, "page": 7,
    # Programs over the library, no part of it.
    "verify": 8, "bench": 8, "sweep": 8, "cluster": 8,
    "cli": 9,
}

# The room that each public header include/iclgd/NAME.h belongs to.
PUBLIC = {
    "status": "base", "arena": "base", "settings": "base", "parallel": "base",
    "team": "base",
    "comparisons": "metrics", "tail": "metrics",
    "rng": "math", "algebra": "math", "slope": "math",
    "energy": "math", "assignment": "math", "kernel": "math",
    "matrix_free": "math",
    "record": "record",
    "distribution": "prompt", "prompt": "prompt", "table": "prompt",
    "oracle": "oracle", "attention_hessian": "oracle",
    "json": "view", "reader": "view", "view": "view",
    "report": "report",
    "model": "model", "architecture": "model", "linear": "model",
    "transformer": "model", "components": "model",
    "program": "model", "symmetry": "model", "hessian": "model",
    "algorithm": "reference", "path": "reference", "theory": "reference",
    "follow": "engine",
    "probe": "probes",
    "train": "train",
    "run": "run", "keys": "run", "schemas": "run", "import": "import",
}

# Libraries that one place alone may see: header, files that may include it.
LIBRARIES = [
    # main.c sets the process-wide switches of both libraries.
    (r"(hdf5|hdf5_hl|H5\w*)\.h", r"src/record/.*|src/cli/main\.c"),
    (r"libdeflate\.h", r"src/record/.*"),
    (r"(cblas|lapacke|lapack)\.h", r"src/math/dense\w*\.[ch]|src/cli/main\.c"),
    (r"(rsvg|cairo(-\w+)?)\.h", r"src/drawing/convert\.c"),
    (r"mpi\.h", r"src/cluster/wire/mpi\.c"),
]

# Lines: of a file, and of nine functions in ten.
FILE_LINES, FUNCTION_LINES = 400, 30

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


def code_of(text):
    """The text without comments and literals; its lines stay where they are."""
    noise = re.compile(r'''/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|'''
                       r"""'(?:[^'\\\n]|\\.)*'""", re.S)
    return noise.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


# What clang-format leaves of a definition: it starts a line, and so does the
# brace that ends it.
FUNCTION = re.compile(r"^(?!static)(?P<head>\w[\w\s*]*?)\b(?P<name>\w+)"
                      r"\([^;{}]*\)\s*\{.*?^\}", re.M | re.S)
ANY_FUNCTION = re.compile(r"^\w[\w\s*]*\([^;{}]*\)\s*\{.*?^\}", re.M | re.S)
OBJECT = re.compile(r"^(?!static|typedef|extern)\w[\w\s*]*?\b(?P<name>iclgd_\w+)"
                    r"(?:\[\w*\])?\s*=", re.M)


def header_file(header, path, files):
    """The file of the tree that an include names, or None."""
    for found in (path.parent / header, pathlib.PurePath("include", header),
                  pathlib.PurePath("src", header)):
        if found in files:
            return found
    return None


def arrows_of(files):
    """Who asks whom: file -> files whose headers it includes, or whose functions
    and objects, defined there alone, it names."""
    code = {path: code_of(text) for path, text in files.items()}
    homes = collections.defaultdict(set)
    for path, text in code.items():
        for found in [*FUNCTION.finditer(text), *OBJECT.finditer(text)]:
            if found["name"].startswith("iclgd_"):
                homes[found["name"]].add(path)
    arrows = collections.defaultdict(set)
    for path, text in code.items():
        headers = (header_file(h, path, files)
                   for h in INCLUDE.findall(files[path]))
        arrows[path] |= {header for header in headers if header}
        if path.suffix == ".c":
            for name in set(re.findall(r"\biclgd_\w+", text)):
                if len(homes.get(name, ())) == 1:
                    arrows[path] |= homes[name]
        arrows[path].discard(path)
    return arrows


def circles_of(files):
    """Sets of files each of which leads to every other one."""
    arrows = arrows_of(files)
    reach = {}
    for start in arrows:
        seen, open_ends = set(), [start]
        while open_ends:
            for node in arrows.get(open_ends.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    open_ends.append(node)
        reach[start] = seen
    return {frozenset(other for other in seen if node in reach.get(other, ()))
            for node, seen in reach.items() if node in seen}


def faults_of_circles(files):
    """Yield every circle."""
    for circle in circles_of(files):
        yield ("these files ask each other in a circle: "
               + " ".join(sorted(map(str, circle))))


def faults_of_lengths(files):
    """Yield files that are too long, and whether functions are."""
    lengths = []
    for path, text in files.items():
        if text.count("\n") >= FILE_LINES:
            yield f"{path}: expected fewer than {FILE_LINES} lines"
        if path.suffix == ".c":
            lengths += [m[0].count("\n") + 1
                        for m in ANY_FUNCTION.finditer(code_of(text))]
    longest = sorted(lengths)[9 * len(lengths) // 10] if lengths else 0
    if longest >= FUNCTION_LINES:
        yield (f"one function in ten has {longest} lines or more, "
               f"expected fewer than {FUNCTION_LINES}")


def check(source):
    """All faults of a source tree, and the number of files read."""
    faults, files = [], {}
    for top in ("include", "src", "probes"):
        for full in sorted((source / top).rglob("*.[ch]")):
            path = full.relative_to(source)
            files[path] = full.read_text()
            if room_of_file(path) not in FLOORS:
                table = "PUBLIC" if top == "include" else "FLOORS"
                faults.append(f"{path}: belongs to no room that {HERE} knows: "
                              f"add it to {table}")
                continue
            for header in INCLUDE.findall(files[path]):
                for fault in faults_of_include(header, path, source):
                    faults.append(f"{path}: {fault}")
    faults += [*faults_of_circles(files), *faults_of_lengths(files)]
    return faults, len(files)


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
    long = "int f(void) {\n" + "  g();\n" * 40 + "}\n"
    circles = [  # by includes, by calls, by a call and an object
        {"src/math/a.h": '#include "b.h"', "src/math/b.h": '#include "a.h"'},
        {"src/math/a.c": "int iclgd_a(int x) {\n  return iclgd_b(x);\n}",
         "src/math/b.c": "int iclgd_b(int x) {\n  return iclgd_c(x);\n}",
         "src/math/c.c": "int iclgd_c(int x) {\n  return iclgd_a(x);\n}"},
        {"src/math/a.c": "const int iclgd_a = 1;\nint iclgd_b(void);\n"
                         "int f(void) {\n  return iclgd_b();\n}",
         "src/math/b.c": "int iclgd_b(void) {\n  return iclgd_a;\n}"},
        {"src/math/long.c": "\n" * FILE_LINES}, {"src/math/f.c": long},
    ]
    fine = [  # a word in a comment, a name of two homes, a header of one's own
        {"src/math/a.c": "int iclgd_a(void) {\n  return iclgd_b();\n}",
         "src/math/b.c": "/* iclgd_a */\nint iclgd_b(void) {\n}"},
        {"src/math/a.c": "int iclgd_x(void) {\n  return iclgd_b();\n}",
         "src/math/b.c": "int iclgd_b(void) {\n  return iclgd_x();\n}",
         "src/math/c.c": "int iclgd_x(void) {\n}"},
        {"src/math/a.h": "", "src/math/a.c": '#include "a.h"'},
    ]
    for extra in [{}] + [{name: text} for name, text in bad.items()] + circles:
        expect_faults(good, extra, len(extra) if extra not in circles else 1)
    for extra in fine:
        expect_faults(good, extra, 0)


def expect_faults(good, extra, expected):
    """Leave with a message where a tree does not have that many faults."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder)
        for name, text in {**good, **extra}.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text)
        faults, _ = check(source)
        if len(faults) != expected:
            sys.exit(f"self-test of {extra}: {faults}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit()
    found, files = check(pathlib.Path(sys.argv[1]))
    print("\n".join(found) or f"{files} files keep to their floors")
    sys.exit(1 if found or files == 0 else 0)
