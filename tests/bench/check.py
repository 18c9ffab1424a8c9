#!/usr/bin/env python3
"""Do all forms of a peer compute the same loss and gradient?

usage: check.py [numpy] [torch] [jax]     (default: all that are installed)

In double precision, on the same prompts, for every shape (with few prompts):
the loss against the token equation written out for one prompt at a time, the
gradient against its derivative along random directions by a complex step,

    d/dh loss(theta + h v) = Im loss(theta + i h v) / h,  h = 1e-30,

which has no truncation error, and the whole gradients against each other. One
line per library; exit code 1 at a difference, 77 without any library.
"""
import dataclasses
import importlib
import sys

import numpy as np

from problem import SHAPES

TOLERANCE = 1e-10
DIRECTIONS = 6
PROMPTS = 4


def reference_loss(shape, theta, Zt, target):
    """The mean square, every prompt by Z <- Z + (1/n) P Z M (Z^T Q Z)."""
    mask = np.diag([1.0] * shape.n + [0.0])
    total = 0
    for Z, y in zip(Zt.swapaxes(1, 2).astype(theta.dtype), target[:, 0, 0]):
        for l in range(shape.depth):
            P, Q = theta[:, l % shape.layers]
            Z = Z + P @ Z @ mask @ (Z.T @ Q @ Z) / shape.n
        total += (-Z[shape.d, shape.n] - y) ** 2
    return total / len(Zt)


def problem_of(shape, random):
    """Parameters large enough that every layer matters, and prompts."""
    theta = random.standard_normal(shape.parameters) * 0.3 / shape.D
    x = random.standard_normal((shape.batch, shape.n + 1, shape.d))
    y = x @ random.standard_normal((shape.batch, shape.d, 1))
    target = y[:, -1:].copy()
    y[:, -1] = 0
    return theta, np.concatenate((x, y), 2), target


def slopes_of(shape, theta, Zt, target, directions):
    return np.array([
        reference_loss(shape, theta + 1e-30j * v, Zt, target).imag / 1e-30
        for v in directions])


def differs(found, expected):
    """The largest difference, relative to the largest value."""
    return np.max(np.abs(found - expected)) / np.max(np.abs(expected))


def check(peer):
    """The faults of a library, and how many comparisons were made."""
    faults, compared = [], 0
    for shape in SHAPES.values():
        random = np.random.default_rng(1)
        shape = dataclasses.replace(shape, batch=PROMPTS)
        problem = problem_of(shape, random)
        directions = random.standard_normal((DIRECTIONS, *shape.parameters))
        loss = reference_loss(shape, *problem)
        slopes = slopes_of(shape, *problem, directions)
        whole = None
        for form in peer.forms(shape):
            found, gradient = map(np.asarray,
                                  peer.gradient(form, shape, *problem))
            whole = gradient if whole is None else whole
            errors = {"loss": differs(found, loss),
                      "gradient": differs(np.tensordot(directions, gradient,
                                                       4), slopes),
                      "whole gradient": differs(gradient, whole)}
            compared += len(errors)
            faults += [f"shape {shape.name}, {form}: {what} differs by "
                       f"{error:.1e}" for what, error in errors.items()
                       if not error <= TOLERANCE]
    return faults, compared


def main(libraries):
    wrong, checked = [], 0
    for library in libraries or ["numpy", "torch", "jax"]:
        try:
            peer = importlib.import_module(f"peer_{library}").Peer(1)
        except ImportError as missing:
            print(f"{library}: not installed ({missing})")
            continue
        faults, compared = check(peer)
        print(*faults, sep="\n", end="\n" if faults else "")
        print(f"{library}: {compared} comparisons, {len(faults)} faults")
        wrong, checked = wrong + faults, checked + compared
    return 1 if wrong else 0 if checked else 77


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
