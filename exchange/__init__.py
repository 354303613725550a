"""A real-time exchange for simulated money."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("exchange")
