"""Files whose texts and numbers nobody vouches for: what is drawn from them
stays a drawing, and the file itself is never replaced.

    ICLGD_PROGRAM=iclgd python3 check_hostile.py
"""
import os
import pathlib
import pty
import random
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "run"))

from program import (PROGRAM, QUICK, expect, h5py, main, must,  # noqa: E402
                     np, run)

FIGURES = ("loss median training alignment best-step cosine weights structure "
           "filter loops shifts interpolation landscape decoding").split()


def attack(text):
    return f"{text}\nsystem \"touch pwned\"\nplot 1 title '\x1b[2J"


def poison(item):
    """Every text that a figure might show."""
    for name, value in item.attrs.items():
        if isinstance(value, str) and name not in ("signal", "axes", "default"):
            item.attrs[name] = attack(value)


def replace_texts(file, path, code=attack("").encode()):
    """The last text of a list: the first ones are names that are looked for."""
    texts = list(file[path][()])
    file[path][...] = texts[:-1] + [texts[-1] + code]


def check_commands():
    """No text of a file becomes a command of the shell or of the terminal,
    and every picture is well-formed."""
    must("run", "model.loops=2", *QUICK, "extrapolation.shifts=n=2",
         "-o", "bad.h5")
    with h5py.File("bad.h5", "r+") as file:
        file.visititems(lambda _, item: poison(item))
        for path in ("extrapolation/shifts/shift_name", "filter_match/title"):
            replace_texts(file, f"entry/{path}")
    for figure in FIGURES:
        drawn = run("plot", "bad.h5", "--what", figure, "-o", "bad.svg")
        expect(drawn.returncode in (0, 3), f"{figure}: {drawn.stderr}")
        expect(not os.path.exists("pwned"), f"{figure}: a command was run")
        if drawn.returncode == 0:
            tree.parse("bad.svg")
        shown = run("plot", "bad.h5", "--what", figure)
        expect("\x1b" not in shown.stdout, f"{figure}: an escape code")
        if figure != "decoding":  # not with so few prompts
            expect(drawn.returncode == shown.returncode == 0,
                   f"{figure}: {shown.stderr}")


