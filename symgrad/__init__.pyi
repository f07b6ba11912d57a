"""What ``import symgrad as sg`` offers, for editors and type checkers.

Written by ``make stubs``. Do not edit: change the rule or the function, then run it again.
"""

# ruff: noqa: E501  (the first lines of docstrings, unbroken)

from builtins import bool as _bool
from typing import Any

from symgrad.derivations.steps import explain as explain
from symgrad.errors import AxisError as AxisError
from symgrad.errors import DeclarationError as DeclarationError
from symgrad.errors import DeviceError as DeviceError
from symgrad.errors import DtypeError as DtypeError
from symgrad.errors import FormulaError as FormulaError
from symgrad.errors import GraphError as GraphError
from symgrad.errors import NoClosedForm as NoClosedForm
from symgrad.errors import ParseError as ParseError
from symgrad.errors import PerformanceWarning as PerformanceWarning
from symgrad.errors import ShapeError as ShapeError
from symgrad.errors import SymgradError as SymgradError
from symgrad.errors import TraceError as TraceError
from symgrad.face import autograd as autograd
from symgrad.face import checkpointing as checkpointing
from symgrad.face import cuda as cuda
from symgrad.face import func as func
from symgrad.face import linalg as linalg
from symgrad.face import special as special
from symgrad.modes import enable_grad as enable_grad
from symgrad.modes import inference_mode as inference_mode
from symgrad.modes import is_grad_enabled as is_grad_enabled
from symgrad.modes import is_inference_mode_enabled as is_inference_mode_enabled
from symgrad.modes import no_grad as no_grad
from symgrad.modes import record as record
from symgrad.modes import set_grad_enabled as set_grad_enabled
from symgrad.symbolic.closed_form import closed_form as closed_form
from symgrad.symbolic.form import ClosedForm as ClosedForm
from symgrad.symbolic.from_sympy import from_sympy as from_sympy
from symgrad.symbolic.parser import parse as parse
from symgrad.tracing.arrangement import atleast_1d as atleast_1d
from symgrad.tracing.arrangement import atleast_2d as atleast_2d
from symgrad.tracing.arrangement import chunk as chunk
from symgrad.tracing.arrangement import split as split
from symgrad.tracing.choices import allclose as allclose
from symgrad.tracing.choices import equal as equal
from symgrad.tracing.choices import nonzero as nonzero
from symgrad.tracing.choices import sort as sort
from symgrad.tracing.choices import where as where
from symgrad.tracing.dtypes import DType
from symgrad.tracing.dtypes import Size as Size
from symgrad.tracing.dtypes import device as device
from symgrad.tracing.dtypes import get_default_dtype as get_default_dtype
from symgrad.tracing.dtypes import set_default_dtype as set_default_dtype
from symgrad.tracing.files import load as load
from symgrad.tracing.files import save as save
from symgrad.tracing.functions import is_floating_point as is_floating_point
from symgrad.tracing.printing import get_printoptions as get_printoptions
from symgrad.tracing.printing import set_printoptions as set_printoptions
from symgrad.tracing.random import manual_seed as manual_seed
from symgrad.tracing.tensor import Tensor as _Tensor
from symgrad.tracing.vmap import vmap as vmap
from symgrad.verification.crosscheck import crosscheck as crosscheck

__version__: str
bool: DType
double: DType
dtype = DType
float: DType
float16: DType
float32: DType
float64: DType
half: DType
int: DType
int16: DType
int32: DType
int64: DType
int8: DType
long: DType
uint16: DType
uint32: DType
uint64: DType
uint8: DType

