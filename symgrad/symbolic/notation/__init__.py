"""Formulas as trees that a person could read, and the ways to write one and to read it back."""
