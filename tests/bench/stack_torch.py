"""The transformers in PyTorch: eager with its fused attention and Adam, and the
loss and gradient as one compiled graph."""
import torch
import torch.nn.functional as F

import stacks
from problem import BETA1, BETA2, EPSILON, LEARNING_RATE

MODES = ("eager", "compiled")
concatenate = torch.cat


def attend(q, k, v, causal):
    return F.scaled_dot_product_attention(q, k, v, is_causal=causal)


def gelu(x):
    return F.gelu(x, approximate="tanh")


class Ops:
    attend, gelu = staticmethod(attend), staticmethod(gelu)
    concatenate = staticmethod(torch.cat)


def start(stack):
    return {name: (centre + stacks.INITIAL_SCALE * (centre == 0)
                   * torch.randn(extents)).requires_grad_()
            for name, (extents, centre) in stack.arrays().items()}


def gradient(stack, theta, x, w):
    """The loss, and the gradient in every array, in double."""
    arrays = {name: torch.from_numpy(a).requires_grad_()
              for name, a in theta.items()}
    value = stacks.loss(Ops, stack, arrays, torch.from_numpy(x),
                        torch.from_numpy(w))
    value.backward()
    return value.item(), {name: a.grad.numpy() for name, a in arrays.items()}


def steps(mode, stack):
    def loss(theta, x, w):
        return stacks.loss(Ops, stack, theta, x, w)

    if mode == "compiled":
        loss = torch.compile(loss, dynamic=False)
    theta = start(stack)
    optimiser = torch.optim.Adam(theta.values(), lr=LEARNING_RATE,
                                 betas=(BETA1, BETA2), eps=EPSILON, fused=True)

    def run(count):
        for _ in range(count):
            optimiser.zero_grad()
            loss(theta, torch.randn(stack.batch, stack.n + 1, stack.d),
                 torch.randn(stack.batch, stack.d, 1)).backward()
            optimiser.step()
    return run
