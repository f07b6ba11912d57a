"""The ``symgrad`` command."""
