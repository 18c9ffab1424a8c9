"""Do the printed intervals cover, and is what cannot be measured said to be so?

    python3 long_coverage.py ICLGD [SEEDS]

Two step sizes of gradient descent, d = 5, n = 20, on 2000 prompts of a file
that does not say their law: after 1, 3, 5 and 10 steps the means of both
risks and the paired ratio, beside exact values from the moments of the Wishart
distribution (docs/theory.md, O2). Of what is printed with an error at least
90% covers it within 1.96 of them; what is not is called unmeasurable. One step is printed for nine seeds of ten, ten steps for none.
The interval of the median log ratio is held against the mean of all seeds.
"""
import functools
import math
import subprocess
import sys
import tempfile
from fractions import Fraction

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

D, N, ETA = 5, 20, Fraction(3, 5)


@functools.lru_cache(maxsize=None)
def moment(powers):
    """E prod_i tr W^(powers_i), W = sum of N outer products of N(0, I)."""
    powers = tuple(sorted(powers, reverse=True))
    while powers and powers[-1] == 0:
        return D * moment(powers[:-1])
    if not powers:
        return 1
    k, rest = powers[0], powers[1:]
    total = (N + k - 1) * moment(tuple(sorted((k - 1, *rest), reverse=True)))
    for j in range(k - 1):
        total += moment(tuple(sorted((j + 1, k - 2 - j, *rest), reverse=True)))
    for i, a in enumerate(rest):
        others = rest[:i] + rest[i + 1:]
        total += 2 * a * moment(
            tuple(sorted((k + a - 1, *others), reverse=True)))
    return total


def loss(eta, steps):
    """E tr (I - eta W / N)^(2 steps), w ~ N(0, I)."""
    return float(sum(
        math.comb(2 * steps, j) * (-Fraction(eta) / N) ** j * moment((j,))
        for j in range(2 * steps + 1)))


def measure(program, steps, seed):
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"check": True, "capture_output": True}
        subprocess.run([program, "generate", f"prompt.d={D}", f"prompt.n={N}",
                        "probe.prompts=5000", f"seed={seed}", "-q", "-o",
                        f"{folder}/prompts.h5"], **quiet)
        with h5py.File(f"{folder}/prompts.h5", "r+") as file:
            for law in ("law_x", "law_w", "law_w_scale", "law_noise"):
                del file["entry/prompts"].attrs[law]
        subprocess.run([program, "run", "--prompts", f"{folder}/prompts.h5",
                        "train.steps=0", f"model.loops={steps}",
                        f"model.init=gd:{float(ETA)}", "reference.list=gd",
                        f"reference.eta={0.7 if steps < 10 else 0.55}",
                        "probe.list=structure", "probe.store=summary", "-q",
                        "-o", f"{folder}/run.h5"], **quiet)
        with h5py.File(f"{folder}/run.h5") as file:
            entry = file["entry"]
            rows = {name.decode(): i
                    for i, name in enumerate(entry["oracle/name"])}
            found = {name: [entry[f"oracle/{leaf}"][row] for leaf in
                            ("kind", "measured", "standard_error")]
                     for name, row in rows.items()}
            losses = entry["trajectories_loss"]
            for who in ("model", "gd"):
                found[who] = [
                    b"paired" if losses[f"{who}_measurable"][steps]
                    else b"unmeasurable",
                    losses[f"{who}_risk"][steps],
                    losses[f"{who}_risk_errors"][steps]]
            return found


def report(name, steps, found, exact):
    """How many are printed, and how many of these cover."""
    printed = [(value, error) for kind, value, error in found
               if kind == b"paired"]
    covering = sum(abs(value - exact) <= 1.96 * error
                   for value, error in printed)
    naive = np.isfinite([value for _, value, _ in found]).sum()
    print(f"{steps:3} {name:14} exact {exact:9.5g}: {len(printed)} of "
          f"{len(found)} printed, {covering} cover ({naive} finite)")
    # All misses count, so that few that are printed cannot hide; of few seeds
    # or few printed, three standard deviations of a count at 90% more.
    def most(count):
        return 0.1 * count + (3 * math.sqrt(0.09 * count) if count < 100
                              else 0)
    missing = len(printed) - covering
    assert missing <= min(most(len(printed)), most(len(found))), name
    return len(printed) / len(found)


def main(program, seeds):
    for steps in (1, 3, 5, 10):
        other = Fraction(7, 10) if steps < 10 else Fraction(55, 100)
        runs = [measure(program, steps, seed) for seed in range(seeds)]
        exact = {"model": loss(ETA, steps), "gd": loss(other, steps)}
        exact["ratio_gd"] = exact["model"] / exact["gd"]
        for name, value in exact.items():
            share = report(name, steps, [run[name] for run in runs], value)
            assert steps > 1 or share >= 0.8, f"{name} is measurable"
            assert steps < 10 or share == 0, f"{name} is not measurable"
        middle = [run["log_ratio_gd"] for run in runs]
        centre = np.mean([value for _, value, _ in middle])
        report("log_ratio_gd", steps, middle, centre)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 25)
