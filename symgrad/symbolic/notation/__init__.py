"""Formulas as trees that a person could read, and the ways to write one down and to read it back."""
