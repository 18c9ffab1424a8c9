"""The loss of a step in the forms that a gradient is taken of automatically.

A layer, with the query masked from the keys (Ahn et al. 2023):

    Z <- Z + (1/n) P Z M (Z^T Q Z),  M = diag(1, .., 1, 0)
    prediction = -Z[d, n] after the last layer

published   as written: the attention Z^T Q Z of n + 1 tokens with each other
tokens      with G = (1/n) sum over context tokens e e^T the layer is
            Z <- (I + P G Q) Z: n D^2 instead of n^2 D
gram        with B = I + P G Q the Gram matrix and the query follow by
            themselves, G <- B G B^T and q <- B q: D^3 whatever n is
gram1 to 4  the last k layers need G_l only times vectors. G_l v costs D^2
            where G_l is known, and three such products one layer further down:
            G_{l+1} v = B (G_l (B^T v)), B v = v + P G_l (Q v). Below the
            first layer stand the tokens: G_0 v = (1/n) sum e <e, v>.

All take Z^T (n + 1, D) per prompt, its last row the query with y = 0.
"""


def context_and_query(layout, shape, Zt):
    """The context tokens (n, D) and the query q (D, 1)."""
    return (layout.rows(Zt, 0, shape.n), layout.t(layout.rows(Zt, shape.n)))


def identity(layout, shape, like):
    return layout.shared(layout.xp.eye(shape.D, dtype=like.dtype))


def last(layout, vector):
    """The y-component (1, 1) of a vector (D, 1)."""
    return layout.rows(vector, -1)


def mean_square(prediction, target):
    return ((prediction - target) ** 2).mean()


def published(layout, shape, theta, Zt, target):
    einsum = layout.xp.einsum
    n = shape.n
    ones = layout.xp.ones_like(Zt[:1, :, :1])
    mask = layout.above(ones[:, :n], 0 * ones[:, n:])
    for l in range(shape.depth):
        P, Q = theta[0, l % shape.layers], theta[1, l % shape.layers]
        attention = einsum("bni,ij,bmj->bnm", Zt, Q, Zt)
        values = einsum("ij,bnj->bni", P, Zt * mask)
        Zt = Zt + einsum("bni,bnm->bmi", values, attention) / n
    return mean_square(-Zt[:, n:, -1:], target)


def tokens(layout, shape, theta, Zt, target):
    n = shape.n
    for l in range(shape.depth):
        P, Q = theta[0, l % shape.layers], theta[1, l % shape.layers]
        context = layout.rows(Zt, 0, n)
        G = layout.mm(layout.t(context), context) / n
        if l + 1 == shape.depth:  # nobody reads what becomes of the context
            Zt = layout.rows(Zt, n)
        move = layout.right(layout.left(Q.T, G), P.T)
        Zt = Zt + layout.mm(Zt, move)
    return mean_square(-last(layout, layout.t(layout.rows(Zt, -1))), target)


def gram(layout, shape, theta, Zt, target, by_vectors):
    left, mm, t = layout.left, layout.mm, layout.t
    context, q = context_and_query(layout, shape, Zt)
    by_matrices = shape.depth - by_vectors  # layers; -1: not even G_0

    def times_gram(v):  # G_0 v
        return mm(t(context), mm(context, v)) / shape.n

    if by_matrices >= 0:
        G = mm(t(context), context) / shape.n
        for l in range(by_matrices):
            P, Q = theta[0, l % shape.layers], theta[1, l % shape.layers]
            B = (identity(layout, shape, theta)
                 + layout.right(left(P, G), Q))
            G, q = mm(mm(B, G), t(B)), mm(B, q)

        def times_gram(v):  # G_l v, l = by_matrices
            return mm(G, v)

    def layer(P, Q, times_gram):
        """v -> B v and v -> B G B^T v of the layer above."""
        def B(v):
            return v + left(P, times_gram(left(Q, v)))

        def B_transposed(v):
            return v + left(Q.T, times_gram(left(P.T, v)))

        return B, lambda v: B(times_gram(B_transposed(v)))

    for l in range(max(by_matrices, 0), shape.depth - 1):
        P, Q = theta[0, l % shape.layers], theta[1, l % shape.layers]
        B, times_gram = layer(P, Q, times_gram)
        q = B(q)
    P, Q = theta[0, -1], theta[1, -1]
    change = left(P[-1:], times_gram(left(Q, q)))
    return mean_square(-(last(layout, q) + change), target)


def gram_form(by_vectors):
    def form(layout, shape, theta, Zt, target):
        return gram(layout, shape, theta, Zt, target, by_vectors)
    return form


FORMS = {"published": published, "tokens": tokens,
         **{f"gram{k}": gram_form(k) for k in (1, 2, 3, 4)}}
LARGEST_ELEMENTWISE = 21  # beyond this D the batch goes first


def forms_of(shape):
    """The forms that differ for the shape."""
    return [name for name in FORMS
            if not name.startswith("gram")
            or int(name[4:]) <= max(shape.depth, 2)]


def layouts_of(shape):
    """The layouts that are worth trying: elementwise products of large
    matrices are not."""
    return ["first", "last"] if shape.D <= LARGEST_ELEMENTWISE else ["first"]
