"""Probing in blocks: the same file for any number of threads, and memory that
does not grow with the number of prompts.

    ICLGD_PROGRAM=iclgd python3 check_probing.py
"""
import os
import sys

from program import PROGRAM, expect, expect_same, main, must

SMALL = ["prompt.d=2", "prompt.n=3", "prompt.noise=0.1", "model.loops=2",
         "train.steps=0", "reference.tune_prompts=50", "probe.steps=10",
         "probe.quantile_prompts=100", "-q"]


def check_threads():
    """More prompts than a block has, and not a multiple of it."""
    for threads in (1, 2, 3):
        must("run", *SMALL, "probe.prompts=700", f"train.threads={threads}",
             "-o", f"{threads}.h5")
    expect_same("two threads", "1.h5", "2.h5")
    expect_same("three threads", "1.h5", "3.h5")


def peak(prompts):
    """Peak resident set of a run, in MB."""
    words = ["run", *SMALL, f"probe.prompts={prompts}", "-o",
             f"{prompts}.h5"]
    child = os.posix_spawn(PROGRAM, [PROGRAM, *words], os.environ)
    _, status, usage = os.wait4(child, 0)
    expect(status == 0, f"{prompts} prompts: exit status {status}")
    os.remove(f"{prompts}.h5")
    return usage.ru_maxrss / 1024


def check_memory():
    """Errors alone, one double per iterate and prompt, would take 15 MB more
    for 36000 more prompts."""
    few, many = peak(12000), peak(48000)
    print(f"peak memory: {few:.1f} MB for 12000 prompts, {many:.1f} for 48000")
    expect(many < few + 4, f"memory grows with prompts: {few} to {many} MB")


if __name__ == "__main__":
    sys.exit(main(check_threads, check_memory))
