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
from symgrad.errors import ExportError as ExportError
from symgrad.errors import FormulaError as FormulaError
from symgrad.errors import GraphError as GraphError
from symgrad.errors import IndexDtypeError as IndexDtypeError
from symgrad.errors import NoClosedForm as NoClosedForm
from symgrad.errors import ParseError as ParseError
from symgrad.errors import PerformanceWarning as PerformanceWarning
from symgrad.errors import ShapeError as ShapeError
from symgrad.errors import SymgradError as SymgradError
from symgrad.errors import TraceError as TraceError
from symgrad.face import array_api as array_api
from symgrad.face import autograd as autograd
from symgrad.face import checkpointing as checkpointing
from symgrad.face import cuda as cuda
from symgrad.face import func as func
from symgrad.face import linalg as linalg
from symgrad.face import nn as nn
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
from symgrad.tracing.anomaly import is_anomaly_enabled as is_anomaly_enabled
from symgrad.tracing.arrangement import atleast_1d as atleast_1d
from symgrad.tracing.arrangement import atleast_2d as atleast_2d
from symgrad.tracing.choices import allclose as allclose
from symgrad.tracing.choices import equal as equal
from symgrad.tracing.choices import nonzero as nonzero
from symgrad.tracing.choices import sort as sort
from symgrad.tracing.choices import where as where
from symgrad.tracing.composites.joining import atleast_3d as atleast_3d
from symgrad.tracing.composites.joining import meshgrid as meshgrid
from symgrad.tracing.composites.ordered import aminmax as aminmax
from symgrad.tracing.composites.ordered import cummax as cummax
from symgrad.tracing.composites.ordered import cummin as cummin
from symgrad.tracing.composites.parting import broadcast_shapes as broadcast_shapes
from symgrad.tracing.composites.parting import broadcast_tensors as broadcast_tensors
from symgrad.tracing.composites.parting import dsplit as dsplit
from symgrad.tracing.composites.parting import hsplit as hsplit
from symgrad.tracing.composites.parting import tensor_split as tensor_split
from symgrad.tracing.composites.parting import vsplit as vsplit
from symgrad.tracing.composites.queries import can_cast as can_cast
from symgrad.tracing.composites.queries import finfo as finfo
from symgrad.tracing.composites.queries import iinfo as iinfo
from symgrad.tracing.composites.queries import is_complex as is_complex
from symgrad.tracing.composites.queries import is_floating_point as is_floating_point
from symgrad.tracing.composites.queries import is_nonzero as is_nonzero
from symgrad.tracing.composites.queries import is_same_size as is_same_size
from symgrad.tracing.composites.queries import is_signed as is_signed
from symgrad.tracing.composites.queries import is_tensor as is_tensor
from symgrad.tracing.composites.queries import numel as numel
from symgrad.tracing.composites.queries import promote_types as promote_types
from symgrad.tracing.composites.queries import result_type as result_type
from symgrad.tracing.composites.queries import typename as typename
from symgrad.tracing.composites.spreads import std_mean as std_mean
from symgrad.tracing.composites.spreads import var_mean as var_mean
from symgrad.tracing.dtypes import DType
from symgrad.tracing.dtypes import Size as Size
from symgrad.tracing.dtypes import device as device
from symgrad.tracing.dtypes import get_default_dtype as get_default_dtype
from symgrad.tracing.dtypes import set_default_dtype as set_default_dtype
from symgrad.tracing.files import load as load
from symgrad.tracing.files import save as save
from symgrad.tracing.printing import get_printoptions as get_printoptions
from symgrad.tracing.printing import set_printoptions as set_printoptions
from symgrad.tracing.random import manual_seed as manual_seed
from symgrad.tracing.tensor import Tensor as _Tensor
from symgrad.tracing.vmap import vmap as vmap
from symgrad.verification.crosscheck import crosscheck as crosscheck

