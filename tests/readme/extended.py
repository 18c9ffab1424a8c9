#!/usr/bin/python3
"""Does a program with the probe and the algorithm of CONTRIBUTING.md know them
everywhere, without another line of code?

usage: extended.py PROGRAM
"""
import os
import subprocess
import sys
import tempfile

RUN = ("iclgd run quickstart train.steps=20 train.batch=32 probe.prompts=60 "
       "reference.tune_prompts=60 length.power=2")
WANTED = [  # command, a text that it must print
    (RUN, "Mean |w|^p at the last layer"),
    ("iclgd show quickstart.h5 --all", "GD, steps eta / k"),
    ("iclgd show quickstart.h5 length", "How long the implied weight is"),
    ("iclgd show quickstart.h5 --json", '"length"'),
    ("iclgd validate quickstart.h5", ""),
    ("iclgd plot quickstart.h5 --algorithms decay -o loss.svg && cat loss.svg",
     "GD, steps eta / k"),
    ("iclgd plot quickstart.h5 --what alignment/decay", "GD, steps eta / k"),
    ("iclgd report quickstart.h5 && cat quickstart.html", "Length of w"),
    ("cat quickstart.html", "GD, steps eta / k"),
    ("iclgd export quickstart.h5 --list", "length"),
    ("iclgd export quickstart.h5 --what length/mean", "mean"),
    ("iclgd export quickstart.h5 --what trajectories/decay/weight", "weight"),
    ("iclgd keys length", "length.power = 1"),
    ("iclgd schema length", "mean |w|^p"),
    ("iclgd probes length decay", "how long is the implied weight"),
    ("iclgd probes decay", "(eta / k)"),
    ("iclgd man", "length.power"),
]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/bin")
        os.symlink(os.path.abspath(sys.argv[1]), f"{folder}/bin/iclgd")
        environment = dict(os.environ, NO_COLOR="1", COLUMNS="80",
                           PATH=f"{folder}/bin:{os.environ['PATH']}")
        for command, text in WANTED:
            done = subprocess.run(command, shell=True, cwd=folder, text=True,
                                  env=environment, capture_output=True)
            if done.returncode != 0:
                print(f"{command}: exit {done.returncode}: {done.stderr}")
            elif text not in done.stdout:
                print(f"{command}: nothing of '{text}'")
            else:
                continue
            faults += 1
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
