"""Do files of ours follow the NeXus base classes, as nexusformat has them?

    build/nexus-venv/bin/python check_nexus.py FILE.h5 ...

Every group of a file is compared with the definition of its class (`nxcheck` of
nexusformat, whose definitions come along: no network). One line per error or
warning; exit code 1 when there is one, 77 (skipped) without nexusformat, which
tests/tools/nexus installs. A file spoilt on purpose shows that faults are seen.
"""
import logging
import os
import shutil
import sys
import tempfile

try:
    import h5py
    from nexusformat.nexus import validate
except ImportError as missing:
    print(f"skipped: {missing} (tests/tools/nexus installs it)")
    sys.exit(77)

# Attributes of ours, which NeXus allows and mentions.
OURS = ('"@schema" is not defined as an attribute in NXroot',
        '"@schema_version" is not defined as an attribute in NXroot',
        '"@description" is not defined as an attribute in NXentry')


class Lines(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.found = []

    def emit(self, record):
        if record.levelno < logging.CRITICAL:  # headings are critical there
            self.found.append(record.getMessage().strip())


def complaints(path):
    """Errors and warnings about a copy: nexusformat opens files to write."""
    lines = Lines()
    validate.logger.handlers = [lines]
    validate.logger.setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(path, os.path.join(folder, "copy.h5"))
        counts = validate.validate_file(copy)
    found = [line for line in lines.found
             if not line.startswith("NX") and line not in OURS]
    if counts is None:
        found.append("was not validated")
    elif counts[1] and not found:
        found.append(f"{counts[1]} errors")
    return found


def spoilt_is_seen(path):
    """The signal of a plot is gone."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(path, os.path.join(folder, "spoilt.h5"))
        with h5py.File(copy, "r+") as file:
            group = file["entry"][file["entry"].attrs["default"]]
            del group[group.attrs["signal"]]
        return complaints(copy) != []


def main(paths):
    faults = 0
    for path in paths:
        for line in complaints(path):
            print(f"{path}: {line}")
            faults += 1
    if not paths or not spoilt_is_seen(paths[0]):
        print("a plot without its signal was not complained about")
        faults += 1
    print(f"{len(paths)} file(s), {faults} fault(s)")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
