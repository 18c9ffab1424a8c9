"""data/examples/program_pytorch.py on a softmax transformer that is trained
here for a few steps: what the file says of it is what PyTorch says, weights are
near its gradients where autograd sees them.

    ICLGD_PROGRAM=iclgd build/peers-venv/bin/python slow_program_torch.py
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError as missing:
    print(f"skipped: {missing} (tests/bench/peers installs it)")
    sys.exit(77)

PROGRAM = os.environ.get("ICLGD_PROGRAM", "iclgd")
EXAMPLE = (pathlib.Path(__file__).parents[2] / "data" / "examples"
           / "program_pytorch.py")
MODEL = '''
import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self, d, width, layers):
        super().__init__()
        self.read_in, self.read_out = nn.Linear(d + 1, width), nn.Linear(width, 1)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(
            width, 2, 64, dropout=0, batch_first=True, norm_first=True)
            for _ in range(layers))

    def forward(self, tokens):
        hidden, out = self.read_in(tokens), []
        for layer in self.layers:
            hidden = layer(hidden)
            out.append(self.read_out(hidden[:, -1])[:, 0])
        return out


def build():
    return Stack(3, 16, 2)
'''
faults = []


def expect(condition, text):
    if not condition:
        print(text)
        faults.append(text)


def train(model, steps):
    torch.manual_seed(0)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(steps):
        x, w = torch.randn(64, 11, 3), torch.randn(64, 3, 1)
        y = (x @ w)[..., 0]
        label = y[:, -1].clone()
        y[:, -1] = 0
        loss = (model(torch.cat([x, y[..., None]], -1))[-1] - label).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def read(what):
    """An array of the file, flat."""
    text = subprocess.run([PROGRAM, "export", "probed.h5", "--what", what,
                           "--format", "json"], capture_output=True, text=True,
                          check=True).stdout
    values, = (column["values"] for column in json.loads(text)["columns"].values()
               if not column["coordinate"])
    return torch.tensor(values, dtype=torch.float64)


def compare(model, read):
    """Predictions as PyTorch computes them, weights beside mean gradients."""
    x, y = read("prompts/x").reshape(60, 10, 3), read("prompts/y").reshape(60, 10)
    query = read("prompts/x_query").reshape(60, 1, 3)
    yhat = read("trajectories/model/prediction").reshape(3, 60)
    w = read("trajectories/model/weight").reshape(3, 60, 3)

    def ask(queries):  # (60, q, 3) -> (2, 60, q)
        q = queries.shape[1]
        points = torch.cat([x, y[..., None]], -1)[:, None].expand(-1, q, -1, -1)
        last = torch.nn.functional.pad(queries, (0, 1))[:, :, None]
        tokens = torch.cat([points, last], 2).reshape(-1, 11, 4).float()
        return torch.stack(model(tokens)).reshape(2, 60, q)

    off = (ask(query)[..., 0] - yhat[1:]).abs().max().item()
    expect(off < 1e-4, f"predictions differ by {off}")
    expect(yhat[0].abs().max() == 0, "the zero layer is not zero")
    further = torch.randn(60, 64, 3, dtype=torch.float64, requires_grad=True)
    for layer in range(2):
        total = ask(further)[layer].sum()
        slope = torch.autograd.grad(total, further)[0].mean(1)
        cosine = torch.cosine_similarity(slope, w[layer + 1], -1).mean().item()
        expect(cosine > 0.9, f"layer {layer + 1}: weights have the cosine "
                             f"{cosine} with mean gradients")


def main():
    pathlib.Path("model.py").write_text(MODEL)
    sys.path.insert(0, os.getcwd())
    torch.set_num_threads(1)
    model = __import__("model").build()
    train(model, 200)
    torch.save(model.state_dict(), "model.pt")
    done = subprocess.run(
        [PROGRAM, "run", "prompt.d=3", "prompt.n=10", "probe.prompts=60",
         "reference.list=gd", "probe.list=alignment", "-q", "-o", "probed.h5",
         f"model.program={sys.executable} {EXAMPLE} model"],
        capture_output=True, text=True)
    expect(done.returncode == 0, f"run: {done.stderr}")
    if faults:
        return
    compare(model.eval(), read)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
        os.chdir("/")
    print(f"{len(faults)} fault(s)")
    sys.exit(1 if faults else 0)
