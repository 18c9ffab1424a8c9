"""Runs that are killed at random instants and go on with --resume end in the
bytes of one that was not.

    ICLGD_PROGRAM=iclgd python3 check_resume.py [KILLS]
"""
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

from program import PROGRAM, expect, fault, h5py, main, must

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
COMMON = ["--reproducible", "-q", "train.eval_prompts=64", "probe.prompts=60",
          "train.batch=256", "probe.wide_prompts=0", "probe.list=alignment",
          "reference.list=least_squares"]
# What state there is beside weights: moments, the mean of late weights, growth,
# a second seed, a live file, prompts of a file, a search that starts anew.
RUNS = {
    "adam": ["quickstart", "train.steps=1500", "seeds=2"],
    "grows": ["quickstart", "train.steps=1200", "train.average=0.25",
              "train.curriculum_n=from:4,2,100", "prompt.sampler=tokens",
              "train.optimizer=adamw",
              "train.weight_decay=0.01"],
    "watched": ["looped", "train.steps=400", "--watchable"],
    "transformer": ["model.architecture=transformer", "prompt.d=3",
                    "prompt.n=6", "model.width=16", "model.layers=2",
                    "train.steps=300", "train.optimizer=sgd",
                    "train.lr=0.001"],
    "search": ["quickstart", "train.optimizer=lbfgs", "train.steps=150",
               "seeds=3"],
}


def command(name, output, *more):
    return [PROGRAM, "run", *RUNS[name], *COMMON, "-o", output, *more]


def whole(name):
    """The bytes, and the seconds it took."""
    begun = time.monotonic()
    done = subprocess.run(command(name, "whole.h5", "--force"), check=False,
                          capture_output=True, text=True)
    expect(done.returncode == 0, f"{name}: {done.stderr}")
    took = time.monotonic() - begun
    with open("whole.h5", "rb") as file:
        return file.read(), took


