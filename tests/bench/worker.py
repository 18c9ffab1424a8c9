"""One library in a process of its own, told by lines what to time.

usage: worker.py numpy|torch|jax THREADS

    about            -> {"library": ..., "version": ...}
    forms SHAPE      -> ["mode:form:layout", ...]
    run SHAPE FORM K -> milliseconds per step, over K steps
    (anything that fails -> {"error": ...})
"""
import importlib
import json
import os
import sys
import time

from problem import SHAPES
from stacks import STACKS


class StackPeer:
    """The transformers of a library; NumPy has none."""

    def __init__(self, library):
        try:
            self.module = importlib.import_module(f"stack_{library}")
        except ModuleNotFoundError:
            self.module = None

    def forms(self, stack):
        return [f"{mode}:stack" for mode in getattr(self.module, "MODES", ())]

    def steps(self, form, stack):
        return self.module.steps(form.split(":")[0], stack)


def answer(peers, runs, words):
    if words[0] == "about":
        return peers[0].about()
    peer = peers[words[1] in STACKS]
    shape = (STACKS if words[1] in STACKS else SHAPES)[words[1]]
    if words[0] == "forms":
        return peer.forms(shape)
    form, count = words[2], int(words[3])
    if (shape, form) not in runs:
        runs[shape, form] = peer.steps(form, shape)
    start = time.perf_counter()
    runs[shape, form](count)
    return 1e3 * (time.perf_counter() - start) / count


def main(library, threads):
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    peers = (importlib.import_module(f"peer_{library}").Peer(int(threads)),
             StackPeer(library))
    runs = {}
    for line in sys.stdin:
        try:
            text = json.dumps(answer(peers, runs, line.split()))
        except Exception as fault:  # a form that cannot run is no peer
            text = json.dumps({"error": f"{type(fault).__name__}: {fault}"})
        print(text, file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
