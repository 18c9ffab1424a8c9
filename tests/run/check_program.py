"""A program as the model: what it predicts is measured as what a model of ours
predicts, and each of its faults is told, with nothing left behind.

    ICLGD_PROGRAM=iclgd python3 check_program.py
"""
import os
import pathlib
import signal
import subprocess
import sys
import time

from program import PROGRAM, QUICK, expect, h5py, main, must, np, run

EXAMPLE = (pathlib.Path(__file__).parents[2] / "data" / "examples"
           / "program_numpy.py")
PYTHON = sys.executable
FEW = ["probe.list=identify", "reference.list=gd", *QUICK]

# Answers as the example does, but for what is asked of it: at its first
# requests, or at a later one.
TWISTED = """
import os, signal, sys, time
source = open({example!r}).read().split("while line")[0]
exec(source)
out, at, seen = sys.stdout.buffer, {at}, 0
while line := sys.stdin.buffer.readline():
    count, n, d, q = map(int, line.split()[2:])
    f = predict(read(count, n, d), read(count, n), read(count, q, d))
    seen += 1
    if seen >= at:
        {twist}
    out.write(b"%d %d %d\\n" % f.shape + f.tobytes())
    out.flush()
"""


def twisted(name, twist, at=1):
    pathlib.Path(name).write_text(
        TWISTED.format(example=str(EXAMPLE), twist=twist, at=at))
    return f"model.program={PYTHON} {name}"


def stored(path, name):
    with h5py.File(path, "r") as file:
        return file["entry"][name][()]


def same(what, a, b, tolerance):
    expect(a.shape == b.shape and np.allclose(a, b, rtol=tolerance,
                                              atol=tolerance),
           f"{what}: differs by {np.abs(a - b).max()}")


def check_numbers():
    """The example is a linear model of ours with the weights of GD."""
    shifts = ["probe.list=identify,alignment,extrapolation",
              "reference.list=gd,newton", "extrapolation.prompts=16"]
    must("run", "quickstart", *QUICK, *shifts, "train.steps=0",
         "model.loops=3", "model.init=gd:0.3", "-o", "ours.h5")
    must("probe", "quickstart", *QUICK, *shifts,
         f"model.program={PYTHON} {EXAMPLE}", "-o", "theirs.h5")
    must("validate", "theirs.h5")
    for name, tolerance in (
            ("trajectories/model/prediction", 1e-12),
            ("trajectories/model/weight", 1e-9),
            ("alignment/gd/sensitivity_cosine/mean", 1e-9),
            ("extrapolation/shifts/median", 1e-9)):
        a, b = stored("ours.h5", name), stored("theirs.h5", name)
        if name.startswith("extrapolation"):  # those of model and gd
            a, b = (stored(f, name)[[list(stored(f, "extrapolation/shifts/"
                    "path_name")).index(p) for p in (b"model", b"gd")]]
                    for f in ("ours.h5", "theirs.h5"))
        a, b = np.nan_to_num(a), np.nan_to_num(b)
        if "cosine" in name:
            a, b = a[:4, :11], b[:4, :11]
        same(name, a, b, tolerance)
    with h5py.File("theirs.h5", "r") as file:
        entry = file["entry"]
        expect(entry["identify"].attrs["chosen"] == "gd"
               and entry["identify"].attrs["kind"] == "exact",
               f"identify: {dict(entry['identify'].attrs)}")
        eta = entry["identify_fit/gd/value"][0]
        expect(abs(eta - 0.3) < 1e-6, f"eta: {eta}")
        r2 = entry["trajectories/model/linearity"][1:]
        expect(r2.shape == (3,) and np.allclose(r2, 1, atol=1e-9),
               f"a linear program has R^2 {r2}")
        config = entry["config"].attrs
        expect((config["model.architecture"], config["model.layers"],
                config["model.loops"]) == ("program", 3, 1),
               "config has another architecture, layers or loops")
        expect("loops" in entry["extrapolation"].attrs, "a program was looped")
        notes = list(entry["trajectories"].attrs["not_run"])
        expect(any(note.startswith("training:") for note in notes),
               f"nothing is said of training: {notes}")
    verdict = run("show", "theirs.h5").stdout.replace("\n", " ")
    expect("The model is gradient descent with step size 0.3" in
           " ".join(verdict.split()), verdict[:500])


def refused(what, argument, *needles, code=1, command="probe"):
    done = run(command, "quickstart", *FEW, argument,
               "model.program_seconds=20", "-o", "fault.h5")
    lines = [line for line in done.stderr.splitlines()
             if line.startswith("iclgd: ")]
    expect(done.returncode == code and len(lines) == 1 and not done.stdout
           and all(needle in lines[0] for needle in needles),
           f"{what}: {done.returncode} {done.stderr!r}, expected {needles}")
    expect(not [f for f in os.listdir(".") if f.startswith("fault")],
           f"{what}: leaves {os.listdir('.')}")


