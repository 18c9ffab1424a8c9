"""The Gram recursion with its backward pass derived by hand.

Forward, per prompt, below the two top layers (G = G_l symmetric, B = B_l):

    B = I + P G Q,  G' = B G B^T,  q' = B q

Backward, X_ the derivative of the loss with respect to X, G'_ kept symmetric:

    B_ = 2 G'_ B G + q'_ q^T
    P_ = sum B_ Q^T G,  Q_ = sum G P^T B_        (over the prompts)
    G_ = B^T G'_ B + sym(P^T B_ Q^T),  q_ = B^T q'_

The top layer predicts -(q_d + p^T G' Q q), p^T the last row of its P, and the
layer under it need not form B or G' = B G B^T either: with u = Q_top q',
a = B^T p and c = B^T u

    p^T G' u = a^T G c,    B v = v + P G Q v,    B^T v = v + Q^T G P^T v

and with s = -d loss / d prediction

    a_ = s G c,  c_ = s G a,  u_ = B c_,  q'_ = s e_d + Q_top^T u_
    p_ = sum B a_,  Q_top_ = sum u_ q'^T
    B_ = Y X^T,  Y = [p u q'_],  X = [a_ c_ q]    (rank 3)
    P_ = sum Y (G Q X)^T,  Q_ = sum (G P^T Y) X^T
    G_ = s sym(a c^T) + sym(P^T Y (Q X)^T),  q_ = B^T q'_

A single layer is the first line alone, with G v = (1/n) C^T (C v), C the
context tokens (n, D).
"""
from forms import context_and_query, identity, last


def symmetric(layout, a):
    return (a + layout.t(a)) / 2


def per_prompt(layout, like, vector):
    """A shared vector (D) as a vector (D, 1) of every prompt of `like`."""
    return 0 * like + layout.shared(vector[:, None])


def residual(layout, q, change, target):
    """The loss and s = -d loss / d prediction of -(q_d + change)."""
    error = target + last(layout, q) + change
    return (error * error).mean(), 2 * error / target.reshape(-1).shape[0]


def one_layer(layout, shape, P, Q, context, q, target):
    """The loss and the gradients (p_, Q_) of a model of one layer."""
    mm, t = layout.mm, layout.t
    Cp = layout.right(context, P[-1][:, None])
    Cu = mm(context, layout.left(Q, q))
    change = mm(t(Cp), Cu) / shape.n
    loss, s = residual(layout, q, change, target)
    s = s / shape.n
    p_ = sum_prompts(layout, mm(t(context), s * Cu))
    return loss, p_, layout.total(mm(t(context), s * Cp), q)


def sum_prompts(layout, vector):
    """The sum over prompts (D) of a vector (D, 1)."""
    return layout.total(vector, 0 * layout.rows(vector, 0, 1) + 1)[:, 0]


def two_layers(layout, P, Q, p, Q_top, G, q, target):
    """The loss and the gradients P_, Q_, p_, Q_top_, G_, q_."""
    left, mm, t = layout.left, layout.mm, layout.t

    def times_B(v):
        return v + left(P, mm(G, left(Q, v)))

    def times_B_transposed(v):
        return v + left(Q.T, mm(G, left(P.T, v)))

    q1 = times_B(q)
    u = left(Q_top, q1)
    p_each = per_prompt(layout, q, p)
    ac = times_B_transposed(layout.beside(p_each, u))
    a, c = columns(layout, ac)
    Ga, Gc = columns(layout, mm(G, ac))
    loss, s = residual(layout, q1, mm(t(a), Gc), target)

    a_, c_ = s * Gc, s * Ga
    Ba_, u_ = columns(layout, times_B(layout.beside(a_, c_)))
    unit = identity_column(layout, q)
    q1_ = s * unit + left(Q_top.T, u_)
    Y, X = layout.beside(p_each, u, q1_), layout.beside(a_, c_, q)
    PY, QX = left(P.T, Y), left(Q, X)
    G_ = symmetric(layout, mm(layout.beside(s * a, PY),
                              t(layout.beside(c, QX))))
    return (loss, layout.total(Y, mm(G, QX)), layout.total(mm(G, PY), X),
            sum_prompts(layout, Ba_), layout.total(u_, q1), G_,
            times_B_transposed(q1_))


def columns(layout, a):
    """The columns of (D, 2) as vectors (D, 1)."""
    rows = layout.t(a)
    return layout.t(layout.rows(rows, 0, 1)), layout.t(layout.rows(rows, 1))


def identity_column(layout, like):
    """e_d of every prompt, shared."""
    zero = 0 * layout.rows(like, 0, -1)
    return layout.above(zero, 0 * layout.rows(like, -1) + 1)


def layer_forward(layout, shape, P, Q, G, q):
    """What the backward pass needs, and the next G and q."""
    mm = layout.mm
    B = identity(layout, shape, G) + layout.right(layout.left(P, G), Q)
    return (G, B, q), mm(mm(B, G), layout.t(B)), mm(B, q)


def layer_backward(layout, P, Q, kept, G1_, q1_):
    """The gradients P_, Q_, G_, q_."""
    mm, t = layout.mm, layout.t
    G, B, q = kept
    H = mm(G1_, B)
    B_ = 2 * mm(H, G) + mm(q1_, t(q))
    BQ = layout.right(B_, Q.T)
    PB = layout.left(P.T, B_)
    G_ = mm(t(B), H) + symmetric(layout, layout.left(P.T, BQ))
    return (layout.total(BQ, G), layout.total(G, t(PB)), G_,
            mm(t(B), q1_))


def hand(layout, shape, theta, Zt, target):
    """The loss and its gradient with respect to theta."""
    xp, layers, depth = layout.xp, shape.layers, shape.depth
    context, q = context_and_query(layout, shape, Zt)
    gradients = [[0 * theta[0, 0]] * layers, [0 * theta[0, 0]] * layers]

    def matrices(l):
        return theta[0, l % layers], theta[1, l % layers]

    def add(l, P_, Q_):
        gradients[0][l % layers] = gradients[0][l % layers] + P_
        gradients[1][l % layers] = gradients[1][l % layers] + Q_

    P_top, Q_top = matrices(depth - 1)
    if depth == 1:
        loss, p_, Q_top_ = one_layer(layout, shape, P_top, Q_top, context, q,
                                     target)
    else:
        G = layout.mm(layout.t(context), context) / shape.n
        tape = []
        for l in range(depth - 2):
            kept, G, q = layer_forward(layout, shape, *matrices(l), G, q)
            tape.append(kept)
        loss, P_, Q_, p_, Q_top_, G_, q_ = two_layers(
            layout, *matrices(depth - 2), P_top[-1], Q_top, G, q, target)
        add(depth - 2, P_, Q_)
        for l in reversed(range(depth - 2)):
            P_, Q_, G_, q_ = layer_backward(layout, *matrices(l), tape[l], G_,
                                            q_)
            add(l, P_, Q_)
    only_last_row = xp.concatenate((0 * P_top[:-1], p_[None]), 0)
    add(depth - 1, only_last_row, Q_top_)
    return loss, xp.stack([xp.stack(matrix) for matrix in gradients])
