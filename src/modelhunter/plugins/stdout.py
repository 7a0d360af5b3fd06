"""Whose stdout is: of a command whose result goes there, or of whoever prints."""

from __future__ import annotations

from contextvars import ContextVar

STDOUT_IS_TAKEN: ContextVar[bool] = ContextVar("STDOUT_IS_TAKEN", default=False)
"""Whether stdout is this program's result, so that what a plugin prints goes to stderr."""
