"""Tables and other text as input, through the program: what is read is what the
file says, paths start where they should, and what is refused is said with what
to do.

    ICLGD_PROGRAM=iclgd python3 check_tables.py
"""
import gzip
import os
import sys
import zipfile

from program import QUICK, expect, h5py, main, must, np, run

ROWS = [(i, i * i % 7, i % 5 - 0.5, (3 * i) % 11) for i in range(40)]
SMALL = [*QUICK, "train.steps=3", "prompt.n=5"]
TABLE = [*SMALL, "prompt.source=table:good.csv"]


def csv(rows, names="a,b,c,y", separator=","):
    lines = [names.replace(",", separator)] if names else []
    lines += [separator.join(map(str, row)) for row in rows]
    return "\n".join(lines) + "\n"


def write(name, text):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def refused(code, needles, *arguments):
    done = run(*arguments)
    what = " ".join(map(str, arguments))
    expect(done.returncode == code and len(done.stderr.splitlines()) == 1,
           f"{what}: {done.returncode}, expected {code}: {done.stderr!r}")
    for needle in needles:
        expect(needle in done.stderr, f"{what}: {needle!r}: {done.stderr!r}")


def prompts(path):
    with h5py.File(path) as file:
        group = file["entry/prompts"]
        return {name: group[name][()] for name in
                ("x", "y", "x_query", "y_query")}


def generate(name, *arguments):
    must("generate", *SMALL, *arguments, "-o", name, "--force")
    return prompts(name)


def same_prompts(what, a, b):
    for name in a:
        expect(np.array_equal(a[name], b[name]), f"{what}: {name} differs")


def check_forms():
    """The same rows give the same prompts, however they are written."""
    write("good.csv", csv(ROWS))
    good = generate("good.h5", "prompt.source=table:good.csv")
    expect(good["x"].shape == (70, 5, 3), "good.csv: shape")
    forms = {
        "semicolon.csv": csv(ROWS, separator=";"),
        "tab.csv": csv(ROWS, separator="\t"),
        "mark.csv": "\ufeff" + csv(ROWS),
        "return.csv": csv(ROWS).replace("\n", "\r\n"),
    }
    for name, text in forms.items():
        write(name, text)
        same_prompts(name, good,
                     generate("form.h5", f"prompt.source=table:{name}"))
    write("bare.csv", csv(ROWS, names=""))
    same_prompts("header=none", good, generate(
        "form.h5", "prompt.source=table:bare.csv", "prompt.header=none"))
    write("index.csv", csv([(i, *row, "x") for i, row in enumerate(ROWS)],
                           ",a,b,c,y,note"))
    for choice in (["prompt.drop=column1,note"],
                   ["prompt.features=a,b,c", "prompt.target=y"]):
        same_prompts(choice[0], good, generate(
            "form.h5", "prompt.source=table:index.csv", *choice))
    holes = [(i, "NA", 0, 1) for i in range(3)] + [(1, 2, 3, "?")]
    write("holes.csv", csv(holes[:2] + ROWS + holes[2:]))
    same_prompts("missing=drop-row", good, generate(
        "form.h5", "prompt.source=table:holes.csv", "prompt.missing=drop-row"))
    order = generate("form.h5", "prompt.source=table:good.csv",
                     "prompt.features=c,a,b")
    expect(np.array_equal(order["x"], good["x"][:, :, [2, 0, 1]]),
           "features=c,a,b is not that order")


def check_classes():
    """Three indicators: exactly the 0/1 columns that one would write."""
    classes = ["u", "v", "w"]
    write("class.csv", csv([(row[0], classes[i % 3], row[3])
                            for i, row in enumerate(ROWS)], "a,class,y"))
    write("by_hand.csv", csv(
        [(row[0], *(int(i % 3 == k) for k in range(3)), row[3])
         for i, row in enumerate(ROWS)], "a,u,v,w,y"))
    refused(3, ["class.csv, line 2, column 2 (class)", "found 'u'",
                "prompt.drop=class", "prompt.categorical=onehot"],
            "generate", *SMALL, "prompt.source=table:class.csv", "-o", "x.h5")
    same_prompts("onehot",
                 generate("a.h5", "prompt.source=table:class.csv",
                          "prompt.categorical=onehot"),
                 generate("b.h5", "prompt.source=table:by_hand.csv"))


def check_refusals():
    write("stack.csv", csv(ROWS, names=""))
    write("twice.csv", csv(ROWS, "a,b,y,y"))
    write("index.csv", csv(ROWS, ",b,c,y"))
    write("comma.csv", csv(ROWS, separator=";").replace(".", ","))
    write("wide.csv", csv(ROWS).encode("utf-16"))
    write("latin.csv", csv(ROWS, "a,b,caf\u00e9,y").encode("latin-1"))
    write("packed.csv.gz", gzip.compress(csv(ROWS).encode()))
    with zipfile.ZipFile("sheet.xlsx", "w") as file:
        file.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    os.mkfifo("fifo.csv")
    cases = [
        ("stack.csv", ["line 1", "numbers only", "prompt.header=none"]),
        ("twice.csv", ["line 1", "columns 3 and 4", "same name 'y'"]),
        ("index.csv", ["line 1", "column 1 has no name",
                       "prompt.drop=column1"]),
        ("comma.csv", ["line 2, column 3 (c)", "'-0,5'", "decimal comma"]),
        ("wide.csv", ["UTF-16", "iconv -f UTF-16 -t UTF-8"]),
        ("latin.csv", ["line 1", "UTF-8", "0xe9", "iconv"]),
        ("packed.csv.gz", ["gunzip"]),
        ("sheet.xlsx", ["spreadsheet", "CSV"]),
        ("fifo.csv", ["regular file", "a pipe"]),
        ("/dev/zero", ["regular file", "a device"]),
    ]
    for name, needles in cases:
        refused(3, [name, *needles], "run", *SMALL,
                f"prompt.source=table:{name}", "-o", "x.h5")
    for name in ("fifo.csv", "/dev/zero"):
        refused(3, [name, "regular file"], "run", *SMALL,
                f"prompt.covariance=file:{name}", "-o", "x.h5")
    refused(3, ["no column 'aa' (prompt.target), did you mean 'a'?",
                "a, b, c, y"],
            "run", *TABLE, "prompt.target=aa", "-o", "x.h5")
    refused(2, ["title", "caf?", "UTF-8"], "run", *SMALL,
            os.fsdecode(b"title=caf\xe9"), "-o", "x.h5")
    write("latin.ini", b"seed = 1\ntitle = caf\xe9\n")
    refused(3, ["latin.ini, line 2", "UTF-8", "0xe9"], "run", "latin.ini")
    expect(not os.path.exists("x.h5"), "a refused run leaves a file")


