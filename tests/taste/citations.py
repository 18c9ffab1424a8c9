#!/usr/bin/python3
"""Every citation of theory names a heading of docs/theory.md, and every claim
that page names is one of `iclgd verify`.

usage: citations.py SOURCE | --self-test
"""
import pathlib
import re
import sys

CODE = ("src", "include", "probes", "tests")
ENDINGS = {".c", ".h", ".inc", ".py"}
CITED = re.compile(r"\bO\d+\b")
ELSEWHERE = re.compile(r"\b[Tt]heory[,:]? (O\d|section \d|\d+[A-F]\b)")


def headings(theory):
    return set(re.findall(r"^## (O\d+)\. ", theory, re.M))


def faults_of(name, text, known):
    joined = re.sub(r"\s*\n\s*(\*|//)?\s*", " ", text)  # comments of many lines
    for number in sorted(set(CITED.findall(text)) - known):
        yield f"{name}: {number}: docs/theory.md has no such heading"
    for match in ELSEWHERE.finditer(joined):
        yield f"{name}: '{match[0]}': expected docs/theory.md and a heading"


def claims_faults(theory, rows):
    claims = re.findall(r'"([a-z]+\d?\.[\w.]+)"', rows)
    for name in sorted(set(re.findall(r"`((?:o\d|ahn)\.\w[\w.]*)`", theory))):
        if not any((claim + ".").startswith(name + ".") for claim in claims):
            yield f"docs/theory.md: {name}: no claim of that name"


def check(source):
    theory = (source / "docs/theory.md").read_text()
    known = headings(theory)
    for folder in CODE:
        for path in sorted((source / folder).rglob("*")):
            if path.suffix in ENDINGS and path.name != "citations.py":
                yield from faults_of(path.relative_to(source),
                                     path.read_text(), known)
    rows = "".join(path.read_text()
                   for path in sorted((source / "src/verify").glob("*.inc")))
    yield from claims_faults(theory, rows)


def self_test():
    known = headings("## O1. One layer\n### O2 is none\n## O3. Any\n")
    assert known == {"O1", "O3"}

    def found(text):
        return len(list(faults_of("x", text, known)))

    assert found("/* O1 and docs/theory.md, O3. */") == 0
    assert found("/* O2. */") == 1
    assert found("/* Source: theory O1. */") == 1
    assert found("/* Source: theory,\n * section 12. */") == 1
    assert found("/* theory: O3, and O7 */") == 2
    assert not list(claims_faults("`o1.loss`", '"o1.loss.L2"'))
    assert list(claims_faults("`o1.los`", '"o1.loss.L2"'))


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit(0)
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = list(check(pathlib.Path(sys.argv[1])))
    for fault in faults:
        print(fault)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
