#!/usr/bin/env python3
"""Does compare.py print what it measured, without the rounds that something
disturbed? With NumPy and a program in place of iclgd that answers a known time,
and on every third call another one and a lower peak. Exit code 77 where NumPy
is missing."""
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

STUB = """#!{python}
import json, pathlib, sys
calls = pathlib.Path(__file__ + ".calls")
count = len(calls.read_text()) if calls.exists() else 0
calls.write_text("." * (count + 1))
slow = count % 3 == 0
command, shape, threads, seconds, form = sys.argv[1:]
assert (command, form) == ("bench", "--json"), sys.argv
assert seconds.startswith("seconds="), sys.argv
entry = {{"name": shape, "threads": int(threads.removeprefix("threads="))}}
print(json.dumps({{"shapes": [
    dict(entry, precision=precision, sampler=sampler,
         ms_per_step=9 if slow else ms, peak_gflops=96 if slow else 100)
    for precision, sampler, ms in [("single", "tokens", 0.5),
                                   ("single", "wishart", 0.25),
                                   ("double", "tokens", 4.0)]]}}))
"""


def compared(folder):
    """The table and the JSON of a short comparison."""
    stub, kept = folder / "iclgd", folder / "all.json"
    stub.write_text(STUB.format(python=sys.executable))
    stub.chmod(0o755)
    here = pathlib.Path(__file__).resolve().parent
    done = subprocess.run(
        [sys.executable, here / "compare.py", "--python", sys.executable,
         "--program", stub, "--cache", folder, "--json", kept, "--shapes",
         "a", "--libraries", "numpy", "--threads", "1", "--rounds", "5",
         "--seconds", "0.01"], text=True, capture_output=True, check=True)
    return done.stdout, json.loads(kept.read_text())


def main():
    if not importlib.util.find_spec("numpy"):
        print("skipped: no NumPy")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        text, kept = compared(pathlib.Path(folder))
    (shape,) = kept["shapes"]
    (peer, ms), = shape["peers_ms"].items()
    expected = (f"| a | 1 | 0.5 / 0.25 | {ms:.3g} | {peer} | {ms / 0.5:.3g} / "
                f"{ms / 0.25:.3g} | - | - | - |")
    left = "are: a with 1 1 of 5"  # calls 1 to 5, after one to warm up
    print(text)
    if (expected in text.splitlines() and left in text and kept["libraries"]
            and ms > 0):
        return 0
    print("expected the row:", expected, "and:", left, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
