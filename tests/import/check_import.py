"""`iclgd import` and `iclgd export --weights` from the outside: the same model
by every way in, back again, its proof, and what is refused."""
import json
import os
import pathlib
import struct
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).parent.parent / "run"))
from program import (QUICK, expect, faults, h5py, must, np)  # noqa: E402

folder = pathlib.Path(tempfile.mkdtemp())
os.chdir(folder)
rng = np.random.default_rng(3)


def save(name, arrays, metadata=None):
    """A safetensors file, written apart from the program."""
    types = {"float64": "F64", "float32": "F32", "float16": "F16",
             "int64": "I64", "bool": "BOOL"}
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for key, value in arrays.items():
        value = np.ascontiguousarray(value)
        header[key] = {"dtype": types[value.dtype.name],
                       "shape": np.shape(value),
                       "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    pathlib.Path(name).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(name):
    """The arrays of a safetensors file, and its metadata."""
    blob = pathlib.Path(name).read_bytes()
    size = struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:8 + size])
    metadata = header.pop("__metadata__", {})
    kinds = {"F64": "<f8", "F32": "<f4"}
    return {key: np.frombuffer(
        blob[8 + size:][slice(*row["data_offsets"])],
        kinds[row["dtype"]]).reshape(row["shape"])
        for key, row in header.items()}, metadata


def refuse(words, name, *arguments, code=3):
    done = must("import", name, "-o", "no.h5", *arguments, code=code)
    expect(words in done.stderr, f"{arguments}: no '{words}': {done.stderr}")
    expect(not os.path.exists("no.h5"), f"{arguments}: left a file")


def attributes(name):
    with h5py.File(name) as file:
        return dict(file["entry/model"].attrs)


def gd(x, y, query, A, loops):
    """Predictions of w <- w + A (b - S w), by hand."""
    n = x.shape[1]
    S = np.einsum("pni,pnj->pij", x, x) / n
    b = np.einsum("pni,pn->pi", x, y) / n
    w, out = np.zeros_like(query), []
    for l in range(loops * len(A)):
        w = w + (b - np.einsum("pij,pj->pi", S, w)) @ A[l % len(A)].T
        out.append(np.sum(w * query, 1))
    return np.array(out)


A = .5 * np.eye(3) + .1 * rng.normal(size=(2, 3, 3))
x, y, query = (rng.normal(size=s) for s in ((6, 8, 3), (6, 8), (6, 3)))
proof = {"check/x": x, "check/y": y, "check/x_query": query,
         "check/prediction": gd(x, y, query, A, 3)}

# By a file of safetensors, of flat HDF5, and of /entry/model.
save("a.safetensors", {"A": A, **proof})
with h5py.File("flat.h5", "w") as file:
    for key, value in {"A": A, **proof}.items():
        file[key] = value
with h5py.File("ours.h5", "w") as file:
    model = file.create_group("entry/model")
    model["A"] = A
    model.attrs["loops"] = 3
    for key, value in proof.items():
        file["entry/" + key] = value
must("import", "a.safetensors", "model.loops=3")
must("import", "flat.h5", "model.loops=3", "-o", "flat-model.h5")
must("import", "ours.h5", "-o", "ours-model.h5")
for name in "a.h5", "flat-model.h5", "ours-model.h5":
    must("validate", name)
    with h5py.File(name) as file:
        expect(np.array_equal(file["entry/model/A"], A), f"{name}: other A")
        expect("law" not in file["entry/model"], f"{name}: a law nobody said")
    found = attributes(name)
    expect(found["loops"] == 3 and found["check_prompts"] == 6
           and found["check_difference"] < 1e-12, f"{name}: {found}")
done = must("import", "a.safetensors", "model.loops=3", "--force")
expect("predictions of 6 prompts after 6 layers agree" in done.stdout,
       done.stdout)
shown = " ".join(must("show", "a.h5").stdout.split())
expect("predictions of 6 prompts agree" in shown and "Law" not in shown, shown)

# Probed, and where it came from stays with it.
must("probe", "a.h5", "-o", "probed.h5", *QUICK, "prompt.n=10")
must("validate", "probed.h5")
found = attributes("probed.h5")
expect(found["import_file"] == "a.safetensors" and found["check_prompts"] == 6,
       f"probed.h5: {found}")
