"""The architecture `transformer` in PyTorch, from its keys alone
(include/iclgd/transformer.h has the equations): arrays by name, predictions
after every block."""
import math

import torch
import torch.nn.functional as F

DEFAULTS = {
    "tokens": "joint", "label": "first", "width": 0, "readout": "auto",
    "attention": "softmax", "heads": 1, "key": 0, "scale": "sqrt",
    "merged": "false", "output": "true", "bias": "true", "mask": "auto",
    "positions": "none", "dot_product": "true", "mlp": "none", "mlp_width": 0,
    "norm": "none", "final_norm": "auto", "norm_epsilon": 1e-5, "residual": 1.,
    "shortcut": "identity",
    "inject": "none", "layers": 1, "loops": 1}


class Transformer:
    def __init__(self, words, d, n):
        keys = dict(DEFAULTS, **dict(word.split("=") for word in words))
        for name, value in DEFAULTS.items():
            keys[name] = type(value)(keys[name])
        self.__dict__.update(keys)
        self.d, self.n = d, n
        joint = self.tokens == "joint"
        self.token = d + (joint or self.label == "own")
        self.T = n + 1 if joint else 2 * n + 1
        self.C = self.width or self.token
        if self.readout == "auto":
            self.readout = "last" if joint and not self.width else "linear"
        if self.mask == "auto":
            self.mask = "query" if joint else "causal"
        if self.final_norm == "auto":
            self.final_norm = "true" if self.norm in ("pre", "rms") else "false"
        self.kinds = [word.split("+")
                      for word in self.attention.replace(",", " ").split()]
        self.shapes = self.arrays()
        self.theta = {name: .5 * torch.randn(shape) / (
            math.sqrt(shape[-1]) if len(shape) > 2 else 1) + ("gain" in name)
                      for name, shape in self.shapes.items()}

    def arrays(self):
        C, H, L = self.C, self.heads, self.layers
        share = self.key or C // H
        V = share if self.output == "true" else C
        M = self.mlp_width or 4 * C
        bias, own = self.bias == "true", {}
        separate = self.dot_product == "true" and self.merged == "false"

        def norm(name, *lead):
            own[name + "_gain"] = (*lead, C)
            if self.norm != "rms":
                own[name + "_bias"] = (*lead, C)

        if self.norm != "none":
            norm("norm1", L)
        if separate:
            own["W_Q"] = own["W_K"] = (L, H * share, C)
        if self.merged == "true":
            own["W_QK"] = (L, H, C, C)
        own["W_V"] = (L, H * V, C)
        if bias and separate:
            own["b_Q"] = own["b_K"] = (L, H * share)
        if bias:
            own["b_V"] = (L, H * V)
        if self.scale == "learned":
            own["temperature"] = (L, H)
        buckets = {"relative-free": self.T, "relative-log": 1,
                   "relative-linear": 1, "t5": 32}.get(self.positions)
        if buckets:
            own["relative"] = (L, H, buckets)
        if self.output == "true":
            own["W_O"] = (L, C, H * V)
            if bias:
                own["b_O"] = (L, C)
        if self.mlp != "none":
            if self.norm != "none":
                norm("norm2", L)
            own["W_up"], own["W_down"] = (L, M, C), (L, C, M)
            if self.mlp == "swiglu":
                own["W_gate"] = (L, M, C)
            if bias:
                own["b_up"], own["b_down"] = (L, M), (L, C)
        if self.shortcut == "augmented":
            own["shortcut"] = (L, 2 if self.mlp != "none" else 1, C)
        if self.width:
            own["W_in"], own["b_in"] = (C, self.token), (C,)
        if self.positions == "learned":
            own["position"] = (self.T, C)
        if self.final_norm == "true":
            norm("final")
        if self.readout == "linear":
            own["W_out"], own["b_out"] = (C,), (1,)
        self.V, self.K = V, C if self.merged == "true" else share
        return own

    def get(self, name, l):
        return self.theta[name][l] if name in self.theta else 0.

    def normed(self, name, h, l=None):
        gain, bias = self.theta[name + "_gain"], self.theta.get(name + "_bias")
        if l is not None:
            gain, bias = gain[l], None if bias is None else bias[l]
        if self.norm == "rms":
            return gain * h * torch.rsqrt(
                h.square().mean(-1, keepdim=True) + self.norm_epsilon)
        return F.layer_norm(h, (self.C,), gain, bias, self.norm_epsilon)

    def embed(self, x, y, query):
        P, n, d = x.shape
        z = torch.zeros(P, self.T, self.token)
        if self.tokens == "joint":
            z[:, :n, :d], z[:, n, :d], z[:, :n, d] = x, query, y
        else:
            z[:, :2 * n:2, :d], z[:, 2 * n, :d] = x, query
            z[:, 1::2, d if self.label == "own" else 0] = y
        if not self.width:
            return z
        h = F.linear(z, self.theta["W_in"], self.theta["b_in"])
        if self.positions == "learned":
            h = h + self.theta["position"]
        if self.positions == "sinusoidal":
            i, c = torch.arange(self.T)[:, None], torch.arange(self.C)[None]
            angle = i * 10000. ** (-(c - c % 2).double() / self.C)
            h = h + torch.where(c % 2 == 0, angle.sin(), angle.cos())
        return h

    def distance_bias(self, l, head):
        D = (torch.arange(self.T)[:, None] - torch.arange(self.T)[None]).abs()
        if self.positions == "alibi":
            return -D * 2. ** (-8 * (head + 1) / self.heads)
        if "relative" not in self.theta:
            return torch.zeros(self.T, self.T)
        r = self.theta["relative"][l, head]
        if self.positions == "relative-log":
            return -r * torch.log1p(D.double())
        if self.positions == "relative-linear":
            return -r * D
        if self.positions == "t5":
            far = 16 + (torch.log(D.clamp(min=1) / 16.) / math.log(8) * 16)
            D = torch.where(D < 16, D, far.long().clamp(max=31))
        return r[D]

    def share(self, kind, s, visible):
        count = visible.sum(-1, keepdim=True)
        if kind == "softmax":
            return s.masked_fill(~visible, -math.inf).softmax(-1)
        if kind == "elu1":
            s = s * visible
            return s / s.sum(-1, keepdim=True)
        f = {"linear": lambda a: a, "relu": F.relu, "exp": torch.exp,
             "sigmoid": torch.sigmoid}[kind]
        return f(s) * visible / count

    def attend(self, u, l):
        T, H, K, V = self.T, self.heads, self.K, self.V
        i, j = torch.arange(T)[:, None], torch.arange(T)[None]
        visible = {"causal": j <= i, "query": (j < T - 1).expand(T, T),
                   "none": (j >= 0).expand(T, T)}[self.mask]
        row = self.kinds[l % len(self.kinds)]
        v = F.linear(u, self.theta["W_V"][l]) + self.get("b_V", l)
        out = []
        for h in range(H):
            kind = row[h % len(row)]
            s = self.distance_bias(l, h)
            if self.merged == "true":
                product = u @ self.theta["W_QK"][l, h] @ u.transpose(1, 2)
            elif self.dot_product == "true":
                at = slice(h * K, (h + 1) * K)
                q = (F.linear(u, self.theta["W_Q"][l]) + self.get("b_Q", l))
                k = (F.linear(u, self.theta["W_K"][l]) + self.get("b_K", l))
                q, k = q[..., at], k[..., at]
                if kind == "elu1":
                    q, k = F.elu(q) + 1, F.elu(k) + 1
                product = q @ k.transpose(1, 2)
            if self.dot_product == "true":
                scale = 1. if self.scale == "none" or kind == "elu1" \
                    else K ** -.5
                if self.scale == "learned":
                    scale = scale * self.theta["temperature"][l, h]
                s = s + scale * product
            out.append(self.share(kind, s.expand(u.shape[0], T, T), visible)
                       @ v[..., h * V:(h + 1) * V])
        if self.output == "true":
            return F.linear(torch.cat(out, -1), self.theta["W_O"][l]) \
                + self.get("b_O", l)
        return sum(out)

    def hidden(self, u, l):
        up = F.linear(u, self.theta["W_up"][l]) + self.get("b_up", l)
        if self.mlp == "swiglu":
            up = F.silu(F.linear(u, self.theta["W_gate"][l])) * up
        else:
            up = {"relu": F.relu, "gelu": F.gelu,
                  "gelu-tanh": lambda a: F.gelu(a, approximate="tanh")}[
                      self.mlp](up)
        return F.linear(up, self.theta["W_down"][l]) + self.get("b_down", l)

    def part(self, f, norm, h, l):
        r = 0. if self.shortcut == "none" else self.residual
        if "shortcut" in self.theta:
            r = r + self.theta["shortcut"][l][int(norm == "norm2")]
        if self.norm == "post":
            return self.normed(norm, r * h + f(h, l), l)
        return r * h + f(h if self.norm == "none"
                         else self.normed(norm, h, l), l)

    def predict(self, x, y, query):
        """(prompt, depth + 1); the zero predictor before the first block."""
        e = self.embed(x, y, query)
        inject = self.inject == "input"
        h = torch.zeros_like(e) if inject else e
        out = [torch.zeros(x.shape[0])]
        for block in range(self.layers * self.loops):
            l = block % self.layers
            if inject and l == 0:
                h = h + e
            h = self.part(self.attend, "norm1", h, l)
            if self.mlp != "none":
                h = self.part(self.hidden, "norm2", h, l)
            final = self.final_norm == "true"
            ends = inject and l == self.layers - 1
            if ends and final:
                h = self.normed("final", h)
            f = self.normed("final", h) if final and not ends else h
            out.append(f[:, -1] @ self.theta["W_out"] + self.theta["b_out"]
                       if self.readout == "linear" else -f[:, -1, -1])
        return torch.stack(out, 1)
