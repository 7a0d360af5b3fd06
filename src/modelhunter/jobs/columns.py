"""What makes tasks rows: pandas and polars read the columns of dataclasses."""

from __future__ import annotations

from typing import Any

NAMES = (
    "id",
    "status",
    "type",
    "provider",
    "model",
    "progress",
    "cost",
    "created_at",
    "started_at",
    "completed_at",
)
"""The columns of a table of tasks."""


class AsDataclass:
    """An attribute of dataclasses, made when something asks for it; importing them takes long."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        import dataclasses

        made = dataclasses.make_dataclass("Row", [(name, Any) for name in NAMES], repr=False)
        return getattr(made, self._name)
