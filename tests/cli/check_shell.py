"""The program in a shell: help, manual page, completion, the format's schema.

    ICLGD_PROGRAM=iclgd python3 check_shell.py
"""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "run"))
import h5py
from program import PROGRAM, QUICK, expect, main, must, run

# What bash calls for a line with the cursor at its end.
BASH = r"""
eval "$("$1" completion bash)"
COMP_LINE=$2 COMP_POINT=${#2}
read -ra COMP_WORDS <<<"${COMP_LINE//=/ = }"
[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_iclgd
printf '%s\n' "${COMPREPLY[@]}"
complete -p iclgd >&2
"""
# The same in zsh: compadd tells what it is given.
ZSH = r"""
compadd() { while [[ $1 != -- ]]; do shift; done; shift
  (( $# == 0 )) || print -l -- $@ }
_files() { print FILES }
words=(${(z)2}) CURRENT=$#words
[[ $2 == *' ' ]] && { words+=(''); CURRENT=$#words }
eval "$("$1" completion zsh)"
"""


def commands():
    text = must("--help").stdout
    return re.findall(r"^  (\w+) +\S", text[text.index("Commands"):], re.M)


def in_bash(line):
    done = subprocess.run(["bash", "-c", BASH, "bash", PROGRAM,
                           line.replace("iclgd", PROGRAM, 1)],
                          capture_output=True, text=True)
    expect(done.returncode == 0 and "-F _iclgd iclgd" in done.stderr,
           f"bash, {line!r}: {done.stderr}")
    return sorted(set(done.stdout.split()))


def in_zsh(line):
    done = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", PROGRAM,
                           line.replace("iclgd", PROGRAM, 1)],
                          capture_output=True, text=True)
    expect(done.returncode == 0 and not done.stderr,
           f"zsh, {line!r}: {done.stderr}")
    return sorted(done.stdout.split())


def names(*arguments, key="name"):
    return [row[key] for row in json.loads(must(*arguments).stdout)]


def check_completion():
    """What is proposed is what the other commands list."""
    lists = json.loads(must("probes", "--json").stdout)
    algorithms = [a["name"] for a in lists["algorithms"]]
    keys = names("keys", "--json", key="key")
    words = {
        "iclgd ": sorted([*commands(), "help", "--help", "--version"]),
        "iclgd help pro": ["probe", "probes"],
        "iclgd run l": ["landscape.", "looped", "looped-full"],
        "iclgd train quickstart prompt.":
            [k + "=" for k in keys if k.startswith("prompt.")],
        "iclgd probe m.h5 se": ["seed=", "seeds="],
        "iclgd run quickstart prompt.w=": [
            "normal", "inverse-covariance", "sparse:", "pool:"],
        "iclgd run quickstart prompt.w=s": ["sparse:"],
        "iclgd run quickstart probe.list=al": [
            p["name"] for p in lists["probes"]
            if p["name"].startswith("al")] + ["all"],
        "iclgd run quickstart reference.list=ridge,gd":
            ["ridge," + a for a in algorithms if a.startswith("gd")],
        "iclgd keys model.l": ["model.label", "model.layers", "model.loops"],
        "iclgd run quickstart --re": ["--reproducible", "--resume"],
        "iclgd generate quickstart --stream t": ["train", "tune"],
        "iclgd plot x.h5 --what me": ["median"],
        "iclgd verify o4.loss.L": ["o4.loss.L2", "o4.loss.L3", "o4.loss.L4"],
        "iclgd oracle t": ["tied"],
        "iclgd oracle tied s": ["sigma2="],
        "iclgd bench sh": ["shapes"],
        "iclgd completion z": ["zsh"],
        "iclgd presets quick": ["quickstart"],
        "iclgd probes gd_": [a for a in algorithms if a.startswith("gd_")],
        "iclgd probes gd al": [p["name"] for p in lists["probes"]
                               if p["name"].startswith("al")],
        "iclgd show ": [],
        "iclgd show x.h5 se": ["seeds", "setup"],
        "iclgd show x.h5 losses fi": ["filter"],
        "iclgd run quickstart -o ": [],
        "iclgd nothing-such x": [],
    }
    for line, expected in words.items():
        found = in_bash(line)
        expect(found == sorted(expected), f"bash, {line!r}: {found}")
        if not shutil.which("zsh"):
            continue
        head = line.split(" ")[-1]  # zsh has whole words
        head = head[:head.rfind("=") + 1]
        found = in_zsh(line)
        expect(found == (sorted(head + word for word in expected) or ["FILES"]),
               f"zsh, {line!r}: {found}")
    presets = names("presets", "--json")
    expect(set(presets) < set(in_bash("iclgd run ")), "presets are not proposed")


