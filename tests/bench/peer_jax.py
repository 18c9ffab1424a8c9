"""JAX on the processor: prompts, gradient and Adam as one compiled function.

Random numbers are NumPy's, which are several times faster here than JAX's own.
"""
import functools
import os

# XLA would remove the barriers of `product` and then fuse a product into every
# one of its uses, computing it anew for each: slower by a factor of 30.
KEEP_BARRIERS = "--xla_disable_hlo_passes=cse_barrier_expander"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {KEEP_BARRIERS}"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from forms import FORMS, forms_of, layouts_of  # noqa: E402
from hand import hand  # noqa: E402
from layouts import BatchFirst, BatchLast, sum_of_products  # noqa: E402
from problem import INITIAL_SCALE, adam, draw, prompts  # noqa: E402


def product(a, b):
    """Elementwise in the prompts, and one loop of its own."""
    return jax.lax.optimization_barrier(sum_of_products(a, b))


LAYOUTS = {"first": BatchFirst(jnp), "last": BatchLast(jnp, product)}


def gradient_function(form, layout, shape):
    """(theta, Zt, target) -> loss and gradient."""
    if form == "hand":
        return functools.partial(hand, layout, shape)
    return jax.value_and_grad(functools.partial(FORMS[form], layout, shape))


class Peer:
    def __init__(self, threads):
        """XLA takes as many threads as the process may run on."""

    @staticmethod
    def about():
        return {"library": "JAX", "version": jax.__version__}

    @staticmethod
    def forms(shape):
        """Automatic derivatives of elementwise products were not fastest on a
        and b1, and take XLA long to compile; the other shapes were not tried."""
        return [*(f"jax:{form}:first" for form in forms_of(shape)),
                *(f"jax:hand:{layout}" for layout in layouts_of(shape))]

    @staticmethod
    def gradient(form, shape, theta, Zt, target):
        _, form, layout = form.split(":")
        layout = LAYOUTS[layout]
        with jax.enable_x64(True):
            arrays = [jnp.asarray(theta), *(layout.from_first(jnp.asarray(a))
                                            for a in (Zt, target))]
            return jax.jit(gradient_function(form, layout, shape))(*arrays)

    @staticmethod
    def steps(form, shape):
        _, form, layout = form.split(":")
        layout = LAYOUTS[layout]
        gradient = gradient_function(form, layout, shape)
        generator = np.random.Generator(np.random.SFC64(1))
        normal = functools.partial(generator.standard_normal,
                                   dtype=np.float32)
        uniform = functools.partial(generator.random, dtype=np.float32)

        @jax.jit
        def step(number, theta, first, second, x, w):
            _, slope = gradient(theta, *prompts(layout, shape, x, w))
            return adam(theta, first, second, slope, number)

        def run(count):
            theta = np.float32(INITIAL_SCALE) * normal(shape.parameters)
            state = theta, np.zeros_like(theta), np.zeros_like(theta)
            for number in range(1, count + 1):
                state = step(float(number), *state,
                             *draw(layout, shape, normal, uniform))
            jax.block_until_ready(state)
        return run
