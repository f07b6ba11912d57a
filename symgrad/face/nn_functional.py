"""``symgrad.nn.functional``: activations, losses and layers without state, as in PyTorch."""

from typing import NoReturn as _NoReturn

from symgrad.errors import no_attribute as _no_attribute
from symgrad.tracing.composites.activations import (
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    silu,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
)
from symgrad.tracing.composites.class_losses import (
    cross_entropy,
    nll_loss,
)
from symgrad.tracing.composites.distances import (
    cosine_embedding_loss,
    multilabel_soft_margin_loss,
    pdist,
    triplet_margin_loss,
)
from symgrad.tracing.composites.layers import (
    bilinear,
    dropout,
    embedding,
    linear,
    one_hot,
    pad,
    pixel_shuffle,
    pixel_unshuffle,
    scaled_dot_product_attention,
)
from symgrad.tracing.composites.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
)
from symgrad.tracing.composites.norms import (
    batch_norm,
    cosine_similarity,
    group_norm,
    instance_norm,
    layer_norm,
    normalize,
    pairwise_distance,
    rms_norm,
)
from symgrad.tracing.functions import FUNCTIONS as _FUNCTIONS
from symgrad.tracing.functions import twin as _twin

sigmoid, tanh = _FUNCTIONS["sigmoid"], _FUNCTIONS["tanh"]
celu_, elu_, hardtanh_ = _twin(celu, "celu_"), _twin(elu, "elu_"), _twin(hardtanh, "hardtanh_")
leaky_relu_, relu_ = _twin(leaky_relu, "leaky_relu_"), _twin(relu, "relu_")
selu_, threshold_ = _twin(selu, "selu_"), _twin(threshold, "threshold_")

__all__ = [
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "elu",
    "elu_",
    "embedding",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "leaky_relu_",
    "linear",
    "log_softmax",
    "logsigmoid",
    "margin_ranking_loss",
    "mish",
    "mse_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rms_norm",
    "scaled_dot_product_attention",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
]


def __getattr__(name: str) -> _NoReturn:
    raise _no_attribute("symgrad.nn.functional", name, __all__)
