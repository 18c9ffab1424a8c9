"""NumPy: the backward pass derived by hand, in both layouts."""
import functools

import numpy as np

from forms import layouts_of
from hand import hand
from layouts import BatchFirst, BatchLast
from problem import INITIAL_SCALE, adam, draw, prompts


def elementwise_product(a, b):
    """One loop over the prompts per multiply-add, no temporaries."""
    return np.einsum("ijb,jkb->ikb", a, b)


LAYOUTS = {"first": BatchFirst(np),
           "last": BatchLast(np, elementwise_product)}


class Peer:
    def __init__(self, threads):
        """BLAS has read its number of threads from the environment."""

    @staticmethod
    def about():
        try:
            built = np.show_config(mode="dicts")["Build Dependencies"]
            blas = "{name} {version}".format(**built["blas"])
        except TypeError:  # before 1.25
            blas = "unknown BLAS"
        return {"library": "NumPy", "version": f"{np.__version__} ({blas})"}

    @staticmethod
    def forms(shape):
        """The names of the forms worth timing."""
        return [f"numpy:hand:{name}" for name in layouts_of(shape)]

    @staticmethod
    def gradient(form, shape, theta, Zt, target):
        """The loss and its gradient of that form, to be checked: arrays of
        NumPy in double precision, the prompts first."""
        layout = LAYOUTS[form.split(":")[2]]
        return hand(layout, shape, theta, layout.from_first(Zt),
                    layout.from_first(target))

    @staticmethod
    def steps(form, shape):
        """A function that trains for so many steps from the start."""
        layout = LAYOUTS[form.split(":")[2]]
        generator = np.random.Generator(np.random.SFC64(1))
        normal = functools.partial(generator.standard_normal,
                                   dtype=np.float32)
        uniform = functools.partial(generator.random, dtype=np.float32)

        @np.errstate(all="ignore")  # deep models may diverge in time
        def run(count):
            theta = np.float32(INITIAL_SCALE) * normal(shape.parameters)
            first = second = np.zeros_like(theta)
            for step in range(1, count + 1):
                drawn = draw(layout, shape, normal, uniform)
                _, gradient = hand(layout, shape, theta,
                                   *prompts(layout, shape, *drawn))
                theta, first, second = adam(theta, first, second, gradient,
                                            step)
        return run