def check_help():
    """Examples come first; every command is in the manual page."""
    page = must("man").stdout.replace("\\-", "-")
    for name in commands():
        text = must(name, "--help").stdout
        expect(must("help", name).stdout == text[:len(must("help", name).stdout)],
               f"help {name} is not {name} --help")
        after = text.split("\n\n", 1)
        expect(text.startswith(f"usage: iclgd {name}"), f"{name}: no usage")
        expect(len(after) == 2 and re.match(
            rf"(Examples:\n)?(  .*\n)*?  .*iclgd {name}\b", after[1]),
            f"{name} --help does not lead with an example")
        expect(max(map(len, text.splitlines())) <= 80, f"{name}: a long line")
        expect(f".SS {name}\n" in page, f"{name} is not in the manual page")
        expect(run(name, "--no-such-option").returncode == 2,
               f"{name}: an unknown option is not exit code 2")
    for key in names("keys", "--json", key="key"):
        expect(f".B {key} = " in page, f"{key} is not in the manual page")
    for code in ("0", "1", "2", "3", "4", "128+n"):
        expect(f".TP\n.B {code}\n" in page, f"exit code {code} is not there")


def check_man():
    """The page is laid out without a complaint."""
    with open("iclgd.1", "w") as page:
        page.write(must("man").stdout)
    for tool in (["man", "--warnings", "-l"], ["mandoc", "-T", "lint", "-W",
                                               "error"]):
        if not shutil.which(tool[0]):
            continue
        done = subprocess.run([*tool, "iclgd.1"], capture_output=True, text=True,
                              env={**os.environ, "MANWIDTH": "80",
                                   "LC_ALL": "C.UTF-8"})
        expect(done.returncode == 0 and not done.stderr,
               f"{tool[0]}: {done.stdout}{done.stderr}")


def matches(declared, path):
    pattern = re.sub(r"<[^>]*>", "[^/]+", declared)
    return re.fullmatch(pattern, path)


def check_labels():
    """Names along a dim stand beside the numbers of a table."""
    must("run", "quickstart", *QUICK, "extrapolation.shifts=n=2 noise=1",
         "-o", "shifts.h5")
    rows = [json.loads(line) for line in must(
        "export", "shifts.h5", "--what", "extrapolation/shifts", "--format",
        "jsonl").stdout.splitlines()]
    with h5py.File("shifts.h5") as file:
        group = file["entry/extrapolation/shifts"]
        paths, shifts = (group[name].asstr()[()] for name in
                         ("path_name", "shift_name"))
        median = group["median"][()]
    expect(len(rows) == median.size, f"{len(rows)} rows of {median.shape}")
    for i, row in enumerate(rows):
        path, shift = divmod(i, len(shifts))
        expect(row["path_name"] == paths[path]
               and row["shift_name"] == shifts[shift]
               and row["median"] == median[path, shift],
               f"row {i}: {row}")


def check_widths():
    """Tables and help in 80 columns; what is refused prints nothing else."""
    for words in (["keys"], ["probes"], ["presets"], ["schema"], ["oracle"],
                  ["plot", "--help"], ["export", "--help"], ["run", "--help"]):
        for line in must(*words).stdout.splitlines():
            expect(len(line) <= 80, f"{words}: {len(line)} columns: {line}")
    for option in ("--json", "--markdown"):
        done = must("schema", "nosuch", option, code=2)
        expect(done.stdout == "" and "nosuch" in done.stderr,
               f"schema nosuch {option}: {done.stdout}")
    must("schema", "--json", "--markdown", code=2)
    for list_name in ("reference.list=gd,gddd", "probe.list=filters"):
        done = must("run", "quickstart", list_name, code=2)
        expect("did you mean" in done.stderr, done.stderr)


