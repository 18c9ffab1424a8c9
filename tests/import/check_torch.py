"""Models of PyTorch and transformers, imported: predictions after every layer,
gradients in every parameter and sensitivities to the query agree with autograd.

usage: check_torch.py PROGRAM DIFFERENTIATE HEADER, by tests/import/torch's
interpreter
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import torch
    from safetensors.torch import load_file, save_file
    from torch import nn
    from transformers import GPT2Config, GPT2Model
    from transformers.utils import logging
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from transformer import Transformer

program, differentiate, header = sys.argv[1:]
folder = pathlib.Path(tempfile.mkdtemp())
faults = 0
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
logging.set_verbosity_error()


def expect(holds, text):
    global faults
    if not holds:
        faults += 1
        print(text)


def run(*arguments):
    return subprocess.run(list(map(str, arguments)), capture_output=True,
                          text=True, cwd=folder)


def prompts(count, n, d):
    return torch.randn(count, n, d), torch.randn(count, n), torch.randn(count, d)


class Garg(nn.Module):
    """GPT-2 between a read-in and a read-out, over x_1, (y_1, 0, ..), x_2, ..;
    the read-out is taken after every block, through the final norm."""

    def __init__(self, d, points, width, layers, heads):
        super().__init__()
        self._read_in = nn.Linear(d, width)
        self._backbone = GPT2Model(GPT2Config(
            n_positions=2 * points, n_embd=width, n_layer=layers, n_head=heads,
            vocab_size=7, bos_token_id=0, eos_token_id=0, use_cache=False))
        self._read_out = nn.Linear(width, 1)

    def predict(self, x, y, query):
        P, n, d = x.shape
        z = torch.zeros(P, 2 * n + 1, d, dtype=x.dtype)
        z[:, :2 * n:2], z[:, 1::2, 0], z[:, -1] = x, y, query
        states = self._backbone(inputs_embeds=self._read_in(z),
                                output_hidden_states=True).hidden_states
        inner = [self._backbone.ln_f(h) for h in states[1:-1]]
        return torch.stack([self._read_out(h)[:, -1, 0]
                            for h in [*inner, states[-1]]])


def as_nanogpt(arrays):
    """The same under nanoGPT's names in a wrapped model: nn.Linear is (out,
    in), and buffers of the mask stand beside."""
    conv = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
    named = {"module." + name.replace("_backbone.", "_backbone.transformer.")
             if name.startswith("_") else name:
             value.T.contiguous() if name.endswith(conv) else value
             for name, value in arrays.items() if "wte" not in name}
    mask = "module._backbone.transformer.h.0.attn."
    return {**named, mask + "bias": torch.ones(1, 1, 9, 9, dtype=torch.bool),
            mask + "masked_bias": torch.tensor(-1e4)}


def check_return(model, what, precision):
    """gpt2.h5 under GPT-2's names again; positions as far as they are read."""
    done = run(program, "export", "gpt2.h5", "--weights", "again.safetensors",
               "--as", "gpt2")
    expect(done.returncode == 0, f"{what}: {done.stderr}")
    again = load_file(folder / "again.safetensors") if not done.returncode else {}
    for name, value in model.state_dict().items():
        if "wte" in name:
            continue
        found = again.get(name)
        expect(found is not None and torch.equal(
            found, value.to(precision).double()[:len(found)]),
            f"{what}: {name} came back as another")


