"""PyTorch on the processor: eager, and as one graph by torch.compile."""
import functools
import itertools

import torch

from forms import FORMS, forms_of, layouts_of
from hand import hand
from layouts import BatchFirst, BatchLast, sum_of_products
from problem import (BETA1, BETA2, EPSILON, INITIAL_SCALE, LEARNING_RATE,
                     adam, draw, prompts)

torch._dynamo.config.recompile_limit = 1000  # one function serves all forms
torch._dynamo.config.accumulated_recompile_limit = 1000


# A graph of more elementwise products takes many minutes to compile.
LARGEST_GRAPH = 100  # depth times D


def broadcast_product(a, b):
    """Two calls instead of two per column: eager calls cost microseconds."""
    return (a[:, :, None] * b[None]).sum(1)


LAYOUTS = {
    "eager": {"first": BatchFirst(torch),
              "last": BatchLast(torch, broadcast_product)},
    "compiled": {"first": BatchFirst(torch),
                 "last": BatchLast(torch, sum_of_products)},
}


def by_autograd(loss):
    """loss(theta) -> its value and gradient, recorded and played back."""
    def gradient(theta):
        leaf = theta.detach().requires_grad_()
        value = loss(leaf)
        return value.detach(), torch.autograd.grad(value, leaf)[0]
    return gradient


def by_transform(loss):
    """The same as a transformation, which compiles into the graph."""
    def gradient(theta):
        slope, value = torch.func.grad_and_value(loss)(theta)
        return value, slope
    return gradient


def gradient_function(mode, form, layout, shape):
    """(theta, Zt, target) -> loss and gradient."""
    if form == "hand":
        return functools.partial(hand, layout, shape)

    differentiate = by_autograd if mode == "eager" else by_transform

    def gradient(theta, Zt, target):
        return differentiate(lambda theta: FORMS[form](
            layout, shape, theta, Zt, target))(theta)
    return gradient


def eager_step(gradient, layout, shape, theta):
    """(x, w) -> one step; Adam as PyTorch has it, one fused kernel."""
    theta.requires_grad_()
    optimiser = torch.optim.Adam([theta], lr=LEARNING_RATE,
                                 betas=(BETA1, BETA2), eps=EPSILON,
                                 fused=True)

    def step(x, w):
        _, theta.grad = gradient(theta.detach(),
                                 *prompts(layout, shape, x, w))
        optimiser.step()
    return step


def compiled_update(gradient, layout, shape):
    """Prompts, gradient and Adam as one compiled function of tensors."""
    def update(number, theta, first, second, x, w):
        _, slope = gradient(theta, *prompts(layout, shape, x, w))
        return adam(theta, first, second, slope, number)
    return torch.compile(update, dynamic=False)


def compiled_step(update, theta):
    """(x, w) -> one step."""
    state = [theta, torch.zeros_like(theta), torch.zeros_like(theta)]
    numbers = itertools.count(1)

    def step(x, w):
        state[:] = update(torch.tensor(float(next(numbers))), *state, x, w)
    return step


class Peer:
    def __init__(self, threads):
        torch.set_num_threads(threads)

    @staticmethod
    def about():
        math = "MKL" if torch.backends.mkl.is_available() else "no MKL"
        return {"library": "PyTorch",
                "version": f"{torch.__version__} ({math})"}

    @staticmethod
    def forms(shape):
        """Compiling takes up to a minute, so only what may be fastest is."""
        hands = [f"hand:{layout}" for layout in layouts_of(shape)]
        small = shape.depth * shape.D <= LARGEST_GRAPH
        eager = [f"{form}:first" for form in forms_of(shape)]
        return [*(f"eager:{name}" for name in eager + hands),
                *(f"compiled:{name}" for name in
                  ["published:first", "gram2:first",
                   *(hands if small else hands[:1])])]

    @staticmethod
    def gradient(form, shape, theta, Zt, target):
        mode, form, layout = form.split(":")
        layout = LAYOUTS[mode][layout]
        arrays = [torch.from_numpy(theta),
                  *(layout.from_first(torch.from_numpy(a))
                    for a in (Zt, target))]
        loss, slope = gradient_function(mode, form, layout, shape)(*arrays)
        return loss.numpy(), slope.numpy()

    @staticmethod
    def steps(form, shape):
        mode, form, layout = form.split(":")
        layout = LAYOUTS[mode][layout]
        gradient = gradient_function(mode, form, layout, shape)
        if mode == "eager":
            start = functools.partial(eager_step, gradient, layout, shape)
        else:
            start = functools.partial(
                compiled_step, compiled_update(gradient, layout, shape))

        def run(count):
            step = start(INITIAL_SCALE * torch.randn(shape.parameters))
            for _ in range(count):  # random numbers are faster uncompiled
                step(*draw(layout, shape, torch.randn, torch.rand))
        return run
