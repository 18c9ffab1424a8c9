"""Which lines and branches of src/ and probes/ the tests have run, by room and by
file, from what a build with -DICLGD_COVERAGE=ON left behind:

    cmake --preset coverage && cmake --build --preset coverage
    ctest --preset coverage
    tests/coverage.py build/coverage [FILES]

A file that is compiled several times counts once, with what any of them ran; so
does a line of a header that is inlined in many places.
Branches of asserts are left out, since their other arm is a fault of the program,
and counted. Of the branches that were not run it is said how many pass a failure
on (TRY) or answer to a lack of memory, which only calls that fail on demand
reach: `ctest --test-dir build/coverage -R faults` runs some.
FILES is how many of the files that miss most are listed (20), "all" for all with
their lines.
"""
import collections
import concurrent.futures
import glob
import gzip
import json
import os
import re
import subprocess
import sys

BUILD = os.path.abspath(sys.argv[1])
SHOWN = sys.argv[2] if len(sys.argv) > 2 else "20"
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))


def counts(notes):
    """What gcov has of one object, or nothing where it was never run."""
    done = subprocess.run(["gcov", "--stdout", "--json-format",
                           "--branch-probabilities", notes],
                          capture_output=True, cwd=BUILD, check=False)
    text = done.stdout
    if text[:2] == b"\x1f\x8b":
        text = gzip.decompress(text)
    return [file for line in text.splitlines() if line.strip()
            for file in json.loads(line)["files"]]


def fold(arms, text):
    """Of a line of a header that is inlined in many places: its own arms, run
    where any copy has run them."""
    own = 2 * len(re.findall(r"\b(?:if|for|while|\w+_TIMES)\b|\?|&&|\|\|", text))
    if own == 0 or len(arms) % own:
        return arms
    return [any(arms[i::own]) for i in range(own)] if arms else arms


def ours(name):
    path = os.path.relpath(os.path.join(BUILD, name), ROOT)
    return path if path.startswith(("src/", "probes/", "include/")) else None


def kinds_of(path):
    """What the branches of a line are of: asserts, failures passed on, memory."""
    kinds, depth, kind = {}, 0, None
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if depth == 0:
                begin = re.search(r"\b(assert|TRY|iclgd_fail_memory)\(", line)
                kind = begin and begin[1]
                line = line[begin.end() - 1:] if begin else ""
            if kind:
                kinds[number] = kind
                depth += line.count("(") - line.count(")")
                depth = max(depth, 0)
    return kinds


def collect():
    lines = collections.defaultdict(collections.Counter)
    branches = collections.defaultdict(dict)
    notes = [name for name in glob.glob(f"{BUILD}/**/*.gcno", recursive=True)
             if "/tests/" not in os.path.relpath(name, BUILD)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for files in pool.map(counts, notes):
            for file in files:
                path = ours(file["file"])
                for line in file["lines"] if path else []:
                    number = line["line_number"]
                    lines[path][number] += line["count"]
                    ran = [b["count"] > 0 for b in line["branches"]]
                    was = branches[path].get(number, [])
                    if len(was) == len(ran):
                        ran = [a or b for a, b in zip(was, ran)]
                    branches[path][number] = ran if len(ran) >= len(was) else was
    return lines, branches


def share(ran, all_of_them):
    return f"{100 * ran / max(all_of_them, 1):5.1f}% of {all_of_them:6}"


def leave_out_asserts(branches):
    """How many arms were left out, and arms not run by the kind of their line."""
    asserts, missed = 0, collections.Counter()
    for path, found in branches.items():
        if path.endswith(".h"):
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                text = file.read().split("\n")
            for number, arms in found.items():
                found[number] = fold(arms, text[number - 1])
        for number, kind in kinds_of(path).items():
            if kind == "assert":
                asserts += len(found.pop(number, []))
            else:
                missed[kind] += sum(not arm for arm in found.get(number, []))
    return asserts, missed


def main():
    lines, branches = collect()
    asserts, missed = leave_out_asserts(branches)
    table = {}
    rooms = collections.defaultdict(lambda: [0, 0, 0, 0])
    for path, found in lines.items():
        arms = [arm for arms in branches[path].values() for arm in arms]
        table[path] = [sum(n > 0 for n in found.values()), len(found),
                       sum(arms), len(arms)]
        parts = path.split("/")
        for room in ("all", "/".join(parts[:2]) if parts[0] == "src"
                     else parts[0]):
            rooms[room] = [a + b for a, b in zip(rooms[room], table[path])]
    for room in sorted(rooms):
        row = rooms[room]
        print(f"{room:22} lines {share(*row[:2])}   branches {share(*row[2:])}")
    print(f"left out: {asserts} branches of asserts; not run: {missed['TRY']} "
          f"of TRY, {missed['iclgd_fail_memory']} of lacking memory")
    worst = sorted(table, key=lambda path: table[path][0] - table[path][1])
    for path in worst if SHOWN == "all" else worst[:int(SHOWN)]:
        row = table[path]
        print(f"{path:42} {row[1] - row[0]:4} lines, {row[3] - row[2]:4} "
              "branches not run")
        if SHOWN == "all":
            print("   ", *(n for n, ran in sorted(lines[path].items())
                           if ran == 0))


if __name__ == "__main__":
    main()
