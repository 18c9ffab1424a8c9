"""Bad input from the outside: each case has its exit code, one line on standard
error that names file or key, what was expected and what was found, and leaves
nothing behind.

    ICLGD_PROGRAM=iclgd python3 check_bad_input.py
"""
import os
import shutil
import subprocess
import sys

from program import PROGRAM, QUICK, expect, h5py, main, must, np, run

TINY = [*QUICK, "train.steps=3", "prompt.d=3", "prompt.n=5"]


def refused(code, needles, *arguments, **options):
    """One case; what is in the folder stays as it is."""
    before = listing()
    done = run(*arguments, **options)
    what = " ".join(map(str, arguments))
    lines = done.stderr.splitlines()
    expect(done.returncode == code,
           f"{what}: exit code {done.returncode}, expected {code}")
    expect(len(lines) == 1 and lines[0].startswith("iclgd: "),
           f"{what}: expected one line, found {done.stderr!r}")
    for needle in needles:
        expect(needle in done.stderr,
               f"{what}: {needle!r} is not in {done.stderr.strip()!r}")
    expect(not done.stdout, f"{what}: prints {done.stdout[:60]!r}")
    expect(listing() == before,
           f"{what}: leaves {sorted(set(listing()) - set(before))}")


def listing():
    return {name: os.stat(name).st_mtime_ns for name in os.listdir(".")}


def write(name, text):
    with open(name, "w") as file:
        file.write(text)


SETTINGS = [
    (2, ["model.lops", "model.loops"], ["run", "quickstart", "model.lops=3"]),
    (2, ["unknown command 'rum'", "run"], ["rum"]),
    (2, ["prompt.n = 0", "1 to"], ["run", "prompt.n=0"]),
    (2, ["prompt.d", "-3"], ["run", "prompt.d=-3"]),
    (2, ["prompt.d", "2.5", "whole number"], ["run", "prompt.d=2.5"]),
    (2, ["prompt.d", "many"], ["run", "prompt.d=many"]),
    (2, ["prompt.d = ", "whole number"], ["run", "prompt.d="]),
    (2, ["train.lr", "nan"], ["run", "train.lr=nan"]),
    (2, ["train.lr", "inf"], ["run", "train.lr=inf"]),
    (2, ["train.lr", "1e400"], ["run", "train.lr=1e400"]),
    (2, ["train.steps", "99999999999999999999"],
     ["run", "train.steps=99999999999999999999"]),
    (2, ["prompt.noise", "-1"], ["run", "prompt.noise=-1"]),
    (2, ["prompt.x", "gauss", "normal"], ["run", "prompt.x=gauss"]),
    (2, ["prompt.covariance"], ["run", "prompt.covariance=diag:1,-1"]),
    (2, ["prompt.covariance", "5"], ["run", "prompt.covariance=diag:1,1"]),
    (2, ["prompt.w"], ["run", "prompt.w=sparse:9"]),
    (2, ["prompt.sampler = wishart", "prompt.x = normal"],
     ["run", "prompt.sampler=wishart", "prompt.x=uniform"]),
    (2, ["model.weights", "gd++", "gdpp"], ["run", "model.weights=gd++"]),
    (2, ["reference.list", "bfgs"], ["run", "reference.list=bfgs"]),
    (2, ["probe.list", "hessien"], ["run", "probe.list=hessien"]),
    (2, ["prompt.d"], ["run", "quickstart", "prompt.d"]),
    (2, ["no preset 'quickstrat', did you mean 'quickstart'?"],
     ["run", "quickstrat"]),
    (2, ["--nothing"], ["run", "quickstart", "--nothing"]),
    (2, ["-o", "value"], ["run", "quickstart", "-o"]),
    (2, ["--stream", "sea"], ["generate", "quickstart", "--stream", "sea"]),
    (2, ["--stream"], ["run", "quickstart", "--stream", "eval"]),
    (3, ["missing.ini"], ["run", "missing.ini"]),
    (3, ["folder.ini"], ["run", "folder.ini"]),
    (3, ["binary.ini"], ["run", "binary.ini"]),
    (3, ["key.ini", "line 3", "prompt.nn", "prompt.n"], ["run", "key.ini"]),
    (3, ["value.ini", "line 2", "prompt.d", "0"], ["run", "value.ini"]),
    (3, ["syntax.ini", "line 2"], ["run", "syntax.ini"]),
    (3, ["none.csv"], ["run", "prompt.source=table:none.csv"]),
    (3, ["nan.csv", "line 3"], ["run", "prompt.source=table:nan.csv"]),
    (3, ["word.csv", "line 2"], ["run", "prompt.source=table:word.csv"]),
    (3, ["ragged.csv", "line 3"], ["run", "prompt.source=table:ragged.csv"]),
    (3, ["empty.csv"], ["run", "prompt.source=table:empty.csv"]),
    (3, ["good.csv", "label"],
     ["run", "prompt.source=table:good.csv", "prompt.target=label"]),
    (2, ["prompt.n"], ["run", "prompt.source=table:good.csv", "prompt.n=50"]),
    (3, ["missing.h5"], ["show", "missing.h5"]),
    (2, ["filtr", "did you mean 'filter'"], ["show", "missing.h5", "filtr"]),
    (2, ["--all", "--json"], ["show", "missing.h5", "--all", "--json"]),
    (3, ["folder.ini"], ["show", "folder.ini"]),
    (3, ["key.ini"], ["show", "key.ini"]),
    (3, ["cut.h5"], ["show", "cut.h5"]),
    (3, ["missing.h5"], ["probe", "missing.h5"]),
    (3, ["missing.h5"], ["run", "quickstart", "--prompts", "missing.h5"]),
    (2, ["model.layers = 9", "model.h5", "1"],
     ["probe", "model.h5", "model.layers=9"]),
    (2, ["model.weights = full", "model.h5", "gd"],
     ["probe", "model.h5", "model.weights=full"]),
    (2, ["one-steps", "one-step"], ["oracle", "one-steps"]),
    (2, ["d", "0"], ["oracle", "tied", "d=0"]),
    (2, ["eta"], ["oracle", "tied", "eta=1"]),
    (2, ["prompt.zz"], ["keys", "prompt.zz"]),
    (2, ["'promt', did you mean 'prompt'?"], ["keys", "promt"]),
    (2, ["model.attention = softmax", "model.architecture=transformer"],
     ["run", "quickstart", "model.attention=softmax"]),
    (2, ["did you mean 'model.loops'?"], ["keys", "looops"]),
]


