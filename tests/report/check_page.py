"""The page of `iclgd report`: well-formed, complete, needs no network, says
what the terminal says, and can be reproduced as it says.

    ICLGD_PROGRAM=iclgd python3 check_page.py
"""
import json
import os
import pathlib
import re
import subprocess
import urllib.parse
import xml.etree.ElementTree as tree
from html.parser import HTMLParser

from pages import RUNS, TITLE, make_files, settings

from program import PROGRAM, expect, expect_same, h5py, main, must, np

# Part of the page for each member of the summary, and each group of a figure.
PARTS = {"trajectory": "losses", "identify": "identify", 
         "explains": "alignment", "filter": "filter",
         "by_context": "by_context",
         "training": "training", "structure": "structure",
         "preconditioner": "preconditioner", "interpolation": "interpolation",
         "landscape": "landscape", "extrapolation": "extrapolation",
         "decoding": "decoding", "diversity": "diversity",
         "energy": "energy", "hessian": "hessian"}
FIGURES = {"loss": "trajectories_loss",
           "by_context": "trajectories_by_context",
           "filter": "filter_match/between",
           "training": "training/loss_eval", "loops": "extrapolation/loops",
           "interpolation": "interpolation/loss",
           "structure": "structure_training", "diversity": "diversity/tasks",
           "best-step": "alignment/gd/best_match",
           "alignment": "alignment/gd/prediction_difference",
           "cosine": "alignment_training/gd", "weights": "snapshots/step",
           "landscape": "landscape/ratio", "shifts": "extrapolation/shifts",
           "decoding": "decoding/xty/r2_median",
           "energy": "energy/loss", "hessian": "hessian/magnitude",
           "hessian_entries": "hessian/entries/magnitude"}
VOID = {"meta", "br", "hr", "img", "input", "link"}


