#!/usr/bin/python3
"""Whether two programs write the same numbers: every dataset and attribute of
the runs of some presets, compared bit by bit.

usage: same_numbers.py OLD_PROGRAM NEW_PROGRAM [PRESET ...]

Prints what differs, with the largest relative difference of the finite values;
exits 1 when a dataset is missing or new, or differs by more than rounding
(1e-9 of the largest value). For a change that must not move a number."""
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

PRESETS = ["quickstart", "ahn2023-gdpp", "looped-full", "symmetry-breaking",
           "vonoswald2022", "diabetes", "ahn2023-gd"]
# What tells the programs apart, and not the numbers.
LEFT_OUT = ("config", "code")
ROUNDING = 1e-9


def run(program, preset, path):
    subprocess.run([program, "run", preset, "--reproducible", "--force",
                    "--quiet", "-o", path], check=True, capture_output=True)


def contents(path):
    """{name: value} of every dataset and attribute."""
    out = {}

    def visit(name, item):
        if name.split("/")[1:2] and name.split("/")[1] in LEFT_OUT:
            return
        if isinstance(item, h5py.Dataset):
            out[name] = item[()]
        for key, value in item.attrs.items():
            if key not in ("DIMENSION_LIST", "REFERENCE_LIST"):
                out[f"{name}@{key}"] = value

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return out


def difference(old, new):
    """None: equal; a share of the largest value, or "shape", "text"."""
    old, new = np.asarray(old), np.asarray(new)
    if old.shape != new.shape:
        return "shape"
    if old.dtype.kind not in "fiu" or new.dtype.kind not in "fiu":
        return None if np.array_equal(old, new) else "text"
    old, new = old.astype(float), new.astype(float)
    if np.array_equal(old, new, equal_nan=True):
        return None
    finite = np.isfinite(old) & np.isfinite(new)
    if not np.array_equal(np.isnan(old), np.isnan(new)) or not np.array_equal(
            old[~finite & ~np.isnan(old)], new[~finite & ~np.isnan(new)]):
        return "not finite elsewhere"
    largest = np.abs(old[finite]).max(initial=0)
    return np.abs(old - new)[finite].max(initial=0) / (largest or 1)


def compare(preset, old, new):
    """Faults of one preset."""
    faults = 0
    for name in sorted(old.keys() | new.keys()):
        if name not in new or name not in old:
            print(f"{preset}: {name}: only {'new' if name in new else 'old'}")
            faults += name not in new
            continue
        off = difference(old[name], new[name])
        if off is None:
            continue
        print(f"{preset}: {name}: {off if isinstance(off, str) else f'{off:.1e}'}")
        faults += isinstance(off, str) or off > ROUNDING
    return faults


def main():
    old, new, *presets = sys.argv[1:]
    faults = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for preset in presets or PRESETS:
            files = [str(pathlib.Path(folder) / f"{k}.h5") for k in "01"]
            for program, path in zip((old, new), files):
                run(program, preset, path)
            before, after = (contents(path) for path in files)
            faults += compare(preset, before, after)
            count += len(before)
    print(f"{count} datasets and attributes, {faults} differ")
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
