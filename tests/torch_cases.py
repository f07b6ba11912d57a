"""Programs in PyTorch's words, run by PyTorch for golden results and by symgrad in the tests.

Each takes the module (torch or symgrad) and tensors made of the inputs that it names. Inputs of
floats require grad; results that do give first and second derivatives.
"""

import operator

INPUTS = {
    "v": [0.5, -1.25, 2.0],
    "w": [1.5, 0.75, -0.5],
    "p": [0.25, 0.5, 0.875],
    "q": [0.5, 0.25, 0.75],
    "s": 1.75,
    "a": [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]],
    "b": [[1.0, 2.0, -0.5], [0.125, -1.5, 3.0]],
    "m": [[1.0, 2.0], [-0.5, 1.5], [0.25, -1.0]],
    "sq": [[2.0, 0.5, 0.1], [0.3, 1.5, -0.4], [-0.2, 0.6, 3.0]],
    "c": [[[0.5, -1.0], [1.5, 2.0]], [[-0.25, 1.0], [0.75, -2.0]], [[1.25, 0.5], [-1.5, 3.0]]],
    "k": [0.0, -3.0, 3.0, 1.0, -1.0, 0.5, -0.5, 6.0],
    "far": [-120.0, 30.0, 800.0, -800.0, 0.0],
    "n": [2, 0, 1],
    "i2": [[0, 2], [1, 1]],
    "i1": [1, 0],
    "t": [True, False, True],
    "tt": [[True, False, True], [False, False, True]],
    "u": [1, 5, -3],
    "d": [1, 2, 2],
    "holes": [1.0, float("nan"), float("inf"), -float("inf"), -2.0],
    "bins": [1, 3, 3, 0],
    "pm": [1, -1, -1],
    "look": [[True, True], [False, True]],
    "im": [[0, 1], [1, 1], [0, 0]],
    "ties": [2.0, 1.0, 2.0, 1.0],
}

#: name -> (the program, the inputs that it takes)
CASES = {}

#: What PyTorch itself differentiates once only.
ONCE = {"F.hardsigmoid of k", "F.hardsigmoid of far", "cdist", "pdist"}


def case(name, inputs, program):
    if name in CASES:
        raise ValueError(f"two cases are called {name}")
    CASES[name] = (program, inputs.split())


def arithmetic():
    case("add alpha", "v w", lambda T, v, w: T.add(v, w, alpha=3))
    case("x.add alpha", "v w", lambda T, v, w: v.add(w, alpha=0.5))
    case("sub alpha", "a v", lambda T, a, v: T.sub(a, v, alpha=2))
    case("subtract", "v", lambda T, v: T.subtract(v, 2))
    case("rsub", "v", lambda T, v: T.rsub(v, 2, alpha=3))
    case("mul", "a v", lambda T, a, v: T.mul(a, v))
    case("div", "v w", lambda T, v, w: T.div(v, w))
    case("div floor", "u d", lambda T, u, d: T.div(u, d, rounding_mode="floor"))
    case("div trunc", "u d", lambda T, u, d: T.div(u, d, rounding_mode="trunc"))
    case("true_divide", "u d", lambda T, u, d: T.true_divide(u, d))
    case("floor_divide", "u d", lambda T, u, d: T.floor_divide(u, d))
    case("remainder", "u d", lambda T, u, d: T.remainder(u, d))
    case("x.remainder", "u", lambda T, u: u.remainder(4))
    case("addcmul", "v w p", lambda T, v, w, p: T.addcmul(v, w, p, value=0.5))
    case("addcdiv", "v w p", lambda T, v, w, p: v.addcdiv(w, p, value=-2.0))
    case("lerp", "v w", lambda T, v, w: T.lerp(v, w, 0.25))
    case("lerp of weights", "v w p", lambda T, v, w, p: v.lerp(w, p))
    case("exp2", "v", lambda T, v: T.exp2(v))
    case("rsqrt", "p", lambda T, p: p.rsqrt())
    case("deg2rad", "v", lambda T, v: T.deg2rad(v))
    case("rad2deg", "v", lambda T, v: v.rad2deg())
    case("frac", "v", lambda T, v: T.frac(v))
    case("logit", "p", lambda T, p: T.logit(p))
    case("logit eps", "p", lambda T, p: T.special.logit(p, eps=0.3))
    case("entr", "p", lambda T, p: T.special.entr(p))
    case("xlog1py", "v p", lambda T, v, p: T.special.xlog1py(v, p))
    case("xlogy", "v p", lambda T, v, p: T.special.xlogy(v, p))
    case("expit", "v", lambda T, v: T.special.expit(v))
    case("special exp2", "v", lambda T, v: T.special.exp2(v))
    case("logaddexp2", "v w", lambda T, v, w: T.logaddexp2(v, w))
    case("ldexp", "v n", lambda T, v, n: T.ldexp(v, n))


def bounds():
    case("float_power", "p", lambda T, p: T.float_power(p, 3))
    case("pow of two", "p v", lambda T, p, v: T.pow(p, v))
    case("pow of a number", "v", lambda T, v: T.pow(2, v))
    case("clamp_min", "v", lambda T, v: v.clamp_min(0.1))
    case("clamp_max", "v", lambda T, v: T.clamp_max(v, 0.1))
    case("clamp", "v w", lambda T, v, w: T.clamp(v, min=w))
    case("fmax", "holes v", lambda T, holes, v: T.fmax(holes[:3], v))
    case("fmin", "holes v", lambda T, holes, v: T.fmin(holes[:3], v))
    case("nan_to_num", "holes", lambda T, holes: T.nan_to_num(holes, 0.5, 7.0, -7.0))
    case("isposinf", "holes", lambda T, holes: T.isposinf(holes))
    case("isneginf", "holes", lambda T, holes: T.isneginf(holes))
    case("isreal", "holes", lambda T, holes: T.isreal(holes))
    case("heaviside", "v w", lambda T, v, w: T.heaviside((v * 0).detach(), w.detach()))