__version__: str
bool: DType
cdouble: DType
cfloat: DType
complex128: DType
complex64: DType
double: DType
dtype = DType
e: Any
float: DType
float16: DType
float32: DType
float64: DType
half: DType
inf: Any
int: DType
int16: DType
int32: DType
int64: DType
int8: DType
long: DType
nan: Any
newaxis: Any
pi: Any
short: DType
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
    def real(self) -> Tensor: ...
    @property
    def imag(self) -> Tensor: ...
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

    def add(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """``input + alpha * other``, entry by entry; shapes broadcast."""

    def add_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``add``, written into its first operand, which is returned."""

    def addbmm(self, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """``beta * input + alpha * sum of batch1[i] @ batch2[i]``."""

    def addbmm_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``addbmm``, written into its first operand, which is returned."""

    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """``input + value * tensor1 / tensor2``."""

    def addcdiv_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``addcdiv``, written into its first operand, which is returned."""

    def addcmul(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """``input + value * tensor1 * tensor2``."""

    def addcmul_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``addcmul``, written into its first operand, which is returned."""

    def addmm(self, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """``beta * input + alpha * mat1 @ mat2``, of matrices."""

    def addmm_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``addmm``, written into its first operand, which is returned."""

    def addmv(self, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """``beta * input + alpha * mat @ vec``, of a matrix and a vector."""

    def addmv_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``addmv``, written into its first operand, which is returned."""

    def addr(self, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """``beta * input + alpha * outer(vec1, vec2)``."""

    def addr_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``addr``, written into its first operand, which is returned."""

    def adjoint(self) -> Tensor:
        """The last two axes swapped, and complex entries conjugated."""

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

    def aminmax(
        self,
        *,
        dim: Any = None,
        keepdim: Any = False,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Any:
        """The smallest and the largest entry, of all or along an axis; ties share the gradient."""

    def angle(self) -> Tensor:
        """The angle of complex numbers, in (-pi, pi]; of real ones 0 or pi."""

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

    def argwhere(self) -> Tensor:
        """The places of the entries that are not zero, one a row; no gradient."""

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

    def baddbmm(self, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
        """``beta * input + alpha * batch1 @ batch2``, of batches of matrices."""

    def baddbmm_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``baddbmm``, written into its first operand, which is returned."""

    def bernoulli_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Write ones, each with probability p, and zeros into every entry."""

    def bincount(self, weights: Any = None, minlength: Any = 0) -> Tensor:
        """How often each of 0, 1, 2, ... is among the entries of a vector, or their weights' sum."""

    def bitwise_and(self, other: Any) -> Tensor:
        """``&``: of truths, or bit by bit of integers."""

    def bitwise_and_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``bitwise_and``, written into its first operand, which is returned."""

    def bitwise_not(self) -> Tensor:
        """``~``: of truths, or bit by bit of integers."""

    def bitwise_not_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``bitwise_not``, written into its first operand, which is returned."""

    def bitwise_or(self, other: Any) -> Tensor:
        """``|``: of truths, or bit by bit of integers."""

    def bitwise_or_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``bitwise_or``, written into its first operand, which is returned."""

    def bitwise_xor(self, other: Any) -> Tensor:
        """``^``: of truths, or bit by bit of integers."""

    def bitwise_xor_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``bitwise_xor``, written into its first operand, which is returned."""

    def bmm(self, other: Any) -> Tensor:
        """The products of two batches of matrices, one by one."""

    def bool(self) -> Tensor:
        """This tensor as bool."""

    def broadcast_to(self, *args: Any, shape: Any = ...) -> Tensor:
        """The entries repeated along new axes and along axes of size 1."""

    def byte(self) -> Tensor:
        """This tensor as uint8."""

    def cdouble(self) -> Tensor:
        """This tensor as complex128."""

    def ceil(self) -> Tensor:
        """The next whole number above. Computed where no gradient flows, for it is flat."""

    def ceil_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``ceil``, written into its first operand, which is returned."""

    def cfloat(self) -> Tensor:
        """This tensor as complex64."""

    def char(self) -> Tensor:
        """This tensor as int8."""

    def chunk(self, chunks: Any, dim: Any = 0, *, axis: Any = None) -> Any:
        """Cut along an axis into so many parts of one size, the last smaller, or fewer parts."""

    def clamp(self, min: Any = None, max: Any = None) -> Tensor:
        """``input`` kept within bounds: numbers, or tensors that it broadcasts with."""

    def clamp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``clip``, written into its first operand, which is returned."""

    def clamp_max(self, max: Any) -> Tensor:
        """``input``, and ``max`` where it is more."""

    def clamp_max_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``clamp_max``, written into its first operand, which is returned."""

    def clamp_min(self, min: Any) -> Tensor:
        """``input``, and ``min`` where it is less."""

    def clamp_min_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``clamp_min``, written into its first operand, which is returned."""

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """``input`` kept within bounds: numbers, or tensors that it broadcasts with."""

    def clip_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``clip``, written into its first operand, which is returned."""

    def clone(self) -> Tensor:
        """A copy, $x$, through which gradients flow."""

    def conj(self) -> Tensor:
        """The complex conjugate; a real tensor is its own."""

    def contiguous(self) -> Tensor:
        """This tensor, or a copy whose entries lie in order in memory."""

    def copy(self) -> Tensor:
        """A copy, $x$, through which gradients flow."""

    def copy_(self, source: Any) -> Tensor:
        """Write the values of ``source`` into ``x``; shapes broadcast."""

    def corrcoef(self) -> Tensor:
        """The correlation coefficients of variables, one a row."""

    def cos(self) -> Tensor:
        r"""Cosine, $\cos x$."""

    def cos_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``cos``, written into its first operand, which is returned."""

    def cosh(self) -> Tensor:
        r"""Hyperbolic cosine, $\cosh x = (e^x + e^{-x}) / 2$."""

    def cosh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``cosh``, written into its first operand, which is returned."""

    def count_nonzero(self, dim: Any = None, *, axis: Any = None) -> Tensor:
        """How many entries are not zero, of all or over axes; no gradient."""

    def cov(self, *, correction: Any = 1) -> Tensor:
        """The covariance matrix of variables, one a row."""

    def cpu(self, memory_format: Any = None) -> Tensor:
        """This tensor on the CPU; itself where it is there."""

    def cross(self, other: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
        """Cross products of vectors of three, along an axis: by default the first that has three."""

    def cuda(
        self,
        device: Any = None,
        non_blocking: Any = False,
        memory_format: Any = None,
    ) -> Tensor:
        """This tensor on a GPU; itself where it is there."""

    def cummax(self, dim: Any, *, axis: Any = None) -> Any:
        """The largest entry so far along an axis, and its place; of ties the last."""

    def cummin(self, dim: Any, *, axis: Any = None) -> Any:
        """The smallest entry so far along an axis, and its place; of ties the last."""

    def cumsum(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        r"""Running sum, $\sum_{j \le i} x_j$."""

    def cumsum_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``cumsum``, written into its first operand, which is returned."""

    def data_ptr(self) -> Any:
        """The address of the first entry, in host memory."""

    def deg2rad(self) -> Tensor:
        """Angles in radians, from degrees."""

    def deg2rad_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``deg2rad``, written into its first operand, which is returned."""

    def det(self) -> Tensor:
        r"""Determinant, $\det x$."""

    def detach(self) -> Tensor:
        """The same values without history, in the same buffer."""

    def detach_(self) -> Tensor:
        """Cut this tensor's history, in place."""

    def diag(self, diagonal: Any = 0) -> Tensor:
        """A matrix with the entries of a vector on a diagonal, or the diagonal of a matrix."""

    def diag_embed(self, offset: Any = 0, dim1: Any = -2, dim2: Any = -1) -> Tensor:
        """Matrices with the last axis of ``input`` on a diagonal, zeros elsewhere."""

    def diagflat(self, offset: Any = 0) -> Tensor:
        """A matrix with all entries of ``input`` on a diagonal."""

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

    def dim_order(self) -> Any:
        """The axes from the one with the largest stride to the one with the smallest."""

    def dist(self, other: Any, p: Any = 2) -> Tensor:
        """The norm of the difference; shapes broadcast."""

    def div(self, other: Any, *, rounding_mode: Any = None) -> Tensor:
        """``input / other``, entry by entry."""

    def div_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``divide``, written into its first operand, which is returned."""

    def divide(self, other: Any, *, rounding_mode: Any = None) -> Tensor:
        """``input / other``, entry by entry."""

    def divide_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``divide``, written into its first operand, which is returned."""

    def dot(self, tensor: Any) -> Tensor:
        """Dot product of two vectors."""

    def double(self) -> Tensor:
        """This tensor as float64."""

    def dsplit(self, indices_or_sections: Any) -> Any:
        """Cut into equal parts, or at the places listed, along axis 2."""

    def element_size(self) -> Any:
        """Bytes an entry."""

    def eq(self, b: Any) -> Tensor:
        """Whether $a = b$, entry by entry."""

    def eq_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``eq``, written into its first operand, which is returned."""

    def equal(self, other: Any) -> _bool:
        """Whether two tensors have the same shape and the same entries."""

    def exp(self) -> Tensor:
        """Exponential, $e^x$."""

    def exp2(self) -> Tensor:
        """Two to the power of each entry."""

    def exp2_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``exp2``, written into its first operand, which is returned."""

    def exp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``exp``, written into its first operand, which is returned."""

    def expand(self, *sizes: Any) -> Tensor:
        """Broadcast to sizes, where -1 keeps an axis as it is."""

    def expand_as(self, other: Any) -> Tensor:
        """Broadcast to another tensor's shape."""

    def expand_dims(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        """New axes of size 1."""

    def expm1(self) -> Tensor:
        """Exponential less one, $e^x - 1$, with all its digits near 0."""

    def expm1_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``expm1``, written into its first operand, which is returned."""

    def exponential_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Write exponential numbers of a rate into every entry."""

    def fill_(self, value: Any) -> Tensor:
        """Write one number into every entry."""

    def fill_diagonal_(self, fill_value: Any, wrap: Any = False) -> Tensor:
        """Write one number into the diagonal."""

    def fix(self) -> Tensor:
        """The whole part. Computed where no gradient flows, for it is flat."""

    def fix_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``trunc``, written into its first operand, which is returned."""

    def flatten(self, start_dim: Any = 0, end_dim: Any = -1) -> Tensor:
        """Merge neighbouring axes into one."""

    def flip(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        """The entries in reverse order along axes."""

    def fliplr(self) -> Tensor:
        """The second axis in reverse."""

    def flipud(self) -> Tensor:
        """The first axis in reverse."""

    def float(self) -> Tensor:
        """This tensor as float32."""

    def float_power(self, exponent: Any) -> Tensor:
        """Power, in double precision."""

    def float_power_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``float_power``, written into its first operand, which is returned."""

    def floor(self) -> Tensor:
        """The next whole number below. Computed where no gradient flows, for it is flat."""

    def floor_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``floor``, written into its first operand, which is returned."""

    def floor_divide(self, other: Any) -> Tensor:
        """The quotient, rounded down."""

    def floor_divide_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``floor_divide``, written into its first operand, which is returned."""

    def fmax(self, other: Any) -> Tensor:
        """The larger of two entries; of a number and NaN the number."""

    def fmin(self, other: Any) -> Tensor:
        """The smaller of two entries; of a number and NaN the number."""

    def fmod(self, other: Any) -> Tensor:
        """What division leaves, with the sign of the dividend."""

    def fmod_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``fmod``, written into its first operand, which is returned."""

    def frac(self) -> Tensor:
        """What a number has beyond its whole part, with its sign: its slope is 1."""

    def frac_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``frac``, written into its first operand, which is returned."""

    def gather(self, dim: Any, index: Any, *, sparse_grad: Any = False, axis: Any = None) -> Tensor:
        """Entries by their places along an axis, one place for each entry of the result."""

    def ge(self, b: Any) -> Tensor:
        r"""Whether $a \ge b$, entry by entry."""

    def ge_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``ge``, written into its first operand, which is returned."""

    def ger(self, b: Any) -> Tensor:
        """Outer product, $a_i b_j$."""

    def get_device(self) -> Any:
        """The number of the GPU, -1 on the CPU."""

    def greater(self, b: Any) -> Tensor:
        """Whether $a > b$, entry by entry."""

    def greater_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``greater``, written into its first operand, which is returned."""

    def greater_equal(self, b: Any) -> Tensor:
        r"""Whether $a \ge b$, entry by entry."""

    def greater_equal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``greater_equal``, written into its first operand, which is returned."""

    def gt(self, b: Any) -> Tensor:
        """Whether $a > b$, entry by entry."""

    def gt_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``gt``, written into its first operand, which is returned."""

    def half(self) -> Tensor:
        """This tensor as float16."""

    def hardshrink(self, lambd: Any = 0.5) -> Tensor:
        """Entries within ``lambd`` of 0 become 0."""

    def heaviside(self, values: Any) -> Tensor:
        """0 below 0, 1 above, and ``values`` at 0."""

    def heaviside_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``heaviside``, written into its first operand, which is returned."""

    def histc(self, bins: Any = 100, min: Any = 0, max: Any = 0) -> Tensor:
        """How many entries lie in each of so many equal bins between two bounds; no gradient."""

    def hsplit(self, indices_or_sections: Any) -> Any:
        """Cut into equal parts, or at the places listed, along axis 1."""

    def hypot(self, b: Any) -> Tensor:
        r"""Distance from the origin, $\sqrt{a^2 + b^2}$, without overflow of the squares."""

    def hypot_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``hypot``, written into its first operand, which is returned."""

    def index_add(
        self,
        dim: Any,
        index: Any,
        source: Any,
        *,
        alpha: Any = 1,
        axis: Any = None,
    ) -> Tensor:
        """``input`` plus the entries of ``source``, times alpha, at the places of a vector."""

    def index_add_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``index_add``, written into its first operand, which is returned."""

    def index_copy(self, dim: Any, index: Any, source: Any, *, axis: Any = None) -> Tensor:
        """``input`` with the entries of ``source`` at the places of a vector; of two at one the last."""

    def index_copy_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``index_copy``, written into its first operand, which is returned."""

    def index_fill(self, dim: Any, index: Any, value: Any, *, axis: Any = None) -> Tensor:
        """``input`` with one number at the places of a vector, along an axis."""

    def index_fill_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``index_fill``, written into its first operand, which is returned."""

    def index_put(self, indices: Any, values: Any, accumulate: Any = False) -> Tensor:
        """``input`` with ``values`` at places named by a tuple of integer tensors or masks."""

    def index_put_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``index_put``, written into its first operand, which is returned."""

    def index_select(self, dim: Any, index: Any, *, axis: Any = None) -> Tensor:
        """The entries at the places of a vector of integers, along an axis."""

    def inner(self, other: Any) -> Tensor:
        """Product over the last axis of both; of vectors, their dot product."""

    def int(self) -> Tensor:
        """This tensor as int32."""

    def inv(self) -> Tensor:
        """Inverse matrix, $x^{-1}$."""

    def inverse(self) -> Tensor:
        """Inverse matrix, $x^{-1}$."""

    def is_complex(self) -> _bool:
        """Whether the dtype is complex."""

    def is_contiguous(self, memory_format: Any = None) -> _bool:
        """Whether the entries lie in order in memory."""

    def is_floating_point(self) -> _bool:
        """Whether the dtype is floating, so that gradients can flow."""

    def is_nonzero(self) -> _bool:
        """Whether the single entry is not zero."""

    def is_same_size(self, other: Any) -> _bool:
        """Whether two tensors have the same shape."""

    def is_set_to(self, tensor: Any) -> _bool:
        """Whether both are the same entries of the same memory."""

    def is_shared(self) -> _bool:
        """Whether the memory is shared with other processes: asked for by ``share_memory_``."""

    def is_signed(self) -> _bool:
        """Whether the dtype has negative numbers."""

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

    def isneginf(self) -> Tensor:
        """Which entries are minus infinity."""

    def isposinf(self) -> Tensor:
        """Which entries are plus infinity."""

    def isreal(self) -> Tensor:
        """Which entries have no imaginary part: of real dtypes all."""

    def kron(self, b: Any) -> Tensor:
        """Kronecker product, $y_{(ik)(jl)} = a_{ij} b_{kl}$: b once for each entry of a."""

    def kthvalue(
        self,
        k: Any,
        dim: Any = -1,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Any:
        """The k-th smallest entry along an axis, and its place."""

    def ldexp(self, other: Any) -> Tensor:
        """``input`` times two to the power of ``other``."""

    def ldexp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``ldexp``, written into its first operand, which is returned."""

    def le(self, b: Any) -> Tensor:
        r"""Whether $a \le b$, entry by entry."""

    def le_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``le``, written into its first operand, which is returned."""

    def lerp(self, end: Any, weight: Any) -> Tensor:
        """``input + weight * (end - input)``: a point on the way from one to the other."""

    def lerp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``lerp``, written into its first operand, which is returned."""

    def less(self, b: Any) -> Tensor:
        """Whether $a < b$, entry by entry."""

    def less_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``less``, written into its first operand, which is returned."""

    def less_equal(self, b: Any) -> Tensor:
        r"""Whether $a \le b$, entry by entry."""

    def less_equal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``less_equal``, written into its first operand, which is returned."""

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

    def logaddexp2(self, other: Any) -> Tensor:
        """The logarithm to base 2 of the sum of powers of 2."""

    def logaddexp_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``logaddexp``, written into its first operand, which is returned."""

    def logdet(self) -> Tensor:
        """The logarithm of the determinant of square matrices; NaN where that is negative."""

    def logical_and(self, b: Any) -> Tensor:
        r"""Whether both hold, $a \land b$."""

    def logical_and_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``logical_and``, written into its first operand, which is returned."""

    def logical_not(self) -> Tensor:
        r"""Whether it does not hold, $\lnot x$."""

    def logical_not_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``logical_not``, written into its first operand, which is returned."""

    def logical_or(self, b: Any) -> Tensor:
        r"""Whether either holds, $a \lor b$."""

    def logical_or_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``logical_or``, written into its first operand, which is returned."""

    def logical_xor(self, other: Any) -> Tensor:
        """Where one of two is true (not zero), and not the other."""

    def logical_xor_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``logical_xor``, written into its first operand, which is returned."""

    def logit(self, eps: Any = None) -> Tensor:
        """The logarithm of the odds, log(x / (1 - x)): the inverse of sigmoid."""

    def logit_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``logit``, written into its first operand, which is returned."""

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

    def lt_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``lt``, written into its first operand, which is returned."""

    def masked_fill(self, mask: Any, value: Any) -> Tensor:
        """``input`` with one number where a mask holds."""

    def masked_fill_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``masked_fill``, written into its first operand, which is returned."""

    def masked_scatter(self, mask: Any, source: Any) -> Tensor:
        """``input`` with the entries of ``source``, in order, where a mask holds."""

    def masked_scatter_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``masked_scatter``, written into its first operand, which is returned."""

    def masked_select(self, mask: Any) -> Tensor:
        """The entries where a mask holds, in order; the two broadcast."""

    def matmul(self, b: Any) -> Tensor:
        r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

    def matrix_power(self, n: Any) -> Tensor:
        """A square matrix multiplied n times with itself; its inverse for a negative n."""

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

    def median(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Any:
        """The middle entry, the lower of two: of all entries, or along an axis with its place."""

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

    def mm(self, other: Any) -> Tensor:
        """The product of two matrices, without broadcasting."""

    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """Move axes to other places; the rest keep their order."""

    def movedim(self, source: Any, destination: Any) -> Tensor:
        """Move axes to other places; the rest keep their order."""

    def msort(self) -> Tensor:
        """Sorted along the first axis."""

    def mul(self, b: Any) -> Tensor:
        r"""Product entry by entry, $a \cdot b$."""

    def mul_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``multiply``, written into its first operand, which is returned."""

    def multiply(self, b: Any) -> Tensor:
        r"""Product entry by entry, $a \cdot b$."""

    def multiply_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``multiply``, written into its first operand, which is returned."""

    def mv(self, other: Any) -> Tensor:
        """The product of a matrix and a vector."""

    def nan_to_num(self, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
        """Numbers in place of NaN and of infinities: 0 and the dtype's largest, or what is given."""

    def nan_to_num_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``nan_to_num``, written into its first operand, which is returned."""

    def nanmean(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """The mean of the entries that are not NaN, of all or over axes."""

    def nansum(
        self,
        dim: Any = None,
        keepdim: Any = False,
        *,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """The sum of all entries, or over axes, NaN counting as 0."""

    def narrow(self, dim: Any, start: Any, length: Any, *, axis: Any = None) -> Tensor:
        """``length`` entries along an axis, from ``start`` on."""

    def ndimension(self) -> Any:
        """How many axes."""

    def ne(self, b: Any) -> Tensor:
        r"""Whether $a \ne b$, entry by entry."""

    def ne_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``ne``, written into its first operand, which is returned."""

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

    def new_empty(
        self,
        *size: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: Any = False,
    ) -> Tensor:
        """As ``empty``, of this tensor's dtype and device."""

    def new_full(
        self,
        size: Any,
        fill_value: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: Any = False,
    ) -> Tensor:
        """As ``full``, of this tensor's dtype and device."""

    def new_ones(
        self,
        *size: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: Any = False,
    ) -> Tensor:
        """As ``ones``, of this tensor's dtype and device."""

    def new_tensor(
        self,
        data: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: Any = False,
    ) -> Tensor:
        """A new tensor from data, of this one's dtype and device."""

    def new_zeros(
        self,
        *size: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: Any = False,
    ) -> Tensor:
        """As ``zeros``, of this tensor's dtype and device."""

    def nonzero(self, *, as_tuple: Any = False) -> Any:
        """The places of the entries that are not zero (or True), one a row; no gradient."""

    def norm(
        self,
        p: Any = "fro",
        dim: Any = None,
        keepdim: Any = False,
        *,
        dtype: Any = None,
        ord: Any = None,
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """The norm of all entries, or over axes, as of one vector, whatever the order."""

    def normal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Write normal numbers of a mean and a spread into every entry."""

    def not_equal(self, b: Any) -> Tensor:
        r"""Whether $a \ne b$, entry by entry."""

    def not_equal_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``not_equal``, written into its first operand, which is returned."""

    def numel(self) -> Any:
        """The number of entries."""

    def outer(self, b: Any) -> Tensor:
        """Outer product, $a_i b_j$."""

    def permute(self, *dims: Any) -> Tensor:
        """Axes in another order."""

    def positive(self) -> Tensor:
        """The tensor itself."""

    def pow(self, exponent: Any) -> Tensor:
        """Power; a number as exponent is exact in formulas."""

    def pow_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``pow``, written into its first operand, which is returned."""

    def power(self, b: Any) -> Tensor:
        """Power with an array as exponent, $a^b$."""

    def power_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``power``, written into its first operand, which is returned."""

    def prelu(self, weight: Any) -> Tensor:
        """Positive entries as they are, others times a weight: one for all, or one for each channel."""

    def prod(
        self,
        *args: Any,
        axis: Any = ...,
        keepdims: Any = ...,
        dim: Any = ...,
        keepdim: Any = ...,
    ) -> Tensor:
        r"""Product of all entries or over axes, $\prod_i x_i$."""

    def put(self, index: Any, source: Any, accumulate: Any = False) -> Tensor:
        """``input`` with ``source`` at places among all entries."""

    def put_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``put``, written into its first operand, which is returned."""

    def quantile(
        self,
        q: Any,
        dim: Any = None,
        keepdim: Any = False,
        *,
        interpolation: Any = "linear",
        axis: Any = None,
        keepdims: Any = None,
    ) -> Tensor:
        """The entry below which the share q of all entries lies, between two of them on a line."""

    def rad2deg(self) -> Tensor:
        """Angles in degrees, from radians."""

    def rad2deg_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``rad2deg``, written into its first operand, which is returned."""

    def random_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Write integers below a bound, or between two, into every entry."""

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

    def remainder(self, other: Any) -> Tensor:
        """What division leaves, with the sign of the divisor."""

    def remainder_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``remainder``, written into its first operand, which is returned."""

    def repeat(self, *sizes: Any) -> Tensor:
        """The whole tensor so many times along each axis, new axes in front."""

    def repeat_interleave(self, repeats: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
        """Each entry so many times in a row, along an axis or of all entries."""

    def reshape(self, *args: Any, shape: Any = ...) -> Tensor:
        """The same entries, in the same order, in another shape."""

    def reshape_as(self, other: Any) -> Tensor:
        """Reshape as another tensor is shaped."""

    def roll(self, shifts: Any, dims: Any = None) -> Tensor:
        """Entries moved on by so many places along axes; what leaves at the end enters in front."""

    def rot90(self, k: Any = 1, dims: Any = ...) -> Tensor:
        """Turned by k right angles in the plane of two axes, the first toward the second."""

    def round(self, *, decimals: Any = 0) -> Tensor:
        """The nearest number with so many decimals, ties to even; computed where no gradient flows."""

    def round_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``round``, written into its first operand, which is returned."""

    def rsqrt(self) -> Tensor:
        """One over the square root."""

    def rsqrt_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``rsqrt``, written into its first operand, which is returned."""

    def scatter(
        self,
        dim: Any,
        index: Any,
        src: Any = None,
        *,
        value: Any = None,
        reduce: Any = None,
        axis: Any = None,
    ) -> Tensor:
        """``input`` with entries of ``src`` (or one number) at places along an axis."""

    def scatter_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``scatter``, written into its first operand, which is returned."""

    def scatter_add(self, dim: Any, index: Any, src: Any, *, axis: Any = None) -> Tensor:
        """``input`` plus entries of ``src`` at places along an axis; two at one place add up."""

    def scatter_add_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``scatter_add``, written into its first operand, which is returned."""

    def select(self, dim: Any, index: Any, *, axis: Any = None) -> Tensor:
        """The entries at one place along an axis, without that axis."""

    def select_scatter(self, src: Any, dim: Any, index: Any, *, axis: Any = None) -> Tensor:
        """``input`` with ``src`` at one place along an axis."""

    def sgn(self) -> Tensor:
        """Sign: -1, 0 or 1."""

    def sgn_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sgn``, written into its first operand, which is returned."""

    def share_memory_(self) -> Tensor:
        """Move the entries into memory that processes forked from this one share."""

    def short(self) -> Tensor:
        """This tensor as int16."""

    def sigmoid(self) -> Tensor:
        r"""Logistic function, $\sigma(x) = 1 / (1 + e^{-x})$."""

    def sigmoid_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sigmoid``, written into its first operand, which is returned."""

    def sign(self) -> Tensor:
        """Sign: -1, 0 or 1."""

    def sign_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sign``, written into its first operand, which is returned."""

    def signbit(self) -> Tensor:
        """Which entries have a minus sign, -0.0 included; no gradient."""

    def sin(self) -> Tensor:
        r"""Sine, $\sin x$."""

    def sin_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sin``, written into its first operand, which is returned."""

    def sinh(self) -> Tensor:
        r"""Hyperbolic sine, $\sinh x = (e^x - e^{-x}) / 2$."""

    def sinh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``sinh``, written into its first operand, which is returned."""

    def slice_scatter(
        self,
        src: Any,
        dim: Any = 0,
        start: Any = None,
        end: Any = None,
        step: Any = 1,
        *,
        axis: Any = None,
    ) -> Tensor:
        """``input`` with ``src`` in a slice along an axis."""

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

    def split_with_sizes(self, split_sizes: Any, dim: Any = 0, *, axis: Any = None) -> Any:
        """Cut along an axis into parts of the sizes listed."""

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

    def storage_offset(self) -> Any:
        """The place of the first entry in the storage that the tensor shares with its base."""

    def stride(self, dim: Any = None) -> Any:
        """How many entries lie between neighbours along each axis, or along one."""

    def sub(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """``input - alpha * other``, entry by entry; shapes broadcast."""

    def sub_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``subtract``, written into its first operand, which is returned."""

    def subtract(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """``input - alpha * other``, entry by entry; shapes broadcast."""

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

    def sum_to_size(self, *size: Any) -> Tensor:
        """Summed over what broadcasting would have spread, down to a size that broadcasts to this."""

    def swapaxes(self, dim0: Any = None, dim1: Any = None) -> Tensor:
        """Swap two axes."""

    def swapdims(self, dim0: Any = None, dim1: Any = None) -> Tensor:
        """Swap two axes."""

    def t(self) -> Tensor:
        """The transpose of a matrix; a vector stays."""

    def take(self, index: Any) -> Tensor:
        """Entries by their places among all entries."""

    def take_along_axis(self, indices: Any, axis: Any = -1) -> Tensor:
        """Entries by an array of integers along an axis."""

    def take_along_dim(self, indices: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
        """Entries by their places along an axis (of all entries without one); the rest broadcasts."""

    def tan(self) -> Tensor:
        r"""Tangent, $\tan x = \sin x / \cos x$."""

    def tan_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``tan``, written into its first operand, which is returned."""

    def tanh(self) -> Tensor:
        r"""Hyperbolic tangent, $\tanh x = \sinh x / \cosh x$."""

    def tanh_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``tanh``, written into its first operand, which is returned."""

    def tensor_split(self, indices_or_sections: Any, dim: Any = 0, *, axis: Any = None) -> Any:
        """Cut along an axis into so many parts, as equal as can be, or at the places listed."""

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

    def to_device(self, device: Any, *, stream: Any = None) -> Tensor:
        """This tensor on another device (the array API standard's name of ``to``)."""

    def topk(
        self,
        k: Any,
        dim: Any = -1,
        largest: Any = True,
        sorted: Any = True,
        *,
        axis: Any = None,
    ) -> Any:
        """The k largest (or smallest) entries along an axis, in order, and their places."""

    def trace(self) -> Tensor:
        r"""Sum of the diagonal, $\sum_i x_{ii}$."""

    def transpose(self, dim0: Any = None, dim1: Any = None) -> Tensor:
        """Swap two axes."""

    def tril(self, diagonal: Any = 0) -> Tensor:
        """The lower triangle of matrices, zeros above the diagonal."""

    def tril_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``tril``, written into its first operand, which is returned."""

    def triu(self, diagonal: Any = 0) -> Tensor:
        """The upper triangle of matrices, zeros below the diagonal."""

    def triu_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``triu``, written into its first operand, which is returned."""

    def true_divide(self, b: Any) -> Tensor:
        """Quotient, $a / b$."""

    def true_divide_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``divide``, written into its first operand, which is returned."""

    def trunc(self) -> Tensor:
        """The whole part. Computed where no gradient flows, for it is flat."""

    def trunc_(self, *args: Any, **kwargs: Any) -> Tensor:
        """``trunc``, written into its first operand, which is returned."""

    def type(self, dtype: Any = None, non_blocking: Any = False) -> Any:
        """The name of the tensor's type; with a dtype (or such a name), the tensor in that dtype."""

    def type_as(self, other: Any) -> Tensor:
        """The tensor in another's dtype."""

    def unbind(self, dim: Any = 0, *, axis: Any = None) -> Any:
        """The entries along an axis, one tensor each."""

    def unflatten(self, dim: Any, sizes: Any, *, axis: Any = None) -> Tensor:
        """One axis taken apart into several; one of the sizes may be -1."""

    def uniform_(self, *args: Any, **kwargs: Any) -> Tensor:
        """Write numbers between two bounds (0 and 1) into every entry."""

    def unique(
        self,
        sorted: Any = True,
        return_inverse: Any = False,
        return_counts: Any = False,
        dim: Any = None,
    ) -> Any:
        """The different entries (or slices along an axis), sorted; no gradient."""

    def unique_consecutive(
        self,
        return_inverse: Any = False,
        return_counts: Any = False,
        dim: Any = None,
    ) -> Any:
        """Entries (or slices along an axis) that differ from the one before; no gradient."""

    def unsqueeze(self, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
        """New axes of size 1."""

    def untyped_storage(self) -> Any:
        """The memory that the tensor shares with its views, as bytes."""

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
        """Dot product of two vectors, the first conjugated where it is complex."""

    def view(self, *shape: Any) -> Tensor:
        """The same entries of the same memory in another shape, or read as another dtype."""

    def view_as(self, other: Any) -> Tensor:
        """Reshape as another tensor is shaped."""

    def vsplit(self, indices_or_sections: Any) -> Any:
        """Cut into equal parts, or at the places listed, along axis 0."""

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

def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """``input + alpha * other``, entry by entry; shapes broadcast."""

def add_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``add``, written into its first operand, which is returned."""

def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * sum of batch1[i] @ batch2[i]``."""

def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
    """``input + value * tensor1 / tensor2``."""

def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
    """``input + value * tensor1 * tensor2``."""

def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * mat1 @ mat2``, of matrices."""

def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * mat @ vec``, of a matrix and a vector."""

def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * outer(vec1, vec2)``."""

def adjoint(input: Any) -> Tensor:
    """The last two axes swapped, and complex entries conjugated."""

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

def angle(input: Any) -> Tensor:
    """The angle of complex numbers, in (-pi, pi]; of real ones 0 or pi."""

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

def argwhere(input: Any) -> Tensor:
    """The places of the entries that are not zero, one a row; no gradient."""

def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """``data`` as a tensor: itself where it is one, sharing the buffer of a NumPy array."""

def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """Data as a tensor, without a copy where that can be."""

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

def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """``beta * input + alpha * batch1 @ batch2``, of batches of matrices."""

def bernoulli(input: Any, p: Any = None) -> Tensor:
    """Ones by chance, zeros else: each with the probability that ``input`` says, or all with p."""

def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]`` for every k."""

def bincount(input: Any, weights: Any = None, minlength: Any = 0) -> Tensor:
    """How often each of 0, 1, 2, ... is among the entries of a vector, or their weights' sum."""

def bitwise_and(input: Any, other: Any) -> Tensor:
    """``&``: of truths, or bit by bit of integers."""

def bitwise_not(input: Any) -> Tensor:
    """``~``: of truths, or bit by bit of integers."""

def bitwise_or(input: Any, other: Any) -> Tensor:
    """``|``: of truths, or bit by bit of integers."""

def bitwise_xor(input: Any, other: Any) -> Tensor:
    """``^``: of truths, or bit by bit of integers."""

def block_diag(*tensors: Any) -> Tensor:
    """Matrices along the diagonal of one, zeros elsewhere; a vector is a row."""

def bmm(input: Any, other: Any) -> Tensor:
    """The products of two batches of matrices, one by one."""

def broadcast_to(x: Any, *args: Any, shape: Any = ...) -> Tensor:
    """The entries repeated along new axes and along axes of size 1."""

def bucketize(input: Any, boundaries: Any, *, out_int32: Any = False, right: Any = False) -> Tensor:
    """The number of the bin that each entry lies in, between sorted boundaries; no gradient."""

def cartesian_prod(*tensors: Any) -> Tensor:
    """All tuples that take one entry from each vector, one a row."""

def cat(tensors: Any, dim: Any = 0, *, axis: Any = None) -> Tensor:
    """Arrays one after the other along an axis."""

def cdist(x1: Any, x2: Any, p: Any = 2.0) -> Tensor:
    """The distance of each row of x1 from each row of x2, in the p-norm."""

def ceil(input: Any) -> Tensor:
    """The next whole number above. Computed where no gradient flows, for it is flat."""

def celu(input: Any, alpha: Any = 1.0, inplace: Any = False) -> Tensor:
    """Positive entries as they are, others alpha (exp(x / alpha) - 1)."""

def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices, from left to right."""

def chunk(input: Any, chunks: Any, dim: Any = 0, *, axis: Any = None) -> Any:
    """Cut along an axis into so many parts of one size, the last smaller, or fewer parts."""

def clamp(input: Any, min: Any = None, max: Any = None) -> Tensor:
    """``input`` kept within bounds: numbers, or tensors that it broadcasts with."""

def clamp_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``clip``, written into its first operand, which is returned."""

def clamp_max(input: Any, max: Any) -> Tensor:
    """``input``, and ``max`` where it is more."""

def clamp_min(input: Any, min: Any) -> Tensor:
    """``input``, and ``min`` where it is less."""

def clip(input: Any, min: Any = None, max: Any = None) -> Tensor:
    """``input`` kept within bounds: numbers, or tensors that it broadcasts with."""

def clip_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``clip``, written into its first operand, which is returned."""

def clone(x: Any) -> Tensor:
    """A copy, $x$, through which gradients flow."""

def column_stack(tensors: Any) -> Tensor:
    """Join vectors as the columns of a matrix, and matrices side by side."""

def combinations(input: Any, r: Any = 2, with_replacement: Any = False) -> Tensor:
    """All choices of r entries of a vector, in order, one a row."""

def concat(tensors: Any, dim: Any = 0, *, axis: Any = None) -> Tensor:
    """Arrays one after the other along an axis."""

def concatenate(tensors: Any, dim: Any = 0, *, axis: Any = None) -> Tensor:
    """Arrays one after the other along an axis."""

def conj(input: Any) -> Tensor:
    """The complex conjugate; a real tensor is its own."""

def corrcoef(input: Any) -> Tensor:
    """The correlation coefficients of variables, one a row."""

def cos(x: Any) -> Tensor:
    r"""Cosine, $\cos x$."""

def cos_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``cos``, written into its first operand, which is returned."""

def cosh(x: Any) -> Tensor:
    r"""Hyperbolic cosine, $\cosh x = (e^x + e^{-x}) / 2$."""

def cosh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``cosh``, written into its first operand, which is returned."""

def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: Any = 0.0,
    *,
    reduction: Any = "mean",
) -> Tensor:
    """One less the cosine where target is 1; the cosine beyond the margin where it is -1."""

def cosine_similarity(
    x1: Any,
    x2: Any,
    dim: Any = 1,
    eps: Any = 1e-08,
    *,
    axis: Any = None,
) -> Tensor:
    """The cosine of the angle between vectors along an axis; shapes broadcast."""

def count_nonzero(input: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
    """How many entries are not zero, of all or over axes; no gradient."""

def cov(input: Any, *, correction: Any = 1) -> Tensor:
    """The covariance matrix of variables, one a row."""

def cross(input: Any, other: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
    """Cross products of vectors of three, along an axis: by default the first that has three."""

def cumsum(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    r"""Running sum, $\sum_{j \le i} x_j$."""

def cumulative_trapezoid(
    y: Any,
    x: Any = None,
    *,
    dx: Any = 1,
    dim: Any = -1,
    axis: Any = None,
) -> Tensor:
    """The integral of samples along an axis so far, by trapezoids."""

def deg2rad(input: Any) -> Tensor:
    """Angles in radians, from degrees."""

def det(x: Any) -> Tensor:
    r"""Determinant, $\det x$."""

def detach(input: Any) -> Tensor:
    """The same values without history."""

def diag(input: Any, diagonal: Any = 0) -> Tensor:
    """A matrix with the entries of a vector on a diagonal, or the diagonal of a matrix."""

def diag_embed(input: Any, offset: Any = 0, dim1: Any = -2, dim2: Any = -1) -> Tensor:
    """Matrices with the last axis of ``input`` on a diagonal, zeros elsewhere."""

def diagflat(input: Any, offset: Any = 0) -> Tensor:
    """A matrix with all entries of ``input`` on a diagonal."""

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

def dist(input: Any, other: Any, p: Any = 2) -> Tensor:
    """The norm of the difference; shapes broadcast."""

def div(input: Any, other: Any, *, rounding_mode: Any = None) -> Tensor:
    """``input / other``, entry by entry."""

def div_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``divide``, written into its first operand, which is returned."""

def divide(input: Any, other: Any, *, rounding_mode: Any = None) -> Tensor:
    """``input / other``, entry by entry."""

def divide_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``divide``, written into its first operand, which is returned."""

def dot(input: Any, tensor: Any) -> Tensor:
    """Dot product of two vectors."""

def dropout(input: Any, p: Any = 0.5, training: Any = True, inplace: Any = False) -> Tensor:
    """Entries dropped by chance, the others made larger so that the mean stays."""

def dstack(tensors: Any) -> Tensor:
    """Join tensors along the third axis."""

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

def exp2(input: Any) -> Tensor:
    """Two to the power of each entry."""

def exp_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``exp``, written into its first operand, which is returned."""

def expand(input: Any, *sizes: Any) -> Tensor:
    """Broadcast to sizes, where -1 keeps an axis as it is."""

def expand_as(input: Any, other: Any) -> Tensor:
    """Broadcast to another tensor's shape."""

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

def fix(input: Any) -> Tensor:
    """The whole part. Computed where no gradient flows, for it is flat."""

def flatten(input: Any, start_dim: Any = 0, end_dim: Any = -1) -> Tensor:
    """Merge neighbouring axes into one."""

def flip(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    """The entries in reverse order along axes."""

def fliplr(input: Any) -> Tensor:
    """The second axis in reverse."""

def flipud(input: Any) -> Tensor:
    """The first axis in reverse."""

def float_power(input: Any, exponent: Any) -> Tensor:
    """Power, in double precision."""

def floor(input: Any) -> Tensor:
    """The next whole number below. Computed where no gradient flows, for it is flat."""

def floor_divide(input: Any, other: Any) -> Tensor:
    """The quotient, rounded down."""

def fmax(input: Any, other: Any) -> Tensor:
    """The larger of two entries; of a number and NaN the number."""

def fmin(input: Any, other: Any) -> Tensor:
    """The smaller of two entries; of a number and NaN the number."""

def fmod(input: Any, other: Any) -> Tensor:
    """What division leaves, with the sign of the dividend."""

def frac(input: Any) -> Tensor:
    """What a number has beyond its whole part, with its sign: its slope is 1."""

def from_dlpack(x: Any, *, device: Any = None, copy: Any = None) -> Tensor:
    """A tensor on the buffer of an array of any library that has ``__dlpack__``."""

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

def gather(
    input: Any,
    dim: Any,
    index: Any,
    *,
    sparse_grad: Any = False,
    axis: Any = None,
) -> Tensor:
    """Entries by their places along an axis, one place for each entry of the result."""

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

def hardshrink(input: Any, lambd: Any = 0.5) -> Tensor:
    """Entries within ``lambd`` of 0 become 0."""

def heaviside(input: Any, values: Any) -> Tensor:
    """0 below 0, 1 above, and ``values`` at 0."""

def histc(input: Any, bins: Any = 100, min: Any = 0, max: Any = 0) -> Tensor:
    """How many entries lie in each of so many equal bins between two bounds; no gradient."""

def hstack(tensors: Any) -> Tensor:
    """Join tensors side by side: along the second axis, vectors along their only one."""

def hypot(a: Any, b: Any) -> Tensor:
    r"""Distance from the origin, $\sqrt{a^2 + b^2}$, without overflow of the squares."""

def hypot_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``hypot``, written into its first operand, which is returned."""

def imag(input: Any) -> Tensor:
    """The imaginary part, in the same buffer."""

def index_add(
    input: Any,
    dim: Any,
    index: Any,
    source: Any,
    *,
    alpha: Any = 1,
    axis: Any = None,
) -> Tensor:
    """``input`` plus the entries of ``source``, times alpha, at the places of a vector."""

def index_copy(input: Any, dim: Any, index: Any, source: Any, *, axis: Any = None) -> Tensor:
    """``input`` with the entries of ``source`` at the places of a vector; of two at one the last."""

def index_fill(input: Any, dim: Any, index: Any, value: Any, *, axis: Any = None) -> Tensor:
    """``input`` with one number at the places of a vector, along an axis."""

def index_put(input: Any, indices: Any, values: Any, accumulate: Any = False) -> Tensor:
    """``input`` with ``values`` at places named by a tuple of integer tensors or masks."""

def index_select(input: Any, dim: Any, index: Any, *, axis: Any = None) -> Tensor:
    """The entries at the places of a vector of integers, along an axis."""

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

def isin(elements: Any, test_elements: Any, *, invert: Any = False) -> Tensor:
    """Which entries are among those of another tensor; no gradient."""

def isinf(x: Any) -> Tensor:
    """Whether an entry is infinite, of either sign."""

def isnan(x: Any) -> Tensor:
    """Whether an entry is not a number."""

def isneginf(input: Any) -> Tensor:
    """Which entries are minus infinity."""

def isposinf(input: Any) -> Tensor:
    """Which entries are plus infinity."""

def isreal(input: Any) -> Tensor:
    """Which entries have no imaginary part: of real dtypes all."""

def kron(a: Any, b: Any) -> Tensor:
    """Kronecker product, $y_{(ik)(jl)} = a_{ij} b_{kl}$: b once for each entry of a."""

def kthvalue(
    input: Any,
    k: Any,
    dim: Any = -1,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The k-th smallest entry along an axis, and its place."""

def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: Any = 1e-05,
) -> Tensor:
    """Mean 0 and variance 1 over the last axes, then times weight, plus bias."""

def ldexp(input: Any, other: Any) -> Tensor:
    """``input`` times two to the power of ``other``."""

def le(a: Any, b: Any) -> Tensor:
    r"""Whether $a \le b$, entry by entry."""

def lerp(input: Any, end: Any, weight: Any) -> Tensor:
    """``input + weight * (end - input)``: a point on the way from one to the other."""

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

def logaddexp2(input: Any, other: Any) -> Tensor:
    """The logarithm to base 2 of the sum of powers of 2."""

def logaddexp_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``logaddexp``, written into its first operand, which is returned."""

def logdet(input: Any) -> Tensor:
    """The logarithm of the determinant of square matrices; NaN where that is negative."""

def logical_and(a: Any, b: Any) -> Tensor:
    r"""Whether both hold, $a \land b$."""

def logical_not(x: Any) -> Tensor:
    r"""Whether it does not hold, $\lnot x$."""

def logical_or(a: Any, b: Any) -> Tensor:
    r"""Whether either holds, $a \lor b$."""

def logical_xor(input: Any, other: Any) -> Tensor:
    """Where one of two is true (not zero), and not the other."""

def logit(input: Any, eps: Any = None) -> Tensor:
    """The logarithm of the odds, log(x / (1 - x)): the inverse of sigmoid."""

def logspace(
    start: Any,
    end: Any,
    steps: Any,
    base: Any = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """``steps`` powers of ``base``, their exponents evenly apart from ``start`` to ``end``."""

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

def masked_fill(input: Any, mask: Any, value: Any) -> Tensor:
    """``input`` with one number where a mask holds."""

def masked_scatter(input: Any, mask: Any, source: Any) -> Tensor:
    """``input`` with the entries of ``source``, in order, where a mask holds."""

def masked_select(input: Any, mask: Any) -> Tensor:
    """The entries where a mask holds, in order; the two broadcast."""

def matmul(a: Any, b: Any) -> Tensor:
    r"""Matrix product, $\sum_k a_{ik} b_{kj}$."""

def matrix_power(input: Any, n: Any) -> Tensor:
    """A square matrix multiplied n times with itself; its inverse for a negative n."""

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

def median(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Any:
    """The middle entry, the lower of two: of all entries, or along an axis with its place."""

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

def mm(input: Any, other: Any) -> Tensor:
    """The product of two matrices, without broadcasting."""

def moveaxis(input: Any, source: Any, destination: Any) -> Tensor:
    """Move axes to other places; the rest keep their order."""

def movedim(input: Any, source: Any, destination: Any) -> Tensor:
    """Move axes to other places; the rest keep their order."""

def msort(input: Any) -> Tensor:
    """Sorted along the first axis."""

def mul(a: Any, b: Any) -> Tensor:
    r"""Product entry by entry, $a \cdot b$."""

def mul_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``multiply``, written into its first operand, which is returned."""

def multinomial(input: Any, num_samples: Any, replacement: Any = False) -> Tensor:
    """Places drawn by chance from weights along the last axis."""

def multiply(a: Any, b: Any) -> Tensor:
    r"""Product entry by entry, $a \cdot b$."""

def multiply_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``multiply``, written into its first operand, which is returned."""

def mv(input: Any, other: Any) -> Tensor:
    """The product of a matrix and a vector."""

def nan_to_num(input: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
    """Numbers in place of NaN and of infinities: 0 and the dtype's largest, or what is given."""

def nanmean(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """The mean of the entries that are not NaN, of all or over axes."""

def nansum(
    input: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """The sum of all entries, or over axes, NaN counting as 0."""

def narrow(input: Any, dim: Any, start: Any, length: Any, *, axis: Any = None) -> Tensor:
    """``length`` entries along an axis, from ``start`` on."""

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
    input: Any,
    p: Any = "fro",
    dim: Any = None,
    keepdim: Any = False,
    *,
    dtype: Any = None,
    ord: Any = None,
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """The norm of all entries, or over axes, as of one vector, whatever the order."""

def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None) -> Tensor:
    """Normal numbers, of one mean and spread, or of one of each for every entry."""

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

def pairwise_distance(
    x1: Any,
    x2: Any,
    p: Any = 2.0,
    eps: Any = 1e-06,
    keepdim: Any = False,
) -> Tensor:
    """The norm of ``x1 - x2 + eps`` along the last axis."""

def pdist(input: Any, p: Any = 2.0) -> Tensor:
    """The distances of all pairs of rows, in the p-norm: those of row 0 first."""

def permute(x: Any, *args: Any, axes: Any = ...) -> Tensor:
    """The axes in another order."""

def pixel_shuffle(input: Any, upscale_factor: Any) -> Tensor:
    """Channels spread over a finer grid: [..., c r r, h, w] becomes [..., c, h r, w r]."""

def pixel_unshuffle(input: Any, downscale_factor: Any) -> Tensor:
    """The inverse of pixel_shuffle: [..., c, h r, w r] becomes [..., c r r, h, w]."""

def positive(input: Any) -> Tensor:
    """The tensor itself."""

def pow(input: Any, exponent: Any) -> Tensor:
    """Power; a number as exponent is exact in formulas."""

def pow_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``pow``, written into its first operand, which is returned."""

def power(a: Any, b: Any) -> Tensor:
    """Power with an array as exponent, $a^b$."""

def power_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``power``, written into its first operand, which is returned."""

def prelu(input: Any, weight: Any) -> Tensor:
    """Positive entries as they are, others times a weight: one for all, or one for each channel."""

def prod(
    x: Any,
    *args: Any,
    axis: Any = ...,
    keepdims: Any = ...,
    dim: Any = ...,
    keepdim: Any = ...,
) -> Tensor:
    r"""Product of all entries or over axes, $\prod_i x_i$."""

def put(input: Any, index: Any, source: Any, accumulate: Any = False) -> Tensor:
    """``input`` with ``source`` at places among all entries."""

def quantile(
    input: Any,
    q: Any,
    dim: Any = None,
    keepdim: Any = False,
    *,
    interpolation: Any = "linear",
    axis: Any = None,
    keepdims: Any = None,
) -> Tensor:
    """The entry below which the share q of all entries lies, between two of them on a line."""

def rad2deg(input: Any) -> Tensor:
    """Angles in degrees, from radians."""

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

def randint_like(input: Any, low: Any, high: Any = None, *, dtype: Any = None) -> Tensor:
    """As ``randint``, with the shape, dtype and device of ``input``."""

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

def randperm(n: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The integers 0 to n - 1 in random order."""

def ravel(input: Any) -> Tensor:
    """All entries along one axis."""

def real(input: Any) -> Tensor:
    """The real part, in the same buffer; a real tensor is its own."""

def reciprocal(x: Any) -> Tensor:
    """Reciprocal, $1 / x$."""

def reciprocal_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``reciprocal``, written into its first operand, which is returned."""

def relu(x: Any) -> Tensor:
    """Ramp: $x$ where it is above 0, else 0."""

def relu_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``relu``, written into its first operand, which is returned."""

def remainder(input: Any, other: Any) -> Tensor:
    """What division leaves, with the sign of the divisor."""

def repeat_interleave(input: Any, repeats: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
    """Each entry so many times in a row, along an axis or of all entries."""

def reshape(x: Any, *args: Any, shape: Any = ...) -> Tensor:
    """The same entries, in the same order, in another shape."""

def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: Any = None) -> Tensor:
    """Over the root of the mean square over the last axes, then times weight."""

def roll(input: Any, shifts: Any, dims: Any = None) -> Tensor:
    """Entries moved on by so many places along axes; what leaves at the end enters in front."""

def rot90(input: Any, k: Any = 1, dims: Any = ...) -> Tensor:
    """Turned by k right angles in the plane of two axes, the first toward the second."""

def round(input: Any, *, decimals: Any = 0) -> Tensor:
    """The nearest number with so many decimals, ties to even; computed where no gradient flows."""

def row_stack(tensors: Any) -> Tensor:
    """Join tensors on top of each other; a vector is a row."""

def rsqrt(input: Any) -> Tensor:
    """One over the square root."""

def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """``other - alpha * input``."""

def scalar_tensor(
    s: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: Any = False,
) -> Tensor:
    """A 0-d tensor of one number, of the default float dtype."""

def scatter(
    input: Any,
    dim: Any,
    index: Any,
    src: Any = None,
    *,
    value: Any = None,
    reduce: Any = None,
    axis: Any = None,
) -> Tensor:
    """``input`` with entries of ``src`` (or one number) at places along an axis."""

def scatter_add(input: Any, dim: Any, index: Any, src: Any, *, axis: Any = None) -> Tensor:
    """``input`` plus entries of ``src`` at places along an axis; two at one place add up."""

def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: Any = False,
    right: Any = False,
    side: Any = None,
) -> Tensor:
    """Where values would have to be put into sorted ones so that these stay sorted; no gradient."""

def select(input: Any, dim: Any, index: Any, *, axis: Any = None) -> Tensor:
    """The entries at one place along an axis, without that axis."""

def select_scatter(input: Any, src: Any, dim: Any, index: Any, *, axis: Any = None) -> Tensor:
    """``input`` with ``src`` at one place along an axis."""

def selu(input: Any, inplace: Any = False) -> Tensor:
    """``elu`` with the two constants that keep mean 0 and variance 1."""

def sgn(x: Any) -> Tensor:
    """Sign: -1, 0 or 1."""

def sgn_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sgn``, written into its first operand, which is returned."""

def sigmoid(x: Any) -> Tensor:
    r"""Logistic function, $\sigma(x) = 1 / (1 + e^{-x})$."""

def sigmoid_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sigmoid``, written into its first operand, which is returned."""

def sign(x: Any) -> Tensor:
    """Sign: -1, 0 or 1."""

def sign_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sign``, written into its first operand, which is returned."""

def signbit(input: Any) -> Tensor:
    """Which entries have a minus sign, -0.0 included; no gradient."""

def sin(x: Any) -> Tensor:
    r"""Sine, $\sin x$."""

def sin_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sin``, written into its first operand, which is returned."""

def sinh(x: Any) -> Tensor:
    r"""Hyperbolic sine, $\sinh x = (e^x - e^{-x}) / 2$."""

def sinh_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``sinh``, written into its first operand, which is returned."""

def slice_scatter(
    input: Any,
    src: Any,
    dim: Any = 0,
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    axis: Any = None,
) -> Tensor:
    """``input`` with ``src`` in a slice along an axis."""

def slogdet(x: Any) -> Any:
    r"""Sign of the determinant and logarithm of its size, $\log |\det x|$."""

def softmax(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    r"""Shares of the exponentials along an axis, $e^{x_i} / \sum_j e^{x_j}$."""

def softplus(x: Any) -> Tensor:
    r"""Smooth ramp, $\log(1 + e^x)$."""

def solve(a: Any, b: Any) -> Tensor:
    """Solution of a linear system, $y = a^{-1} b$."""

def split(input: Any, split_size_or_sections: Any, dim: Any = 0, *, axis: Any = None) -> Any:
    """Cut along an axis into parts of one size (the last may be smaller), or of the sizes listed."""

def split_with_sizes(input: Any, split_sizes: Any, dim: Any = 0, *, axis: Any = None) -> Any:
    """Cut along an axis into parts of the sizes listed."""

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

def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """``input - alpha * other``, entry by entry; shapes broadcast."""

def sub_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``subtract``, written into its first operand, which is returned."""

def subtract(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """``input - alpha * other``, entry by entry; shapes broadcast."""

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

def swapdims(input: Any, dim0: Any = None, dim1: Any = None) -> Tensor:
    """Swap two axes."""

def t(input: Any) -> Tensor:
    """The transpose of a matrix; a vector stays."""

def take(input: Any, index: Any) -> Tensor:
    """Entries by their places among all entries."""

def take_along_axis(input: Any, indices: Any, axis: Any = -1) -> Tensor:
    """Entries by an array of integers along an axis."""

def take_along_dim(input: Any, indices: Any, dim: Any = None, *, axis: Any = None) -> Tensor:
    """Entries by their places along an axis (of all entries without one); the rest broadcasts."""

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

def threshold(input: Any, threshold: Any, value: Any, inplace: Any = False) -> Tensor:
    """Entries above the threshold as they are, others ``value``."""

def tile(input: Any, *dims: Any) -> Tensor:
    """The whole tensor so many times along each axis."""

def topk(
    input: Any,
    k: Any,
    dim: Any = -1,
    largest: Any = True,
    sorted: Any = True,
    *,
    axis: Any = None,
) -> Any:
    """The k largest (or smallest) entries along an axis, in order, and their places."""

def trace(x: Any) -> Tensor:
    r"""Sum of the diagonal, $\sum_i x_{ii}$."""

def transpose(input: Any, dim0: Any = None, dim1: Any = None) -> Tensor:
    """Swap two axes."""

def trapezoid(y: Any, x: Any = None, *, dx: Any = 1, dim: Any = -1, axis: Any = None) -> Tensor:
    """The integral of samples along an axis, by trapezoids."""

def trapz(y: Any, x: Any = None, *, dx: Any = 1, dim: Any = -1, axis: Any = None) -> Tensor:
    """The integral of samples along an axis, by trapezoids."""

def tril(input: Any, diagonal: Any = 0) -> Tensor:
    """The lower triangle of matrices, zeros above the diagonal."""

def tril_indices(
    row: Any,
    col: Any,
    offset: Any = 0,
    *,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """The places of the lower triangle of a matrix: a row of rows, and one of columns."""

def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: Any = 1.0,
    p: Any = 2,
    eps: Any = 1e-06,
    swap: Any = False,
    *,
    reduction: Any = "mean",
) -> Tensor:
    """What the anchor lacks to be nearer to the positive than to the negative, by a margin."""

def triu(input: Any, diagonal: Any = 0) -> Tensor:
    """The upper triangle of matrices, zeros below the diagonal."""

def triu_indices(
    row: Any,
    col: Any,
    offset: Any = 0,
    *,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """The places of the upper triangle of a matrix: a row of rows, and one of columns."""

def true_divide(a: Any, b: Any) -> Tensor:
    """Quotient, $a / b$."""

def true_divide_(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """``divide``, written into its first operand, which is returned."""

def trunc(input: Any) -> Tensor:
    """The whole part. Computed where no gradient flows, for it is flat."""

def unbind(input: Any, dim: Any = 0, *, axis: Any = None) -> Any:
    """The entries along an axis, one tensor each."""

def unflatten(input: Any, dim: Any, sizes: Any, *, axis: Any = None) -> Tensor:
    """One axis taken apart into several; one of the sizes may be -1."""

def unique(
    input: Any,
    sorted: Any = True,
    return_inverse: Any = False,
    return_counts: Any = False,
    dim: Any = None,
) -> Any:
    """The different entries (or slices along an axis), sorted; no gradient."""

def unique_consecutive(
    input: Any,
    return_inverse: Any = False,
    return_counts: Any = False,
    dim: Any = None,
) -> Any:
    """Entries (or slices along an axis) that differ from the one before; no gradient."""

def unsqueeze(x: Any, *args: Any, axis: Any = ..., dim: Any = ...) -> Tensor:
    """New axes of size 1."""

def vander(x: Any, N: Any = None, increasing: Any = False) -> Tensor:
    """Powers of the entries of a vector, a column each: falling, or rising where ``increasing``."""

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
    """Dot product of two vectors, the first conjugated where it is complex."""

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