def kill_at_random(name, kills, number, chance):
    """Kill, go on, kill ..; then let it end. How many were killed."""
    expected, took = whole(name)
    killed = 0
    while killed < kills:
        for rest in ("cut.h5", "cut.h5.checkpoint", "cut.h5.checkpoint.old"):
            if os.path.exists(rest):
                os.remove(rest)
        for _ in range(kills):
            # So short that instants fall into writing and renaming, too.
            child = subprocess.Popen(
                command(name, "cut.h5", "--resume", "checkpoint.seconds="
                        + chance.choice(("1e-6", "0.01", "60"))),
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                child.wait(chance.uniform(0.02, 1.2 * took))
            except subprocess.TimeoutExpired:
                child.send_signal(number)
                killed += 1
            error = child.communicate()[1]
            expect(child.returncode in (0, -number, 128 + number),
                   f"{name}: {child.returncode} {error}")
            if child.returncode == 0:
                break
        else:
            must(*command(name, "cut.h5", "--resume")[1:])
        with open("cut.h5", "rb") as file:
            expect(file.read() == expected, f"{name}: other bytes")
        left = set(os.listdir(".")) - {"whole.h5", "cut.h5"}
        expect(not left, f"{name}: leaves {left}")
    return killed


def check_kills():
    chance = random.Random(20261128)
    each = max(1, KILLS // (2 * len(RUNS)))
    asked = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    for i, name in enumerate(RUNS):
        for number in (signal.SIGKILL, asked[i % len(asked)]):
            kill_at_random(name, each, number, chance)


def clear():
    for name in os.listdir("."):
        os.remove(name)


def has(name, path):
    """Whether a file that may be there has an object, at this instant."""
    try:
        with h5py.File(name) as file:
            return path in file
    except OSError:
        return False


def wait_for(child, condition):
    while not condition() and child.poll() is None:
        time.sleep(0.01)
    expect(child.poll() is None, f"over too soon: {child.poll()}")


def begin(*words):
    return subprocess.Popen([PROGRAM, *words], stderr=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, text=True)


def expect_whole(what):
    with open("whole.h5", "rb") as one, open("cut.h5", "rb") as other:
        expect(one.read() == other.read(), f"{what}: other bytes")
    left = set(os.listdir(".")) - {"whole.h5", "cut.h5"}
    expect(not left, f"{what}: leaves {left}")


def check_signals():
    """Who asks a training to end gets a checkpoint, whatever is the signal."""
    words = ["run", "quickstart", *COMMON, "train.steps=1500", "seeds=2"]
    must(*words, "-o", "whole.h5")
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        child = begin(*words, "-o", "cut.h5", "--force",
                      "checkpoint.seconds=1e-6")
        wait_for(child, lambda: os.path.exists("cut.h5.checkpoint.old"))
        child.send_signal(number)
        error = child.communicate()[1]
        expect(child.returncode == 128 + number and "--resume" in error
               and "stopped while training" in error,
               f"{number}: {child.returncode} {error}")
        must(*words, "-o", "cut.h5", "--resume")
        expect_whole(f"signal {number}")
        os.remove("cut.h5")
    clear()


def check_probing_stopped():
    """A training that is over, and was too short for a checkpoint, is not lost
    when probing is stopped."""
    words = ["run", "quickstart", *COMMON[:2], "train.steps=60",
             "train.eval_prompts=64", "probe.prompts=5000",
             "probe.list=alignment", "reference.list=least_squares"]
    must(*words, "-o", "whole.h5")
    child = begin(*words, "-o", "cut.h5", "--watchable")
    wait_for(child, lambda: has("cut.h5", "entry/model"))
    child.send_signal(signal.SIGHUP)
    error = child.communicate()[1]
    expect(child.returncode == 128 + signal.SIGHUP
           and "the file has the trained model" in error
           and "--resume goes on" in error, f"{child.returncode} {error}")
    with h5py.File("cut.h5.checkpoint") as file:
        expect(file["entry/checkpoint"].attrs["done"] == 1,
               "the training is not kept")
    must(*words, "-o", "cut.h5", "--resume")
    expect_whole("watched")
    os.remove("cut.h5")
    clear()


def check_memory():
    """Where memory runs out, what was kept stays, and is gone on from. The
    HDF5 library may crash then (1.10: H5AC_create, heaps after a failed
    allocation), which ends the process, and not what it had kept."""
    words = ["run", "quickstart", *COMMON, "train.steps=10000"]
    crashes = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS)
    little = (400 << 20, 400 << 20)
    if subprocess.run([PROGRAM, "--version"], capture_output=True, check=False,
                      preexec_fn=lambda: resource.setrlimit(
                          resource.RLIMIT_AS, little)).returncode:
        return  # a sanitizer needs more to begin with, and ends without memory
    must(*words, "-o", "whole.h5")
    for _ in range(3):
        child = begin(*words, "-o", "cut.h5", "checkpoint.seconds=0.02")
        wait_for(child, lambda: os.path.exists("cut.h5.checkpoint.old"))
        resource.prlimit(child.pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))
        error = child.communicate()[1]
        expect(child.returncode in crashes
               or child.returncode == 1 and error.startswith("iclgd: ")
               and error.count("\n") == 1, f"{child.returncode} {error}")
        expect(not os.path.exists("cut.h5"), "a file of half a run")
        expect(os.path.exists("cut.h5.checkpoint")
               or os.path.exists("cut.h5.checkpoint.old"), "nothing is kept")
        must(*words, "-o", "cut.h5", "--resume")
        expect_whole("no memory")
        os.remove("cut.h5")
    clear()


def stopped(*more):
    """Stopped in training, with a checkpoint."""
    child = subprocess.Popen(
        [PROGRAM, "run", "quickstart", "train.steps=10000000", *COMMON, *more,
         "-o", "long.h5", "checkpoint.seconds=0.05"], stderr=subprocess.PIPE,
        text=True)
    while not os.path.exists("long.h5.checkpoint.old"):
        time.sleep(0.01)
    child.send_signal(signal.SIGTERM)
    error = child.communicate()[1]
    expect(child.returncode == 128 + signal.SIGTERM and "--resume" in error
           and error.count("\n") == 1, f"stopped: {child.returncode} {error}")


