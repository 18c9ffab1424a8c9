"""The analyser of gcc finds nothing in src/ and probes/: no leak, nothing freed
twice or used after it, no file left open. Off are two of its checks, which are
wrong here throughout: that a look-up in one's own table may be NULL (gcc 12 does
not go by asserts), and that arrays are not filled by functions that fill them.

    analyze.py BUILD
"""
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

CHECKS = ["-O1", "-fanalyzer", "-Wno-analyzer-null-dereference",
          "-Wno-analyzer-use-of-uninitialized-value",
          "-Wno-analyzer-too-complex", "-o", os.devnull]


def commands(build):
    """The first of every source: kernels are compiled once per processor."""
    found = {}
    with open(os.path.join(build, "compile_commands.json")) as file:
        for entry in json.load(file):
            if re.search(r"(?<!/tests)/(src|probes)/", entry["file"]) and \
                    "/extended/" not in entry["file"]:
                found.setdefault(entry["file"], entry)
    return found.values()


def analyse(entry):
    words = shlex.split(entry["command"])
    while not words[0].endswith(("cc", "gcc")) or "ccache" in words[0]:
        words.pop(0)
    out = words.index("-o")
    done = subprocess.run(["gcc", *words[1:out], *words[out + 2:], *CHECKS],
                          cwd=entry["directory"], capture_output=True,
                          text=True, check=False)
    return [line for line in done.stderr.splitlines()
            if "warning:" in line or "error:" in line]


if not shutil.which("gcc"):
    print("gcc is not installed")
    sys.exit(77)
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    lines = [line for some in pool.map(analyse, commands(sys.argv[1]))
             for line in some]
print("\n".join(lines))
sys.exit(bool(lines))
