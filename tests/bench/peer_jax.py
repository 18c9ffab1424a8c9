"""JAX on the processor: all steps of a run as one compiled loop."""
import functools

import jax
import jax.numpy as jnp

from forms import FORMS, forms_of, layouts_of
from hand import hand
from layouts import BatchFirst, BatchLast
from problem import INITIAL_SCALE, adam, draw_prompts

LAYOUTS = {"first": BatchFirst(jnp), "last": BatchLast(jnp)}


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
        return [f"jax:{form}:{layout}"
                for form in [*forms_of(shape), "hand"]
                for layout in layouts_of(form, shape)]

    @staticmethod
    def gradient(form, shape, theta, Zt, target):
        _, form, layout = form.split(":")
        layout = LAYOUTS[layout]
        with jax.enable_x64(True):
            return gradient_function(form, layout, shape)(
                jnp.asarray(theta), layout.from_first(jnp.asarray(Zt)),
                layout.from_first(jnp.asarray(target)))

    @staticmethod
    def steps(form, shape):
        _, form, layout = form.split(":")
        layout = LAYOUTS[layout]
        gradient = gradient_function(form, layout, shape)

        def step(number, state):
            key, theta, first, second = state
            key, *keys = jax.random.split(key, 3)
            keys = iter(keys)
            prompts = draw_prompts(
                layout, shape,
                lambda size: jax.random.normal(next(keys), size),
                lambda size: jax.random.uniform(next(keys), size))
            _, slope = gradient(theta, *prompts)
            return key, *adam(theta, first, second, slope, number)

        @jax.jit
        def train(state, count):
            return jax.lax.fori_loop(1, count + 1, step, state)

        key = jax.random.key(1, impl="unsafe_rbg")  # the fastest generator
        theta = INITIAL_SCALE * jax.random.normal(key, shape.parameters)
        zero = jnp.zeros_like(theta)

        def run(count):
            jax.block_until_ready(train((key, theta, zero, zero), count))
        return run
