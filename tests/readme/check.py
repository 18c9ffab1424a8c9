#!/usr/bin/python3
"""Do the documents tell the truth?

usage: check.py PROGRAM SOURCE examples | outputs | update [DOCUMENT ...]

examples  runs the python and ini blocks and every `iclgd ...` line of the sh
          blocks, at reduced cost; compiles the C blocks; looks up the links
outputs   runs the commands of the console blocks as they stand and compares
          what they print, to the letter; compares what the program writes
          itself (generated.py)
update    puts what they print now into the documents, and draws their
          pictures anew

The blocks of one document run in its order in one folder, as a reader would
run them; documents need nothing of each other. Without DOCUMENT: all of them.
One line per fault; exit code 1 when there is one, 77 (skipped) when a Python
package is not installed.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import generated

MEASURE = ("probe.prompts=60 reference.tune_prompts=60 "
           "reference.list=gd,nesterov,newton identify.tune_prompts=30")
CHEAP = {  # key=value that stand in the place of a line's own, lists aside
    "run": "train.steps=20 train.batch=32 " + MEASURE,
    "train": "train.steps=20 train.batch=32",
    "probe": MEASURE,
    "generate": "probe.prompts=60",
    "sweep": "train.steps=20 train.batch=32 " + MEASURE,
}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
DOOR = 12000  # bytes of the README: a front door, the rest is in docs/
PICTURES = {  # document, then in data/reference: what of which of its files
    "README.md": {"quickstart.svg": ("quickstart.h5", "loss")},
    "docs/theory.md":
        {"symmetry-breaking.svg": ("symmetry-breaking.h5", "structure")},
}


def documents(source):
    return ["README.md", "CONTRIBUTING.md"] + sorted(
        str(path.relative_to(source)) for path in source.glob("docs/*.md"))


def run(command, folder, **options):
    """A shell command in the folder, with iclgd on the path."""
    environment = dict(os.environ, NO_COLOR="1", COLUMNS="80",
                       PATH=f"{folder}/bin:{os.environ['PATH']}")
    return subprocess.run(command, shell=isinstance(command, str), cwd=folder,
                          env=environment, text=True, capture_output=True,
                          **options)


def commands_of(console):
    """[(command, expected output)] of a console block."""
    parts = re.split(r"^\$ (.*)\n", console, flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


def blocks(text, kind):
    return [body for name, body in FENCE.findall(text) if name == kind]


def cheap(line):
    """An `iclgd ...` line at reduced cost, as words; each key once."""
    words = shlex.split(line, comments=True)
    lists = [word.split("=")[0] for word in words if ".list=" in word]
    saving = [word for word in CHEAP.get(words[1], "").split()
              if word.split("=")[0] not in lists]
    keys = {word.split("=")[0] for word in saving}
    return [word for word in words if word.split("=")[0] not in keys] + saving


def check_lines(lines, folder):
    for line in lines:
        done = run(cheap(line), folder)
        if done.returncode != 0:
            yield f"{line}: exit {done.returncode}: {done.stderr.strip()}"


def check_settings(block, folder):
    (folder / "mine.ini").write_text(block)
    yield from check_lines(["iclgd run mine.ini -q"], folder)


def check_python(block, folder):
    done = run(["/usr/bin/python3", "-W", "error::FutureWarning", "-c", block],
               folder)
    if "ModuleNotFoundError" in done.stderr:
        print(f"skipped: {done.stderr.splitlines()[-1]}")
        sys.exit(77)
    if done.returncode != 0:
        yield f"python block: {done.stderr.strip()}\n{block}"


def check_blocks(text, folder):
    """One after another in one folder, as a reader would; nothing that a block
    leaves is in the way of another."""
    for kind, block in FENCE.findall(text):
        if kind == "sh":
            lines = block.splitlines()
            yield from check_lines([line for line in lines
                                    if line.startswith("iclgd ")], folder)
        elif kind == "console":
            yield from check_lines([command.split(" | ")[0]
                                    for command, _ in commands_of(block)
                                    if command.startswith("iclgd run")], folder)
        elif kind == "ini":
            yield from check_settings(block, folder)
        elif kind == "python":
            yield from check_python(block, folder)


def check_c(name, text, folder, source):
    consumer = (source / "tests/install/consumer/consumer.c").read_text()
    if name == "docs/c-library.md" and consumer not in blocks(text, "c"):
        yield "no C block is tests/install/consumer/consumer.c"
    for block in blocks(text, "c"):
        done = run(["cc", "-std=c17", "-D_POSIX_C_SOURCE=200809L", "-Wall",
                    "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
                    "-Werror", f"-I{source}/include", f"-I{source}/src",
                    "-fsyntax-only", "-xc", "-"], folder, input=block)
        if done.returncode != 0:
            yield f"C block: {done.stderr.strip()}"


def anchors(text):
    """What GitHub makes of the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", re.sub(FENCE, "", text), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in headings}


def check_links(name, text, source):
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    here = (source / name).parent
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]+))?\)", plain):
        path = here / target if target else source / name
        if not path.exists():
            yield f"{target}: no such file"
        elif anchor and anchor not in anchors(path.read_text()):
            yield f"{target}#{anchor}: no such heading"


def check_length(name, text):
    if name == "README.md" and len(text.encode()) > DOOR:
        yield f"{len(text.encode())} bytes, expected at most {DOOR}: see docs/"


def check_examples(name, text, folder, source):
    yield from check_length(name, text)
    yield from check_links(name, text, source)
    if name != "CONTRIBUTING.md":  # its C is built and used: extend.py
        yield from check_c(name, text, folder, source)
    yield from check_blocks(text, folder)


def console_answers(text, folder):
    """(command, expected, found) of every iclgd command of console blocks."""
    for block in blocks(text, "console"):
        for command, expected in commands_of(block):
            if command.startswith("iclgd "):
                yield command, expected, run(command, folder).stdout


def check_outputs(name, text, folder, source):
    written = generated.text_of(name, lambda words: run(words, folder).stdout)
    if written is not None and written != text:
        yield "not what the program writes: check.py ... update"
    for command, expected, found in console_answers(text, folder):
        if found.rstrip() != expected.rstrip():
            yield (f"$ {command}\nthe document says:\n{expected}\n"
                   f"the program says:\n{found}")


def update(name, text, folder, source):
    for command, expected, found in console_answers(text, folder):
        answer = found.rstrip() + "\n" if found.strip() else ""
        text = text.replace(f"$ {command}\n{expected}",
                            f"$ {command}\n{answer}")
    text = re.sub(r"(```console\n(?:.|\n)*?[^\n])\n*(?=\n```)", r"\1", text)
    written = generated.text_of(name, lambda words: run(words, folder).stdout)
    (source / name).write_text(text if written is None else written)
    for picture, (made, what) in PICTURES.get(name, {}).items():
        run(["iclgd", "plot", made, "--what", what, "-o",
             str(source / "data/reference" / picture)], folder, check=True)
    return []


def faults_of(name, action, program, source):
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        (folder / "bin").mkdir()
        (folder / "bin/iclgd").symlink_to(program)
        text = (source / name).read_text() if (source / name).exists() else ""
        return [f"{name}: {fault}"
                for fault in action(name, text, folder, source)]


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, source = map(pathlib.Path, map(os.path.abspath, sys.argv[1:3]))
    action = {"examples": check_examples, "outputs": check_outputs,
              "update": update}[sys.argv[3]]
    names = sys.argv[4:] or documents(source)
    faults = [fault for name in names
              for fault in faults_of(name, action, program, source)]
    for fault in faults:
        print(fault)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
