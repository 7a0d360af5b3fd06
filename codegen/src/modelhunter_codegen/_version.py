"""The generator's version; it is part of every lock, so a change of output raises it."""

__version__ = "0.1.0"
