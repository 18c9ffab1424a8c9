"""PyTorch on the processor: eager, and as one graph by torch.compile."""
import functools
import itertools

import torch

from forms import FORMS, forms_of, layouts_of
from hand import hand
from layouts import BatchFirst, BatchLast
from problem import (BETA1, BETA2, EPSILON, INITIAL_SCALE, LEARNING_RATE,
                     adam, draw_prompts)


def broadcast_product(a, b):
    """Two calls instead of two per column: eager calls cost microseconds."""
    return (a[:, :, None] * b[None]).sum(1)


LAYOUTS = {
    "eager": {"first": BatchFirst(torch),
              "last": BatchLast(torch, broadcast_product)},
    "compiled": {"first": BatchFirst(torch), "last": BatchLast(torch)},
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


def eager_step(gradient, theta):
    """Adam as PyTorch has it, one fused kernel."""
    theta.requires_grad_()
    optimiser = torch.optim.Adam([theta], lr=LEARNING_RATE,
                                 betas=(BETA1, BETA2), eps=EPSILON,
                                 fused=True)

    def step(Zt, target):
        _, theta.grad = gradient(theta.detach(), Zt, target)
        optimiser.step()
    return step


def compiled_step(gradient, theta):
    """Gradient and Adam as one compiled function of tensors."""
    moments = torch.zeros_like(theta), torch.zeros_like(theta)
    state = [theta, *moments]
    steps = itertools.count(1)

    def step(Zt, target):
        number = torch.tensor(float(next(steps)))
        state[:] = gradient(state[0], Zt, target, *state[1:], number)
    return step


def with_adam(gradient):
    def update(theta, Zt, target, first, second, number):
        _, slope = gradient(theta, Zt, target)
        return adam(theta, first, second, slope, number)
    return update


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
        return [f"{mode}:{form}:{layout}"
                for mode in LAYOUTS
                for form in [*forms_of(shape), "hand"]
                for layout in layouts_of(form, shape)]

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
        if mode == "compiled":
            gradient = torch.compile(with_adam(gradient), dynamic=False)
        start = compiled_step if mode == "compiled" else eager_step

        def run(count):
            step = start(gradient,
                         INITIAL_SCALE * torch.randn(shape.parameters))
            for _ in range(count):  # random numbers are faster uncompiled
                step(*draw_prompts(layout, shape, torch.randn, torch.rand))
        return run