class Tensor(_Tensor):
    """An array that can be differentiated."""

    @property
    def grad(self) -> Tensor | None: ...
    @grad.setter
    def grad(self, value: _Tensor | None) -> None: ...
    @property
    def T(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    @property
    def data(self) -> Tensor: ...
    @data.setter
    def data(self, value: Any) -> None: ...
    @property
    def device(self) -> Any: ...
    def __add__(self, other: Any) -> Tensor: ...
    def __radd__(self, other: Any) -> Tensor: ...
    def __sub__(self, other: Any) -> Tensor: ...
    def __rsub__(self, other: Any) -> Tensor: ...
    def __mul__(self, other: Any) -> Tensor: ...
    def __rmul__(self, other: Any) -> Tensor: ...
    def __truediv__(self, other: Any) -> Tensor: ...
    def __rtruediv__(self, other: Any) -> Tensor: ...
    def __pow__(self, other: Any) -> Tensor: ...
    def __rpow__(self, other: Any) -> Tensor: ...
    def __matmul__(self, other: Any) -> Tensor: ...
    def __rmatmul__(self, other: Any) -> Tensor: ...
    def __lt__(self, other: Any) -> Tensor: ...
    def __le__(self, other: Any) -> Tensor: ...
    def __gt__(self, other: Any) -> Tensor: ...
    def __ge__(self, other: Any) -> Tensor: ...
    def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]
    def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]
    def __and__(self, other: Any) -> Tensor: ...
    def __rand__(self, other: Any) -> Tensor: ...
    def __or__(self, other: Any) -> Tensor: ...
    def __ror__(self, other: Any) -> Tensor: ...
    def __xor__(self, other: Any) -> Tensor: ...
    def __rxor__(self, other: Any) -> Tensor: ...
    def __neg__(self) -> Tensor: ...
    def __abs__(self) -> Tensor: ...
    def __invert__(self) -> Tensor: ...
    def __getitem__(self, index: Any) -> Tensor: ...
    def __setitem__(self, index: Any, value: Any) -> None: ...
    def __iter__(self) -> Any: ...
    def __bool__(self) -> _bool: ...
    def abs(self) -> Tensor:
        """Absolute value, $|x|$."""

    def abs_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``abs``, written into its first operand, which is returned."""

    def absolute(self) -> Tensor:
        """Absolute value, $|x|$."""

    def absolute_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``abs``, written into its first operand, which is returned."""

    def acos(self) -> Tensor:
        r"""Inverse cosine, $\arccos x$."""

    def acos_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``acos``, written into its first operand, which is returned."""

    def acosh(self) -> Tensor:
        r"""Inverse hyperbolic cosine, $\log(x + \sqrt{x^2 - 1})$."""

    def acosh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``acosh``, written into its first operand, which is returned."""

    def add(self, b: Any) -> Tensor:
        """Sum, $a + b$."""

    def add_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``add``, written into its first operand, which is returned."""

    def all(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """Whether all entry is true (along an axis); no gradient."""

    def allclose(
        self,
        other: Any,
        rtol: Any = 1e-05,
        atol: Any = 1e-08,
        equal_nan: Any = False,
    ) -> _bool:
        """Whether every entry is within atol + rtol |other|."""

    def amax(
        self,
        *args: Any,
        axis: Any = ...,
        keepdims: Any = ...,
        dim: Any = ...,
        keepdim: Any = ...,
    ) -> Tensor:
        r"""The largest entry of all or over axes, $\max_i x_i$."""

    def amin(
        self,
        *args: Any,
        axis: Any = ...,
        keepdims: Any = ...,
        dim: Any = ...,
        keepdim: Any = ...,
    ) -> Tensor:
        r"""The smallest entry of all or over axes, $\min_i x_i$."""

    def any(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """Whether any entry is true (along an axis); no gradient."""

    def arccos(self) -> Tensor:
        r"""Inverse cosine, $\arccos x$."""

    def arccos_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``acos``, written into its first operand, which is returned."""

    def arccosh(self) -> Tensor:
        r"""Inverse hyperbolic cosine, $\log(x + \sqrt{x^2 - 1})$."""

    def arccosh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``acosh``, written into its first operand, which is returned."""

    def arcsin(self) -> Tensor:
        r"""Inverse sine, $\arcsin x$."""

    def arcsin_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``asin``, written into its first operand, which is returned."""

    def arcsinh(self) -> Tensor:
        r"""Inverse hyperbolic sine, $\log(x + \sqrt{x^2 + 1})$."""

    def arcsinh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``asinh``, written into its first operand, which is returned."""

    def arctan(self) -> Tensor:
        r"""Inverse tangent, $\arctan x$."""

    def arctan2(self, b: Any) -> Tensor:
        r"""Angle of the point at height a and abscissa b, $\arg(b + i a)$."""

    def arctan2_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``atan2``, written into its first operand, which is returned."""

    def arctan_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``atan``, written into its first operand, which is returned."""

    def arctanh(self) -> Tensor:
        r"""Inverse hyperbolic tangent, $\frac{1}{2} \log\frac{1 + x}{1 - x}$."""

    def arctanh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``atanh``, written into its first operand, which is returned."""

    def argmax(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """The place of the maximum along an axis or of all; no gradient."""

    def argmin(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """The place of the minimum along an axis or of all; no gradient."""

    def argsort(
        self,
        dim: Any = -1,
        descending: Any = False,
        *,
        stable: Any = True,
        axis: Any = None,
    ) -> Tensor:
        """The places that sort ``input`` along an axis; no gradient."""

    def asin(self) -> Tensor:
        r"""Inverse sine, $\arcsin x$."""

    def asin_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``asin``, written into its first operand, which is returned."""

    def asinh(self) -> Tensor:
        r"""Inverse hyperbolic sine, $\log(x + \sqrt{x^2 + 1})$."""

    def asinh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``asinh``, written into its first operand, which is returned."""

    def astype(self, dtype: Any) -> Tensor:
        """This tensor in another dtype (NumPy's name of ``to``)."""

    def atan(self) -> Tensor:
        r"""Inverse tangent, $\arctan x$."""

    def atan2(self, b: Any) -> Tensor:
        r"""Angle of the point at height a and abscissa b, $\arg(b + i a)$."""

    def atan2_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``atan2``, written into its first operand, which is returned."""

    def atan_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``atan``, written into its first operand, which is returned."""

    def atanh(self) -> Tensor:
        r"""Inverse hyperbolic tangent, $\frac{1}{2} \log\frac{1 + x}{1 - x}$."""

    def atanh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``atanh``, written into its first operand, which is returned."""

    def backward(
        self,
        gradient: Any = None,
        retain_graph: Any = None,
        create_graph: Any = False,
        inputs: Any = None,
    ) -> None:
        """Add this tensor's gradient to the ``.grad`` of its leaves; see ``sg.autograd.backward``."""

    def bmm(self, b: Any) -> Tensor:
        r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

    def bool(self) -> Tensor:
        """This tensor as bool."""

    def broadcast_to(self, *args: Any, shape: Any = ...) -> Tensor:
        """The entries repeated along new axes and along axes of size 1."""

    def chunk(self, chunks: Any, dim: Any = 0, *, axis: Any = None) -> Any:
        """Cut along an axis into so many parts of one size, the last smaller, or fewer parts."""

    def clamp(self, min: Any = None, max: Any = None) -> Tensor:
        """``input`` kept within bounds: numbers, or tensors that it broadcasts with."""

    def clamp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``clip``, written into its first operand, which is returned."""

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """``input`` kept within bounds: numbers, or tensors that it broadcasts with."""

    def clip_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``clip``, written into its first operand, which is returned."""

    def clone(self) -> Tensor:
        """A copy, $x$, through which gradients flow."""

    def contiguous(self) -> Tensor:
        """This tensor, or a copy whose entries lie in order in memory."""

    def copy(self) -> Tensor:
        """A copy, $x$, through which gradients flow."""

    def copy_(self, source: Any) -> Tensor:
        """Write the values of ``source`` into ``x``; shapes broadcast."""

    def cos(self) -> Tensor:
        r"""Cosine, $\cos x$."""

    def cos_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``cos``, written into its first operand, which is returned."""

    def cosh(self) -> Tensor:
        r"""Hyperbolic cosine, $\cosh x = (e^x + e^{-x}) / 2$."""

    def cosh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``cosh``, written into its first operand, which is returned."""

    def cpu(self) -> Tensor:
        """This tensor on the CPU."""

    def cuda(self, index: Any = 0) -> Tensor:
        """This tensor on a GPU."""

    def cumsum(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        r"""Running sum, $\sum_{j \le i} x_j$."""

    def det(self) -> Tensor:
        r"""Determinant, $\det x$."""

    def detach(self) -> Tensor:
        """The same values without history, in the same buffer."""

    def detach_(self) -> Tensor:
        """Cut this tensor's history, in place."""

    def diag(self, diagonal: Any = 0) -> Tensor:
        """A matrix with the entries of a vector on a diagonal, or the diagonal of a matrix."""

    def diagonal(self, *args: Any, offset: Any = ..., axis1: Any = ..., axis2: Any = ...) -> Tensor:
        """The diagonal of matrices, $x_{i, i + o}$."""

    def diff(
        self,
        n: Any = 1,
        dim: Any = -1,
        prepend: Any = None,
        append: Any = None,
        *,
        axis: Any = None,
    ) -> Tensor:
        """Differences of neighbours along an axis, n times."""

    def dim(self) -> Any:
        """How many axes."""

    def div(self, b: Any) -> Tensor:
        """Quotient, $a / b$."""

    def div_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``divide``, written into its first operand, which is returned."""

    def divide(self, b: Any) -> Tensor:
        """Quotient, $a / b$."""

    def divide_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``divide``, written into its first operand, which is returned."""

    def dot(self, b: Any) -> Tensor:
        r"""Inner product, $\sum_k a_k b_k$; of matrices their product."""

    def double(self) -> Tensor:
        """This tensor as float64."""

    def element_size(self) -> Any:
        """Bytes an entry."""

    def equal(self, other: Any) -> _bool:
        """Whether two tensors have the same shape and the same entries."""

    def exp(self) -> Tensor:
        """Exponential, $e^x$."""

    def exp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``exp``, written into its first operand, which is returned."""

    def expand(self, *sizes: Any) -> Tensor:
        """Broadcast to sizes, where -1 keeps an axis as it is."""

    def expand_dims(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        """New axes of size 1."""

    def expm1(self) -> Tensor:
        """Exponential less one, $e^x - 1$, with all its digits near 0."""

    def expm1_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``expm1``, written into its first operand, which is returned."""

    def fill_(self, value: Any) -> Tensor:
        """Write one number into every entry."""

    def flatten(self, start_dim: Any = 0, end_dim: Any = -1) -> Tensor:
        """Merge neighbouring axes into one."""

    def flip(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        """The entries in reverse order along axes."""

    def float(self) -> Tensor:
        """This tensor as float32."""

    def ge(self, b: Any) -> Tensor:
        r"""Whether $a \ge b$, entry by entry."""

    def ger(self, b: Any) -> Tensor:
        """Outer product, $a_i b_j$."""

    def greater(self, b: Any) -> Tensor:
        """Whether $a > b$, entry by entry."""

    def greater_equal(self, b: Any) -> Tensor:
        r"""Whether $a \ge b$, entry by entry."""

    def gt(self, b: Any) -> Tensor:
        """Whether $a > b$, entry by entry."""

    def half(self) -> Tensor:
        """This tensor as float16."""

    def hypot(self, b: Any) -> Tensor:
        r"""Distance from the origin, $\sqrt{a^2 + b^2}$, without overflow of the squares."""

    def hypot_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``hypot``, written into its first operand, which is returned."""

    def inner(self, other: Any) -> Tensor:
        """Product over the last axis of both; of vectors, their dot product."""

    def int(self) -> Tensor:
        """This tensor as int32."""

    def inv(self) -> Tensor:
        """Inverse matrix, $x^{-1}$."""

    def inverse(self) -> Tensor:
        """Inverse matrix, $x^{-1}$."""

    def is_floating_point(self) -> _bool:
        """Whether the dtype is floating, so that gradients can flow."""

    def isclose(
        self,
        other: Any,
        rtol: Any = 1e-05,
        atol: Any = 1e-08,
        equal_nan: Any = False,
    ) -> Tensor:
        """Which entries are within atol + rtol |other|; no gradient."""

    def isfinite(self) -> Tensor:
        """Whether an entry is neither infinite nor nan."""

    def isinf(self) -> Tensor:
        """Whether an entry is infinite, of either sign."""

    def isnan(self) -> Tensor:
        """Whether an entry is not a number."""

    def kron(self, b: Any) -> Tensor:
        """Kronecker product, $y_{(ik)(jl)} = a_{ij} b_{kl}$: b once for each entry of a."""

    def le(self, b: Any) -> Tensor:
        r"""Whether $a \le b$, entry by entry."""

    def less(self, b: Any) -> Tensor:
        """Whether $a < b$, entry by entry."""

    def less_equal(self, b: Any) -> Tensor:
        r"""Whether $a \le b$, entry by entry."""

    def log(self) -> Tensor:
        r"""Natural logarithm, $\log x$."""

    def log10(self) -> Tensor:
        r"""Logarithm to the base 10, $\log x / \log 10$."""

    def log10_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``log10``, written into its first operand, which is returned."""

    def log1p(self) -> Tensor:
        r"""Logarithm of one more, $\log(1 + x)$, with all its digits near 0."""

    def log1p_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``log1p``, written into its first operand, which is returned."""

    def log2(self) -> Tensor:
        r"""Logarithm to the base 2, $\log x / \log 2$."""

    def log2_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``log2``, written into its first operand, which is returned."""

    def log_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``log``, written into its first operand, which is returned."""

    def log_softmax(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        r"""Logarithm of the softmax, $x_i - \log \sum_j e^{x_j}$."""

    def logaddexp(self, b: Any) -> Tensor:
        r"""Logarithm of a sum of exponentials, $\log(e^a + e^b)$, without overflow."""

    def logaddexp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``logaddexp``, written into its first operand, which is returned."""

    def logical_and(self, b: Any) -> Tensor:
        r"""Whether both hold, $a \land b$."""

    def logical_not(self) -> Tensor:
        r"""Whether it does not hold, $\lnot x$."""

    def logical_or(self, b: Any) -> Tensor:
        r"""Whether either holds, $a \lor b$."""

    def logsumexp(
        self,
        *args: Any,
        axis: Any = ...,
        keepdims: Any = ...,
        dim: Any = ...,
        keepdim: Any = ...,
    ) -> Tensor:
        r"""Logarithm of the sum of exponentials, $\log \sum_i e^{x_i}$."""

    def long(self) -> Tensor:
        """This tensor as int64."""

    def lt(self, b: Any) -> Tensor:
        """Whether $a < b$, entry by entry."""

    def matmul(self, b: Any) -> Tensor:
        r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

    def max(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Any:
        """The maximum: of all entries, or with its places along an axis."""

    def maximum(self, b: Any) -> Tensor:
        r"""The larger of two, $\max(a, b)$, entry by entry."""

    def maximum_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``maximum``, written into its first operand, which is returned."""

    def mean(
        self,
        *args: Any,
        axis: Any = ...,
        keepdims: Any = ...,
        dim: Any = ...,
        keepdim: Any = ...,
    ) -> Tensor:
        r"""Arithmetic mean of all entries or over axes, $\frac{1}{n} \sum_i x_i$."""

    def min(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Any:
        """The minimum: of all entries, or with its places along an axis."""

    def minimum(self, b: Any) -> Tensor:
        r"""The smaller of two, $\min(a, b)$, entry by entry."""

    def minimum_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``minimum``, written into its first operand, which is returned."""

    def mm(self, b: Any) -> Tensor:
        r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """Move axes to other places; the rest keep their order."""

    def movedim(self, source: Any, destination: Any) -> Tensor:
        """Move axes to other places; the rest keep their order."""

    def mul(self, b: Any) -> Tensor:
        r"""Product entry by entry, $a \cdot b$."""

    def mul_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``multiply``, written into its first operand, which is returned."""

    def multiply(self, b: Any) -> Tensor:
        r"""Product entry by entry, $a \cdot b$."""

    def multiply_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``multiply``, written into its first operand, which is returned."""

    def mv(self, b: Any) -> Tensor:
        r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

    def ne(self, b: Any) -> Tensor:
        r"""Whether $a \ne b$, entry by entry."""

    def neg(self) -> Tensor:
        """Negation, $-x$."""

    def neg_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``negative``, written into its first operand, which is returned."""

    def negative(self) -> Tensor:
        """Negation, $-x$."""

    def negative_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``negative``, written into its first operand, which is returned."""

    def nelement(self) -> Any:
        """The number of entries."""

    def nonzero(self, *, as_tuple: Any = False) -> Any:
        """The places of the entries that are not zero (or True), one a row; no gradient."""

    def norm(
        self,
        *args: Any,
        ord: Any = ...,
        axis: Any = ...,
        keepdims: Any = ...,
        dim: Any = ...,
        keepdim: Any = ...,
    ) -> Tensor:
        r"""Length, $\sqrt{\sum_i x_i^2}$, or of order p along an axis, $(\sum_i |x_i|^p)^{1/p}$."""

    def not_equal(self, b: Any) -> Tensor:
        r"""Whether $a \ne b$, entry by entry."""

    def numel(self) -> Any:
        """The number of entries."""

    def outer(self, b: Any) -> Tensor:
        """Outer product, $a_i b_j$."""

    def permute(self, *dims: Any) -> Tensor:
        """Axes in another order."""

    def pow(self, exponent: Any) -> Tensor:
        """Power; a number as exponent is exact in formulas."""

    def pow_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``power``, written into its first operand, which is returned."""

    def power(self, b: Any) -> Tensor:
        """Power with an array as exponent, $a^b$."""

    def power_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``power``, written into its first operand, which is returned."""

    def prod(
        self,
        *args: Any,
        axis: Any = ...,
        keepdims: Any = ...,
        dim: Any = ...,
        keepdim: Any = ...,
    ) -> Tensor:
        r"""Product of all entries or over axes, $\prod_i x_i$."""

    def ravel(self) -> Tensor:
        """All entries along one axis."""

    def reciprocal(self) -> Tensor:
        """Reciprocal, $1 / x$."""

    def reciprocal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``reciprocal``, written into its first operand, which is returned."""

    def register_hook(self, hook: Any) -> Any:
        """Call ``hook(grad)`` when this tensor's gradient is computed; what it gives replaces it."""

    def register_post_accumulate_grad_hook(self, hook: Any) -> Any:
        """Call ``hook(x)`` when a backward has added to this leaf's ``.grad``."""

    def relu(self) -> Tensor:
        """Ramp: $x$ where it is above 0, else 0."""

    def relu_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``relu``, written into its first operand, which is returned."""

    def repeat(self, *sizes: Any) -> Tensor:
        """The whole tensor so many times along each axis, new axes in front."""

    def repeat_interleave(self, repeats: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
        """Each entry so many times in a row, along an axis or of all entries."""

    def reshape(self, *args: Any, shape: Any = ...) -> Tensor:
        """The same entries, in the same order, in another shape."""

    def roll(self, shifts: Any, dims: Any = None) -> Tensor:
        """Entries moved on by so many places along axes; what leaves at the end enters in front."""

    def sigmoid(self) -> Tensor:
        r"""Logistic function, $\sigma(x) = 1 / (1 + e^{-x})$."""

    def sigmoid_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sigmoid``, written into its first operand, which is returned."""

    def sign(self) -> Tensor:
        """Sign: -1, 0 or 1."""

    def sign_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sign``, written into its first operand, which is returned."""

    def sin(self) -> Tensor:
        r"""Sine, $\sin x$."""

    def sin_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sin``, written into its first operand, which is returned."""

    def sinh(self) -> Tensor:
        r"""Hyperbolic sine, $\sinh x = (e^x - e^{-x}) / 2$."""

    def sinh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sinh``, written into its first operand, which is returned."""

    def slogdet(self) -> Any:
        r"""Sign of the determinant and logarithm of its size, $\log |\det x|$."""

    def softmax(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        r"""Shares of the exponentials along an axis, $e^{x_i} / \sum_j e^{x_j}$."""

    def solve(self, b: Any) -> Tensor:
        """Solution of a linear system, $y = a^{-1} b$."""

    def sort(
        self,
        dim: Any = -1,
        descending: Any = False,
        *,
        stable: Any = True,
        axis: Any = None,
    ) -> Any:
        """Sorted values and the places they came from; ties keep their order."""

    def split(self, split_size_or_sections: Any, dim: Any = 0, *, axis: Any = None) -> Any:
        """Cut along an axis into parts of one size (the last may be smaller), or of the sizes listed."""

    def sqrt(self) -> Tensor:
        r"""Square root, $\sqrt{x}$."""

    def sqrt_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sqrt``, written into its first operand, which is returned."""

    def square(self) -> Tensor:
        """Square, $x^2$."""

    def square_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``square``, written into its first operand, which is returned."""

    def squeeze(self, dim: Any = None, *, axis: Any = None) -> Tensor:
        """Drop axes of size 1: all of them, or those named that have it."""

    def std(
        self,
        dim: Any = None,
        unbiased: Any = None,
        keepdim: Any = False,
        *,
        correction: Any = None,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """Standard deviation of all entries or over axes, with n - 1 in the denominator."""

    def sub(self, b: Any) -> Tensor:
        """Difference, $a - b$."""

    def sub_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``subtract``, written into its first operand, which is returned."""

    def subtract(self, b: Any) -> Tensor:
        """Difference, $a - b$."""

    def subtract_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``subtract``, written into its first operand, which is returned."""

    def sum(
        self,
        *args: Any,
        axis: Any = ...,
        keepdims: Any = ...,
        dim: Any = ...,
        keepdim: Any = ...,
    ) -> Tensor:
        r"""Sum over all entries or over axes, $\sum_i x_i$."""

    def swapaxes(self, dim0: Any = None, dim1: Any = None) -> Tensor:
        """Swap two axes."""

    def t(self) -> Tensor:
        """The transpose of a matrix; a vector stays."""

    def take(self, index: Any) -> Tensor:
        """Entries by their places among all entries."""

    def take_along_axis(self, indices: Any, axis: Any = -1) -> Tensor:
        """Entries by an array of integers along an axis."""

    def tan(self) -> Tensor:
        r"""Tangent, $\tan x = \sin x / \cos x$."""

    def tan_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``tan``, written into its first operand, which is returned."""

    def tanh(self) -> Tensor:
        r"""Hyperbolic tangent, $\tanh x = \sinh x / \cosh x$."""

    def tanh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``tanh``, written into its first operand, which is returned."""

    def tile(self, *dims: Any) -> Tensor:
        """The whole tensor so many times along each axis."""

    def to(
        self,
        *args: Any,
        dtype: Any = None,
        device: Any = None,
        other: Any = None,
        non_blocking: Any = False,
        copy: Any = False,
        memory_format: Any = None,
    ) -> Tensor:
        """This tensor in another dtype or on another device; itself where nothing changes."""

    def trace(self) -> Tensor:
        r"""Sum of the diagonal, $\sum_i x_{ii}$."""

    def transpose(self, dim0: Any = None, dim1: Any = None) -> Tensor:
        """Swap two axes."""

    def tril(self, diagonal: Any = 0) -> Tensor:
        """The lower triangle of matrices, zeros above the diagonal."""

    def triu(self, diagonal: Any = 0) -> Tensor:
        """The upper triangle of matrices, zeros below the diagonal."""

    def true_divide(self, b: Any) -> Tensor:
        """Quotient, $a / b$."""

    def true_divide_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``divide``, written into its first operand, which is returned."""

    def unsqueeze(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        """New axes of size 1."""

    def var(
        self,
        dim: Any = None,
        unbiased: Any = None,
        keepdim: Any = False,
        *,
        correction: Any = None,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """Variance of all entries or over axes, with n - 1 in the denominator."""

    def vdot(self, other: Any) -> Tensor:
        """Dot product of two vectors."""

    def view(self, *shape: Any) -> Tensor:
        """The same entries in another shape (or another dtype's name, as ``view(dtype)`` refuses)."""

    def view_as(self, other: Any) -> Tensor:
        """Reshape as another tensor is shaped."""

    def where(self, condition: Any, other: Any) -> Tensor:
        """This tensor where the condition holds, else ``other``."""

    def xlogy(self, b: Any) -> Tensor:
        r"""Product with a logarithm, $a \log b$, 0 where $a = 0$."""

    def xlogy_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``xlogy``, written into its first operand, which is returned."""

    def zero_(self) -> Tensor:
        """Write zeros into ``x``."""

def abs(x: Any) -> Tensor:
    """Absolute value, $|x|$."""

def abs_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``abs``, written into its first operand, which is returned."""

def absolute(x: Any) -> Tensor:
    """Absolute value, $|x|$."""

def absolute_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``abs``, written into its first operand, which is returned."""

def acos(x: Any) -> Tensor:
    r"""Inverse cosine, $\arccos x$."""

def acos_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``acos``, written into its first operand, which is returned."""

def acosh(x: Any) -> Tensor:
    r"""Inverse hyperbolic cosine, $\log(x + \sqrt{x^2 - 1})$."""

def acosh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``acosh``, written into its first operand, which is returned."""

def add(a: Any, b: Any) -> Tensor:
    """Sum, $a + b$."""

def add_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``add``, written into its first operand, which is returned."""

def all(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """Whether all entry is true (along an axis); no gradient."""

def amax(
    x: Any,
    *args: Any,
    axis: Any = ...,
    keepdims: Any = ...,
    dim: Any = ...,
    keepdim: Any = ...,
) -> Tensor:
    r"""The largest entry of all or over axes, $\max_i x_i$."""

def amin(
    x: Any,
    *args: Any,
    axis: Any = ...,
    keepdims: Any = ...,
    dim: Any = ...,
    keepdim: Any = ...,
) -> Tensor:
    r"""The smallest entry of all or over axes, $\min_i x_i$."""

def any(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """Whether any entry is true (along an axis); no gradient."""

def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """Evenly spaced from ``start`` up to and without ``end``."""

def arccos(x: Any) -> Tensor:
    r"""Inverse cosine, $\arccos x$."""

def arccos_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``acos``, written into its first operand, which is returned."""

def arccosh(x: Any) -> Tensor:
    r"""Inverse hyperbolic cosine, $\log(x + \sqrt{x^2 - 1})$."""

def arccosh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``acosh``, written into its first operand, which is returned."""

def arcsin(x: Any) -> Tensor:
    r"""Inverse sine, $\arcsin x$."""

def arcsin_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``asin``, written into its first operand, which is returned."""

def arcsinh(x: Any) -> Tensor:
    r"""Inverse hyperbolic sine, $\log(x + \sqrt{x^2 + 1})$."""

def arcsinh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``asinh``, written into its first operand, which is returned."""

def arctan(x: Any) -> Tensor:
    r"""Inverse tangent, $\arctan x$."""

def arctan2(a: Any, b: Any) -> Tensor:
    r"""Angle of the point at height a and abscissa b, $\arg(b + i a)$."""

def arctan2_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``atan2``, written into its first operand, which is returned."""

def arctan_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``atan``, written into its first operand, which is returned."""

def arctanh(x: Any) -> Tensor:
    r"""Inverse hyperbolic tangent, $\frac{1}{2} \log\frac{1 + x}{1 - x}$."""

def arctanh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``atanh``, written into its first operand, which is returned."""

def argmax(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """The place of the maximum along an axis or of all; no gradient."""

def argmin(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """The place of the minimum along an axis or of all; no gradient."""

def argsort(
    input: Any,
    dim: Any = -1,
    descending: Any = False,
    *,
    stable: Any = True,
    axis: Any = None,
) -> Tensor:
    """The places that sort ``input`` along an axis; no gradient."""

def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """``data`` as a tensor: itself where it is one, sharing the buffer of a NumPy array."""

def asin(x: Any) -> Tensor:
    r"""Inverse sine, $\arcsin x$."""

def asin_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``asin``, written into its first operand, which is returned."""

def asinh(x: Any) -> Tensor:
    r"""Inverse hyperbolic sine, $\log(x + \sqrt{x^2 + 1})$."""

def asinh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``asinh``, written into its first operand, which is returned."""

def atan(x: Any) -> Tensor:
    r"""Inverse tangent, $\arctan x$."""

def atan2(a: Any, b: Any) -> Tensor:
    r"""Angle of the point at height a and abscissa b, $\arg(b + i a)$."""

def atan2_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``atan2``, written into its first operand, which is returned."""

def atan_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``atan``, written into its first operand, which is returned."""

def atanh(x: Any) -> Tensor:
    r"""Inverse hyperbolic tangent, $\frac{1}{2} \log\frac{1 + x}{1 - x}$."""

def atanh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``atanh``, written into its first operand, which is returned."""

def bmm(a: Any, b: Any) -> Tensor:
    r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

def broadcast_to(x: Any, *args: Any, shape: Any = ...) -> Tensor:
    """The entries repeated along new axes and along axes of size 1."""

def cat(tensors: Any, dim: Any = 0, *, axis: Any = None) -> Tensor:
    """Arrays one after the other along an axis."""

def clamp(input: Any, min: Any = None, max: Any = None) -> Tensor:
    """``input`` kept within bounds: numbers, or tensors that it broadcasts with."""

def clamp_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``clip``, written into its first operand, which is returned."""

def clip(input: Any, min: Any = None, max: Any = None) -> Tensor:
    """``input`` kept within bounds: numbers, or tensors that it broadcasts with."""

def clip_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``clip``, written into its first operand, which is returned."""

def clone(x: Any) -> Tensor:
    """A copy, $x$, through which gradients flow."""

def column_stack(tensors: Any) -> Tensor:
    """Join vectors as the columns of a matrix, and matrices side by side."""

def concat(tensors: Any, dim: Any = 0, *, axis: Any = None) -> Tensor:
    """Arrays one after the other along an axis."""

def concatenate(tensors: Any, dim: Any = 0, *, axis: Any = None) -> Tensor:
    """Arrays one after the other along an axis."""

def cos(x: Any) -> Tensor:
    r"""Cosine, $\cos x$."""

def cos_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``cos``, written into its first operand, which is returned."""

def cosh(x: Any) -> Tensor:
    r"""Hyperbolic cosine, $\cosh x = (e^x + e^{-x}) / 2$."""

def cosh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``cosh``, written into its first operand, which is returned."""

def cumsum(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    r"""Running sum, $\sum_{j \le i} x_j$."""

def det(x: Any) -> Tensor:
    r"""Determinant, $\det x$."""

def detach(input: Any) -> Tensor:
    """The same values without history."""

def diag(input: Any, diagonal: Any = 0) -> Tensor:
    """A matrix with the entries of a vector on a diagonal, or the diagonal of a matrix."""

def diagonal(x: Any, *args: Any, offset: Any = ..., axis1: Any = ..., axis2: Any = ...) -> Tensor:
    """The diagonal of matrices, $x_{i, i + o}$."""

def diff(
    input: Any,
    n: Any = 1,
    dim: Any = -1,
    prepend: Any = None,
    append: Any = None,
    *,
    axis: Any = None,
) -> Tensor:
    """Differences of neighbours along an axis, n times."""

def div(a: Any, b: Any) -> Tensor:
    """Quotient, $a / b$."""

def div_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``divide``, written into its first operand, which is returned."""

def divide(a: Any, b: Any) -> Tensor:
    """Quotient, $a / b$."""

def divide_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``divide``, written into its first operand, which is returned."""

def dot(a: Any, b: Any) -> Tensor:
    r"""Inner product, $\sum_k a_k b_k$; of matrices their product."""

def einsum(equation: Any, *operands: Any) -> Tensor:
    """Einstein summation, as ``einsum("ij,jk->ik", a, b)``."""

def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Entries that somebody will overwrite, of the given sizes (zeros here)."""

def empty_like(
    input: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """As ``empty``, with the shape, dtype and device of ``input``."""

def eq(a: Any, b: Any) -> Tensor:
    """Whether $a = b$, entry by entry."""

def exp(x: Any) -> Tensor:
    """Exponential, $e^x$."""

def exp_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``exp``, written into its first operand, which is returned."""

def expand(input: Any, *sizes: Any) -> Tensor:
    """Broadcast to sizes, where -1 keeps an axis as it is."""

def expand_dims(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    """New axes of size 1."""

def expm1(x: Any) -> Tensor:
    """Exponential less one, $e^x - 1$, with all its digits near 0."""

def expm1_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``expm1``, written into its first operand, which is returned."""

def eye(
    n: Any,
    m: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """The identity matrix."""

def flatten(input: Any, start_dim: Any = 0, end_dim: Any = -1) -> Tensor:
    """Merge neighbouring axes into one."""

def flip(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    """The entries in reverse order along axes."""

def from_numpy(array: Any) -> Tensor:
    """A tensor that shares the buffer of a NumPy array: writes to either are seen by both."""

def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """One value, everywhere."""

def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """As ``full``, with the shape, dtype and device of ``input``."""

def ge(a: Any, b: Any) -> Tensor:
    r"""Whether $a \ge b$, entry by entry."""

def ger(a: Any, b: Any) -> Tensor:
    """Outer product, $a_i b_j$."""

def greater(a: Any, b: Any) -> Tensor:
    """Whether $a > b$, entry by entry."""

def greater_equal(a: Any, b: Any) -> Tensor:
    r"""Whether $a \ge b$, entry by entry."""

def gt(a: Any, b: Any) -> Tensor:
    """Whether $a > b$, entry by entry."""

def hstack(tensors: Any) -> Tensor:
    """Join tensors side by side: along the second axis, vectors along their only one."""

def hypot(a: Any, b: Any) -> Tensor:
    r"""Distance from the origin, $\sqrt{a^2 + b^2}$, without overflow of the squares."""

def hypot_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``hypot``, written into its first operand, which is returned."""

def inner(input: Any, other: Any) -> Tensor:
    """Product over the last axis of both; of vectors, their dot product."""

def inv(x: Any) -> Tensor:
    """Inverse matrix, $x^{-1}$."""

def inverse(x: Any) -> Tensor:
    """Inverse matrix, $x^{-1}$."""

def isclose(
    input: Any,
    other: Any,
    rtol: Any = 1e-05,
    atol: Any = 1e-08,
    equal_nan: Any = False,
) -> Tensor:
    """Which entries are within atol + rtol |other|; no gradient."""

def isfinite(x: Any) -> Tensor:
    """Whether an entry is neither infinite nor nan."""

def isinf(x: Any) -> Tensor:
    """Whether an entry is infinite, of either sign."""

def isnan(x: Any) -> Tensor:
    """Whether an entry is not a number."""

def kron(a: Any, b: Any) -> Tensor:
    """Kronecker product, $y_{(ik)(jl)} = a_{ij} b_{kl}$: b once for each entry of a."""

def le(a: Any, b: Any) -> Tensor:
    r"""Whether $a \le b$, entry by entry."""

def less(a: Any, b: Any) -> Tensor:
    """Whether $a < b$, entry by entry."""

def less_equal(a: Any, b: Any) -> Tensor:
    r"""Whether $a \le b$, entry by entry."""

def linspace(
    start: Any,
    end: Any,
    steps: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """``steps`` values from ``start`` to ``end``, both included."""

def log(x: Any) -> Tensor:
    r"""Natural logarithm, $\log x$."""

def log10(x: Any) -> Tensor:
    r"""Logarithm to the base 10, $\log x / \log 10$."""

def log10_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``log10``, written into its first operand, which is returned."""

def log1p(x: Any) -> Tensor:
    r"""Logarithm of one more, $\log(1 + x)$, with all its digits near 0."""

def log1p_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``log1p``, written into its first operand, which is returned."""

def log2(x: Any) -> Tensor:
    r"""Logarithm to the base 2, $\log x / \log 2$."""

def log2_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``log2``, written into its first operand, which is returned."""

def log_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``log``, written into its first operand, which is returned."""

def log_softmax(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    r"""Logarithm of the softmax, $x_i - \log \sum_j e^{x_j}$."""

def logaddexp(a: Any, b: Any) -> Tensor:
    r"""Logarithm of a sum of exponentials, $\log(e^a + e^b)$, without overflow."""

def logaddexp_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``logaddexp``, written into its first operand, which is returned."""

def logical_and(a: Any, b: Any) -> Tensor:
    r"""Whether both hold, $a \land b$."""

def logical_not(x: Any) -> Tensor:
    r"""Whether it does not hold, $\lnot x$."""

def logical_or(a: Any, b: Any) -> Tensor:
    r"""Whether either holds, $a \lor b$."""

def logsumexp(
    x: Any,
    *args: Any,
    axis: Any = ...,
    keepdims: Any = ...,
    dim: Any = ...,
    keepdim: Any = ...,
) -> Tensor:
    r"""Logarithm of the sum of exponentials, $\log \sum_i e^{x_i}$."""

def lt(a: Any, b: Any) -> Tensor:
    """Whether $a < b$, entry by entry."""

def matmul(a: Any, b: Any) -> Tensor:
    r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

def max(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The maximum: of all entries, or with its places along an axis."""

def maximum(a: Any, b: Any) -> Tensor:
    r"""The larger of two, $\max(a, b)$, entry by entry."""

def maximum_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``maximum``, written into its first operand, which is returned."""

def mean(
    x: Any,
    *args: Any,
    axis: Any = ...,
    keepdims: Any = ...,
    dim: Any = ...,
    keepdim: Any = ...,
) -> Tensor:
    r"""Arithmetic mean of all entries or over axes, $\frac{1}{n} \sum_i x_i$."""

def min(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The minimum: of all entries, or with its places along an axis."""

def minimum(a: Any, b: Any) -> Tensor:
    r"""The smaller of two, $\min(a, b)$, entry by entry."""

def minimum_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``minimum``, written into its first operand, which is returned."""

def mm(a: Any, b: Any) -> Tensor:
    r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

def moveaxis(input: Any, source: Any, destination: Any) -> Tensor:
    """Move axes to other places; the rest keep their order."""

def movedim(input: Any, source: Any, destination: Any) -> Tensor:
    """Move axes to other places; the rest keep their order."""

def mul(a: Any, b: Any) -> Tensor:
    r"""Product entry by entry, $a \cdot b$."""

def mul_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``multiply``, written into its first operand, which is returned."""

def multiply(a: Any, b: Any) -> Tensor:
    r"""Product entry by entry, $a \cdot b$."""

def multiply_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``multiply``, written into its first operand, which is returned."""

def mv(a: Any, b: Any) -> Tensor:
    r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

def ne(a: Any, b: Any) -> Tensor:
    r"""Whether $a \ne b$, entry by entry."""

def neg(x: Any) -> Tensor:
    """Negation, $-x$."""

def neg_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``negative``, written into its first operand, which is returned."""

def negative(x: Any) -> Tensor:
    """Negation, $-x$."""

def negative_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``negative``, written into its first operand, which is returned."""

def norm(
    x: Any,
    *args: Any,
    ord: Any = ...,
    axis: Any = ...,
    keepdims: Any = ...,
    dim: Any = ...,
    keepdim: Any = ...,
) -> Tensor:
    r"""Length, $\sqrt{\sum_i x_i^2}$, or of order p along an axis, $(\sum_i |x_i|^p)^{1/p}$."""

def not_equal(a: Any, b: Any) -> Tensor:
    r"""Whether $a \ne b$, entry by entry."""

def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Ones of the given sizes."""

def ones_like(
    input: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """As ``ones``, with the shape, dtype and device of ``input``."""

def outer(a: Any, b: Any) -> Tensor:
    """Outer product, $a_i b_j$."""

def pad(x: Any, *args: Any, widths: Any = ...) -> Tensor:
    """Zeros before and after the entries of each axis."""

def permute(x: Any, *args: Any, axes: Any = ...) -> Tensor:
    """The axes in another order."""

def pow(input: Any, exponent: Any) -> Tensor:
    """Power; a number as exponent is exact in formulas."""

def pow_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``power``, written into its first operand, which is returned."""

def power(a: Any, b: Any) -> Tensor:
    """Power with an array as exponent, $a^b$."""

def power_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``power``, written into its first operand, which is returned."""

def prod(
    x: Any,
    *args: Any,
    axis: Any = ...,
    keepdims: Any = ...,
    dim: Any = ...,
    keepdim: Any = ...,
) -> Tensor:
    r"""Product of all entries or over axes, $\prod_i x_i$."""

def rand(*size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Uniform in [0, 1)."""

def rand_like(
    input: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """As ``rand``, with the shape, dtype and device of ``input``."""

def randint(
    low: Any,
    high: Any = None,
    size: Any = ...,
    *,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Integers from ``low`` (0 where only one bound is given) up to and without ``high``."""

def randn(*size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Standard normal."""

def randn_like(
    input: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """As ``randn``, with the shape, dtype and device of ``input``."""

def randperm(n: Any) -> Tensor:
    """The integers 0 to n - 1 in random order."""

def ravel(input: Any) -> Tensor:
    """All entries along one axis."""

def reciprocal(x: Any) -> Tensor:
    """Reciprocal, $1 / x$."""

def reciprocal_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``reciprocal``, written into its first operand, which is returned."""

def relu(x: Any) -> Tensor:
    """Ramp: $x$ where it is above 0, else 0."""

def relu_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``relu``, written into its first operand, which is returned."""

def repeat_interleave(input: Any, repeats: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
    """Each entry so many times in a row, along an axis or of all entries."""

def reshape(x: Any, *args: Any, shape: Any = ...) -> Tensor:
    """The same entries, in the same order, in another shape."""

def roll(input: Any, shifts: Any, dims: Any = None) -> Tensor:
    """Entries moved on by so many places along axes; what leaves at the end enters in front."""

def sigmoid(x: Any) -> Tensor:
    r"""Logistic function, $\sigma(x) = 1 / (1 + e^{-x})$."""

def sigmoid_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sigmoid``, written into its first operand, which is returned."""

def sign(x: Any) -> Tensor:
    """Sign: -1, 0 or 1."""

def sign_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sign``, written into its first operand, which is returned."""

def sin(x: Any) -> Tensor:
    r"""Sine, $\sin x$."""

def sin_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sin``, written into its first operand, which is returned."""

def sinh(x: Any) -> Tensor:
    r"""Hyperbolic sine, $\sinh x = (e^x - e^{-x}) / 2$."""

def sinh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sinh``, written into its first operand, which is returned."""

def slogdet(x: Any) -> Any:
    r"""Sign of the determinant and logarithm of its size, $\log |\det x|$."""

def softmax(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    r"""Shares of the exponentials along an axis, $e^{x_i} / \sum_j e^{x_j}$."""

def softplus(x: Any) -> Tensor:
    r"""Smooth ramp, $\log(1 + e^x)$."""

def solve(a: Any, b: Any) -> Tensor:
    """Solution of a linear system, $y = a^{-1} b$."""

def sqrt(x: Any) -> Tensor:
    r"""Square root, $\sqrt{x}$."""

def sqrt_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sqrt``, written into its first operand, which is returned."""

def square(x: Any) -> Tensor:
    """Square, $x^2$."""

def square_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``square``, written into its first operand, which is returned."""

def squeeze(input: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
    """Drop axes of size 1: all of them, or those named that have it."""

def stack(tensors: Any, dim: Any = 0, *, axis: Any = None) -> Tensor:
    """Arrays side by side along a new axis."""

def std(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: Any = False,
    *,
    correction: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """Standard deviation of all entries or over axes, with n - 1 in the denominator."""

def sub(a: Any, b: Any) -> Tensor:
    """Difference, $a - b$."""

def sub_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``subtract``, written into its first operand, which is returned."""

def subtract(a: Any, b: Any) -> Tensor:
    """Difference, $a - b$."""

def subtract_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``subtract``, written into its first operand, which is returned."""

def sum(
    x: Any,
    *args: Any,
    axis: Any = ...,
    keepdims: Any = ...,
    dim: Any = ...,
    keepdim: Any = ...,
) -> Tensor:
    r"""Sum over all entries or over axes, $\sum_i x_i$."""

def swapaxes(input: Any, dim0: Any = None, dim1: Any = None) -> Tensor:
    """Swap two axes."""

def t(input: Any) -> Tensor:
    """The transpose of a matrix; a vector stays."""

def take(input: Any, index: Any) -> Tensor:
    """Entries by their places among all entries."""

def take_along_axis(input: Any, indices: Any, axis: Any = -1) -> Tensor:
    """Entries by an array of integers along an axis."""

def tan(x: Any) -> Tensor:
    r"""Tangent, $\tan x = \sin x / \cos x$."""

def tan_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``tan``, written into its first operand, which is returned."""

def tanh(x: Any) -> Tensor:
    r"""Hyperbolic tangent, $\tanh x = \sinh x / \cosh x$."""

def tanh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``tanh``, written into its first operand, which is returned."""

def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
    name: Any = None,
    dims: Any = None,
    assume: Any = ...,
) -> Tensor:
    """A new tensor that holds a copy of ``data``."""

def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Product over several axes: the last of a with the first of b, or the axes listed for each."""

def tile(input: Any, *dims: Any) -> Tensor:
    """The whole tensor so many times along each axis."""

def trace(x: Any) -> Tensor:
    r"""Sum of the diagonal, $\sum_i x_{ii}$."""

def transpose(input: Any, dim0: Any = None, dim1: Any = None) -> Tensor:
    """Swap two axes."""

def tril(input: Any, diagonal: Any = 0) -> Tensor:
    """The lower triangle of matrices, zeros above the diagonal."""

def triu(input: Any, diagonal: Any = 0) -> Tensor:
    """The upper triangle of matrices, zeros below the diagonal."""

def true_divide(a: Any, b: Any) -> Tensor:
    """Quotient, $a / b$."""

def true_divide_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``divide``, written into its first operand, which is returned."""

def unsqueeze(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    """New axes of size 1."""

def var(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: Any = False,
    *,
    correction: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """Variance of all entries or over axes, with n - 1 in the denominator."""

def vdot(input: Any, other: Any) -> Tensor:
    """Dot product of two vectors."""

def view_as(input: Any, other: Any) -> Tensor:
    """Reshape as another tensor is shaped."""

def vstack(tensors: Any) -> Tensor:
    """Join tensors on top of each other; a vector is a row."""

def xlogy(a: Any, b: Any) -> Tensor:
    r"""Product with a logarithm, $a \log b$, 0 where $a = 0$."""

def xlogy_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``xlogy``, written into its first operand, which is returned."""

def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Tensor:
    """Zeros of the given sizes."""

def zeros_like(
    input: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """As ``zeros``, with the shape, dtype and device of ``input``."""
