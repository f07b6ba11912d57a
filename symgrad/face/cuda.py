"""``symgrad.cuda``: what there is of GPUs here."""

from symgrad.algebras.backends import cuda_is_available as is_available

__all__ = ["is_available"]