with h5py.File("probed.h5") as file:
    expect("law_changes" not in file["entry/prompts"].attrs,
           "changes of a law that is not known")

# And back, by two ways.
for source in "a.h5", "probed.h5":
    must("export", source, "--weights", "back.safetensors")
    arrays, words = read("back.safetensors")
    expect(np.array_equal(arrays["A"], A) and list(arrays) == ["A"],
           f"{source}: other arrays came back")
    expect("loops = 3" in words["model"], f"{source}: {words}")
must("import", "back.safetensors", "-o", "back.h5")
expect(attributes("back.h5")["loops"] == 3, "loops were lost")
must("export", "a.h5", "--weights", "single.safetensors", "--single")
single, _ = read("single.safetensors")
expect(np.array_equal(single["A"], A.astype("f4")), "not single precision")

# Without proof it says so; the law of its prompts is what the user says.
save("bare.safetensors", {"A": A[0].astype("f2")})
done = must("import", "bare.safetensors", "prompt.noise=0.5")
expect("Nothing was checked" in done.stdout, done.stdout)
shown = " ".join(must("show", "bare.h5").stdout.split())
expect("was not checked" in shown and "noise 0.5" in shown, shown)
with h5py.File("bare.h5") as file:
    expect(np.array_equal(file["entry/model/A"][0], A[0].astype("f2")),
           "half precision")
    expect(b"noise = 0.5" in file["entry/model/law"][()], "the law was lost")

# Other conventions of linear attention.
P, Q = rng.normal(size=(2, 1, 4, 4))
save("sum.safetensors", {"P": P, "Q": Q},
     {"scaling": "sum", "prediction_sign": "1"})
must("import", "sum.safetensors", "prompt.n=7")
with h5py.File("sum.h5") as file:
    expect(np.allclose(file["entry/model/P"], 7 * P, rtol=1e-15), "P of a sum")
expect(attributes("sum.h5")["prediction_sign"] == 1, "the sign was lost")

# A map: names by layer, turned and cut.
pathlib.Path("mine.txt").write_text(
    "# mine\nset model.loops = 3\nstrip net.\nblock.*.W = A transpose rows 1/2"
    "\nstep = -\n")
two = {f"net.block.{l}.W": np.concatenate([A[l], A[l]]).T for l in range(2)}
save("mine.safetensors", {**two, "step": np.int64(5), **proof})
done = must("import", "mine.safetensors", "--map", "mine.txt", "--json")
found = json.loads(done.stdout)
expect(found["left_out"] == ["step"] and found["check"]["difference"] < 1e-12
       and found["keys"]["model.layers"]["value"] == "2", done.stdout)
with h5py.File("mine.h5") as file:
    expect(np.array_equal(file["entry/model/A"], A), "mine.h5: other A")

# A transformer by the names of other code, with its law, and back.
SMALL = ("prompt.d=2", "prompt.n=3", "prompt.noise=0.25", "model.layers=2",
         "model.architecture=transformer", "model.heads=2", "train.batch=16",
         "train.steps=2", "train.eval_prompts=16")
GPT = ("model.tokens=alternating", "model.width=8", "model.positions=learned",
       "model.mlp=gelu-tanh", "model.norm=pre")
must("train", *SMALL, *GPT, "-o", "gpt.h5")
must("train", *SMALL, "model.key=2", "-o", "joint.h5")
for names, shape in ("gpt2", (8, 24)), ("nanogpt", (24, 8)):
    must("export", "gpt.h5", "--weights", "gpt.safetensors", "--as", names)
    arrays, words = read("gpt.safetensors")
    inner = "_backbone." + ("transformer." if names == "nanogpt" else "")
    expect(arrays[inner + "h.1.attn.c_attn.weight"].shape == shape
           and arrays["_read_out.weight"].shape == (1, 8)
           and arrays[inner + "ln_f.bias"].shape == (8,)
           and len(arrays) == 5 + 2 + 2 * 12, f"{names}: {list(arrays)}")
    must("import", "gpt.safetensors", "--as", names, "-o", "again.h5",
         "--force")
    with h5py.File("gpt.h5") as ours, h5py.File("again.h5") as again:
        for key, value in ours["entry/model"].items():
            if value.dtype.kind == "f":
                expect(np.array_equal(value, again["entry/model"][key]),
                       f"{names}: {key} came back as another")
        expect(b"noise = 0.25" in again["entry/model/law"][()]
               and b"n = 3" in again["entry/model/law"][()],
               f"{names}: the law was lost")