def steps():
    case("logical_xor", "t n", lambda T, t, n: T.logical_xor(t, n))
    case("bitwise", "n u", lambda T, n, u: (n & u) + T.bitwise_or(n, u) + n.bitwise_xor(u))
    case("bitwise_not", "n t", lambda T, n, t: (T.bitwise_not(n), t.bitwise_not()))
    for name in ("floor", "ceil", "trunc", "fix", "round"):
        case(name, "v", lambda T, v, name=name: getattr(T, name)(v.detach()))
    case("round decimals", "v", lambda T, v: T.round(v.detach(), decimals=1))
    case("round tens", "u", lambda T, u: T.round(u.to(T.float64) * 7, decimals=-1))
    case("sgn", "v", lambda T, v: T.sgn(v))
    case("positive", "v", lambda T, v: T.positive(v))
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        case(name, "v w", lambda T, v, w, name=name: getattr(T, name)(v, w))
        case(f"x.{name}", "u", lambda T, u, name=name: getattr(u, name)(1))


def products():
    case("mm", "a m", lambda T, a, m: T.mm(a, m))
    case("mv", "a v", lambda T, a, v: a.mv(v))
    case("bmm", "c", lambda T, c: T.bmm(c, c))
    case("addmm", "a m", lambda T, a, m: T.addmm(m[0], a, m, beta=0.5, alpha=2))
    case("addmv", "a v m", lambda T, a, v, m: T.addmv(m[0], a, v, beta=3))
    case("addr", "a v w", lambda T, a, v, w: T.addr(a[:, :1], w[:2], v, alpha=-1))
    case("baddbmm", "c m", lambda T, c, m: T.baddbmm(m[:2], c, c, beta=2, alpha=0.5))
    case("addbmm", "c m", lambda T, c, m: T.addbmm(m[:2], c, c))
    case("addmm beta 0", "a m", lambda T, a, m: T.addmm(m[0], a, m, beta=0))
    case("chain_matmul", "a m", lambda T, a, m: T.linalg.multi_dot([a, m, a]))
    case("matrix_power", "sq", lambda T, sq: T.linalg.matrix_power(sq, 3))
    case("matrix_power -2", "sq", lambda T, sq: T.matrix_power(sq, -2))
    case("matrix_power 0", "sq", lambda T, sq: T.matrix_power(sq.detach(), 0))
    case("vecdot", "a v", lambda T, a, v: T.linalg.vecdot(a, v))
    case("cross", "a v", lambda T, a, v: T.linalg.cross(a, v.expand(2, 3)))
    case("dot", "v w", lambda T, v, w: T.dot(v, w))
    case("outer", "v w", lambda T, v, w: T.ger(v, w))
    case("inner", "a v", lambda T, a, v: T.inner(a, v))
    case("dist", "v w", lambda T, v, w: T.dist(v, w, 3))
    case("logdet", "sq", lambda T, sq: T.logdet(sq))
    case("inverse", "sq", lambda T, sq: T.inverse(sq))
    case("vander", "v", lambda T, v: T.vander(v.detach(), N=4))
    case("linalg.vander", "v", lambda T, v: T.linalg.vander(v))
    case("kron", "v w", lambda T, v, w: T.kron(v, w))


def norms():
    case("norm", "a", lambda T, a: T.norm(a))
    case("norm p", "a", lambda T, a: a.norm(3))
    case("norm p dim", "a", lambda T, a: a.norm(p=1, dim=1, keepdim=True))
    case("norm dims", "c", lambda T, c: T.norm(c, 3, dim=(0, 2)))
    case("norm inf", "a", lambda T, a: T.norm(a, float("inf")))
    case("vector_norm", "a", lambda T, a: T.linalg.vector_norm(a, 0.5))
    case("vector_norm 0", "k", lambda T, k: T.linalg.vector_norm(k, 0))
    case("matrix_norm 1", "sq", lambda T, sq: T.linalg.matrix_norm(sq, 1))
    case(
        "matrix_norm -inf",
        "sq",
        lambda T, sq: T.linalg.matrix_norm(sq, -float("inf"), keepdim=True),
    )
    case("matrix_norm", "c", lambda T, c: T.linalg.matrix_norm(c))
    case("linalg.norm", "sq", lambda T, sq: T.linalg.norm(sq, float("inf")))
    case("linalg.norm of a vector", "v", lambda T, v: T.linalg.norm(v, 3))
    case("linalg.norm plain", "c", lambda T, c: T.linalg.norm(c))
    case("linalg.norm dims", "c", lambda T, c: T.linalg.norm(c, "fro", dim=(0, 1)))
    case("linalg.diagonal", "c", lambda T, c: T.linalg.diagonal(c))


