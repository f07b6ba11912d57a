"""Benchmarks: ratios against what is installed of PyTorch, JAX and HIPS autograd; never tests."""
