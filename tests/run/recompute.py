"""Every number of a probed file, computed again in NumPy from the stored
prompts and weights. `faults_of(path)` yields one line per disagreement.

Nothing is shared with the program: iterates come from batched matrix products,
the model from its tokens, statistics from NumPy. An array agrees when the
largest deviation is at most 1e-12 (1e-10 for standard errors) of its largest
magnitude. What amplifies rounding without bound is left out and said below.
"""
import warnings

import h5py
import numpy as np

METRICS = ("prediction_difference", "spd", "sensitivity_cosine",
           "sensitivity_difference", "ilwd", "sime")
DISTANCES = ("prediction_difference", "spd", "sensitivity_difference", "ilwd")
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def forward(P, Q, loops, sign, x, y, x_query, scale=None):
    """sign * Z[d, n] after every layer, (index, prompt): the token form."""
    count, n, d = x.shape
    Z = np.zeros((count, d + 1, n + 1))
    Z[:, :d, :n] = x.transpose(0, 2, 1)
    Z[:, :d, n] = x_query
    Z[:, d, :n] = y
    M = np.diag(np.r_[np.ones(n), 0])
    out = [np.zeros(count)]
    for layer in list(range(len(P))) * loops:
        attention = Z.transpose(0, 2, 1) @ Q[layer] @ Z
        Z = Z + (scale or 1 / n) * (P[layer] @ Z @ M @ attention)
        out.append(sign * Z[:, d, n])
    return np.array(out)


def matrices(A, B=None):
    """P and Q of layers that are preconditioned GD, or GD++ with B."""
    layers, d, _ = A.shape
    P, Q = np.zeros((2, layers, d + 1, d + 1))
    P[:, d, d] = 1
    Q[:, :d, :d] = -A.transpose(0, 2, 1)
    if B is not None:
        P[:, :d, :d] = B
    return P, Q


def implied_weights(P, Q, loops, sign, x, y, scale=None):
    """The predictions at the unit vectors, (index, prompt, feature)."""
    units = np.eye(x.shape[2])
    return np.stack([forward(P, Q, loops, sign, x, y,
                             np.broadcast_to(e, (len(x), len(e))), scale)
                     for e in units], axis=-1)


def descend_each(x, y, matrices_of_steps):
    w = np.zeros((len(x), x.shape[2]))
    out = [w]
    for M in matrices_of_steps:
        residual = y - np.einsum("pij,pj->pi", x, w)
        gradient = np.einsum("pi,pij->pj", residual, x) / x.shape[1]
        w = w + gradient @ M.T
        out.append(w)
    return np.array(out)


def descend(x, y, etas, M):
    return descend_each(x, y, [eta * M for eta in etas])


def descend_gdpp(x, y, etas, gammas):
    """GD++ by its matrices: x_k = C x_0, w += C^T step."""
    count, n, d = x.shape
    C = np.broadcast_to(np.eye(d), (count, d, d))
    w, r, out = np.zeros((count, d)), y, [np.zeros((count, d))]
    for eta, gamma in zip(etas, gammas):
        z = np.einsum("pij,pkj->pki", C, x)
        step = eta * np.einsum("pk,pkj->pj", r, z) / n
        w = w + np.einsum("pij,pi->pj", C, step)
        r = r - np.einsum("pkj,pj->pk", z, step)
        S = np.einsum("pki,pkj->pij", z, z) / n
        C = C - gamma * S @ C
        out.append(w)
    return np.array(out)


def moments(x, y):
    """S and b of every prompt, and a function w -> S w."""
    n = x.shape[1]
    S = np.einsum("pki,pkj->pij", x, x) / n
    return (S, np.einsum("pk,pkj->pj", y, x) / n,
            lambda w: np.einsum("pij,pj->pi", S, w))


def inner(a, b):
    return (a * b).sum(axis=1, keepdims=True)


