#!/usr/bin/python3
"""Write the probe and the algorithm of CONTRIBUTING.md, and the tables with
their rows, as sources of a program that has both.

usage: extend.py SOURCE FOLDER

Of each section of the page, the C block behind "A whole one, `FILE`:" is that
file, and every indented line behind "row in `FILE`:" or "declaration in
`FILE`:" goes into that one, beside its kind.
"""
import pathlib
import re
import sys

WHOLE = re.compile(r"A whole one, `([\w./]+)`:\n\n```c\n(.*?)^```$", re.M | re.S)
ADDED = re.compile(r"(?:row|declaration) in\s+`([\w./]+)`:\n\n((?:    .*\n)+)")
KINDS = (r"extern const iclgd_\w+ ", r"    &iclgd_\w+,")


def insert(text, line):
    """The line behind the last one of its kind."""
    line = line.strip()
    for kind in KINDS:
        if re.match(kind.strip(), line):
            last = list(re.finditer(f"^{kind}.*\n", text, re.M))[-1]
            indent = "    " if kind.startswith(" ") else ""
            return text[:last.end()] + indent + line + "\n" + text[last.end():]
    sys.exit(f"{line}: no row of this kind in the table")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, folder = map(pathlib.Path, sys.argv[1:])
    page = (source / "CONTRIBUTING.md").read_text()
    files = dict(WHOLE.findall(page))
    for name, lines in ADDED.findall(page):
        text = files.get(name) or (source / name).read_text()
        for line in lines.splitlines():
            if line.strip() != "...":
                text = insert(text, line)
        files[name] = text
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    print("\n".join(files))


if __name__ == "__main__":
    main()
