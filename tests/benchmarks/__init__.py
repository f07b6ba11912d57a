"""Benchmarks: ratios against what is installed of PyTorch, JAX and HIPS autograd; never tests."""

import os

# One thread each, before anything here loads NumPy.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