def parts():
    case("select", "a", lambda T, a: T.select(a, 1, -1))
    case("narrow", "a", lambda T, a: a.narrow(1, 1, 2))
    case("unbind", "a", lambda T, a: T.unbind(a, 1))
    case("tensor_split", "v", lambda T, v: T.tensor_split(v, 2))
    case("tensor_split at", "a", lambda T, a: T.tensor_split(a, (1, 2), dim=1))
    case("split_with_sizes", "v", lambda T, v: T.split_with_sizes(v, [1, 2]))
    case("hsplit", "a", lambda T, a: T.hsplit(a, 3))
    case("vsplit", "a", lambda T, a: T.vsplit(a, 2))
    case("dsplit", "c", lambda T, c: T.dsplit(c, [1]))
    case("unflatten", "c", lambda T, c: T.unflatten(c.flatten(), 0, (2, -1, 3)))
    case("expand_as", "v a", lambda T, v, a: v.expand_as(a))
    case("view_as", "a m", lambda T, a, m: a.view_as(m))
    case("reshape_as", "a m", lambda T, a, m: a.reshape_as(m))
    case("broadcast_tensors", "v a", lambda T, v, a: T.broadcast_tensors(v, a))
    case("fliplr", "a", lambda T, a: T.fliplr(a))
    case("flipud", "a", lambda T, a: a.flipud())
    case("rot90", "a", lambda T, a: (T.rot90(a), a.rot90(2), a.rot90(-1), a.rot90(1, (1, 0))))
    case("swap", "c", lambda T, c: (c.swapaxes(0, 2), c.swapdims(0, 1), T.movedim(c, 0, 2)))
    case("adjoint", "c", lambda T, c: (c.adjoint(), c.mT, c.mH, c[0].H))
    case("diag_embed", "a", lambda T, a: T.diag_embed(a, 1, 0, 2))
    case("diagflat", "a", lambda T, a: T.diagflat(a, -1))
    case("dstack", "v w", lambda T, v, w: T.dstack([v, w]))
    case("row_stack", "v w", lambda T, v, w: T.row_stack([v, w]))
    case("atleast_3d", "v a", lambda T, v, a: T.atleast_3d(v, a))
    case("block_diag", "v a s", lambda T, v, a, s: T.block_diag(v, a, s))
    case("meshgrid", "v w", lambda T, v, w: T.meshgrid(v, w[:2], indexing="ij"))
    case("meshgrid xy", "v w", lambda T, v, w: T.meshgrid(v, w[:2], indexing="xy"))
    case("cartesian_prod", "v w", lambda T, v, w: T.cartesian_prod(v, w[:2]))
    case("combinations", "v", lambda T, v: T.combinations(v, 2, with_replacement=True))
    case("sum_to_size", "c", lambda T, c: c.sum_to_size(2, 1))
    case("tril, triu", "sq", lambda T, sq: (sq.tril(-1), T.triu(sq, 1)))


def entries():
    case("index_select", "a n", lambda T, a, n: T.index_select(a, 1, n))
    case("gather", "a i2", lambda T, a, i2: T.gather(a, 1, i2))
    case("gather less", "a i2", lambda T, a, i2: a.gather(1, i2[:1]))
    case("take_along_dim", "a i2", lambda T, a, i2: T.take_along_dim(a, i2, 1))
    case("take", "a n", lambda T, a, n: T.take(a, n))
    case("masked_select", "a t", lambda T, a, t: T.masked_select(a, t))
    case("masked_fill", "a t", lambda T, a, t: a.masked_fill(t, -1))
    case("masked_fill by a tensor", "a t s", lambda T, a, t, s: a.masked_fill(t, s))
    case("index_fill", "a i1", lambda T, a, i1: a.index_fill(1, i1, 9.0))
    case("index_copy", "a i1 b", lambda T, a, i1, b: T.index_copy(a, 1, i1, b[:, :2]))
    case("index_add", "a i1 b", lambda T, a, i1, b: T.index_add(a, 1, i1, b[:, :2], alpha=2))
    case("index_add twice", "v n w", lambda T, v, n, w: v.index_add(0, n * 0, w))
    case("index_put", "v n w", lambda T, v, n, w: v.index_put((n,), w))
    case("index_put adds", "v n w", lambda T, v, n, w: v.index_put((n * 0,), w, accumulate=True))
    case("index_put of a mask", "a tt s", lambda T, a, tt, s: a.index_put((tt,), s))
    case("put", "a i1 w", lambda T, a, i1, w: a.put(i1, w[:2]))
    case("masked_scatter", "a tt w", lambda T, a, tt, w: a.masked_scatter(tt, w))
    case("scatter", "a i2 b", lambda T, a, i2, b: a.scatter(0, i2[1:] * 0, b[:1, :2]))
    case("scatter a value", "a i2", lambda T, a, i2: T.scatter(a, 1, i2, 7.0))
    case("scatter_add", "a i2 b", lambda T, a, i2, b: T.scatter_add(a, 1, i2, b[:, :2]))
    case("select_scatter", "a w", lambda T, a, w: T.select_scatter(a, w, 0, 1))
    case("slice_scatter", "a b", lambda T, a, b: T.slice_scatter(a, b[:, :2], 1, 0, 3, 2))
    case("unsqueeze", "a", lambda T, a: (a.unsqueeze(-1), T.unsqueeze(a, 1)))
    case("flip", "a", lambda T, a: a.flip(0, 1))
    case("cumsum", "a", lambda T, a: a.cumsum(1))