done = must("export", "joint.h5", "--weights", "no.safetensors", "--as",
            "gpt2", code=2)
expect("model.tokens = alternating, found joint" in done.stderr, done.stderr)
expect(not os.path.exists("no.safetensors"), "a file of nothing")
must("export", "joint.h5", "--as", "gpt2", code=2)
must("export", "joint.h5", "--weights", "joint.safetensors")
refuse("of itself: expected 2", "joint.safetensors", "model.heads=1", code=2)
refuse("expected a model of the architecture linear", "joint.safetensors",
       "--as", "linear")
refuse("`iclgd probe joint.h5` takes its model", "joint.h5")
arrays, words = read("gpt.safetensors")
bias = arrays.pop("_read_in.bias")
pathlib.Path("shared.txt").write_text(
    must("import", "--list", "--as", "nanogpt").stdout + "h.*.extra = b_in\n")
save("shared.safetensors", {**arrays, "h.0.extra": bias, "h.1.extra": bias},
     words)
refuse("h.0.extra: the model has no b_in for each layer", "shared.safetensors",
       "--map", "shared.txt")
for start in b"PK\3\4", b"\x80\2\x8a\n":
    pathlib.Path("state.pt").write_bytes(start + bytes(100))
    refuse("save_file(state_dict", "state.pt")

# What is refused, by name.
refuse("check/prediction: expected shape", "a.safetensors", "model.loops=2")
save("wrong.safetensors", {"A": 1.01 * A, **proof})
refuse("after layer 1 ours differ by", "wrong.safetensors", "model.loops=3")
save("extra.safetensors", {"A": A, "h.0.x": A[0]})
refuse("h.0.x: the model has no h.0.x", "extra.safetensors")
refuse("A (2, 3, 3): no array of the names gpt2", "extra.safetensors",
       "--as", "gpt2")
save("missing.safetensors", {"P": P})
refuse("expected Q for Q (4, 4) of layer 0", "missing.safetensors")
save("shape.safetensors", {"P": P, "Q": Q[:, :3]})
refuse("Q: expected Q (4, 4), for each layer, found (1, 3, 4)",
       "shape.safetensors")
save("nan.safetensors", {"A": np.where(np.eye(3), np.nan, A)})
refuse("A: expected finite numbers, found nan at element 0", "nan.safetensors")
save("whole.safetensors", {"A": np.zeros((1, 3, 3), "i8")})
refuse("A: expected numbers of dtype", "whole.safetensors")
refuse("model.heads", "a.safetensors", "model.heads=0", code=2)
refuse("cannot open", "nowhere.safetensors")
refuse("expected either these or the map", "a.safetensors", "--as", "linear",
       "--map", "mine.txt", code=2)
for text, words in (("A = A sideways\n", "line 1: expected transpose"),
                    ("\nA : A\n", "line 2: expected `THEIRS"),
                    ("A.*.* = A\n", "one * at most"),
                    ("A = A rows 3/2\n", "rows I/K"),
                    ("set x\n", "line 1: expected `set KEY = VALUE`"),
                    ("A = A\nA = A\n", "expected one array for A")):
    pathlib.Path("bad.txt").write_text(text)
    refuse(words, "a.safetensors", "--map", "bad.txt")
must("import", "a.safetensors", "model.loops=3", code=2)  # it is there
must("import", "a.safetensors", "-o", "a.safetensors", "--force", code=2)
must("export", "a.h5", "--weights", "a.h5", code=2)
must("export", "a.h5", "--single", code=2)
listed = must("import", "--list", "--as", "nanogpt").stdout
pathlib.Path("listed.txt").write_text(listed)
refuse("A (2, 3, 3): no array of the names listed.txt", "a.safetensors",
       "--map", "listed.txt")
sys.exit(bool(faults))