class Balance(HTMLParser):
    """Every tag closed, in order, as a browser reads it."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def text_of(element):
    return "".join(element.itertext())


def number(text):
    """The value of "1.2 x 10^-3" or "(1.2 +- 0.1) x 10^-3", and half a unit of
    its last digit."""
    text = text.replace("\u2212", "-").replace("\u202f", "")
    text = re.sub(" (unknown|exact|up to rounding)$", "", text).strip()
    scale = 1.0
    if "\u00d710" in text:
        text, power = text.split("\u00d710")
        scale = 10.0 ** int(power)
    first = text.strip("()").split(" \u00b1")[0]
    decimals = len(first.partition(".")[2])
    return float(first) * scale, 0.5000001 * 10.0 ** -decimals * scale


def check_table(name, table):
    caption = table.find("caption")
    expect(caption is not None and len(text_of(caption)) > 30,
           f"{name}: a table without a caption")
    heads = table.findall("thead/tr/th")
    expect(all(th.get("scope") == "col" for th in heads),
           f"{name}: a column without scope")
    for row in table.findall("tbody/tr"):
        expect(len(row) == len(heads) and row[0].tag == "th"
               and row[0].get("scope") == "row",
               f"{name}: row '{text_of(row)}' does not fit its columns")


def check_form(name, page, root):
    balance = Balance()
    balance.feed(page)
    expect(not balance.open and not balance.wrong,
           f"{name}: tags {balance.wrong} {balance.open}")
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    expect(len(ids) == len(set(ids)), f"{name}: an id twice")
    expect(len(root.findall(".//h1")) == 1, f"{name}: not one h1")
    for table in root.iter("table"):
        check_table(name, table)
    for figure in root.iter("figure"):
        svg = figure.find("svg")
        expect(svg is not None and svg.get("role") == "img"
               and len(svg.get("aria-label", "")) > 40
               and figure.find("figcaption") is not None,
               f"{name}: a figure without words")
    for path in root.iter("path"):
        expect(not re.search("nan|inf", path.get("d")),
               f"{name}: {path.get('d'):.60}")
    return ids


def check_offline(name, page, root, ids):
    """Nothing is fetched, nothing runs."""
    for element in root.iter():
        expect(element.tag not in ("script", "link", "img", "iframe", "object",
                                   "use", "image", "base"),
               f"{name}: <{element.tag}>")
        for key, value in element.attrib.items():
            expect(key not in ("src", "srcset", "style")
                   and not key.startswith("on"), f"{name}: {key}={value:.40}")
            if key == "href":
                inside = value.startswith("#") and value[1:] in ids
                expect(inside or value.startswith("data:text/plain"),
                       f"{name}: link to {value:.40}")
    style = text_of(root.find("head/style"))
    expect("url(" not in style and "@import" not in style
           and "<" not in style, f"{name}: the style sheet fetches")
    expect("http:" not in page and "https:" not in page, f"{name}: an address")


def shown_loss(path, model, k):
    """The mean over the law where it is known of both, or of the path's while
    rare prompts are hidden from one; else that over the sampled prompts."""
    hidden = any(who.get("measurable", [1] * (k + 1))[k] == 0
                 for who in (model, path))
    expected, own = (who.get("expected", [None] * (k + 1))[k]
                     for who in (path, model))
    return expected if expected is not None and (hidden or own is not None) \
        else path.get("risk", path["loss"])[k]


def check_losses(name, summary, root):
    """The table of final losses says what the summary says."""
    model = summary["model"]
    depth = model["layers"] * model["loops"]
    rows = {text_of(row[0]): [text_of(td) for td in row[1:]]
            for row in root.findall(".//section[@id='losses']/div/table")[-1]
            .find("tbody")}
    for path in [summary["trajectory"], *summary["algorithms"]]:
        cells = rows[path["title"]]
        loss = shown_loss(path, summary["trajectory"], depth)
        if cells[0] == "0 up to rounding" or loss is None:
            continue
        value, half = number(cells[0])
        expect(abs(value - loss) <= half,
               f"{name}: {path['title']}: {cells[0]}, expected {loss}")


def check_content(name, summary, root, ids):
    said = " ".join(text_of(p) for p in root.findall("body/header/div/p"))
    expect(said == summary.get("verdict", "").replace("+-", "\u00b1"),
           f"{name}: verdict '{said}'")
    for member, part in PARTS.items():
        expect(member not in summary or part in ids, f"{name}: no #{part}")
    with h5py.File(f"{name}.h5") as file:
        for figure, group in FIGURES.items():
            expect((f"figure-{figure}" in ids) == (f"entry/{group}" in file),
                   f"{name}: figure {figure}")
        figures = {f.get("id"): f for f in root.iter("figure")}
        if "figure-alignment" in figures:
            check_map(name, file, figures["figure-alignment"])
        if "figure-shifts" in figures and name != "diverged":
            check_dots(name, file, figures["figure-shifts"])
    if "trajectory" in summary:
        check_losses(name, summary, root)


def cells_of(group):
    """{(row, column): colour} of the strokes of a heat map."""
    return {(int(y), int(x) + i): path.get("stroke")
            for path in group.findall("path")
            for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)", path.get("d"))
            for i in range(int(run))}


def check_map(name, file, figure):
    """Every cell has the colour that its value has on the bar, which begins at
    0 or is logarithmic."""
    mean = file["entry/alignment/gd/prediction_difference/mean"][()]
    mean = mean[min(1, len(mean) - 1):, min(1, mean.shape[1] - 1):]
    cells, bar = map(cells_of, figure.findall("svg/g"))
    ends = re.search(r"from (\S+) to (\S+)\. 1 of (\d+) by (\d+)",
                     figure.find("svg").get("aria-label"))
    low, high = float(ends[1]), float(ends[2])
    expect((int(ends[3]), int(ends[4])) == mean.shape and high > low,
           f"{name}: map {ends[0]} of {mean.shape}")
    expect(len(cells) == (~np.isnan(mean)).sum(), f"{name}: {len(cells)} cells")
    colours = [bar[0, i] for i in range(64)]
    for (row, column), colour in cells.items():
        level = 64 * (np.log(mean[row, column] / low) / np.log(high / low)
                      if low > 0 else mean[row, column] / high)
        around = {int(np.clip(level + d, 0, 63)) for d in (-0.2, 0.2)}
        expect(colour in {colours[i] for i in around},
               f"{name}: cell {row}, {column} is {colour}")


def check_dots(name, file, figure):
    """Dots of the model stand at the logarithms of its medians."""
    shifts = file["entry/extrapolation/shifts"]
    names = [t.decode() if isinstance(t, bytes) else t
             for t in shifts["path_name"][()]]
    median = shifts["median"][names.index("model")]
    marks = [p.get("d") for p in figure.find("svg").findall("path")
             if p.get("class") == "m c0"]
    at = [float(x) for x in re.findall(r"M(\S+) ", marks[0])]
    expect(len(at) == len(median), f"{name}: {len(at)} dots")
    slope, start = np.polyfit(np.log(median), at, 1)
    expect(slope > 0 and np.allclose(slope * np.log(median) + start, at,
                                     atol=0.06), f"{name}: dots at {at}")


def check_pages():
    seen = set()
    for name in make_files():
        page = must("report", f"{name}.h5", "-o", "-").stdout
        root = tree.fromstring(page)
        expect(len(page.encode()) < 500_000, f"{name}: {len(page)} characters")
        ids = check_form(name, page, root)
        check_offline(name, page, root, ids)
        summary = json.loads(must("show", f"{name}.h5", "--json").stdout)
        check_content(name, summary, root, ids)
        part = json.loads(must("show", f"{name}.h5", "training", "losses",
                               "--json").stdout)
        expect(part == {key: summary[key] for key in summary if key in
                        ("training", "algorithms", "trajectory", "not_run")},
               f"{name}: members of two sections: {[*part]}")
        title = text_of(root.find("body/header/h1"))
        if name == "looped":
            expect(title == TITLE == text_of(root.find("head/title")),
                   f"title {title}")
        seen.update(ids)
    expected = {*PARTS.values(), *(f"figure-{name}" for name in FIGURES)}
    expect(expected <= seen, f"no file has {expected - seen}")


def check_output():
    """Where the page goes, and what is refused."""
    first = must("report", "looped.h5")
    expect(first.stdout == "" and first.stderr == "wrote looped.html\n",
           f"report said {first.stdout}{first.stderr}")
    page = pathlib.Path("looped.html").read_bytes()
    expect(page.decode() == must("report", "looped.h5", "-o", "-").stdout,
           "the file and standard output differ")
    pathlib.Path("old.html").write_text("old")
    must("report", "looped.h5", "-q", "-o", "old.html")
    expect(pathlib.Path("old.html").read_bytes() == page, "not replaced")
    os.mkdir("folder.html")
    for arguments, code, word in [
            (["looped.h5", "-o", "looped.h5"], 2, ".html or .htm"),
            (["looped.h5", "-o", ".html"], 2, ".html or .htm"),
            (["looped.h5", "-o", "folder.html"], 2, "found a folder"),
            (["looped.h5", "-o", "none/a.html"], 1, "none/a.html"),
            (["none.h5"], 3, "none.h5"), (["looped.html"], 3, "looped.html")]:
        done = must("report", *arguments, code=code)
        expect(word in done.stderr and done.stderr.count("\n") == 1,
               f"{arguments}: {done.stderr}")
    must("validate", "looped.h5")
    expect(not [f for f in os.listdir() if f.endswith(".tmp")], "temporaries")


def check_equal():
    """Equal runs under one name: equal bytes."""
    for folder in "ab":
        os.mkdir(folder)
        must("run", *settings("layers"), "--reproducible",
             "-o", "run.h5", cwd=folder)
        must("report", "run.h5", "-q", cwd=folder)
    pages = [pathlib.Path(f, "run.html").read_bytes() for f in "ab"]
    expect(pages[0] == pages[1], "equal runs, other pages")


def check_reproduction():
    """What the page says how to reproduce it: the same numbers."""
    for name in ("looped", "given"):
        root = tree.fromstring(
            must("report", f"{name}.h5", "-o", "-").stdout)
        part = root.find(".//section[@id='reproduce']")
        link = part.find(".//a[@download]")
        ini = urllib.parse.unquote(link.get("href").split(",", 1)[1])
        os.mkdir(f"again-{name}")
        os.symlink("../foreign.h5", f"again-{name}/foreign.h5")
        pathlib.Path(f"again-{name}", link.get("download")).write_text(ini)
        command = text_of(part.find(".//pre")).replace("iclgd ", "$I ")
        done = subprocess.run(command, shell=True, cwd=f"again-{name}",
                              env={**os.environ, "I": PROGRAM},
                              capture_output=True, text=True)
        expect(done.returncode == 0, f"{command}: {done.stderr}")
        expect_same(name, f"{name}.h5", f"again-{name}/{name}.h5")
        expect(text_of(part.findall("details/pre")[0]) == ini,
               "the configuration and its link differ")


if __name__ == "__main__":
    raise SystemExit(
        main(check_pages, check_output, check_equal, check_reproduction))