def check_gpt2(d, points, width, layers, heads, n):
    what = f"GPT-2 {layers} x {width}, {heads} heads"
    model = Garg(d, points, width, layers, heads).eval()
    for parameter in model.parameters():
        parameter.data += .1 * torch.randn_like(parameter)
    x, y, query = prompts(8, n, d)
    with torch.no_grad():
        proof = model.predict(x, y, query)
    arrays = {**model.state_dict(), "check/x": x, "check/y": y,
              "check/x_query": query, "check/prediction": proof}
    for precision, limit in (torch.float64, 1e-10), (torch.float32, 1e-5):
        save_file({k: v.to(precision).contiguous() for k, v in arrays.items()},
                  folder / "gpt2.safetensors")
        done = run(program, "import", "gpt2.safetensors", "--json", "--force",
                   f"model.heads={heads}")
        expect(done.returncode == 0, f"{what}: {done.stderr}")
        check = json.loads(done.stdout)["check"] if done.stdout else None
        expect(check and check["layers"] == layers
               and check["difference"] < limit,
               f"{what}, {precision}: {check}")
        check_return(model, what, precision)
    save_file(as_nanogpt(arrays), folder / "nano.safetensors")
    done = run(program, "import", "nano.safetensors", "--json", "--force",
               f"model.heads={heads}")
    found = json.loads(done.stdout) if done.stdout else {"check": None}
    expect(found["check"] and found["names"] == "nanogpt"
           and found["check"]["difference"] < 1e-10
           and len(found["left_out"]) == 2,
           f"{what}, nanoGPT: {done.stderr}{found}")
    if heads > 1:
        done = run(program, "import", "gpt2.safetensors", "-o", "no.h5",
                   "model.heads=1")
        expect(done.returncode == 3 and "check/prediction" in done.stderr
               and not (folder / "no.h5").exists(),
               f"{what}, one head: {done.returncode} {done.stderr}")


def apart(a, b):
    return ((a - b).abs().max() / b.abs().max().clamp(min=1)).item()


def check_row(row, d=3, n=5):
    words = row.split()
    model = Transformer(words, d, n)
    for value in model.theta.values():
        value.requires_grad_()
    x, y, query = prompts(3, n, d)
    target = torch.randn(3)
    query.requires_grad_()
    prediction = model.predict(x, y, query)
    c = torch.arange(1, prediction.shape[1] + 1)
    (c * (prediction - target[:, None]) ** 2).sum().backward(retain_graph=True)
    weight = torch.stack(
        [torch.autograd.grad(p.sum(), query, retain_graph=True)[0]
         if p.requires_grad else torch.zeros_like(query)
         for p in prediction.T], 1)
    arrays = {name: value.detach().contiguous()
              for name, value in model.theta.items()}
    save_file({**arrays, "check/x": x, "check/y": y,
               "check/x_query": query.detach(), "check/y_query": target},
              folder / "own.safetensors")
    given = {word.split("=")[0] for word in words}
    words += [f"{key}={getattr(model, key)}"
              for key in ("tokens", "attention", "heads", "mlp", "norm")
              if key not in given]
    done = run(differentiate, "own.safetensors", "out.safetensors",
               *["model." + word for word in words], f"prompt.n={n}")
    expect(done.returncode == 0, f"{row}: {done.stderr}")
    if done.returncode:
        return
    ours = load_file(folder / "out.safetensors")
    theirs = {"prediction": prediction.detach(), "weight": weight}
    theirs.update((name, value.grad if value.grad is not None
                   else torch.zeros_like(value))
                  for name, value in model.theta.items())
    for name, value in theirs.items():
        expect(apart(ours[name].reshape(value.shape), value) < 1e-10,
               f"{row}: {name}: {apart(ours[name].reshape(value.shape), value)}")


torch.manual_seed(1)
for shape in ((3, 8, 12, 1, 2, 8 - 1), (5, 20, 32, 3, 4, 12),
              (4, 41, 16, 6, 1, 40), (2, 6, 24, 2, 8, 1)):
    check_gpt2(*shape)
text = pathlib.Path(header).read_text()
text = text[text.index("transformer_rows[]"):]
rows = re.sub(r'"\s*"', "", text[:text.index("};")])
rows = re.findall(r'"([^"]*)"', rows)
expect(len(rows) > 20, f"{header}: {len(rows)} rows")
for row in rows:
    check_row(row)
print(f"{len(rows)} shapes of transformers and GPT-2, {faults} faults")
sys.exit(faults > 0)
