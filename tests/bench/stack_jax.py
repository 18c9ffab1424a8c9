"""The transformers in JAX: loss, gradient and Adam as one compiled function."""
import functools

import jax
import jax.numpy as jnp
import numpy as np

import stacks
from problem import adam

MODES = ("jax",)


def attend(q, k, v, causal):
    scores = q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5
    if causal:
        size = scores.shape[-1]
        scores = jnp.where(np.tri(size, dtype=bool), scores, -jnp.inf)
    return jax.nn.softmax(scores) @ v


class Ops:
    attend = staticmethod(attend)
    gelu = staticmethod(functools.partial(jax.nn.gelu, approximate=True))
    concatenate = staticmethod(jnp.concatenate)


def gradient(stack, theta, x, w):
    """The loss, and the gradient in every array, in double."""
    with jax.enable_x64(True):
        found = jax.jit(jax.value_and_grad(
            functools.partial(stacks.loss, Ops, stack)))(
                {name: jnp.asarray(a) for name, a in theta.items()},
                jnp.asarray(x), jnp.asarray(w))
        return float(found[0]), {name: np.asarray(a)
                                 for name, a in found[1].items()}


def steps(_, stack):
    generator = np.random.Generator(np.random.SFC64(1))
    normal = functools.partial(generator.standard_normal, dtype=np.float32)

    @jax.jit
    def step(number, theta, first, second, x, w):
        slope = jax.grad(functools.partial(stacks.loss, Ops, stack))(theta, x, w)
        moved = {name: adam(theta[name], first[name], second[name],
                            slope[name], number) for name in theta}
        return [{name: three[i] for name, three in moved.items()}
                for i in range(3)]

    theta = {name: np.float32(centre) + np.float32(
        stacks.INITIAL_SCALE * (centre == 0)) * normal(extents)
        for name, (extents, centre) in stack.arrays().items()}
    zero = {name: np.zeros_like(a) for name, a in theta.items()}
    state = [[theta, zero, zero], 0]

    def run(count):
        for _ in range(count):
            state[1] += 1
            state[0] = step(np.float32(state[1]), *state[0],
                            normal((stack.batch, stack.n + 1, stack.d)),
                            normal((stack.batch, stack.d, 1)))
        jax.block_until_ready(state[0])
    return run