def check_faults():
    refused("missing", "model.program=./nowhere", "127", "no such program")
    refused("exit code", "model.program=exit 3", "exit code 3", "request 1")
    refused("signal", "model.program=kill -9 $$", "signal 9")
    refused("later", twisted("later.py", "sys.exit(7)", 9), "exit code 7",
            "request 9")
    refused("killed later",
            twisted("killed.py", "os.kill(os.getpid(), 15)", 9), "signal 15")
    refused("chatter", "model.program=echo Loading weights; cat",
            "LAYERS COUNT QUERIES", "Loading weights", "standard error")
    refused("late chatter", twisted("late.py", "print('step', 3)", 5),
            "step 3", "standard error")
    refused("binary", "model.program=head -c 500 /dev/zero; cat > /dev/null",
            "LAYERS COUNT QUERIES")
    refused("queries", twisted("queries.py", "f = f[:, :, :1]"), "QUERIES = 2")
    refused("layers", twisted("layers.py", "f = f[:2]", 4), "expected 3",
            "found 2")
    refused("no layers", twisted("none.py", "f = f[:0]"), "found 0")
    refused("more", twisted("more.py", "f = np.concatenate([f, f]); "
                            "out.write(b'3 1 %d\\n' % q + f.tobytes()); "
                            "out.flush(); time.sleep(9)"), "more than")
    refused("fewer", twisted("fewer.py", "out.write(b'3 1 %d\\n' % q + "
                             "f.tobytes()[:-8]); out.flush(); sys.exit()"),
            "exit code 0")
    refused("closed input", "model.program=exec 0<&-; exit 5", "exit code 5")


def is_there(pid):
    """What has ended and waits for its parent is gone."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def asleep(name):
    """A program that says who it is, and sleeps."""
    return twisted(name, "open('pid', 'w').write(str(os.getpid())); "
                   "os.rename('pid', 'is'); time.sleep(600)", 3)


def check_waiting():
    """A program that does not answer is ended, by the clock or by the user."""
    command = asleep("asleep.py")
    done = run("probe", "quickstart", *FEW, command, "-o", "late.h5",
               "model.program_seconds=5")
    expect(done.returncode == 1 and "within 5 s" in done.stderr,
           f"{done.returncode} {done.stderr!r}")
    pid = int(pathlib.Path("is").read_text())
    expect(not is_there(pid), f"{pid} is still there")
    os.remove("is")
    child = subprocess.Popen([PROGRAM, "probe", "quickstart", *FEW, command,
                              "-o", "late.h5"], stderr=subprocess.PIPE,
                             text=True)
    while not os.path.exists("is") and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate()
    expect(child.returncode == 130 and "stopped" in err
           and err.count("\n") == 1, f"{child.returncode} {err!r}")
    pid = int(pathlib.Path("is").read_text())
    expect(not is_there(pid), f"{pid} is still there after SIGINT")
    expect(not os.path.exists("late.h5"), "a file is left")


def check_outcomes():
    """What is not a number is a result, and not a fault."""
    must("probe", "quickstart", *FEW, "-o", "nan.h5",
         twisted("nan.py", "f[1:] = np.nan"))
    expect(np.isnan(stored("nan.h5", "trajectories/model/prediction")[2:]).all(),
           "predictions that are no numbers are not stored")
    expect(np.isfinite(stored("nan.h5", "trajectories/model/weight")[:2]).all(),
           "the weights of a layer suffer from those of another")


def check_requests():
    """What a program is not for is refused by key; a file starts nothing."""
    example = f"model.program={PYTHON} {EXAMPLE}"
    refused("training", example, "model.program", "cannot be trained", code=2,
            command="train")
    done = run("probe", "quickstart", *FEW, example, "model.loops=2",
               "-o", "fault.h5")
    expect(done.returncode == 2 and "model.loops = 2" in done.stderr,
           done.stderr)
    touch = "model.program=touch started; exit 1"
    must("generate", "quickstart", *QUICK, touch, "-o", "prompts.h5")
    expect(not os.path.exists("started"), "generate starts the program")
    must("run", "quickstart", *FEW, example, "-o", "was.h5")
    for command in ("run", "probe"):
        done = run(command, "was.h5", *FEW, "-o", "again.h5")
        expect(done.returncode == 2 and "unasked" in done.stderr,
               f"{command}: {done.returncode} {done.stderr!r}")
    must("probe", "was.h5", *FEW, example, "-o", "again.h5")
    same("again", stored("was.h5", "trajectories/model/prediction"),
         stored("again.h5", "trajectories/model/prediction"), 0)


if __name__ == "__main__":
    sys.exit(main(check_numbers, check_faults, check_waiting, check_outcomes,
                  check_requests))