def check_words():
    """What is said where a checkpoint stands."""
    long = ["run", "quickstart", "train.steps=10000000", *COMMON, "-o",
            "long.h5"]
    stopped()
    done = must(*long, code=2)
    expect("--resume" in done.stderr and "--force" in done.stderr, done.stderr)
    done = must(*long, "--resume", "train.lr=0.02", code=2)
    expect("train.lr" in done.stderr and "other settings" in done.stderr,
           done.stderr)
    shutil.copy("long.h5.checkpoint", "kept")
    with h5py.File("long.h5.checkpoint") as file:
        step = file["entry/checkpoint/trainer"][0]
    with open("long.h5.checkpoint", "r+b") as file:
        file.truncate(1000)  # then the older one is as good
    must("run", "quickstart", *COMMON, "-o", "short.h5", "train.steps=50")
    done = must("run", "quickstart", *COMMON, "-o", "short.h5",
                "train.steps=50", "--resume")
    expect(not done.stdout and not done.stderr, "what is whole is left alone")
    done = must("run", "quickstart", *COMMON, "-o", "short.h5",
                "train.steps=60", "--resume", code=2)
    expect("train.steps" in done.stderr, done.stderr)
    child = subprocess.Popen([PROGRAM, *long, "--resume",
                              "checkpoint.seconds=0.05"])
    while os.path.getsize("long.h5.checkpoint") == 1000:
        if child.poll() is not None:
            fault("the older checkpoint is not used")
            break
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    child.wait()
    with h5py.File("long.h5.checkpoint") as file:
        expect(file["entry/checkpoint/trainer"][0] > step / 4,
               "it has begun anew")
    with h5py.File("kept", "r+") as file:
        file["entry/checkpoint/trainer"][0] = -1
    os.replace("kept", "long.h5.checkpoint")
    done = must(*long, "--resume", code=3)
    expect("trainer" in done.stderr, done.stderr)
    clear()


def check_old():
    """A newer checkpoint that is damaged is not put in the place of the older
    one that is sound, not even when it opens."""
    stopped()
    with open("long.h5.checkpoint.old", "rb") as file:
        sound = file.read()
    with h5py.File("long.h5.checkpoint", "r+") as file:
        del file["entry/checkpoint"].attrs["prompts"]
    child = subprocess.Popen(
        [PROGRAM, "run", "quickstart", "train.steps=10000000", *COMMON, "-o",
         "long.h5", "--resume", "--watchable"], stderr=subprocess.PIPE)
    while not os.path.exists("long.h5") and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGTERM)
    child.communicate()
    expect(child.returncode == 128 + signal.SIGTERM,
           f"a checkpoint that lacks something: {child.returncode}")
    with open("long.h5.checkpoint.old", "rb") as file:
        expect(file.read() == sound, "the sound one has given way")
    with h5py.File("long.h5.checkpoint") as file:
        expect("prompts" in file["entry/checkpoint"].attrs, "still damaged")
    clear()


def check_complete():
    """Nothing is done where all is done, and only there; one that diverged says
    so each time."""
    words = ["quickstart", *COMMON, "train.steps=2000"]
    for more in ((), ("--resume",)):
        must("train", *words, "train.optimizer=sgd", "train.lr=1000", "-o",
             "d.h5", *more, code=4)
    os.remove("d.h5")
    must("train", *words, "-o", "e.h5")
    must("train", *words, "-o", "e.h5", "--resume")
    done = must("run", *words, "-o", "e.h5", "--resume", code=2)
    expect("exists already" in done.stderr, f"no probes: {done.stderr}")
    must("probe", "e.h5", "-q", "-o", "p.h5")
    must("probe", "e.h5", "-q", "-o", "p.h5", "--resume")
    must("probe", "e.h5", "-q", "--step", "0", "-o", "p.h5", "--resume", code=2)
    # Killed when the file had its name, and the checkpoint was still there.
    os.remove("e.h5")
    child = subprocess.Popen([PROGRAM, "run", *words, "-o", "e.h5",
                              "checkpoint.seconds=1e-6"])
    while not os.path.exists("e.h5.checkpoint") and child.poll() is None:
        time.sleep(0.001)
    child.kill()
    child.wait()
    kept = [name for name in ("e.h5.checkpoint", "e.h5.checkpoint.old")
            if os.path.exists(name)]
    expect(kept, "no checkpoint")
    for name in kept:
        shutil.copy(name, name + ".kept")
    must("run", *words, "-o", "e.h5", "--resume")
    for name in kept:
        os.replace(name + ".kept", name)
    must("run", *words, "-o", "e.h5", "--resume")
    expect(sorted(os.listdir(".")) == ["e.h5", "p.h5"],
           f"checkpoints of a run that is over: {os.listdir('.')}")
    clear()