def check_schema():
    """Every array of a file is in the schema as it is in the file."""
    must("run", "quickstart", *QUICK, "train.steps=4", "-o", "quick.h5")
    groups = json.loads(must("schema", "--json").stdout)
    rows = [row for group in groups for row in group["datasets"]]
    kinds = {"float64": "f", "int64": "i", "text": "OS"}
    seen = 0
    with h5py.File("quick.h5") as file:
        def compare(path, item):
            nonlocal seen
            if not isinstance(item, h5py.Dataset):
                return
            fits = [row for row in rows if matches(row["path"], path)]
            fits.sort(key=lambda row: (row["path"].count("<"),
                                       -len(re.sub("<.*?>", "", row["path"]))))
            if not fits:  # a scale 0, 1, 2, ...
                expect(h5py.h5ds.is_scale(item.id) or path == "title",
                       f"{path}: not in the schema")
                return
            row, seen = fits[0], seen + 1
            expect(item.dtype.kind in kinds[row["type"]], f"{path}: its type")
            expect(item.ndim == len(row["dims"].split(",") if row["dims"]
                                    else []), f"{path}: its dims")
            expect(item.attrs["long_name"] == row["long_name"],
                   f"{path}: its label")
            if item.dtype.kind != "O" and item.dtype.kind != "S":
                expect(item.attrs["units"] == row["units"], f"{path}: its units")
        file["entry"].visititems(compare)
    expect(seen > 500, f"only {seen} arrays are declared")
    table = must("schema", "--markdown").stdout
    text = must("schema").stdout
    for group in groups:
        name = f"/entry/{group['path']}" if group["path"] else "/entry"
        expect(f"\n## `{name}`\n" in table, f"{name} is not in the tables")
        expect(f"{name}  {group['class']}\n" in text, f"{name}: not in the text")
    expect(table.count("\n| `") == len(rows), "tables with other datasets")
    expect(max(map(len, text.splitlines())) <= 80, "schema: a long line")
    expect(run("schema", "no-such-group").returncode == 2, "schema of nothing")


def check_named():
    """Of presets and probes also one: its file, its keys and groups."""
    folder = os.path.join(os.path.dirname(__file__), "../../data/presets")
    for name in names("presets", "--json"):
        with open(os.path.join(folder, name + ".ini")) as file:
            expect(must("presets", name).stdout == file.read(),
                   f"presets {name} is not its file")
    everything = json.loads(must("probes", "--json").stdout)
    some = json.loads(must("probes", "ridge", "landscape", "--json").stdout)
    expect([len(rows) for rows in some.values()] == [1, 1], f"{some}")
    for kind, name in (("probes", "landscape"), ("algorithms", "ridge")):
        expect(some[kind][0] in everything[kind]
               and some[kind][0]["name"] == name, f"probes {name}: {some}")
    for row in everything["probes"]:
        text = must("probes", row["name"]).stdout
        keys = [key for key in names("keys", "--json", key="key")
                if key.startswith(row["name"] + ".")]
        expect(set(keys) <= set(row["keys"]), f"{row['name']}: {row['keys']}")
        for word in [row["name"], *row["keys"], *row["groups"]]:
            expect(word in text, f"probes {row['name']}: no {word}")
        expect("algorithms" not in text and max(
            map(len, text.splitlines())) <= 80, f"{row['name']}: {text}")
        for group in row["groups"]:
            must("schema", group)
    for command, name, meant in (("presets", "lopped", "looped"),
                                 ("probes", "alignmnt", "alignment"),
                                 ("probes", "rigde", "ridge")):
        done = run(command, name)
        expect(done.returncode == 2 and not done.stdout
               and f"'{name}', did you mean '{meant}'?" in done.stderr,
               f"{command} {name}: {done.stderr}")
    expect(run("presets", "looped", "gd").returncode == 2, "two presets")


def check_validate():
    """Valid, faulty, unreadable and absent, each as lines, data and a code."""
    must("generate", "prompt.d=2", "prompt.n=3", "probe.prompts=4", "-q", "-o",
         "v.h5")
    expect(must("validate", "v.h5").stdout == "v.h5: valid\n", "valid")
    expect(json.loads(must("validate", "v.h5", "--json").stdout) ==
           {"file": "v.h5", "valid": True, "faults": []}, "valid, as data")
    expect(must("validate", "v.h5", "-q").stdout == "", "quiet")
    with h5py.File("v.h5", "r+") as file:
        del file["entry/prompts/y"]
        file["entry/prompts"].create_dataset("y", data=[1.0, 2.0])
    lines = must("validate", "v.h5", code=3).stdout.splitlines()
    expect(any("prompts/y" in line for line in lines), f"faults: {lines}")
    told = json.loads(must("validate", "v.h5", "--json", code=3).stdout)
    expect(told == {"file": "v.h5", "valid": False, "faults": lines},
           f"faults, as data: {told}")
    expect(must("validate", "v.h5", "-q", code=3).stdout == "", "quiet fault")
    with open("v.h5", "r+b") as file:
        file.truncate(600)
    told = must("validate", "v.h5", code=3).stdout
    expect(told.startswith("v.h5: the file is cut short"), f"cut: {told}")
    os.remove("v.h5")
    told = must("validate", "v.h5", code=3).stdout
    expect(told == "v.h5: cannot open: No such file or directory\n",
           f"absent: {told}")


if __name__ == "__main__":
    sys.exit(main(check_completion, check_help, check_man, check_named,
                  check_labels, check_widths, check_schema, check_validate))
