"""The documents that the program writes itself: docs/commands.md, docs/keys.md
and docs/file-format.md. `run` takes a command as words and gives its output.
"""
import json
import re

BY_HAND = ("<!-- written by the program (tests/readme/check.py ... update): "
           "not by hand -->\n")


def table(heads, rows):
    lines = [heads, ["---"] * len(heads)] + rows
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def commands(run):
    """The help of every command; the overview of them all first."""
    overview = run(["iclgd", "--help"])
    listed = re.search(r"^Commands.*?:\n((?:  .*\n)+)", overview, re.M)[1]
    rows = [line.split(None, 1) for line in listed.splitlines()]
    text = ("# Commands\n\n" + BY_HAND +
            "\nHow they go together is told in [running](running.md). What each\n"
            "accepts is below, as `iclgd COMMAND --help` says it.\n\n" +
            table(["command", "what it does"],
                  [[f"[`{name}`](#{name})", cell(summary)]
                   for name, summary in rows]))
    for name, summary in rows:
        answer = run(["iclgd", name, "--help"]).rstrip()
        text += f"\n## {name}\n\n{summary}\n\n```text\n{answer}\n```\n"
    return text


def keys(run):
    """One table for each section of the settings."""
    text = ("# Settings\n\n" + BY_HAND +
            "\n`iclgd keys WORD` prints those whose name contains the word. On\n"
            "the command line a key is `section.name=value`; in an INI file it\n"
            "stands as `name = value` below `[section]`; keys of `run` stand before any\n"
            "section, and without one.\n")
    sections = {}
    for key in json.loads(run(["iclgd", "keys", "--json"])):
        section, dot, _ = key["key"].partition(".")
        sections.setdefault(section if dot else "run", []).append(key)
    for section, members in sections.items():
        text += f"\n## {section}\n\n" + table(
            ["key", "default", "meaning", "accepts"],
            [[f"`{key['key']}`",
              f"`{cell(key['default'])}`" if key["default"] else "",
              cell(key["meaning"]), cell(key["accepts"])] for key in members])
    return text


def file_format(run):
    text = run(["iclgd", "schema", "--markdown"])
    title, rest = text.split("\n", 1)
    return title + "\n\n" + BY_HAND + rest


WRITERS = {"docs/commands.md": commands, "docs/keys.md": keys,
           "docs/file-format.md": file_format}


def text_of(name, run):
    """What the document has to be, or None where people write it."""
    return WRITERS[name](run) if name in WRITERS else None