def check_paths():
    """In an INI from its folder, on the command line from here."""
    other = [(row[0] + 1, *row[1:3], row[3] * 2 + row[0]) for row in ROWS]
    write("sub/t.csv", csv(other))
    write("t.csv", csv(ROWS))
    write("sub/sigma.csv", "4 0\n0 1\n")
    write("sub/run.ini", "[prompt]\nsource = table:t.csv\nn = 5\n")
    write("sub/sigma.ini", "[prompt]\ncovariance = file:sigma.csv\nd = 2\n")
    must("generate", "sub/run.ini", *QUICK, "-o", "ini.h5")
    must("generate", "sub/run.ini", *QUICK, "prompt.source=table:t.csv", "-o",
         "line.h5")
    same_prompts("an INI's table", prompts("ini.h5"),
                 generate("other.h5", "prompt.source=table:sub/t.csv"))
    same_prompts("the command line's table", prompts("line.h5"),
                 generate("other.h5", "prompt.source=table:t.csv"))
    must("generate", "sub/sigma.ini", *QUICK, "-o", "sigma.h5")
    with h5py.File("sigma.h5") as file:
        expect(np.allclose(file["entry/prompts/covariance"],
                           [[4, 0], [0, 1]]), "an INI's covariance")
    write("sub/lost.ini", "[prompt]\n\nsource = table:good.csv\n")
    refused(3, ["sub/lost.ini, line 3", "table:sub/good.csv", "no such file",
                "start at its folder"], "generate", "sub/lost.ini")
    write("sub/ours.ini", "[prompt]\nsource = table:diabetes.csv\nn = 60\n")
    must("generate", "sub/ours.ini", *QUICK, "-o", "ours.h5")
    must("generate", "diabetes", *QUICK, "-o", "preset.h5")
    same_prompts("the table that comes along", prompts("ours.h5"),
                 prompts("preset.h5"))


def renamed(change):
    """A model without a table of its own whose settings name a file."""
    must("train", *SMALL, "prompt.d=3", "-o", "model.h5", "--force")
    with h5py.File("model.h5", "r+") as file:
        for name in ("entry/config/text", "entry/model/law"):
            if name in file:
                text = file[name][()].decode()
                del file[name]
                file[name] = change(text)


def check_unasked():
    """What a run file names is opened when it is named again, or is ours."""
    os.makedirs("elsewhere", exist_ok=True)
    cases = [("prompt.source", "source = generator", "source = table:"),
             ("prompt.covariance", "covariance = identity",
              "covariance = file:")]
    for key, old, new in cases:
        for path in ("good.csv", "fifo.csv", "/dev/zero", "/no/such/file"):
            renamed(lambda text: text.replace(old, new + path))
            refused(2, ["model.h5", f"{key} = ", path, "not opened unasked",
                        f"say {key}="], "probe", "model.h5", *QUICK)
    renamed(lambda text: text.replace(cases[0][1], "source = table:good.csv"))
    must("probe", "model.h5", *SMALL, "prompt.source=table:good.csv", "-o",
         "named.h5")
    must("generate", *SMALL, "prompt.d=3", "-o", "given.h5")
    must("probe", "model.h5", *QUICK, "--prompts", "given.h5", "-o",
         "given-probed.h5")
    must("train", "diabetes", *QUICK, "-o", "ours.h5", "--force")
    must("probe", "ours.h5", *QUICK, "-o", "ours-probed.h5")


def check_validate():
    must("run", *SMALL, "prompt.d=2", "title=caf\u00e9", "-o", "title.h5")
    must("validate", "title.h5")
    refused(2, ["--title caf?", "UTF-8"], "plot", "title.h5", "--title",
            os.fsdecode(b"caf\xe9"))
    os.rename("given.h5", os.fsdecode(b"caf\xe9.h5"))
    must("probe", "model.h5", *QUICK, "--prompts", os.fsdecode(b"caf\xe9.h5"),
         "-o", "named-so.h5")
    must("validate", "named-so.h5")
    with h5py.File("named-so.h5") as file:
        expect(file["entry/config"].attrs["prompts_file"] == "caf?.h5",
               "the name of the prompts")
    with h5py.File("title.h5", "r+") as file:
        file["entry"].attrs["title"] = np.bytes_(b"caf\xe9")
    refused_by_validate("/entry, attribute title, line 1", "0xe9")


def refused_by_validate(*needles):
    done = run("validate", "title.h5")
    for needle in needles:
        expect(done.returncode == 3 and needle in done.stdout + done.stderr,
               f"validate: {needle!r}: {done.returncode} {done.stderr!r}")


if __name__ == "__main__":
    sys.exit(main(check_forms, check_classes, check_refusals, check_paths,
                  check_unasked, check_validate))
