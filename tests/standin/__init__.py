"""A stand-in for CuPy, on the CPU: what a GPU would refuse is refused, what costs is counted.

Names and signatures come from ``contract.json``, read from the real wheel; behaviour is written by
hand after CuPy 14's sources and its page of differences from NumPy. Arrays are no ndarrays, refuse
to become ones and to meet ones; there are two cards; launches, bytes, transfers and
synchronisations are counted. It says nothing about time, and nothing about CUDA itself.
"""

from tests.standin.installing import installed, stand_in
from tests.standin.machine import Counts, counted

__all__ = ["Counts", "counted", "installed", "stand_in"]
