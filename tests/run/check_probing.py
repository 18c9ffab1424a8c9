"""Probing in blocks: the same file for any number of threads, memory that does
not grow with the number of prompts, and a file of as many as are wanted.

    ICLGD_PROGRAM=iclgd python3 check_probing.py
"""
import os
import sys
import zlib

import h5py
import numpy as np

from program import (PROGRAM, datasets, expect, expect_same, main, must, run,
                     same)

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
    """Peak resident set of a run, in MB. Few algorithms: HDF5 caches where the
    chunks of each array are, up to a limit of its own."""
    words = ["run", *SMALL, f"probe.prompts={prompts}", "-o",
             f"{prompts}.h5", "reference.list=gd,gd_per_step,gdpp,least_squares"]
    child = os.posix_spawn(PROGRAM, [PROGRAM, *words], os.environ)
    _, status, usage = os.wait4(child, 0)
    expect(status == 0, f"{prompts} prompts: exit status {status}")
    os.remove(f"{prompts}.h5")
    return usage.ru_maxrss / 1024


def check_memory():
    """Errors alone, one double for each of 30 iterates and every prompt, would
    take 8 MB more for 36000 more prompts."""
    few, many = peak(12000), peak(48000)
    print(f"peak memory: {few:.1f} MB for 12000 prompts, {many:.1f} for 48000")
    expect(many < few + 4, f"memory grows with prompts: {few} to {many} MB")


PER_PROMPT = ("prompts/", "trajectories/")


def expect_stored(path, whole, count):
    """The file has the first `count` prompts of the whole one, if any, and all
    else to the last bit."""
    found, everything = datasets(path), datasets(whole)
    for name, values in everything.items():
        if name == "config/text":
            continue
        long = [k for k, extent in enumerate(values.shape) if extent == 700]
        if name.startswith(PER_PROMPT) and long:
            if count == 0:
                expect(name not in found, f"{path}: has {name}")
                continue
            values = np.take(values, range(count), axis=long[0])
        elif name not in found and count == 0 and name.startswith(PER_PROMPT):
            continue  # a scale of arrays that are not there
        expect(name in found and same(found[name], values),
               f"{path}: {name} is not that of {whole}")
    must("validate", "-q", path)


def expect_same_summary(path, whole):
    """What is printed comes from all prompts, and needs no trajectories."""
    for command in (["show"], ["show", "--json"], ["plot"],
                    ["plot", "--what", "median"]):
        printed = [must(*command, name).stdout.replace(name, "run.h5")
                   for name in (path, whole)]
        for words in ("sample:300", "summary", "all"):
            printed = [text.replace(f'"probe.store": "{words}"', "")
                       for text in printed]
        expect(printed[0] == printed[1],
               f"{path}: {' '.join(command)} differs from that of {whole}")


def check_store():
    """A sample that cuts a block, and no prompts at all."""
    few = [*SMALL, "probe.prompts=700"]
    must("run", *few, "-o", "all.h5")
    for how, count in (("sample:300", 300), ("summary", 0)):
        path = f"{how.split(':')[0]}.h5"
        must("run", *few, f"probe.store={how}", "-o", path)
        expect_stored(path, "all.h5", count)
        expect_same_summary(path, "all.h5")
        expect(os.path.getsize(path) < os.path.getsize("all.h5"),
               f"{path} is not smaller than all.h5")
    must("run", *few, "probe.store=sample", "-o", "first.h5")
    expect_stored("first.h5", "all.h5", 700)  # fewer than 1000
    must("probe", "all.h5", "--prompts", "sample.h5", "-q", "-o", "again.h5")
    with h5py.File("again.h5") as file:  # a fifth, 50 at most, for step sizes
        expect(file["entry/prompts"].attrs["count"] == 250, "prompts given")
    refused = run("probe", "all.h5", "--prompts", "summary.h5", "-o", "no.h5")
    expect(refused.returncode == 3 and "/entry/prompts/x" in refused.stderr,
           f"a file without prompts: {refused.stderr.strip()}")


def check_size():
    """Doubles that are shuffled and compressed, below plain gzip of them."""
    must("run", "prompt.d=20", "prompt.n=40", "model.loops=5", "train.steps=0",
         "probe.prompts=512", "probe.steps=50", "probe.list=alignment",
         "reference.list=gd", "-q", "-o", "size.h5")
    with h5py.File("size.h5") as file:
        weight = file["entry/trajectories/gd/weight"]
        stored = weight.id.get_storage_size()
        plain = len(zlib.compress(weight[()].tobytes(), 4))
    expect(stored < plain, f"trajectories: {stored} bytes, by gzip {plain}")


def check_keys():
    """What a trained transformer computes may not be changed."""
    few = ["reference.list=gd", "probe.list=alignment", *SMALL]
    must("run", "model.architecture=transformer", *few, "-o", "trained.h5")
    for key in "attention=linear", "mask=none", "residual=0.5":
        told = must("probe", "trained.h5", f"model.{key}", *few,
                    "-o", "other.h5", code=2).stderr
        expect(f"model.{key.replace('=', ' = ')}: trained.h5 has" in told, told)
    must("probe", "trained.h5", "model.attention=softmax", "model.loops=2",
         *few, "-o", "other.h5")


def check_points():
    """Tables of positions serve as many points as in training, and fewer."""
    few = ["reference.list=gd", "probe.list=alignment", *SMALL]
    must("run", "model.architecture=transformer", "model.width=4",
         "model.positions=learned", *few, "-o", "table.h5")
    must("probe", "table.h5", *few, "prompt.n=2", "-o", "fewer.h5")
    must("probe", "fewer.h5", *few, "prompt.n=3", "-o", "as_many.h5")
    told = must("probe", "table.h5", *few, "prompt.n=4", "-o", "more.h5",
                code=2).stderr
    expect("up to 3 points" in told, told)


if __name__ == "__main__":
    sys.exit(main(check_threads, check_memory, check_store,
                  check_size, check_keys, check_points))
