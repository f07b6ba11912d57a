"""``symgrad.array_api.fft``: the standard's Fourier transforms, forward only."""

from symgrad.tracing.array_namespace import FFT as _FFT

globals().update(_FFT)

__all__ = [*_FFT]
