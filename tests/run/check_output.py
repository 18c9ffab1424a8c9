"""What is printed: text of up to 80 columns, JSON that says the same, progress
on terminals and in pipes.

    ICLGD_PROGRAM=iclgd python3 check_output.py
"""
import json
import math
import os
import pty
import re
import signal
import subprocess
import sys
import time

from program import (PROGRAM, QUICK, datasets, expect, h5py, main, must, np)

LOUD = QUICK[:-1]
RUNS = {
    "quickstart": ["quickstart"],
    "twelve": ["model.layers=12", "prompt.d=20", "prompt.n=40"],
    "one": ["seeds=3"],
    "zero": ["model.init=zero", "train.lr=1e-9", "model.loops=2"],
    "table": ["diabetes"],
    "white": ["ahn2023-gd"],
    "long": ["model.loops=40", "probe.steps=40", "reference.list=gd"],
    "unaligned": ["probe.list=structure", "model.loops=2"],
    "alone": ["reference.list=ridge", "model.layers=2"],
    "noisy": ["prompt.noise=0.5", "prompt.covariance=power:1",
              "prompt.rotate=per-prompt", "model.weights=full",
              "model.init=gd:.1"],
}


def refuse_constant(name):
    raise ValueError(f"{name} in JSON")


def parse(what, text):
    try:
        return json.loads(text, parse_constant=refuse_constant)
    except ValueError as reason:
        expect(False, f"{what}: {reason}")
        return {}


def check_width(what, text):
    for line in text.splitlines():
        expect(len(line) <= 80, f"{what}: {len(line)} columns: {line}")


def check_runs():
    for name, words in RUNS.items():
        path = f"{name}.h5"
        printed = must("run", *words, *LOUD, "--json", "-o", path)
        shown = must("show", path)
        again = must("show", path, "--json")
        check_progress_lines(name, printed.stderr)
        expect(printed.stdout == again.stdout, f"{name}: run and show differ")
        check_width(name, shown.stdout)
        summary = parse(name, printed.stdout)
        check_summary(name, summary, path)
        everything = must("show", path, "--all").stdout
        check_width(name, everything)
        check_text(name, summary, everything)
        check_short(name, summary, shown.stdout)
        check_claims(name, summary, shown.stdout)
        check_asked(name)


def check_progress_lines(name, text):
    """A run of ten seconds or more says how far it is; others are silent."""
    for line in text.splitlines():
        expect(re.match(r"iclgd: (training|probing|choosing step sizes|"
                        r"finishing probes)\b.*  \d+/\d+", line),
               f"{name}: {line!r}")


def check_summary(name, summary, path):
    """The JSON holds what the file holds."""
    f = datasets(path)
    for who in [summary["trajectory"], *summary["algorithms"]]:
        stored = f[f"trajectories_loss/{who['name']}"]
        loss = np.array([np.nan if x is None else x for x in who["loss"]])
        expect(np.array_equal(loss, np.where(np.isfinite(stored), stored,
                                             np.nan), equal_nan=True),
               f"{name}: loss of {who['name']} is not that of the file")
    expect(summary["structure"]["scale"] == list(f["structure/scale"]),
           f"{name}: structure is not that of the file")
    measured = [np.nan if row["measured"] is None else row["measured"]
                for row in summary.get("oracle", [])]
    expect(np.array_equal(measured, f.get("oracle/measured", []),
                          equal_nan=True),
           f"{name}: oracle is not that of the file")
    prompts = {"count": 70, "n": f["prompts/x"].shape[1],
               "d": f["prompts/x"].shape[2]}
    if "prompts/feature_name" in f:
        with h5py.File(path) as file:
            names = file["entry/prompts/feature_name"]
            prompts.update(features=list(names.asstr()),
                           target=names.attrs["target"],
                           table_rows=names.attrs["table_rows"],
                           table_hash=names.attrs["table_hash"])
    else:
        prompts["law_task"] = "linear"
    expect(summary["prompts"] == prompts,
           f"{name}: prompts are {summary['prompts']}")
    expect(summary["training"]["final_losses"]
           == list(f["seeds/final_loss"]), f"{name}: final losses differ")
    expect(summary["training"]["median_final_loss"]
           == np.median(f["seeds/final_loss"]), f"{name}: not their median")