def on_terminal(*arguments):
    """What a command prints on a terminal, apart from ends of lines."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([PROGRAM, *arguments], stdout=theirs,
                          stderr=subprocess.STDOUT) as command:
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 1 << 16):
                text += part
        except OSError:  # the other end was closed
            pass
    os.close(ours)
    return command.returncode, text.replace(b"\r", b"").replace(b"\n", b"")


def check_terminal():
    """Whatever is printed on a terminal holds no codes of a file's texts: of
    ASCII, of U+0080 to U+009F, of single bytes."""
    with h5py.File("bad.h5") as file:
        title = file["entry/title"][()]
    shutil.copy("bad.h5", "codes.h5")
    code = b"\x1b[31m\n\x7f\xc2\x9b2J\xff"
    with h5py.File("codes.h5", "r+") as file:
        del file["entry/title"]
        file["entry/title"] = np.bytes_(title + code)
        for group in ("trajectories/gd", "structure", "interpolation"):
            attributes = file[f"entry/{group}"].attrs
            for name, value in list(attributes.items()):
                if isinstance(value, str):
                    attributes.modify(name, value.encode() + code)
        file[b"entry/model/odd" + code[:-1]] = np.ones(3)
        replace_texts(file, "entry/extrapolation/shifts/shift_name", code)
    for arguments in (["show"], ["show", "--all"],
                      ["show", "--json"], ["validate"],
                      ["export", "--list"], ["export", "--what", "title"],
                      ["export", "--what", "extrapolation/shifts"],
                      ["export", "--what", "config/text"],
                      ["report", "-o", "-"]):
        returned, text = on_terminal(arguments[0], "codes.h5", *arguments[1:])
        expect(returned in (0, 3), f"{arguments}: {returned}")
        found = text.decode("utf-8", "surrogateescape")
        odd = [c for c in found if ord(c) < 32 or 0x7f <= ord(c) < 0xa0
               or 0xdc00 <= ord(c) < 0xe000]
        expect(not odd, f"{arguments} prints {odd[:5]}")
    for arguments in (["diff"], ["diff", "--json"]):
        returned, text = on_terminal("diff", "bad.h5", "codes.h5",
                                     *arguments[1:])
        expect(returned == 1, f"{arguments}: {returned}")
        expect(b"\x1b" not in text and b"\xc2\x9b" not in text
               and b"\xff" not in text, f"{arguments} prints a code")
    piped = subprocess.run([PROGRAM, "export", "codes.h5", "--what", "title"],
                           capture_output=True)
    expect(code.replace(b'"', b'""') in piped.stdout,
           f"an export to a pipe is not exact: {piped.stdout}")


def check_input_is_kept():
    """What is made from a file never replaces it, by whatever name."""
    before = pathlib.Path("bad.h5").read_bytes()
    for name in ("a.svg", "a.html", "a.csv"):
        shutil.copy("bad.h5", name)
        os.symlink(name, f"link-{name}")
    for target in ("a", "link-a"):
        for command, end in (("plot", "svg"), ("report", "html"),
                             ("export", "csv")):
            done = run(command, f"a.{end}", "-o", f"{target}.{end}")
            expect(done.returncode == 2 and "is the file that is read"
                   in done.stderr, f"{command} {target}: {done.stderr}")
            expect(pathlib.Path(f"a.{end}").read_bytes() == before,
                   f"{command} {target}: replaced its input")
    for command, end in (("plot", "svg"), ("report", "html"),
                         ("export", "csv")):
        done = run(command, "bad.h5", "-o", f"a.{end}")
        expect(done.returncode == 2 and "is an HDF5 file" in done.stderr and
               pathlib.Path(f"a.{end}").read_bytes() == before,
               f"{command}: replaced another run: {done.stderr}")


def check_rounding():
    """A loss that is constant up to its last bit has an axis, too."""
    with h5py.File("bad.h5", "r+") as file:
        for path in ("training/loss_eval", "seeds/loss"):
            loss = file[f"entry/{path}"]
            loss[...] = np.ones(loss.shape)
            loss[..., 1] = 1 + 2.3e-16
    for arguments in (["plot", "bad.h5", "--what", "training"],
                      ["plot", "bad.h5", "--what", "training", "-o", "b.png"],
                      ["report", "bad.h5", "-o", "b.html"]):
        try:
            done = subprocess.run([PROGRAM, *arguments], capture_output=True,
                                  text=True, timeout=60)
            expect(done.returncode == 0, f"{arguments}: {done.stderr}")
        except subprocess.TimeoutExpired:
            expect(False, f"{arguments}: does not end")


def check_name():
    """A page of a file whose name is no UTF-8."""
    shutil.copy("bad.h5", b"caf\xe9 'x'.h5")
    done = subprocess.run([PROGRAM, "report", b"caf\xe9 'x'.h5", "-o", "-"],
                          capture_output=True)
    expect(done.returncode == 0, done.stderr)
    tree.fromstring(done.stdout.decode())


def check_large():
    """Arrays of more bytes than are read at once (4 GiB) are exported row by
    row, when the file has them: here zeros, compressed a thousand times."""
    rows, chunk = 600 * 2 ** 20, 2 ** 20
    packed = zlib.compress(bytes(8 * chunk), 9)
    with h5py.File("large.h5", "w") as file:
        whole = file.create_dataset("entry/x", (rows,), "f8", chunks=(chunk,),
                                    compression="gzip")
        for start in range(0, rows, chunk):
            whole.id.write_direct_chunk((start,), packed)
        file.create_dataset("entry/empty", (2 ** 40,), "f8", chunks=(chunk,))
    with subprocess.Popen([PROGRAM, "export", "large.h5", "--what", "x"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as export:
        lines = [export.stdout.readline() for _ in range(3)]
        export.kill()
        expect(lines == ["dim_0,x\n", "0,0\n", "1,0\n"],
               f"{lines} {export.stderr.read()}")
    done = run("export", "large.h5", "--what", "empty")
    expect(done.returncode == 3 and "claims 8796093022208 bytes" in done.stderr,
           f"an extent of 2^40: {done.stderr}")


def check_damage():
    """Random bytes in a valid file, some where HDF5 itself crashes: every
    command ends with one of its own codes."""
    chance = random.Random(2026)
    few = [*QUICK, "reference.list=gd,ridge"]
    must("run", "quickstart", *few, "--force", "-o", "sound.h5")
    sound = pathlib.Path("sound.h5").read_bytes()
    crashed = 0
    for _ in range(12):
        damaged = bytearray(sound)
        for _ in range(chance.randint(1, 32)):
            damaged[chance.randrange(len(sound))] = chance.randrange(256)
        pathlib.Path("damaged.h5").write_bytes(damaged)
        for words in (["validate", "damaged.h5"],
                      ["export", "damaged.h5", "--list"],
                      ["probe", "damaged.h5", *few, "--force", "-o", "p.h5"]):
            done = run(*words)
            expect(done.returncode in (0, 1, 2, 3),
                   f"{words}: {done.returncode} {done.stderr}")
            crashed += "library crashed" in done.stderr
    print(f"the library crashed {crashed} times")


if __name__ == "__main__":
    raise SystemExit(main(check_commands, check_terminal, check_input_is_kept,
                          check_rounding, check_name, check_large,
                          check_damage))
