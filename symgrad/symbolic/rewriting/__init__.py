"""Shorter formulas: identities, assumptions, cancelling and distributing, by one cost."""