def is_rounded(value, shown):
    """Whether a number is the value to within half a unit of its last digit,
    at least two digits of it."""
    digits, _, power = shown.partition("e")
    decimals = len(digits.partition(".")[2])
    unit = 10.0 ** (int(power or 0) - decimals)
    return abs(float(shown) - value) <= 0.5000001 * unit and (
        10 * unit <= abs(value) or shown == f"{value:.5g}")


def check_short(name, summary, text):
    """The verdict, the losses of the model, a line for every probe."""
    flat = " ".join(text.split())
    expect(len(text.splitlines()) < 85, f"{name}: {len(text.splitlines())}")
    expect(" ".join(summary.get("verdict", "").split()) in flat,
           f"{name}: the verdict is not in the text")
    expect("Final loss, and loss of the algorithms" in text,
           f"{name}: no losses")
    for probe in ("identify", "filter", "structure", "preconditioner",
                  "interpolation", "landscape", "extrapolation", "decoding",
                  "energy"):
        line = re.search(rf"^  {probe} +[A-Z0-9].*(\n {{17}}.*)?\.$", text, re.M)
        left_out = any(note.startswith(f"{probe}: ")
                       for note in summary.get("not_run", []))
        expect((probe in summary) == bool(line), f"{name}: {probe}: {line}")
        silent = re.search(r"\bnot run +([^(]*)\(why: show FILE NAME\)", flat)
        names = silent[1].replace(",", " ").split() if silent else []
        expect(left_out == (probe in names), f"{name}: {probe}: {names}")
        if left_out:
            expect("Not run: " in must("show", f"{name}.h5", probe).stdout,
                   f"{name}: {probe} does not say why")
        if line:
            whole = must("show", f"{name}.h5", probe).stdout
            said = " ".join(line[0].split()[1:])
            expect(said in " ".join(whole.split()), f"{name}: {said}")


def claims_of(text):
    """{view: its sentence} of the short summary."""
    found = re.findall(r"^  ([a-z_]+) +([A-Za-z0-9].*(?:\n {17}.*)*)$",
                       text.partition("Further (in full")[2], re.M)
    return {view: " ".join(words.split()) for view, words in found}


def check_claims(name, summary, text):
    """Every number of a sentence is that of the table it stands for."""
    claims = claims_of(text)

    def holds(view, pattern, *expected):
        match = re.search(pattern, claims[view])
        expect(match, f"{name}: {view}: {claims[view]}")
        for word, value in zip(match.groups() if match else (), expected):
            same = word == value if isinstance(value, str) else \
                abs(float(word) - value) <= 0.006 * abs(value) + 1e-12
            expect(same, f"{name}: {view}: {word}, expected {value}")

    if "structure" in summary:
        off = summary["structure"]["distance_to_identity"]
        far = off.index(max(off))
        skew = summary["structure"]["antisymmetric_share"][far]
        holds("structure", r"([\d.e+-]+)% of A is off a multiple of I, "
              r"([\d.e+-]+)% antisymmetric", 100 * off[far], 100 * skew)
        if len(off) > 1:
            holds("structure", r"In layer (\d+) ", float(far + 1))
    if "distance" in summary.get("filter", {}).get("layers", [{}])[-1]:
        last = summary["filter"]["layers"][-1]
        titles = {who["name"]: who["title"] for who in summary["algorithms"]}
        words = "No filter is close" if last["distance"] > 0.3 else \
            "The simplest of the closest filters"
        expect(claims["filter"].startswith(words), f"{name}: {claims['filter']}")
        expect(f" is {titles[last['closest']]}, off by " in claims["filter"],
               f"{name}: {claims['filter']}")
    if "decoding" in summary:
        known = summary["decoding"].get("w_star", {}).get("r2", [None])[0]
        target = summary["decoding"]["xty" if known is None else "w_star"]
        holds("decoding", r"typical prompt: ([\d.e+-]+) at first, "
              r"([\d.e+-]+) at the end",
              target["r2_median"][0], target["r2_median"][-1])
    if max(summary.get("preconditioner", {}).get("residual", [1])) < 1e-20:
        implied = summary["model"]["weights"] in ("scalar", "diagonal", "gd")
        expect(("form of weights" in claims["preconditioner"]) == implied,
               f"{name}: {claims['preconditioner']}")


def check_asked(name):
    """What a file has not is said, and nothing twice."""
    text = must("show", f"{name}.h5", "seeds", "setup", "setup").stdout
    expect(text.count("(setup)") == 1, f"{name}: setup twice")
    expect("(seeds)" in text or "seeds: the file has nothing of it" in text,
           f"{name}: seeds")