def over(a, b):
    """a / b, 0 where b is."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def steepest(x, y, steps):
    _, b, times = moments(x, y)
    out = [0 * b]
    for _ in range(steps):
        g = b - times(out[-1])
        out.append(out[-1] + over(inner(g, g), inner(g, times(g))) * g)
    return np.array(out)


def momentum(x, y, eta, beta, steps, nesterov):
    _, b, times = moments(x, y)
    out = [0 * b, eta * b]
    for _ in range(steps - 1):
        moved = beta * (out[-1] - out[-2])
        at = out[-1] + moved if nesterov else out[-1]
        out.append(out[-1] + moved + eta * (b - times(at)))
    return np.array(out[:steps + 1])


def conjugate(x, y, steps, etas=None, betas=None, shift=0):
    """Conjugate gradients on S + shift, of each prompt, or with coefficients
    that all prompts share."""
    S, b, times = moments(x, y)
    r, direction, out = b, b, [0 * b]
    trace = np.trace(S, axis1=1, axis2=2)[:, None]
    eps = 8 * np.finfo(float).eps
    for k in range(steps):
        image = times(direction) + shift * direction
        a = (over(inner(r, r), inner(direction, image)) if etas is None
             else etas[k])
        if etas is None:
            size = np.sqrt(inner(b, b)) + trace * np.sqrt(inner(out[-1], out[-1]))
            a = np.where((np.sqrt(inner(r, r)) > eps * size)  # not rounding
                         & (inner(direction, image)
                            > eps * trace * inner(direction, direction)), a, 0)
        out.append(out[-1] + a * direction)
        new = r - a * image
        beta = over(inner(new, new), inner(r, r)) if betas is None else betas[k]
        direction, r = new + beta * direction, new
    return np.array(out)


def mixed(x, y, steps, a, b, shift, mix):
    """Combinations of the directions of conjugate gradients with coefficients
    that all prompts share."""
    path = conjugate(x, y, len(a), a, b, shift)
    directions = np.diff(path, axis=0) / a[:, None, None]
    rows = mix[np.minimum(np.arange(steps), len(a) - 1)]
    return np.concatenate([0 * path[:1],
                           np.einsum("km,mpj->kpj", rows, directions)])


def invert(x, y, scale, steps):
    """M <- 2 M - M S M from S scale / lambda_max^2."""
    S, b, _ = moments(x, y)
    M = scale * S / np.linalg.norm(S, 2, axis=(1, 2))[:, None, None]**2
    out = [0 * b]
    for _ in range(steps):
        out.append(np.einsum("pij,pj->pi", M, b))
        M = 2 * M - M @ S @ M
    return np.array(out)


def passes(x, y, eta, steps):
    """One point after the other, pass after pass."""
    out = [np.zeros((len(x), x.shape[2]))]
    for _ in range(steps):
        w = out[-1]
        for k in range(x.shape[1]):
            w = w + eta * (y[:, k, None] - inner(w, x[:, k])) * x[:, k]
        out.append(w)
    return np.array(out)


def mixture(x, y, tasks, sigma):
    """The posterior mean over a pool of tasks."""
    r = y[:, None] - np.einsum("pki,ti->ptk", x, tasks)
    cost = (r**2).sum(axis=2)
    cost -= cost.min(axis=1, keepdims=True)
    e = np.exp(-cost / (2 * sigma**2)) if sigma > 0 else (cost == 0) * 1.0
    w = e @ tasks / e.sum(axis=1, keepdims=True)
    return np.array([0 * w, w])


def direct(x, y, penalty):
    """Zero, then the solution of (X^T X + penalty) w = X^T y."""
    if penalty is None:
        w = np.array([np.linalg.lstsq(a, b, rcond=None)[0]
                      for a, b in zip(x, y)])
    else:
        gram = np.einsum("pki,pkj->pij", x, x) + penalty
        w = np.linalg.solve(gram, np.einsum("pki,pk->pi", x, y)[..., None])
        w = w[..., 0]
    return np.array([np.zeros_like(w), w])


class File:
    """What the checks read."""

    def __init__(self, path):
        with h5py.File(path, "r") as file:
            entry = file["entry"]
            self.data, self.attrs = {}, {}

            def visit(name, item):
                self.attrs[name] = dict(item.attrs)
                if isinstance(item, h5py.Dataset):
                    self.data[name] = item[()]
            entry.visititems(visit)
        self.who = sorted({name.split("/")[1] for name in self.data
                           if name.startswith("trajectories/")})

    def __getitem__(self, name):
        return self.data[name]

    def get(self, name):
        return self.data.get(name)

    def config(self, key):
        return self.attrs["config"][key]


def agree(name, stored, expected, tolerance=1e-12, least_scale=0):
    """One line when the arrays differ by more than rounding."""
    stored, expected = np.asarray(stored), np.asarray(expected)
    if stored.shape != expected.shape:
        yield f"{name}: shape {stored.shape}, expected {expected.shape}"
        return
    known = np.isfinite(expected)
    if not np.array_equal(stored[~known], expected[~known], equal_nan=True):
        yield f"{name}: not finite, or finite, in other places than expected"
        return
    if not known.any():
        return
    scale = max(np.abs(expected[known]).max(), least_scale)
    off = np.abs(stored[known] - expected[known]).max()
    if not off <= tolerance * scale:
        yield f"{name}: off by {off:.3g}, scale {scale:.3g}"


def settled(w):
    """Where an iterate and those before it are below 100 times the largest
    first step: a recursion that runs away triples its rounding each step."""
    size = np.abs(w).max(axis=2)
    good = size <= 100 * size[1].max()
    return np.logical_and.accumulate(good, axis=0)


def agree_where_settled(name, stored, expected):
    keep = settled(expected)
    if not keep[1].all():
        yield f"{name}: the first step runs away"
    yield from agree(name, stored[keep], expected[keep])


def check_prompts(f):
    x, w_star = f["prompts/x"], f.get("prompts/w_star")
    if w_star is None:
        return
    clean = np.einsum("pij,pj->pi", x, w_star)
    noise = f["prompts/y"] - clean
    sigma = f.config("prompt.noise")
    if sigma == 0:
        yield from agree("prompts/y", f["prompts/y"], clean)
    else:  # a chi-squared of noise.size degrees of freedom
        ratio = (noise**2).mean() / sigma**2
        if abs(ratio - 1) > 5 * np.sqrt(2 / noise.size):
            yield f"prompts/y: noise variance is {ratio} of what was set"
    yield from agree("prompts/y_query", f["prompts/y_query"],
                     (f["prompts/x_query"] * w_star).sum(axis=1))
    U = f.get("prompts/rotation")
    if U is not None:
        yield from agree("prompts/rotation", U @ U.transpose(0, 2, 1),
                         np.broadcast_to(np.eye(U.shape[1]), U.shape))


def model_matrices(f):
    if f.get("model/P") is not None:
        return f["model/P"], f["model/Q"]
    return matrices(f["model/A"], f.get("model/B"))


def check_model(f):
    x, y, q = f["prompts/x"], f["prompts/y"], f["prompts/x_query"]
    P, Q = model_matrices(f)
    loops = int(f.attrs["model"]["loops"])
    sign = int(f.attrs["model"]["prediction_sign"])
    if f.attrs["model"]["scaling"] != "mean":
        yield "model: scaling is not 'mean'"
    yield from agree("trajectories/model/prediction",
                     f["trajectories/model/prediction"],
                     forward(P, Q, loops, sign, x, y, q))
    yield from agree("trajectories/model/weight",
                     f["trajectories/model/weight"],
                     implied_weights(P, Q, loops, sign, x, y))


def iterates(f, who):
    """Weights of an algorithm from the hyperparameters of its group."""
    x, y = f["prompts/x"], f["prompts/y"]
    attrs = f.attrs[f"trajectories/{who}"]
    steps = len(f[f"trajectories/{who}/index"]) - 1
    identity = np.eye(x.shape[2])

    def per_step(name):
        return np.broadcast_to(attrs.get(name, 0), (steps,))
    eta = per_step("eta")
    if who in ("gd", "gd_per_step"):
        return descend(x, y, eta, identity)
    if who == "one_layer":
        b = np.einsum("pi,pij->pj", y, x) / x.shape[1]
        return np.array([0 * b, b @ best_layer(f).T])
    if who == "pgd_learned":
        A = preconditioners(f)
        return descend_each(x, y, [A[k % len(A)] for k in range(steps)])
    if who in ("pgd", "pgd_per_step"):
        return descend(x, y, eta, np.linalg.inv(f["prompts/covariance"]))
    if who in ("gdpp", "gdpp_per_step"):
        return descend_gdpp(x, y, eta, per_step("gamma"))
    if who == "least_squares":
        return direct(x, y, None)
    if who == "line_search":
        return steepest(x, y, steps)
    if who in ("heavy_ball", "nesterov"):
        return momentum(x, y, eta[0], attrs["beta"], steps, who == "nesterov")
    if who == "conjugate_gradient":
        return conjugate(x, y, steps)
    if who == "chebyshev":
        a, b = np.atleast_1d(attrs["eta"]), np.atleast_1d(attrs["beta"])
        rest = np.zeros(max(0, steps - len(a)))  # it stays
        if "mix" in attrs:
            return mixed(x, y, steps, a, b, attrs.get("lambda", 0),
                         np.reshape(attrs["mix"], (len(a), len(a))))
        return conjugate(x, y, steps, np.append(a, rest), np.append(b, rest),
                         attrs.get("lambda", 0))
    if who == "newton":
        return invert(x, y, attrs["scale"], steps)
    if who == "online_gd":
        return passes(x, y, attrs["eta"], steps)
    if who == "dmmse":
        return mixture(x, y, f["trajectories/dmmse/tasks"], attrs["noise"])
    if who == "averaging":
        return np.array([0 * x[:, 0], moments(x, y)[1]])
    if who == "zero":
        return np.zeros((2, len(x), x.shape[2]))
    if who == "ridge_fixed":
        return direct(x, y, attrs["lambda"] * identity)
    if who == "ridge":
        prior = identity
        if (f.get("prompts/covariance") is not None
                and f.config("prompt.w") == "inverse-covariance"):
            prior = f["prompts/covariance"]
        return direct(x, y, attrs.get("lambda", 0) * prior)
    raise ValueError(f"no recomputation of {who}")


def check_lasso(f):
    """The subgradient conditions of (1/2n) |y - X w|^2 + lambda |w|_1."""
    S, b, times = moments(f["prompts/x"], f["prompts/y"])
    w = f["trajectories/lasso/weight"][1]
    penalty = f.attrs["trajectories/lasso"]["lambda"]
    g = b - times(w)
    off = np.where(w != 0, np.abs(g - penalty * np.sign(w)),
                   np.maximum(np.abs(g) - penalty, 0))
    worst = (off.max(axis=1) / np.abs(b).max(axis=1)).max()
    if not worst < 1e-9:
        yield f"trajectories/lasso/weight: no minimum, off by {worst:.3g}"


def check_neighbours(f):
    x, y, q = f["prompts/x"], f["prompts/y"], f["prompts/x_query"]
    count = int(f.attrs["trajectories/knn"]["neighbours"])
    order = np.argsort(((x - q[:, None])**2).sum(axis=2), axis=1, kind="stable")
    mean = np.take_along_axis(y, order[:, :count], axis=1).mean(axis=1)
    yield from agree("trajectories/knn/prediction",
                     f["trajectories/knn/prediction"], [0 * mean, mean])
    w = f["trajectories/knn/weight"]
    if w[0].any() or not np.isnan(w[1]).all():
        yield "trajectories/knn/weight: expected 0, then NaN"


def check_conjugate_gradient(f):
    """Iterates lose digits to rounding as the basis of Lanczos does; of the
    value that each minimises, L(w) = w.S w / 2 - b.w, half are kept."""
    _, b, times = moments(f["prompts/x"], f["prompts/y"])
    name = "trajectories/conjugate_gradient/weight"

    def values(path):
        return np.array([inner(w, times(w) / 2 - b)[:, 0] for w in path])
    yield from agree(name, values(f[name]),
                     values(iterates(f, "conjugate_gradient")), 1e-8)


def check_algorithms(f):
    for who in f.who:
        if who == "lasso":
            yield from check_lasso(f)
        elif who == "knn":
            yield from check_neighbours(f)
        elif who == "conjugate_gradient":
            yield from check_conjugate_gradient(f)
        elif who != "model":
            name = f"trajectories/{who}/weight"
            yield from agree_where_settled(name, f[name], iterates(f, who))


def check_derived(f):
    """Predictions and risk from the stored weights."""
    for who in f.who:
        w = f[f"trajectories/{who}/weight"]
        if who not in ("model", "knn"):
            yield from agree(f"trajectories/{who}/prediction",
                             f[f"trajectories/{who}/prediction"],
                             np.einsum("kpj,pj->kp", w, f["prompts/x_query"]))
        risk = f.get(f"trajectories/{who}/risk")
        known = (f.get("prompts/w_star") is not None
                 and f.get("prompts/covariance") is not None)
        if known != (risk is not None):
            yield f"trajectories/{who}/risk: there {risk is not None}"
        if risk is None:
            continue
        v = w - f["prompts/w_star"]
        if f.get("prompts/rotation") is not None:
            v = np.einsum("pji,kpj->kpi", f["prompts/rotation"], v)
        yield from agree(f"trajectories/{who}/risk", risk,
                         np.einsum("kpi,ij,kpj->kp", v,
                                   f["prompts/covariance"], v))


def squared_errors(f, who):
    """An iterate that has run away to NaN is infinitely wrong."""
    squared = (f[f"trajectories/{who}/prediction"] - f["prompts/y_query"])**2
    return np.where(np.isnan(squared), np.inf, squared)


ONE_SHOT = ("averaging", "dmmse", "knn", "lasso", "least_squares", "one_layer",
            "ridge", "ridge_fixed", "zero")


def check_losses(f):
    rows = len(f["trajectories_loss/index"])
    for who in f.who:
        squared = squared_errors(f, who)
        count = squared.shape[1]
        if who in ONE_SHOT:
            squared = squared[np.minimum(np.arange(rows), 1)]
        padded = np.full((rows, count), np.nan)
        padded[:len(squared)] = squared
        mean = padded.mean(axis=1)
        error = padded.std(axis=1, ddof=1) / np.sqrt(count)
        median = np.median(padded, axis=1)
        for end, values, tolerance in (("", mean, 1e-12),
                                       ("_errors", error, 1e-10),
                                       ("_median", median, 1e-12)):
            name = f"trajectories_loss/{who}{end}"
            yield from agree(name, f[name], values, tolerance)


def cosine(a, b):
    """Along the last axis; NaN for a zero vector."""
    return ((a * b).sum(axis=-1) / np.linalg.norm(a, axis=-1)
            / np.linalg.norm(b, axis=-1))


def residuals(f, who):
    return f["prompts/y"] - np.einsum("pij,kpj->kpi", f["prompts/x"],
                                      f[f"trajectories/{who}/weight"])


def unless_rounding(f, e):
    """0 for residuals below 2^-44 of the largest label."""
    least = 2.0**-44 * np.abs(f["prompts/y"]).max(axis=1)
    return np.where((np.abs(e).max(axis=-1) < least)[..., None], 0, e)


def metrics_of(f, who):
    """Each metric as (layer, step, prompt)."""
    def pairs(values):
        return values["model"][:, None], values[who][None]
    both = ("model", who)
    w_l, w_k = pairs({p: f[f"trajectories/{p}/weight"] for p in both})
    y_l, y_k = pairs({p: f[f"trajectories/{p}/prediction"] for p in both})
    e_l, e_k = pairs({p: unless_rounding(f, residuals(f, p)) for p in both})
    return {
        "prediction_difference": np.abs(y_l - y_k),
        "spd": (y_l - y_k)**2,
        "sensitivity_cosine": cosine(w_l, w_k),
        "sensitivity_difference": np.linalg.norm(w_l - w_k, axis=-1),
        "ilwd": ((w_l - w_k)**2).sum(axis=-1),
        "sime": cosine(e_l, e_k),
    }


def trust_in_directions(f, who):
    """(layer, step): 1, less where some prompt's residuals are so small that
    the rounding of y - X w turns them: |e| below 1e-3 |y| loses digits of the
    cosine in proportion, and below 1e-10 |y| it means nothing."""
    def smallest(path):
        size = np.linalg.norm(residuals(f, path), axis=-1)
        return np.nan_to_num((size / size[0]).min(axis=1), posinf=0)
    trust = np.minimum(1, 1e3 * np.minimum(smallest("model")[:, None],
                                           smallest(who)[None]))
    return np.where(trust < 1e-7, 0, trust)


def check_metric(f, who, metric, values):
    group = f"alignment/{who}/{metric}"
    finite = np.isfinite(f[f"trajectories/{who}/weight"]).all(axis=(1, 2))
    trust = np.where(finite, np.ones(values.shape[:2]), 0)
    if metric == "sime":
        trust *= trust_in_directions(f, who)
    out = np.isnan(values)
    count = (~out).sum(axis=-1)
    first = values[..., :int(f.attrs[group]["quantile_prompts"])]
    with warnings.catch_warnings():  # of means of nothing
        warnings.simplefilter("ignore")
        mean = np.nanmean(values, axis=-1)
        error = np.nanstd(values, axis=-1, ddof=1) / np.sqrt(count)
        quantiles = np.nanquantile(first, LEVELS, axis=-1)
    for leaf, expected, tolerance in (("mean", mean, 1e-12),
                                      ("standard_error", error, 1e-10),
                                      ("excluded", out.sum(axis=-1), 0),
                                      ("quantiles", quantiles, 1e-12)):
        stored = f[f"{group}/{leaf}"]
        yield from agree(f"{group}/{leaf}", np.where(trust, stored, 0) * trust,
                         np.where(trust, expected, 0) * trust, tolerance,
                         0 if metric in DISTANCES else 1)
    yield from agree(f"{group}/quantile", f[f"{group}/quantile"], LEVELS, 0)


def best_steps(mean, metric):
    """Argmin or argmax over steps k >= 1; -1 where it is not defined."""
    best = np.full(len(mean), -1)
    sign = 1 if metric in DISTANCES else -1
    some = ~np.isnan(mean[:, 1:]).all(axis=1)
    best[some] = 1 + np.nanargmin(sign * mean[some, 1:], axis=1)
    return best


def check_alignment(f):
    for who in f.who:
        if who == "model":
            continue
        values = metrics_of(f, who)
        match = f"alignment/{who}/best_match"
        for metric in METRICS:
            yield from check_metric(f, who, metric, values[metric])
            best = best_steps(f[f"alignment/{who}/{metric}/mean"], metric)
            yield from agree(f"{match}/{metric}", f[f"{match}/{metric}"], best,
                             0)
        chosen = f.attrs[match]["metric"]
        yield from agree(f"{match}/best_step", f[f"{match}/best_step"],
                         f[f"{match}/{chosen}"], 0)


def preconditioners(f):
    if f.get("model/A") is not None:
        return f["model/A"]
    P, Q = f["model/P"], f["model/Q"]
    sign = int(f.attrs["model"]["prediction_sign"])
    return sign * P[:, -1:, -1:] * Q[:, :-1, :-1].transpose(0, 2, 1)


def check_structure(f):
    A = preconditioners(f)
    if f.attrs["structure"]["coordinates"] == "whitened by Sigma":
        values, vectors = np.linalg.eigh(f["prompts/covariance"])
        root = vectors * np.sqrt(values) @ vectors.T
        A = root @ A @ root
    d = A.shape[1]
    norm = np.sqrt((A**2).sum(axis=(1, 2)))
    scale = np.trace(A, axis1=1, axis2=2) / d
    off = A - scale[:, None, None] * np.eye(d)
    skew = (A - A.transpose(0, 2, 1)) / 2
    for leaf, expected in (
            ("scale", scale),
            ("distance_to_identity",
             np.sqrt((off**2).sum(axis=(1, 2))) / norm),
            ("antisymmetric_share",
             np.sqrt((skew**2).sum(axis=(1, 2))) / norm)):
        deviation = np.abs(f[f"structure/{leaf}"] - expected).max()
        if not deviation <= 1e-12 * max(1, np.abs(expected).max()):
            yield f"structure/{leaf}: off by {deviation:.3g}"


def check_medians(f, names, who, a, b):
    """Of the first prompts: 4000 whose risks are known."""
    a, b = (values[:4000] if who != "knn" and
            f.get(f"trajectories/{who}/risk") is not None else values[:10000]
            for values in (a, b))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = {"median_ratio": np.median(a) / np.median(b),
                    "log_ratio": np.nanmedian(np.log(a / b))}
    for name, value in expected.items():
        if not np.isfinite(value):
            continue
        row = names.index(f"{name}_{who}")
        yield from agree(f"oracle/measured of {name}_{who}",
                         f["oracle/measured"][row], value, 1e-9)


def check_ratios(f):
    if f.get("oracle/name") is None:
        return
    names = [name.decode() for name in f["oracle/name"]]
    depth = len(f["trajectories/model/index"]) - 1
    for who in f.who:
        if who == "model":
            continue
        squared = squared_errors(f, who)
        step = min(depth, len(squared) - 1)
        a, b = squared_errors(f, "model")[depth], squared[step]
        risk = f.get(f"trajectories/{who}/risk")
        if risk is not None and who != "knn":  # which implies no weights
            a, b = f["trajectories/model/risk"][depth], risk[step]
        usable = (b.sum() > 1e-20 * squared[0].sum()
                  and np.isfinite(a.sum() + b.sum()))
        if usable != (f"ratio_{who}" in names):
            yield f"oracle: ratio_{who} should be there: {usable}"
        if not usable:
            continue
        row = names.index(f"ratio_{who}")
        kind = f["oracle/kind"][row].decode()
        yield from check_medians(f, names, who, a, b)
        if kind != "paired":  # of all prompts of the law, or of none
            if np.isnan(f["oracle/measured"][row]) != (kind == "unmeasurable"):
                yield f"oracle: ratio_{who} is {kind}"
            continue
        ratio = a.mean() / b.mean()
        error = (a - ratio * b).std(ddof=0) * np.sqrt(
            len(a) / (len(a) - 1)) / np.sqrt(len(a)) / b.mean()
        for leaf, expected, tolerance in (("expected", 1, 0),
                                          ("measured", ratio, 1e-12),
                                          ("standard_error", error, 1e-10)):
            yield from agree(f"oracle/{leaf} of ratio_{who}",
                             f[f"oracle/{leaf}"][row], expected, tolerance)


def one_layer_loss(A, Sigma, Omega, n, sigma2):
    """O1 of the theory: E (prediction - w.x_query)^2 after one layer."""
    SOS = (1 + 1 / n) * Sigma @ Omega @ Sigma
    SOS = SOS + (np.trace(Sigma @ Omega) + sigma2) / n * Sigma
    cross = A @ Sigma @ Omega
    return np.trace(Sigma @ (A @ SOS @ A.T - cross - cross.T + Omega))


def law(f):
    """Sigma, Cov(w), n and sigma^2."""
    Sigma, d = f["prompts/covariance"], f["prompts/x"].shape[2]
    kind = f.config("prompt.w")
    Omega = np.eye(d)
    if kind == "inverse-covariance":
        Omega = np.linalg.inv(Sigma)
    elif kind.startswith("sparse:"):
        Omega = np.eye(d) * int(kind[7:]) / d
    elif kind.startswith("pool:"):
        tasks = np.unique(f["prompts/w_star"], axis=0)
        Omega = tasks.T @ tasks / len(tasks)
        if len(tasks) != int(kind[5:]):
            raise ValueError(f"{len(tasks)} tasks of {kind}")
        return Sigma, Omega, f["prompts/x"].shape[1], f.config(
            "prompt.noise")**2
    return (Sigma, f.config("prompt.w_scale")**2 * Omega,
            f["prompts/x"].shape[1], f.config("prompt.noise")**2)


def best_layer(f):
    """A* of O1."""
    Sigma, Omega, n, sigma2 = law(f)
    gram = (1 + 1 / n) * Sigma @ Omega @ Sigma
    gram = gram + (np.trace(Sigma @ Omega) + sigma2) / n * Sigma
    return Omega @ Sigma @ np.linalg.inv(gram)


def check_one_layer(f):
    """The exact loss of one layer beside its optimum, where it is given."""
    names = [] if f.get("oracle/name") is None else [
        name.decode() for name in f["oracle/name"]]
    if "distance_to_optimum" not in names:
        return
    best, A = best_layer(f), preconditioners(f)[0]
    if "loss" in names:
        row = names.index("loss")
        for leaf, weights in (("expected", best), ("measured", A)):
            yield from agree(f"oracle/{leaf} of loss",
                             f[f"oracle/{leaf}"][row],
                             one_layer_loss(weights, *law(f)))
    row = names.index("distance_to_optimum")
    yield from agree("oracle/measured of distance_to_optimum",
                     f["oracle/measured"][row],
                     np.linalg.norm(A - best) / np.linalg.norm(best), 1e-11)


def check_training(f):
    if f.get("seeds/seed") is None:
        return
    yield from agree("seeds/loss", f["seeds/loss"][0],
                     f["training/loss_eval"], 0)
    yield from agree("seeds/final_loss", f["seeds/final_loss"],
                     f["seeds/loss"][:, -1], 0)
    for name in "ABPQ":
        if f.get(f"seeds/{name}") is not None:
            yield from agree(f"seeds/{name}", f[f"seeds/{name}"][0],
                             f[f"model/{name}"], 0)
            yield from agree(f"snapshots/{name}", f[f"snapshots/{name}"][-1],
                             f[f"model/{name}"], 0)


def faults_of(path):
    f = File(path)
    np.seterr(all="ignore")  # algorithms may run away
    for check in (check_prompts, check_model, check_algorithms, check_derived,
                  check_losses, check_alignment, check_structure,
                  check_ratios, check_one_layer, check_training):
        yield from check(f)
