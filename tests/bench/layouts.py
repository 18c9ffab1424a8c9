"""Two ways to keep one small matrix per prompt, with the same operations.

`xp` is numpy, torch or jax.numpy: they agree on all that is used here.
"""


def sum_of_products(a, b):
    """a b = sum_j (column j of a) (row j of b) for matrices (rows, columns,
    batch), written out for a compiler to fuse."""
    return sum(a[:, j, None] * b[None, j] for j in range(a.shape[1]))


class BatchFirst:
    """(batch, rows, columns): products are batched GEMMs."""

    def __init__(self, xp):
        self.xp = xp

    @staticmethod
    def dimensions(batch, rows, columns):
        return batch, rows, columns

    @staticmethod
    def from_first(a):
        """From an array (batch, rows, columns)."""
        return a

    @staticmethod
    def t(a):
        return a.swapaxes(1, 2)

    @staticmethod
    def rows(a, start, stop=None):
        return a[:, start:stop]

    @staticmethod
    def shared(m):
        """The same matrix for all prompts, to add or to multiply."""
        return m[None]

    def beside(self, *parts):
        return self.xp.concatenate(parts, 2)

    def above(self, *parts):
        return self.xp.concatenate(parts, 1)

    @staticmethod
    def mm(a, b):
        """a b for each prompt."""
        return a @ b

    @staticmethod
    def left(m, a):
        """m a for each prompt, m shared by all."""
        return m @ a

    @staticmethod
    def right(a, m):
        """a m for each prompt, m shared by all."""
        return a @ m

    def total(self, a, b):
        """The sum over prompts of a b^T."""
        return self.xp.tensordot(a, b, ([0, 2], [0, 2]))


class BatchLast:
    """(rows, columns, batch): products of two per-prompt matrices are
    elementwise in the prompts (mm, which every library does best in its own
    way), products with a shared matrix are one GEMM with a long side."""

    def __init__(self, xp, mm):
        self.xp = xp
        self.mm = mm

    @staticmethod
    def dimensions(batch, rows, columns):
        return rows, columns, batch

    def from_first(self, a):
        return self.xp.moveaxis(a, 0, 2)

    @staticmethod
    def t(a):
        return a.swapaxes(0, 1)

    @staticmethod
    def rows(a, start, stop=None):
        return a[start:stop]

    @staticmethod
    def shared(m):
        return m[:, :, None]

    def beside(self, *parts):
        return self.xp.concatenate(parts, 1)

    def above(self, *parts):
        return self.xp.concatenate(parts, 0)

    def left(self, m, a):
        return self.xp.tensordot(m, a, ([1], [0]))

    @staticmethod
    def right(a, m):
        return m.T @ a

    def total(self, a, b):
        return self.xp.tensordot(a, b, ([1, 2], [1, 2]))