def check_text(name, summary, text):
    """The text holds what the JSON holds."""
    flat = " ".join(text.split())
    expect(" ".join(summary.get("verdict", "").split()) in flat,
           f"{name}: the verdict is not in the text")
    losses_part = text.partition("Final loss, and")[2]
    depth = summary["model"]["layers"] * summary["model"]["loops"]
    for who in [summary["trajectory"], *summary["algorithms"]]:
        losses = who.get("risk", who["loss"])
        last = min(depth, len(losses) - 1)
        at = losses[last]
        known, own = (path.get("expected", [None] * (last + 1))[last]
                      for path in (who, summary["trajectory"]))
        if (known is not None and at is not None
                and not at < 1e-20 * losses[0]
                and (own is not None
                     or 0 in (who["measurable"][last],
                              summary["trajectory"]["measurable"][last]))):
            at = known  # of all prompts of the law
        shown = re.search(rf"^  {re.escape(who['title'])} +([-\d.e+]+) (\S*)",
                          losses_part, re.M)
        expect(shown, f"{name}: no loss of {who['title']}")
        if at is None:
            expect(shown[1] == "-", f"{name}: {who['title']}: {shown[1]}")
        elif at < 1e-20 * losses[0]:
            expect(shown[0].endswith("0 up"), f"{name}: {shown[0]}")
        else:
            expect(is_rounded(at, shown[1]), f"{name}: {shown[0]}: {at}")
    kinds = {row["name"]: row["kind"] for row in summary.get("oracle", [])}
    for row in summary.get("oracle", []):
        if row["kind"] == "unmeasurable" or row["name"].startswith("log_"):
            continue
        number = f"{row['measured']:.6g}"
        if row["name"].startswith("median_ratio_"):
            # instead of a ratio of means that no sample shows
            if kinds[row["name"][len("median_"):]] != "unmeasurable":
                continue
            number = f"medians {row['measured']:.3g}"
        elif row["kind"] == "exact" and row["name"].startswith("ratio_"):
            number = f"{row['measured']:.5g} exact"
        elif row["kind"] in ("paired", "importance"):  # as many decimals as the error has
            error = row["standard_error"]
            decimals = 1 - math.floor(math.log10(error))
            number = (f"{row['measured']:.5g}" if error <= 1e-9 * abs(row["measured"]) else
                      f"{row['measured']:.{max(decimals, 0)}f} +- {error:.2g}"
                      if abs(row["measured"]) < 1e4 and error > 1e-5
                      else f"{row['measured']:.3g} +- {error:.2g}")
        expect(number in flat, f"{name}: {row['name']} {number} is missing")
    for value in summary["structure"]["scale"]:
        expect(f"{value:.6g}" in flat, f"{name}: scale {value} is missing")
    expect(("verdict" in summary) == (name != "unaligned"),
           f"{name}: a verdict without alignment, or none with it")
    tables = {title for title in re.findall(r"by layer beside .*\((\w+)\)\n",
                                          text)}
    expected = {summary["closest"]} if "closest" in summary else set()
    if summary["algorithms"]:
        expected.add(summary["algorithms"][0]["name"])
    expect(expected == tables, f"{name}: tables of {tables}")


def check_parts():
    """Files with only some of the groups say what to do with them."""
    must("train", *LOUD, "-q", "-o", "model.h5")
    must("generate", *LOUD, "-o", "prompts.h5")
    must("run", *LOUD, "--prompts", "prompts.h5", "-q", "-o", "given.h5")
    must("train", *LOUD, "--prompts", "prompts.h5", "-q", "-o", "taught.h5")
    for path, needle in (("model.h5", "iclgd probe model.h5"),
                         ("prompts.h5", "--prompts prompts.h5"),
                         ("taught.h5", "from prompts.h5"),
                         ("given.h5", "from prompts.h5")):
        shown = must("show", path).stdout
        expect(needle in shown, f"{path}: {needle!r} is not in {shown!r}")
        check_width(path, shown)
        parse(path, must("show", path, "--json").stdout)


