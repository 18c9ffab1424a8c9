"""Transformers with softmax attention: shapes, prompts, and the loss of a step.

A block, with layer norm and MLP where the shape has them, is

    h <- h + W_O softmax(q k^T / sqrt(width / heads)) v + b_O
    h <- h + W_down gelu(W_up norm(h) + b_up) + b_down

joint        tokens (x_i, y_i) and (x_query, 0), the query masked from the
             keys; one loss, of the query, so that the last block is computed
             for the query alone
alternating  tokens x_1, (y_1, 0, ..), .., x_query, causal, learned positions;
             the loss is the mean over every x token
looped       the same, its block repeated: h <- norm(block(h + e)), h_0 = 0

Nothing here names a library: `ops` has the few functions that differ.
"""
from dataclasses import dataclass

INITIAL_SCALE = 0.02


@dataclass(frozen=True)
class Stack:
    name: str
    d: int  # dimension of the inputs
    n: int  # context points
    width: int
    heads: int
    layers: int  # distinct blocks
    loops: int  # repetitions; more than one: with the input injected
    mlp: int  # units, 0 without
    alternating: bool  # else joint
    batch: int  # prompts per step

    @property
    def tokens(self):
        return 2 * self.n + 1 if self.alternating else self.n + 1

    @property
    def token_width(self):
        return self.d if self.alternating else self.d + 1

    @property
    def reads_in(self):
        return self.width != self.token_width

    def arrays(self):
        """{name: (dimensions, centre)}; those by layer have it first."""
        c, found = self.width, {}
        for name, extents in (("W_Q", (c, c)), ("W_K", (c, c)),
                              ("W_V", (c, c)), ("W_O", (c, c))):
            found[name] = (self.layers, *extents), 0
        if self.mlp:
            found["W_up"] = (self.layers, self.mlp, c), 0
            found["W_down"] = (self.layers, c, self.mlp), 0
            found["b_up"] = (self.layers, self.mlp), 0
            for name in ("b_Q", "b_K", "b_V", "b_O", "b_down",
                         "norm1_bias", "norm2_bias"):
                found[name] = (self.layers, c), 0
            for name in ("norm1_gain", "norm2_gain"):
                found[name] = (self.layers, c), 1
        if self.reads_in:
            found["W_in"], found["b_in"] = ((c, self.token_width), 0), ((c,), 0)
            found["W_out"], found["b_out"] = ((c,), 0), ((1,), 0)
        if self.alternating:
            found["position"] = (self.tokens, c), 0
            found["final_gain"], found["final_bias"] = ((c,), 1), ((c,), 0)
        return found


STACKS = {stack.name: stack for stack in (
    Stack("s1", 10, 10, 11, 1, 1, 1, 0, False, 2048),
    Stack("s2", 20, 40, 64, 4, 3, 1, 256, True, 64),
    Stack("s3", 20, 40, 64, 4, 1, 12, 256, True, 64),
    Stack("s4", 5, 20, 32, 2, 2, 1, 0, False, 256),
    Stack("s5", 20, 40, 128, 4, 6, 1, 512, True, 64),
)}


def norm(h, gain, bias):
    e = h - h.mean(-1)[..., None]
    return e / ((e * e).mean(-1)[..., None] + 1e-5) ** 0.5 * gain + bias


def split(h, heads):
    """(batch, tokens, width) -> (batch, heads, tokens, width / heads)."""
    batch, tokens, width = h.shape
    return h.reshape(batch, tokens, heads, width // heads).swapaxes(1, 2)


def attention(ops, stack, theta, l, u, seen, only_query):
    """Of the tokens u, or of the last alone, over the first `seen`."""
    def project(name, tokens):
        out = tokens @ theta["W_" + name][l].T
        return out + theta["b_" + name][l] if stack.mlp else out

    asking = u[:, -1:] if only_query else u
    q, k, v = (split(project(name, tokens), stack.heads) for name, tokens in
               (("Q", asking), ("K", u[:, :seen]), ("V", u[:, :seen])))
    o = ops.attend(q, k, v, stack.alternating).swapaxes(1, 2)
    return project("O", o.reshape(o.shape[0], o.shape[1], stack.width))


def block(ops, stack, theta, l, h, only_query=False):
    def normed(which, tokens):
        if not stack.mlp:
            return tokens
        return norm(tokens, theta[f"norm{which}_gain"][l],
                    theta[f"norm{which}_bias"][l])

    seen = stack.tokens if stack.alternating else stack.n
    moved = attention(ops, stack, theta, l, normed(1, h), seen, only_query)
    h = (h[:, -1:] if only_query else h) + moved
    if not stack.mlp:
        return h
    up = ops.gelu(normed(2, h) @ theta["W_up"][l].T + theta["b_up"][l])
    return h + up @ theta["W_down"][l].T + theta["b_down"][l]


def embed(ops, stack, theta, x, y):
    """The tokens' first states; x (batch, n + 1, d), y (batch, n + 1, 1)."""
    if stack.alternating:
        label = ops.concatenate([y, 0 * x[..., 1:]], -1)
        z = ops.concatenate([x[:, :, None], label[:, :, None]], 2)
        z = z.reshape(x.shape[0], -1, stack.d)[:, :-1]
    else:
        known = ops.concatenate([y[:, :-1], 0 * y[:, -1:]], 1)
        z = ops.concatenate([x, known], -1)
    if stack.reads_in:
        z = z @ theta["W_in"].T + theta["b_in"]
    return z + theta["position"] if stack.alternating else z


def loss(ops, stack, theta, x, w):
    y = x @ w
    e = embed(ops, stack, theta, x, y)
    h = 0 * e if stack.loops > 1 else e
    for loop in range(stack.loops):
        h = h + e if stack.loops > 1 else h
        for l in range(stack.layers):
            last = loop + 1 == stack.loops and l + 1 == stack.layers
            h = block(ops, stack, theta, l, h, last and not stack.alternating)
        if stack.alternating and (stack.loops > 1 or loop + 1 == stack.loops):
            h = norm(h, theta["final_gain"], theta["final_bias"])
    if not stack.alternating:
        read = h @ theta["W_out"] + theta["b_out"] if stack.reads_in \
            else -h[..., -1]
        return ((read - y[:, -1:, 0]) ** 2).mean()
    return ((h[:, ::2] @ theta["W_out"] + theta["b_out"] - y[..., 0])**2).mean()
