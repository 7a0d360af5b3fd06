"""A cattrs converter that follows this project's rules, for those who want one.

Generated classes go through the functions that were generated for them; other attrs classes go
through strict hooks: nothing is turned into another type to make it fit, enums of strings stay
open, datetimes are aware, money is :class:`~decimal.Decimal`. Nothing else in the library needs
cattrs, so a program that never imports this module does not pay for it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from cattrs import Converter
from cattrs.strategies import configure_union_passthrough

from modelhunter.runtime import decode
from modelhunter.runtime.encode import CODECS, base64_text, decimal_number, instant_text

if TYPE_CHECKING:
    from collections.abc import Callable

_READERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, decode.string),
    (bool, decode.boolean),
    (int, decode.integer),
    (float, decode.number),
    (bytes, decode.base64_bytes),
    (Decimal, decode.decimal),
    (dt.datetime, decode.instant),
    (dt.date, decode.day),
    (NoneType, decode.null),
)
_WRITERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (bytes, base64_text),
    (Decimal, decimal_number),
    (dt.datetime, instant_text),
    (dt.date, dt.date.isoformat),
)


@cache
def converter() -> Converter:
    """The converter; the same one each time.

    Errors of ``structure`` are those of cattrs (``cattrs.transform_error`` names each place) for
    attrs classes written by hand, and :class:`~modelhunter.runtime.decode.WireError` for generated
    ones.
    """
    made = Converter()
    configure_union_passthrough(str | int | float | bool | None, made)
    for kind, read in _READERS:
        made.register_structure_hook(kind, _structure_with(read))
    for kind, write in _WRITERS:
        made.register_unstructure_hook(kind, write)
    made.register_structure_hook_factory(_is_string_enum, _open_enum)
    made.register_structure_hook_factory(_is_open_enum, _open_enum_of_union)
    made.register_structure_hook_factory(_is_literal, _literal)
    made.register_structure_hook_factory(_is_generated, _generated_reader)
    made.register_unstructure_hook_factory(_is_generated, lambda cls: CODECS[cls].encode)
    return made


def _structure_with(read: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, _: read(value)


def _is_generated(kind: Any) -> bool:
    return isinstance(kind, type) and kind in CODECS


def _generated_reader(kind: type) -> Callable[[Any, Any], Any]:
    return _structure_with(CODECS[kind].decode)


def _is_string_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _open_enum(kind: type[StrEnum]) -> Callable[[Any, Any], StrEnum | str]:
    members = {member.value: member for member in kind}

    def read(value: Any, _: Any) -> StrEnum | str:
        text = decode.string(value)
        return members.get(text, text)

    return read


def _is_open_enum(kind: Any) -> bool:
    """Whether a type is a string enum or any other string, as generated fields have it."""
    if get_origin(kind) not in (Union, UnionType):
        return False
    parts = get_args(kind)
    return len(parts) == 2 and str in parts and any(_is_string_enum(part) for part in parts)


def _open_enum_of_union(kind: Any) -> Callable[[Any, Any], StrEnum | str]:
    return _open_enum(next(part for part in get_args(kind) if _is_string_enum(part)))


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _literal(kind: Any) -> Callable[[Any, Any], Any]:
    return _structure_with(decode.literal(*get_args(kind)))
