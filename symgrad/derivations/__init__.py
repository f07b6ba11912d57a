"""The lesson: a derivation as data, and its readers."""