def orders():
    case("topk", "a", lambda T, a: T.topk(a, 2))
    case("topk smallest", "a", lambda T, a: a.topk(1, 0, largest=False))
    case("kthvalue", "a", lambda T, a: T.kthvalue(a, 2, 1, keepdim=True))
    case("median", "v", lambda T, v: T.median(v))
    case("median of four", "k", lambda T, k: k[:4].median())
    case("median dim", "a", lambda T, a: a.median(1))
    case("median of nan", "holes", lambda T, holes: T.median(holes.detach(), 0))
    case("median of nan alone", "holes", lambda T, holes: T.median(holes.detach()))
    case("quantile", "a", lambda T, a: T.quantile(a, 0.3))
    case("quantile dim", "a p", lambda T, a, p: T.quantile(a, p.detach(), 1, keepdim=True))
    for how in ("lower", "higher", "midpoint", "nearest"):
        case(f"quantile {how}", "a", lambda T, a, how=how: a.quantile(0.7, 1, interpolation=how))
    case("msort", "m", lambda T, m: T.msort(m))
    case("sort", "a", lambda T, a: T.sort(a, 1, descending=True))
    case("max, min", "a", lambda T, a: (*a.max(1), *a.min(0, keepdim=True)))
    case("aminmax", "a", lambda T, a: T.aminmax(a, dim=1))
    case("aminmax of all", "a", lambda T, a: T.aminmax(a))


def counts():
    case("count_nonzero", "k", lambda T, k: T.count_nonzero(k))
    case(
        "unique",
        "ties",
        lambda T, ties: T.unique(ties.detach(), return_inverse=True, return_counts=True),
    )
    case("unique rows", "tt", lambda T, tt: T.unique(tt.long(), dim=1))
    case(
        "unique_consecutive",
        "bins",
        lambda T, bins: T.unique_consecutive(bins, return_inverse=True, return_counts=True),
    )
    case("bincount", "bins", lambda T, bins: T.bincount(bins, minlength=6))
    case("bincount weights", "bins k", lambda T, bins, k: T.bincount(bins, k[:4].detach()))
    case("histc", "k", lambda T, k: T.histc(k.detach(), 4))
    case("histc bounds", "k", lambda T, k: k.detach().histc(3, -1, 2))
    case(
        "searchsorted",
        "ties",
        lambda T, ties: T.searchsorted(
            ties.detach().sort().values, T.tensor([1.0, 2.0, 9.0], dtype=T.float64), right=True
        ),
    )
    case("bucketize", "v k", lambda T, v, k: T.bucketize(v.detach(), k.detach().sort().values))
    case("isin", "u n", lambda T, u, n: T.isin(u, n))
    case("argwhere", "tt", lambda T, tt: T.argwhere(tt))
    case("nansum", "holes", lambda T, holes: T.nansum(holes[:2]))
    case("nanmean", "holes", lambda T, holes: holes[:2].nanmean())
    case("var_mean", "a", lambda T, a: T.var_mean(a, 1))
    case("std_mean", "a", lambda T, a: T.std_mean(a, dim=0, correction=0))
    case("cov", "a", lambda T, a: T.cov(a))
    case("corrcoef", "a", lambda T, a: T.corrcoef(a))
    case("trapezoid", "a", lambda T, a: T.trapezoid(a, dx=0.5))
    case("trapezoid at", "a v", lambda T, a, v: T.trapezoid(a, v, dim=1))
    case("take_along sorted", "a", lambda T, a: a.sort(0).values)

    case("cummax", "ties", lambda T, ties: T.cummax(ties, 0))
    case("cummin", "a", lambda T, a: a.cummin(1))
    case("cumulative_trapezoid", "a v", lambda T, a, v: T.cumulative_trapezoid(a, v))
    case("cdist", "m", lambda T, m: T.cdist(m, m[:2] + 1, 3.0))
    case("pdist", "m", lambda T, m: T.nn.functional.pdist(m))
    case("fmod", "u v", lambda T, u, v: (T.fmod(u, 3), v.detach().fmod(0.75)))
    case("signbit", "v u", lambda T, v, u: (T.signbit(v), u.signbit()))


def activations():
    F = {
        "relu": {}, "leaky_relu": {"negative_slope": 0.2}, "elu": {"alpha": 1.5}, "selu": {},
        "celu": {"alpha": 2.0}, "silu": {}, "mish": {}, "softplus": {}, "softsign": {},
        "tanhshrink": {}, "logsigmoid": {}, "hardtanh": {}, "relu6": {}, "hardsigmoid": {},
        "hardswish": {}, "hardshrink": {}, "softshrink": {}, "sigmoid": {}, "tanh": {},
        "gelu": {"approximate": "tanh"},
    }  # fmt: skip
    smooth = {"elu", "selu", "celu", "mish"}  # at 0 and far off, PyTorch's second slope is not
    for name, words in F.items():
        for at in ("v", "w") if name in smooth else ("k", "far"):
            case(f"F.{name} of {at}", at,
                 lambda T, x, name=name, words=words: getattr(T.nn.functional, name)(
                     x, **words))  # fmt: skip
    case("F.softplus beta", "k", lambda T, k: T.nn.functional.softplus(k, 2.0, 5.0))
    case("F.threshold", "k", lambda T, k: T.nn.functional.threshold(k, 0.5, -7.0))
    case("F.prelu", "c v", lambda T, c, v: T.nn.functional.prelu(c, v[:2]))
    case("F.glu", "c", lambda T, c: T.nn.functional.glu(c, 1))
    case("F.softmin", "a", lambda T, a: T.nn.functional.softmin(a, dim=1))
    case("F.softmax", "a", lambda T, a: T.nn.functional.softmax(a, dim=0))
    case("F.log_softmax", "a", lambda T, a: T.nn.functional.log_softmax(a, dim=-1))


