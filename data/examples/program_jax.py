"""A model for iclgd in JAX: linear attention, one head, here with the weights
that make each layer a step of gradient descent. Put yours in their place.

    iclgd probe quickstart model.program="python3 program_jax.py"
"""
import sys

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
LAYERS, ETA = 3, 0.3


def predict_one(x, y, query):
    """x (n, d), y (n), query (d) -> the prediction after every layer"""
    tokens = jnp.vstack([jnp.column_stack([x, y]), jnp.append(query, 0.0)])
    out, n = [], max(len(y), 1)
    for _ in range(LAYERS):
        scores = tokens[:, :-1] @ tokens[:-1, :-1].T
        step = -ETA / n * scores @ tokens[:-1, -1]
        tokens = tokens.at[:, -1].add(step)
        out.append(-tokens[-1, -1])
    return jnp.stack(out)


queries = jax.vmap(predict_one, (None, None, 0), 1)  # none sees another
predict = jax.jit(jax.vmap(queries, 0, 1))
read = lambda *shape: np.frombuffer(
    sys.stdin.buffer.read(8 * int(np.prod(shape))), "<f8").reshape(shape)

while line := sys.stdin.buffer.readline():
    count, n, d, q = map(int, line.split()[2:])
    out = np.asarray(predict(read(count, n, d), read(count, n), read(count, q, d)))
    sys.stdout.buffer.write(b"%d %d %d\n" % out.shape + out.tobytes())
    sys.stdout.buffer.flush()
