"""A model for iclgd in PyTorch. MODEL.py defines build(), a module that maps
tokens (batch, n + 1, d + 1), the points (x_i, y_i) and then (x_query, 0), to
the list of its predictions (batch) after every layer; MODEL.pt is its state.

    iclgd probe quickstart model.program="python3 program_pytorch.py MODEL"
"""
import importlib.util
import sys

import torch

torch.set_num_threads(1)  # small models: more cost time, above all when shared
spec = importlib.util.spec_from_file_location("model", sys.argv[1] + ".py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.build().eval()
model.load_state_dict(torch.load(sys.argv[1] + ".pt", weights_only=True))


def read(*shape):
    data = sys.stdin.buffer.read(8 * torch.Size(shape).numel())
    numbers = torch.frombuffer(bytearray(data + bytes(8)), dtype=torch.float64)
    return numbers[:-1].reshape(shape).float()  # one more: never empty


while line := sys.stdin.buffer.readline():
    count, n, d, q = map(int, line.split()[2:])
    x, y, queries = read(count, n, d), read(count, n, 1), read(count, q, d)
    context = torch.cat([x, y], -1)[:, None].expand(-1, q, -1, -1)
    last = torch.nn.functional.pad(queries, (0, 1))[:, :, None]
    tokens = torch.cat([context, last], 2).reshape(count * q, n + 1, d + 1)
    with torch.inference_mode():  # one prompt per query: none sees another
        layers = torch.stack(model(tokens)).double()
    sys.stdout.buffer.write(b"%d %d %d\n" % (len(layers), count, q))
    sys.stdout.buffer.write(layers.numpy().tobytes())
    sys.stdout.buffer.flush()