def losses():
    plain = ("mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss", "kl_div")
    for name in plain:
        for reduction in ("mean", "sum", "none"):
            case(f"F.{name} {reduction}", "a q",
                 lambda T, a, q, name=name, reduction=reduction: getattr(T.nn.functional, name)(
                     a, q.expand(2, 3), reduction=reduction))  # fmt: skip
    case(
        "F.soft_margin_loss",
        "v",
        lambda T, v: T.nn.functional.soft_margin_loss(v, T.tensor([1, -1, 1])),
    )
    case(
        "F.mse_loss weight",
        "v w p",
        lambda T, v, w, p: T.nn.functional.mse_loss(v, w, weight=p.detach()),
    )
    case("F.huber_loss delta", "v w", lambda T, v, w: T.nn.functional.huber_loss(v, w, delta=2.0))
    case("F.smooth_l1 beta", "v w", lambda T, v, w: T.nn.functional.smooth_l1_loss(v, w, beta=0.5))
    case(
        "F.kl_div log",
        "v w",
        lambda T, v, w: T.nn.functional.kl_div(v, w, log_target=True, reduction="sum"),
    )
    case(
        "F.kl_div batchmean",
        "a b",
        lambda T, a, b: T.nn.functional.kl_div(a, b.abs(), reduction="batchmean"),
    )
    case("F.bce", "p q", lambda T, p, q: T.nn.functional.binary_cross_entropy(p, q))
    case(
        "F.bce weight",
        "p q w",
        lambda T, p, q, w: T.nn.functional.binary_cross_entropy(
            p, q.detach(), w.detach(), reduction="sum"
        ),
    )
    case(
        "F.bce logits",
        "far k",
        lambda T, far, k: T.nn.functional.binary_cross_entropy_with_logits(
            far[:4], k[3:7].detach().abs()
        ),
    )
    case(
        "F.bce logits pos",
        "v q w",
        lambda T, v, q, w: T.nn.functional.binary_cross_entropy_with_logits(
            v, q.detach(), pos_weight=w.detach().abs()
        ),
    )
    case("F.nll_loss", "a n", lambda T, a, n: T.nn.functional.nll_loss(a, n[:2]))
    case(
        "F.nll_loss weight",
        "a n p",
        lambda T, a, n, p: T.nn.functional.nll_loss(a, n[:2], p.detach()),
    )
    case(
        "F.nll_loss ignore",
        "a n",
        lambda T, a, n: T.nn.functional.nll_loss(a, n[:2], ignore_index=0, reduction="none"),
    )
    case(
        "F.nll_loss images",
        "c",
        lambda T, c: T.nn.functional.nll_loss(c, T.tensor([[0, 1], [1, 1], [0, 0]])),
    )
    case("F.cross_entropy", "a n", lambda T, a, n: T.nn.functional.cross_entropy(a, n[:2]))
    case("F.cross_entropy one", "v", lambda T, v: T.nn.functional.cross_entropy(v, T.tensor(2)))
    case(
        "F.cross_entropy shares",
        "a b",
        lambda T, a, b: T.nn.functional.cross_entropy(a, b.detach().softmax(1)),
    )
    case(
        "F.cross_entropy smooth",
        "a n p",
        lambda T, a, n, p: T.nn.functional.cross_entropy(a, n[:2], p.detach(), label_smoothing=0.2),
    )
    case(
        "F.cross_entropy smooth sum",
        "a n",
        lambda T, a, n: T.nn.functional.cross_entropy(
            a, n[:2], ignore_index=2, label_smoothing=0.1, reduction="sum"
        ),
    )
    case(
        "F.cross_entropy images",
        "c",
        lambda T, c: T.nn.functional.cross_entropy(
            c, T.tensor([[0, 1], [1, 1], [0, 0]]), reduction="none"
        ),
    )
    case(
        "F.poisson_nll_loss",
        "v p",
        lambda T, v, p: T.nn.functional.poisson_nll_loss(v, p.detach() * 8, full=True),
    )
    case(
        "F.poisson_nll_loss rate",
        "p q",
        lambda T, p, q: T.nn.functional.poisson_nll_loss(p, q.detach(), log_input=False),
    )
    case(
        "F.gaussian_nll_loss",
        "v w p",
        lambda T, v, w, p: T.nn.functional.gaussian_nll_loss(v, w, p, full=True),
    )
    case(
        "F.hinge_embedding_loss",
        "v",
        lambda T, v: T.nn.functional.hinge_embedding_loss(v, T.tensor([1, -1, -1])),
    )
    case(
        "F.margin_ranking_loss",
        "v w",
        lambda T, v, w: T.nn.functional.margin_ranking_loss(
            v, w, T.tensor([1, -1, 1]), margin=0.25
        ),
    )

    case(
        "F.triplet_margin_loss",
        "a b q",
        lambda T, a, b, q: T.nn.functional.triplet_margin_loss(a, b, q.expand(2, 3), swap=True),
    )
    case(
        "F.cosine_embedding_loss",
        "a b",
        lambda T, a, b: T.nn.functional.cosine_embedding_loss(a, b, T.tensor([1, -1]), margin=-0.5),
    )
    case(
        "F.multilabel_soft_margin_loss",
        "a tt",
        lambda T, a, tt: T.nn.functional.multilabel_soft_margin_loss(a, tt.double()),
    )
    case(
        "F.pixel_shuffle",
        "a",
        lambda T, a: T.nn.functional.pixel_shuffle(
            (a[:, None] * a[:, :2, None]).reshape(4, 3, 1), 2
        ),
    )
    case("F.pixel_unshuffle", "sq", lambda T, sq: T.pixel_unshuffle(sq[None, :2, :2], 2))


