"""Published experiments, run from their presets: what they must show.

    python3 slow_presets.py ICLGD

vonoswald2022: one layer trained on all weights is one step of gradient descent.
  A within 2% of eta* I, eta* = 6.0606 (O1 for uniform inputs); the loss ratio to
  one step of GD, paired on the same prompts, within two standard errors of 1;
  sensitivity cosine above 0.999; the loss of the step itself is 2 x 0.2062, the
  figure of the paper in our convention, within three standard errors.
zhang2023: one layer with full P and Q converges to Gamma^-1 (O1), within 2%.
ahn2023-gd: three layers learn the O4 steps, within 5% (clipped gradients, as in
  the paper, bias the mean a little), and match them layer by layer.
"""
import json
import subprocess
import sys
import tempfile


def run(program, preset, *changes):
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run(
            [program, "run", preset, *changes, "--json", "--quiet",
             "-o", f"{folder}/run.h5", "train.threads=2"],
            check=True, capture_output=True, text=True).stdout
    summary = json.loads(out)
    summary["rows"] = {row["name"]: row for row in summary["oracle"]}
    summary["paths"] = {path["name"]: path for path in summary["algorithms"]}
    return summary


def close(name, measured, expected, tolerance):
    off = abs(measured - expected)
    print(f"  {name}: {measured:.6g}, expected {expected:.6g} +- {tolerance:.2g}")
    assert off <= tolerance, name


def vonoswald(program):
    s = run(program, "vonoswald2022")
    eta = s["rows"]["eta"]
    close("eta*", eta["expected"], 6.0606, 1e-4)
    close("mean diagonal of A", eta["measured"], eta["expected"], 0.02 * 6.0606)
    close("distance of A to a multiple of I",
          s["structure"]["distance_to_identity"][0], 0, 0.02)
    ratio = s["rows"]["ratio_gd"]
    close("paired loss ratio", ratio["measured"], 1,
          2 * ratio["standard_error"])
    gd = s["paths"]["gd"]
    close("1 - cosine", 1 - gd["sensitivity_cosine"][1], 0, 0.001)
    close("half the loss of one step", gd["loss"][1] / 2, 0.2062,
          3 * gd["standard_error"][1] / 2)


def zhang(program):
    s = run(program, "zhang2023")
    close("|A - A*| / |A*|", s["rows"]["distance_to_optimum"]["measured"], 0,
          0.02)


def ahn(program):
    s = run(program, "ahn2023-gd")
    for k in (1, 2, 3):
        row = s["rows"][f"eta_{k}"]
        close(row["statement"], row["measured"], row["expected"],
              0.05 * row["expected"])
    assert s["paths"]["pgd_per_step"]["best_step"][1:] == [1, 2, 3]


if __name__ == "__main__":
    for experiment in (vonoswald, zhang, ahn):
        print(experiment.__name__)
        experiment(sys.argv[1])
