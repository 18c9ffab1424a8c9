"""The problem that every peer solves: the shapes, the prompts, the optimiser.

The model has full P and Q (D, D), D = d + 1, in `layers` distinct blocks
repeated `loops` times. One step is

    fresh prompts -> loss -> gradient -> Adam (lr 1e-3, betas .9 .999)

with loss = mean over `batch` prompts of (prediction - y_query)^2 in float32.
A prompt is drawn as x ~ inputs, w ~ N(0, I), y = <w, x>, without noise.

Nothing here names a library: arrays are NumPy's, PyTorch's or JAX's.
"""
from dataclasses import dataclass

LEARNING_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
INITIAL_SCALE = 0.02  # standard deviation of the entries of P and Q


@dataclass(frozen=True)
class Shape:
    name: str
    d: int  # dimension of the inputs
    n: int  # context points
    layers: int  # distinct blocks
    loops: int  # repetitions of the blocks
    batch: int  # prompts per step
    inputs: str  # "normal" or "uniform" on (-1/2, 1/2)

    @property
    def D(self):
        return self.d + 1

    @property
    def depth(self):
        return self.layers * self.loops

    @property
    def parameters(self):
        """The dimensions of theta: P = theta[0], Q = theta[1]."""
        return 2, self.layers, self.D, self.D


SHAPES = {shape.name: shape for shape in (
    Shape("a", d=10, n=10, layers=1, loops=1, batch=2048, inputs="uniform"),
    Shape("b1", d=5, n=20, layers=3, loops=1, batch=2048, inputs="normal"),
    Shape("b2", d=5, n=20, layers=1, loops=10, batch=2048, inputs="normal"),
    Shape("c", d=20, n=40, layers=1, loops=12, batch=64, inputs="normal"),
    Shape("d", d=64, n=256, layers=4, loops=1, batch=64, inputs="normal"),
)}


def draw(layout, shape, normal, uniform):
    """The random numbers of a step: inputs x (n + 1, d), the query last, and
    weights w (d, 1) of every prompt. `normal` and `uniform` fill an array of
    given dimensions, the latter on (0, 1)."""
    inputs = layout.dimensions(shape.batch, shape.n + 1, shape.d)
    weights = layout.dimensions(shape.batch, shape.d, 1)
    x = normal(inputs) if shape.inputs == "normal" else uniform(inputs) - 0.5
    return x, normal(weights)


def prompts(layout, shape, x, w):
    """Z^T (n + 1, D) of every prompt, its query row last and with y = 0, and
    the target y_query (1, 1)."""
    y = layout.mm(x, w)
    known, target = layout.rows(y, 0, shape.n), layout.rows(y, shape.n)
    return layout.beside(x, layout.above(known, 0 * target)), target


def adam(theta, first, second, gradient, step):
    """The next theta and moments; step counts from 1."""
    first = BETA1 * first + (1 - BETA1) * gradient
    second = BETA2 * second + (1 - BETA2) * gradient * gradient
    mean = first / (1 - BETA1**step)
    deviation = (second / (1 - BETA2**step)) ** 0.5
    return (theta - LEARNING_RATE * mean / (deviation + EPSILON),
            first, second)