def layers():
    case("F.linear", "a sq v", lambda T, a, sq, v: T.nn.functional.linear(a, sq, v))
    case("F.linear vector", "a v", lambda T, a, v: T.nn.functional.linear(a, v))
    case("F.bilinear", "a b c", lambda T, a, b, c: T.nn.functional.bilinear(a[:, :2], b[:, :2], c))
    case("F.normalize", "a", lambda T, a: T.nn.functional.normalize(a))
    case("F.normalize p", "a", lambda T, a: T.nn.functional.normalize(a, p=3, dim=0))
    case("F.layer_norm", "a v w", lambda T, a, v, w: T.nn.functional.layer_norm(a, (3,), v, w))
    case("F.layer_norm two", "c", lambda T, c: T.nn.functional.layer_norm(c, (2, 2)))
    case("F.rms_norm", "a v", lambda T, a, v: T.nn.functional.rms_norm(a, (3,), v, eps=0.1))
    case("F.group_norm", "c v", lambda T, c, v: T.nn.functional.group_norm(c, 2, v[:2]))
    case("F.instance_norm", "c", lambda T, c: T.nn.functional.instance_norm(c))
    case(
        "F.batch_norm",
        "a v w",
        lambda T, a, v, w: T.nn.functional.batch_norm(a, None, None, v, w, training=True),
    )
    case(
        "F.batch_norm eval",
        "a v p",
        lambda T, a, v, p: T.nn.functional.batch_norm(a, v.detach(), p.detach()),
    )
    case("F.cosine_similarity", "a b", lambda T, a, b: T.nn.functional.cosine_similarity(a, b))
    case("F.cosine_similarity spread", "a v", lambda T, a, v: T.cosine_similarity(a, v, dim=-1))
    case("F.pairwise_distance", "a b", lambda T, a, b: T.nn.functional.pairwise_distance(a, b))
    case("F.embedding", "m n", lambda T, m, n: T.nn.functional.embedding(n, m, padding_idx=1))
    case("F.one_hot", "n", lambda T, n: T.nn.functional.one_hot(n, 4))
    case("F.pad", "a", lambda T, a: T.nn.functional.pad(a, (1, 0, 0, 2)))
    case("F.pad value", "a", lambda T, a: T.nn.functional.pad(a, (1, -1), value=3.5))
    for mode in ("reflect", "replicate", "circular"):
        case(
            f"F.pad {mode}", "c", lambda T, c, mode=mode: T.nn.functional.pad(c, (1, 1), mode=mode)
        )
    case(
        "F.attention",
        "c",
        lambda T, c: T.nn.functional.scaled_dot_product_attention(c, c, c, is_causal=True),
    )
    case(
        "F.attention masked",
        "c",
        lambda T, c: T.nn.functional.scaled_dot_product_attention(
            c, c, c, T.tensor([[True, True], [False, True]])
        ),
    )
    case("F.dropout off", "a", lambda T, a: T.nn.functional.dropout(a, 0.5, training=False))


def written():
    """In-place twins, on a result, so that the write is recorded."""
    names = {
        "add_": (2.0,), "sub_": (0.5,), "mul_": (3.0,), "div_": (2.0,), "pow_": (2,), "neg_": (),
        "exp_": (), "sin_": (), "sigmoid_": (), "tanh_": (), "clamp_": (0.0, 1.0), "relu_": (),
        "clamp_min_": (0.25,), "exp2_": (), "deg2rad_": (), "square_": (), "abs_": (), "frac_": (),
        "cumsum_": (0,), "sgn_": (),
    }  # fmt: skip
    for name, words in names.items():
        case(f"x.{name}", "v", lambda T, v, name=name, words=words: getattr(v * 1, name)(*words))
    case("x.add_ alpha", "v w", lambda T, v, w: (v * 1).add_(w, alpha=2))
    case("x.addcmul_", "v w p", lambda T, v, w, p: (v * 1).addcmul_(w, p))
    case("x.lerp_", "v w", lambda T, v, w: (v * 1).lerp_(w, 0.5))
    case("x.masked_fill_", "v t", lambda T, v, t: (v * 1).masked_fill_(t, 0))
    case("x.index_fill_", "v i1", lambda T, v, i1: (v * 1).index_fill_(0, i1, 2.0))
    case("x.index_add_", "v n w", lambda T, v, n, w: (v * 1).index_add_(0, n, w))
    case("x.index_put_", "v n w", lambda T, v, n, w: (v * 1).index_put_((n,), w))
    case("x.scatter_", "v n w", lambda T, v, n, w: (v * 1).scatter_(0, n, w))
    case("x.scatter_add_", "v n w", lambda T, v, n, w: (v * 1).scatter_add_(0, n, w))
    case("x.tril_", "sq", lambda T, sq: (sq * 1).tril_())
    case("x.copy_", "v w", lambda T, v, w: (v * 1).copy_(w))
    case("x.fill_diagonal_", "sq", lambda T, sq: sq.detach().clone().fill_diagonal_(5.0))
    case("x.eq_", "v", lambda T, v: v.detach().clone().lt_(0))
    case("x.floor_", "v", lambda T, v: v.detach().clone().floor_())
    case("x.logical_not_", "t", lambda T, t: t.clone().logical_not_())
    case("x.remainder_", "u", lambda T, u: u.clone().remainder_(2))


