#!/usr/bin/env python3
"""Do PyTorch and JAX compute the same transformers?

usage: check_stacks.py

In double precision, on the same few prompts, for every shape: loss and every
array of the gradient, to 1e-10 of its largest entry. Exit code 1 at a
difference, 77 where either is not installed.
"""
import dataclasses
import sys

import numpy as np

from stacks import STACKS

TOLERANCE = 1e-10
PROMPTS = 3

try:
    import stack_jax
    import stack_torch
except ImportError as missing:
    print(f"not installed ({missing})")
    sys.exit(77)


def differs(a, b):
    return np.max(np.abs(a - b)) / max(np.max(np.abs(a)), 1e-300)


def faults_of(stack):
    random = np.random.default_rng(1)
    theta = {name: centre + 0.2 * random.standard_normal(extents)
             for name, (extents, centre) in stack.arrays().items()}
    x = random.standard_normal((PROMPTS, stack.n + 1, stack.d))
    w = random.standard_normal((PROMPTS, stack.d, 1))
    (one, slope), (two, other) = (
        library.gradient(stack, theta, x, w)
        for library in (stack_torch, stack_jax))
    errors = {"loss": abs(one - two) / abs(one)}
    for name, array in slope.items():
        # the scores do not change with b_K: its gradient is rounding
        if name != "b_K":
            errors[name] = differs(array, other[name])
    return [f"{stack.name}: {name} differs by {error:.1e}"
            for name, error in errors.items() if not error <= TOLERANCE]


found = [fault for stack in STACKS.values() for fault in faults_of(
    dataclasses.replace(stack, batch=PROMPTS))]
print(*found, f"{len(STACKS)} transformers, {len(found)} faults", sep="\n")
sys.exit(1 if found else 0)