def check_force():
    """A run that does not begin costs no checkpoint."""
    stopped()
    words = ["run", "quickstart", *COMMON, "-o", "long.h5", "--force"]
    must(*words, "train.optimizer=lbfgs", "train.average=0.2", code=2)
    expect(os.path.exists("long.h5.checkpoint"), "--force removed it")
    must(*words, "train.steps=20")
    expect(os.listdir(".") == ["long.h5"], f"left: {os.listdir('.')}")
    os.remove("long.h5")


def check_from_file():
    """Training goes on from a file, and other weights of it are probed."""
    small = ["train.batch=64", "train.eval_prompts=64", "probe.prompts=40",
             "probe.list=alignment", "-q", "--force"]
    must("run", "quickstart", "train.steps=100", "seeds=2", *small, "-o",
         "a.h5")
    must("train", "a.h5", "train.steps=20", *small, "-o", "b.h5")
    must("probe", "a.h5", "--step", "100", *small, "-o", "last.h5")
    must("probe", "a.h5", "--step", "0", *small, "-o", "first.h5")
    must("probe", "a.h5", "--seed-run", "2", *small, "-o", "second.h5")
    with h5py.File("a.h5") as a, h5py.File("b.h5") as b, \
            h5py.File("last.h5") as last, h5py.File("first.h5") as first, \
            h5py.File("second.h5") as second:
        a, b, last, first, second = (f["entry"] for f in
                                     (a, b, last, first, second))
        expect(b["training/loss_eval"][0] == a["training/loss_eval"][-1],
               "training does not begin at the file's weights")
        for one, other in ((last["model/A"], a["model/A"]),
                           (first["model/A"], a["snapshots/A"][0]),
                           (second["model/A"], a["seeds/A"][1])):
            expect((one[()] == other[()]).all(), "other weights")
        expect("seeds" not in last and "seeds" not in second,
               "training runs of other weights")
    for words, needle in (
            (["probe", "a.h5", "--step", "101"], "0, "),
            (["probe", "a.h5", "--seed-run", "x"], "1, 2"),
            (["train", "quickstart", "model.weights=full", "model.init=file:a.h5"],
             "has gd"),
            (["run", "b.h5"], "named again")):
        done = must(*words, *small, "-o", "c.h5", code=2)
        expect(needle in done.stderr, f"{words}: {done.stderr}")


def check_unwritable():
    """Checkpoints that cannot be written end nothing, and are told of."""
    for name in ("u.h5.checkpoint", "u.h5.checkpoint.old"):
        os.makedirs(f"{name}/full")  # no file takes the place of these
    words = ["quickstart", *COMMON, "-o", "u.h5", "--force",
             "checkpoint.seconds=1e-6"]
    must("run", *words, "train.steps=50")
    why = "no checkpoint could be written: u.h5.checkpoint: cannot be renamed"
    for shown in (["u.h5"], ["u.h5", "training"], ["u.h5", "--json"]):
        text = " ".join(must("show", *shown).stdout.split())
        expect(why in text, f"show {shown}: nothing of checkpoints: {text}")
    must("validate", "u.h5")
    must("run", "quickstart", *COMMON, "-o", "v.h5", "train.steps=50",
         "checkpoint.seconds=1e-6")
    expect("checkpoint could" not in must("show", "v.h5", "training").stdout,
           "a note where all could be written")
    os.remove("u.h5")
    child = subprocess.Popen([PROGRAM, "run", *words, "train.steps=10000000",
                              "--watchable"], stderr=subprocess.PIPE, text=True)
    while not os.path.exists("u.h5") and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGTERM)
    error = child.communicate()[1]
    expect(child.returncode == 128 + signal.SIGTERM and why in error
           and "--resume" not in error and error.count("\n") == 1, error)
    for name in ("u.h5.checkpoint", "u.h5.checkpoint.old"):
        shutil.rmtree(name)
    for name in ("u.h5", "v.h5"):
        os.remove(name)


if __name__ == "__main__":
    sys.exit(main(check_from_file, check_words, check_old, check_complete,
                  check_force, check_unwritable, check_signals,
                  check_probing_stopped, check_memory, check_kills))