def made():
    case("logspace", "", lambda T: T.logspace(0, 3, 4, dtype=T.float64))
    case("logspace base", "", lambda T: T.logspace(0, 3, 4, base=2.0))
    case("tril_indices", "", lambda T: T.tril_indices(3, 2, 1))
    case("triu_indices", "", lambda T: T.triu_indices(3, 3, -1))
    case("scalar_tensor", "", lambda T: T.scalar_tensor(3))
    case(
        "new",
        "u",
        lambda T, u: (u.new_zeros(2), u.new_full((2,), 3), u.new_ones(1), u.new_tensor([1.5])),
    )
    case("type_as", "v u", lambda T, v, u: (v.detach().type_as(u), u.type(T.float32), u.short()))
    case("view dtype", "", lambda T: T.tensor([1.0, 2.0]).view(T.int32))


for room in (
    arithmetic,
    bounds,
    steps,
    products,
    norms,
    parts,
    entries,
    orders,
    counts,
    activations,
    losses,
    layers,
    written,
    made,
):
    room()


#: Misuse, by what is wrong: PyTorch's class of the error is golden.
MISUSE = {
    "add alpha of integers": lambda T: T.add(T.tensor([1]), T.tensor([1]), alpha=0.5),
    "sub of truths": lambda T: T.sub(T.tensor([True]), T.tensor([True])),
    "div mode": lambda T: T.div(T.tensor([1.0]), 2, rounding_mode="up"),
    "mm of vectors": lambda T: T.mm(T.ones(2), T.ones(2)),
    "mm inner": lambda T: T.mm(T.ones(2, 3), T.ones(2, 3)),
    "mv": lambda T: T.mv(T.ones(2, 2), T.ones(3)),
    "bmm batches": lambda T: T.bmm(T.ones(2, 1, 1), T.ones(3, 1, 1)),
    "addmm": lambda T: T.addmm(T.ones(3), T.ones(2, 2), T.ones(2, 2)),
    "matmul": lambda T: T.ones(2, 3) @ T.ones(2, 3),
    "add shapes": lambda T: T.ones(2) + T.ones(3),
    "select place": lambda T: T.ones(2).select(0, 5),
    "select axis": lambda T: T.ones(2).select(3, 0),
    "select of a number": lambda T: T.tensor(1.0).select(0, 0),
    "narrow": lambda T: T.ones(3).narrow(0, 2, 4),
    "unbind": lambda T: T.tensor(1.0).unbind(),
    "unflatten": lambda T: T.ones(6).unflatten(0, (4, 2)),
    "hsplit": lambda T: T.hsplit(T.ones(3), 2),
    "vsplit": lambda T: T.vsplit(T.ones(3), 1),
    "fliplr": lambda T: T.fliplr(T.ones(3)),
    "rot90": lambda T: T.rot90(T.ones(3)),
    "rot90 axes": lambda T: T.rot90(T.ones(3, 3), 1, (0, 0)),
    "diag_embed": lambda T: T.diag_embed(T.ones(3), 0, 1, 1),
    "meshgrid": lambda T: T.meshgrid(T.ones(2, 2), indexing="ij"),
    "block_diag": lambda T: T.block_diag(T.ones(1, 1, 1)),
    "broadcast_shapes": lambda T: T.broadcast_shapes((2,), (3,)),
    "index_select": lambda T: T.ones(2).index_select(0, T.tensor([3])),
    "index_select dtype": lambda T: T.ones(2).index_select(0, T.tensor([1.0])),
    "index_select rank": lambda T: T.ones(2).index_select(0, T.tensor([[1]])),
    "gather rank": lambda T: T.ones(2, 2).gather(0, T.tensor([1])),
    "gather place": lambda T: T.ones(2).gather(0, T.tensor([2])),
    "gather dtype": lambda T: T.ones(2).gather(0, T.tensor([1.0])),
    "gather shape": lambda T: T.ones(2, 2).gather(0, T.zeros(1, 3, dtype=T.int64)),
    "masked_select dtype": lambda T: T.ones(2).masked_select(T.tensor([1, 0])),
    "masked_fill dtype": lambda T: T.ones(2).masked_fill(T.tensor([1.0, 0.0]), 0),
    "masked_fill value": lambda T: T.ones(2).masked_fill(T.tensor([True, True]), T.ones(2)),
    "masked_scatter": lambda T: T.ones(2).masked_scatter(T.tensor([True, True]), T.ones(1)),
    "index_add": lambda T: T.ones(3).index_add(0, T.tensor([0, 1]), T.ones(3)),
    "index_add dtype": lambda T: T.ones(3).index_add(0, T.tensor([0]), T.tensor([1])),
    "index_put dtype": lambda T: T.ones(3).index_put((T.tensor([0]),), T.tensor([1])),
    "scatter rank": lambda T: T.ones(2, 2).scatter(0, T.tensor([0]), 1.0),
    "topk": lambda T: T.topk(T.ones(2), 3),
    "kthvalue": lambda T: T.kthvalue(T.ones(2), 3),
    "quantile": lambda T: T.quantile(T.ones(2), 1.5),
    "quantile dtype": lambda T: T.quantile(T.tensor([1, 2]), 0.5),
    "median of none": lambda T: T.ones(0, 2).median(0),
    "bincount": lambda T: T.bincount(T.tensor([-1])),
    "bincount dtype": lambda T: T.bincount(T.tensor([1.0])),
    "histc": lambda T: T.histc(T.ones(2), 4, 2, 1),
    "bucketize": lambda T: T.bucketize(T.ones(2), T.ones(2, 2)),
    "cov": lambda T: T.cov(T.ones(1, 1, 1)),
    "cross": lambda T: T.linalg.cross(T.ones(2), T.ones(2)),
    "matrix_power": lambda T: T.matrix_power(T.ones(2, 3), 2),
    "multi_dot": lambda T: T.linalg.multi_dot([T.ones(2)]),
    "matrix_norm": lambda T: T.linalg.matrix_norm(T.ones(2)),
    "linalg.norm": lambda T: T.linalg.norm(T.ones(1, 1, 1), 1),
    "vector_norm dtype": lambda T: T.linalg.vector_norm(T.tensor([1])),
    "norm dtype": lambda T: T.norm(T.tensor([1])),
    "inv": lambda T: T.linalg.inv(T.zeros(2, 2)),
    "inv shape": lambda T: T.linalg.inv(T.zeros(2, 3)),
    "finfo": lambda T: T.finfo(T.int32),
    "iinfo": lambda T: T.iinfo(T.float32),
    "bool of many": lambda T: bool(T.ones(2)),
    "bool of none": lambda T: bool(T.ones(0)),
    "item of many": lambda T: T.ones(2).item(),
    "float of many": lambda T: float(T.ones(2)),
    "len": lambda T: len(T.tensor(1.0)),
    "iteration": lambda T: list(T.tensor(1.0)),
    "contains": lambda T: "a" in T.ones(2),
    "format": lambda T: f"{T.ones(2):.2f}",
    "index": lambda T: [1, 2][T.tensor(1.0)],
    "compare": lambda T: T.ones(2) < None,
    "plus a text": lambda T: T.ones(2) + "a",
    "plus a list": lambda T: operator.add(T.ones(2), [1, 2]),
    "numpy": lambda T: T.ones(2, requires_grad=True).numpy(),
    "size": lambda T: T.ones(2).size(1),
    "view": lambda T: T.ones(2, 3).T.view(-1),
    "view count": lambda T: T.ones(2, 3).view(4),
    "reshape": lambda T: T.ones(2, 3).reshape(4, -1),
    "H": lambda T: T.ones(2).H,
    "mT": lambda T: T.ones(2).mT,
    "type": lambda T: T.ones(2).type("torch.NoTensor"),
    "is_nonzero": lambda T: T.is_nonzero(T.ones(2)),
    "integers require grad": lambda T: T.ones(2, dtype=T.int64, requires_grad=True),
    "backward of many": lambda T: T.ones(2, requires_grad=True).exp().backward(),
    "backward without grad": lambda T: T.ones(()).backward(),
    "sum_to_size": lambda T: T.ones(2, 3).sum_to_size(2, 2),
    "expand": lambda T: T.ones(2).expand(3),
    "cat": lambda T: T.cat([T.ones(1, 2), T.ones(1, 3)]),
    "stack": lambda T: T.stack([T.ones(2), T.ones(3)]),
    "F.relu6": lambda T: T.nn.functional.hardtanh(T.ones(2), 2.0, 1.0),
    "F.glu": lambda T: T.nn.functional.glu(T.ones(3)),
    "F.prelu": lambda T: T.nn.functional.prelu(T.ones(2, 2), T.ones(3)),
    "F.softshrink": lambda T: T.nn.functional.softshrink(T.ones(2), -1.0),
    "F.reduction": lambda T: T.nn.functional.mse_loss(T.ones(2), T.ones(2), reduction="max"),
    "F.huber": lambda T: T.nn.functional.huber_loss(T.ones(2), T.ones(2), delta=-1.0),
    "F.nll class": lambda T: T.nn.functional.nll_loss(T.ones(1, 2), T.tensor([2])),
    "F.nll batch": lambda T: T.nn.functional.nll_loss(T.ones(2, 2), T.tensor([1])),
    "F.cross_entropy": lambda T: T.nn.functional.cross_entropy(T.ones(2, 3), T.tensor([1])),
    "F.bce": lambda T: T.nn.functional.binary_cross_entropy(T.tensor([1.5]), T.tensor([1.0])),
    "F.bce shape": lambda T: T.nn.functional.binary_cross_entropy(T.tensor([0.5]), T.ones(2)),
    "F.dropout": lambda T: T.nn.functional.dropout(T.ones(2), 1.5),
    "F.one_hot": lambda T: T.nn.functional.one_hot(T.tensor([3]), 2),
    "F.one_hot negative": lambda T: T.nn.functional.one_hot(T.tensor([-1])),
    "F.pad": lambda T: T.nn.functional.pad(T.ones(2), (1, 1, 1)),
    "F.pad reflect": lambda T: T.nn.functional.pad(T.ones(1, 1, 2), (3, 0), mode="reflect"),
    "F.layer_norm": lambda T: T.nn.functional.layer_norm(T.ones(2, 3), (2,)),
    "F.group_norm": lambda T: T.nn.functional.group_norm(T.ones(2, 3), 2),
    "F.batch_norm": lambda T: T.nn.functional.batch_norm(T.ones(1, 2), None, None, training=True),
    "F.linear": lambda T: T.nn.functional.linear(T.ones(2, 3), T.ones(2, 2)),
    "F.embedding": lambda T: T.nn.functional.embedding(T.tensor([5]), T.ones(2, 2)),
}