def check_divergence():
    done = must("run", "quickstart", *LOUD, "train.lr=1e3", "--json", "-q",
                "train.steps=400", "-o", "far.h5", code=4)
    summary = parse("far", done.stdout)
    expect(summary["training"]["final_loss"] is None
           and summary["training"]["diverged"] == 1,
           f"far: {summary['training']}")
    expect(summary["verdict"].startswith("Training diverged at step"),
           f"far: {summary['verdict']}")


def check_tables():
    settings = parse("keys", must("keys", "--json").stdout)
    text = "".join(must("keys").stdout.split())  # lines are wrapped
    for key in settings:
        for part in ("key", "default", "accepts", "meaning"):
            expect("".join(key[part].split()) in text,
                   f"keys: {key[part]!r} is missing")
    with h5py.File("one.h5") as file:
        stored = set(file["entry/config"].attrs)
    expect(stored >= {key["key"] for key in settings}
           - {"title", "train.threads", "model.program_seconds",
              "checkpoint.seconds"},
           "a key is not in /entry/config")
    for name, parts in (("presets", ("name", "title")),):
        text = must(name).stdout
        check_width(name, text)
        for item in parse(name, must(name, "--json").stdout):
            for part in parts:
                expect(item[part] in text, f"{name}: {item[part]!r}")
    text = must("probes").stdout
    probes = parse("probes", must("probes", "--json").stdout)
    for item in probes["probes"] + probes["algorithms"]:
        expect(item["name"] in text, f"probes: {item['name']}")
    answer = parse("oracle", must("oracle", "untied", "d=5", "n=20", "L=3",
                                  "--json").stdout)
    expect(abs(answer["loss"] - 0.133608) < 1e-6, f"oracle: {answer}")
    valid = parse("validate", must("validate", "one.h5", "--json").stdout)
    expect(valid["valid"] is True and valid["faults"] == [], f"{valid}")
    with h5py.File("one.h5", "r+") as file:
        del file["entry/structure/scale"].attrs["units"]
        file["entry/structure/extra"] = 3.0
    broken = parse("validate",
                   must("validate", "one.h5", "--json", code=3).stdout)
    expect(broken["valid"] is False and len(broken["faults"]) >= 2
           and any("extra" in line for line in broken["faults"]), f"{broken}")


def check_progress():
    """On a terminal the line is redrawn and cleared at the end; a pipe gets
    nothing in the first ten seconds; --quiet is quiet."""
    words = [PROGRAM, "run", "quickstart", "train.steps=100000000", "--force",
             "-o", "slow.h5"]
    for term, quiet in (("xterm", []), ("dumb", []), ("xterm", ["-q"])):
        ours, theirs = pty.openpty()
        child = subprocess.Popen([*words, *quiet], stderr=theirs,
                                 stdout=subprocess.DEVNULL,
                                 env={**os.environ, "TERM": term})
        os.close(theirs)
        text = watch(ours, child, 3 if term == "xterm" and not quiet else 0)
        *drawn, last = text.split("\r\x1b[K")
        *lines, last = last.strip().splitlines() or [""]
        check_progress_lines("dumb", "" if quiet else "\n".join(lines))
        expect(last.strip() == "iclgd: stopped while training, no file "
               "written; the same command with --resume goes on", f"{term} {quiet}: ends with {last!r}")
        wanted = term == "xterm" and not quiet
        expect((len(drawn) >= 3) == wanted,
               f"{term} {quiet}: drawn {len(drawn)} times")
        for line in drawn[1:]:
            expect(re.fullmatch(r"training  \d+/100000000  loss \S+  "
                                r"[\d.]+( [kM])? prompts/s  \d+ s left",
                                line), f"drawn: {line!r}")
            expect(len(line) < 80, f"drawn: {line!r}")


def watch(terminal, child, lines):
    """What it writes until it has drawn so many lines and is then stopped."""
    text = b""
    while not any(name.startswith(".slow") for name in os.listdir(".")):
        time.sleep(0.01)
    while text.count(b"\r\x1b[K") < lines:
        text += os.read(terminal, 65536)
    time.sleep(0 if lines else 1)  # nothing is to come
    child.send_signal(signal.SIGINT)
    child.wait()
    return text.decode() + drain(terminal)


def drain(terminal):
    text = b""
    try:
        while chunk := os.read(terminal, 65536):
            text += chunk
    except OSError:  # the other end has been closed
        pass
    os.close(terminal)
    return text.decode()


if __name__ == "__main__":
    sys.exit(main(check_runs, check_parts, check_divergence, check_tables,
                  check_progress))
