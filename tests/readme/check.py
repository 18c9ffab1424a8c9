#!/usr/bin/python3
"""Does the README tell the truth?

usage: check.py PROGRAM SOURCE examples | outputs | update

examples  runs the python and ini blocks and every `iclgd ...` line of the sh
          blocks, at reduced cost; compiles the C blocks; looks up the links
outputs   runs the commands of the console blocks as they stand and compares
          what they print, to the letter
update    puts what they print now into the README, and draws its picture anew

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

CHEAP = {
    "run": ("train.steps=20 train.batch=32 probe.prompts=60 "
            "reference.tune_prompts=60"),
    "train": "train.steps=20 train.batch=32",
    "probe": "probe.prompts=60 reference.tune_prompts=60",
    "generate": "probe.prompts=60",
}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
PICTURES = {  # in data/reference: the file that a console block made, what
    "quickstart.svg": ("quickstart.h5", "loss"),
    "symmetry-breaking.svg": ("symmetry-breaking.h5", "structure"),
}


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
    saving = CHEAP.get(words[1], "").split()
    keys = {word.split("=")[0] for word in saving if "=" in word}
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


def check_c(text, folder, source):
    consumer = (source / "tests/install/consumer/consumer.c").read_text()
    if consumer not in blocks(text, "c"):
        yield "no C block is tests/install/consumer/consumer.c"
    contributing = (source / "CONTRIBUTING.md").read_text()
    for block in blocks(text, "c") + blocks(contributing, "c"):
        done = run(["cc", "-std=c17", "-D_POSIX_C_SOURCE=200809L", "-Wall",
                    "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
                    "-Werror", f"-I{source}/include", f"-I{source}/src",
                    "-fsyntax-only", "-xc", "-"], folder, input=block)
        if done.returncode != 0:
            yield f"C block: {done.stderr.strip()}"


def check_links(text, source):
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        if not (source / target).exists():
            yield f"{target}: no such file"


def check_examples(text, folder, source):
    yield from check_links(text, source)
    yield from check_c(text, folder, source)
    yield from check_blocks(text, folder)


def console_answers(text, folder):
    """(command, expected, found) of every iclgd command of console blocks."""
    for block in blocks(text, "console"):
        for command, expected in commands_of(block):
            if command.startswith("iclgd "):
                yield command, expected, run(command, folder).stdout


def check_outputs(text, folder, source):
    for command, expected, found in console_answers(text, folder):
        if found.rstrip() != expected.rstrip():
            yield (f"$ {command}\nthe README says:\n{expected}\n"
                   f"the program says:\n{found}")


def update(text, folder, source):
    for command, expected, found in console_answers(text, folder):
        text = text.replace(f"$ {command}\n{expected}",
                            f"$ {command}\n{found.rstrip()}\n")
    text = re.sub(r"(```console\n(?:.|\n)*?[^\n])\n*(?=\n```)", r"\1", text)
    (source / "README.md").write_text(text)
    for picture, (made, what) in PICTURES.items():
        run(["iclgd", "plot", made, "--what", what, "-o",
             str(source / "data/reference" / picture)], folder, check=True)
    return []


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, source = map(pathlib.Path, map(os.path.abspath, sys.argv[1:3]))
    action = {"examples": check_examples, "outputs": check_outputs,
              "update": update}[sys.argv[3]]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "bin").mkdir()
        (folder / "bin/iclgd").symlink_to(program)
        faults = list(action((source / "README.md").read_text(), folder,
                             source))
    for fault in faults:
        print(fault)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
