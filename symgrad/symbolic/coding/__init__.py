"""Closed forms as source text that runs on NumPy alone; imported by ``symbolic.code``."""