def write_files():
    os.mkdir("folder.ini")
    write("key.ini", "[prompt]\nd = 3\nnn = 4\n")
    write("value.ini", "[prompt]\nd = 0\n")
    write("syntax.ini", "[prompt]\nd is three\n")
    with open("binary.ini", "wb") as file:
        file.write(bytes(range(256)))
    rows = "".join(f"{i},{i * i % 7},{i % 5}\n" for i in range(30))
    write("good.csv", "a,b,c\n" + rows)
    write("nan.csv", "a,b,c\n1,2,3\n1,nan,3\n" + rows)
    write("word.csv", "a,b,c\n1,two,3\n" + rows)
    write("ragged.csv", "a,b,c\n1,2,3\n1,2\n" + rows)
    write("empty.csv", "")
    must("train", *TINY, "-o", "model.h5")
    must("generate", *TINY, "-o", "prompts.h5")
    with open("model.h5", "rb") as file:
        whole = file.read()
    with open("cut.h5", "wb") as file:
        file.write(whole[:len(whole) // 2])


def check_settings():
    write_files()
    for code, needles, arguments in SETTINGS:
        refused(code, needles, *arguments)


def without(name):
    def change(file):
        del file[name]
    return change


def put(name, value):
    """Replace a dataset of /entry."""
    def change(file):
        if name in file:
            del file[name]
        file[name] = value
    return change


def element(name, value):
    def change(file):
        file[name][(0,) * file[name].ndim] = value
    return change


def attribute(name, value):
    def change(file):
        file["model"].attrs[name] = value
    return change


def virtual(file):
    layout = h5py.VirtualLayout((70, 5), "f8")
    layout[:] = h5py.VirtualSource("prompts.h5", "/entry/prompts/y", (70, 5))
    del file["prompts/y"]
    file.create_virtual_dataset("prompts/y", layout)


def external(file):
    del file["prompts/y"]
    file.create_dataset("prompts/y", (70, 5), "f8",
                        external=[("good.csv", 0, 2800)])


def soft_link(file):
    del file["prompts/y"]
    file["prompts/y"] = h5py.SoftLink("/entry/prompts/x_query")


def compound(file):
    del file["prompts/y"]
    file["prompts/y"] = np.zeros((70, 5), [("re", "f8"), ("im", "f8")])


PROMPTS = [
    (["/entry/prompts/x"], without("prompts/x")),
    (["/entry/prompts/y"], without("prompts/y")),
    (["/entry/prompts"], without("prompts")),
    (["/entry/prompts/x_query", "finite", "nan"],
     element("prompts/x_query", np.nan)),
    (["/entry/prompts/x", "finite", "inf"], element("prompts/x", np.inf)),
    (["/entry/prompts/y", "5", "4"], put("prompts/y", np.zeros((70, 4)))),
    (["/entry/prompts/y"], put("prompts/y", np.zeros(70))),
    (["/entry/prompts/x"], put("prompts/x", np.zeros((70, 0, 3)))),
    (["/entry/prompts/x"], put("prompts/x", np.zeros((0, 5, 3)))),
    (["/entry/prompts/x"], put("prompts/x", 3.0)),
    (["/entry/prompts/y"], put("prompts/y", np.full((70, 5), b"one"))),
    (["/entry/prompts/y"], compound),
    (["/entry/prompts/y"], virtual),
    (["/entry/prompts/y"], external),
    (["/entry/prompts/y"], soft_link),
    (["/entry/prompts/w_star"], put("prompts/w_star", np.zeros((70, 2)))),
    (["/entry/prompts/covariance"],
     put("prompts/covariance", np.zeros((2, 2)))),
]

MODELS = [
    (["/entry/model", "A"], without("model/A")),
    (["/entry/model"], without("model")),
    (["/entry/model/A", "3"], put("model/A", np.zeros((1, 2, 2)))),
    (["/entry/model/A"], put("model/A", np.zeros((3, 3)))),
    (["/entry/model/A"], put("model/A", np.zeros((0, 3, 3)))),
    (["/entry/model/A", "finite", "nan"], element("model/A", np.nan)),
    (["loops", "0"], attribute("loops", 0)),
    (["loops", "100000"], attribute("loops", 100000)),
    (["loops"], attribute("loops", "many")),
    (["prediction_sign", "2"], attribute("prediction_sign", 2)),
    (["scaling", "median"], attribute("scaling", "median")),
    (["masking", "none"], attribute("masking", "none")),
    (["weights", "mlp"], attribute("weights", "mlp")),
    (["/entry/model/A", "scalar"], attribute("weights", "scalar")),
    (["/entry/model/P"], attribute("weights", "full")),
    (["unknown attribute 'lops', did you mean 'loops'?"],
     attribute("lops", 3)),
    (["unknown attribute 'prediction'"], attribute("prediction", 1)),
    (["/entry/model/P: expected A alone", "found P beside it"],
     put("model/P", np.zeros((1, 4, 4)))),
    (["/entry/model/Q: expected A alone", "found Q beside it"],
     put("model/Q", np.zeros((1, 4, 4)))),
    (["/entry/model/B: expected A alone", "found B beside it"],
     put("model/B", np.zeros((1, 3, 3)))),
    (["/entry/config/text"], put("config/text", 3.0)),
    (["line 1"], put("config/text", np.bytes_("nonsense"))),
]


def changed(source, change):
    shutil.copy(source, "changed.h5")
    with h5py.File("changed.h5", "r+") as file:
        change(file["entry"])


def check_files():
    shutil.copy("model.h5", "changed.h5")
    for needles, change in PROMPTS:
        changed("prompts.h5", change)
        needles = ["changed.h5", *needles]
        refused(3, needles, "run", *TINY, "--prompts", "changed.h5")
        refused(3, needles, "probe", "model.h5", "--prompts", "changed.h5")
    for needles, change in MODELS:
        changed("model.h5", change)
        refused(3, ["changed.h5", *needles], "probe", "changed.h5")
    refused(3, ["model.h5", "/entry/model/A", "3", "4"], "probe", "model.h5",
            "prompt.d=4")
    refused(2, ["prompt.n", "5"], "run", "prompt.n=6", "--prompts",
            "prompts.h5")


def check_outputs():
    """Where the file cannot be written, and what stands there already."""
    for path in ("none/run.h5", "key.ini/run.h5", "/proc/iclgd/run.h5",
                 "folder.ini", "", "x" * 300 + ".h5"):
        before = listing()
        done = run("run", *TINY, "-o", path)
        expect(done.returncode in (1, 2) and len(done.stderr.splitlines()) == 1
               and (path in done.stderr or len(path) > 200),
               f"-o {path!r}: {done.returncode} {done.stderr!r}")
        expect(listing() == before, f"-o {path!r}: leaves something")
    write("there.h5", "not yours")
    refused(2, ["there.h5", "--force"], "run", *TINY, "train.steps=1000000",
            "-o", "there.h5")
    with open("there.h5") as file:
        expect(file.read() == "not yours", "there.h5 has been changed")
    must("run", *TINY, "-o", "there.h5", "--force")
    must("validate", "there.h5")
    for name in ("show", "validate"):
        must(name, "there.h5")
    if os.path.exists("/dev/full"):
        for arguments in (["show", "there.h5"], ["keys"], ["--help"],
                          ["oracle", "tied"], ["show", "there.h5", "--json"],
                          ["validate", "there.h5"], ["presets"]):
            check_full(arguments)


def check_pipes():
    """HDF5 seeks: `-` is no name of a file; tables and pages are text."""
    for command in (["run", *TINY, "-o", "-"], ["train", *TINY, "-o", "-"],
                    ["generate", *TINY, "-o", "-"],
                    ["probe", "model.h5", "-o", "-"], ["probe", "-"],
                    ["run", *TINY, "--prompts", "-"], ["show", "-"],
                    ["plot", "-"], ["report", "-"], ["export", "-"],
                    ["diff", "-", "model.h5"], ["validate", "-"],
                    ["watch", "-"]):
        refused(2, ["-: HDF5", "cannot be piped", "name of a file"], *command)
    for command, start in (("export", "step,"), ("report", "<!DOCTYPE html>")):
        done = must(command, "model.h5", "-o", "-",
                    *(["--what", "training"] if command == "export" else []))
        expect(done.stdout.startswith(start), f"{command} -o -: {done.stdout}")


def check_full(arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, *arguments], stdout=full, text=True,
                              stderr=subprocess.PIPE)
    expect(done.returncode == 1 and len(done.stderr.splitlines()) == 1
           and done.stderr.startswith("iclgd: "),
           f"{' '.join(arguments)} > /dev/full: {done.returncode} "
           f"{done.stderr!r}")


if __name__ == "__main__":
    sys.exit(main(check_settings, check_files, check_outputs,
                  check_pipes))
