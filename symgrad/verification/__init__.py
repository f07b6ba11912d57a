"""The verdict: examples, oracles, agreement, and ``crosscheck``."""
