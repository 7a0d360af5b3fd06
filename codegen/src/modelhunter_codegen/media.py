"""What media types mean for bodies and answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from modelhunter_codegen import ir, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SUFFIXES = {
    "application/json": "json",
    "multipart/form-data": "multipart",
    "application/x-www-form-urlencoded": "form",
    "text/plain": "text",
    "application/octet-stream": "bytes",
    "text/event-stream": "events",
    "application/xml": "xml",
    "text/xml": "xml",
}
_LINES = re.compile(r"(application|text)/(x-)?(jsonl|ndjson|json-lines|jsonlines|json-seq)")
_ORDER = ("json", "multipart", "form", "text", "bytes")
BINARY = ir.Scalar("binary")


def essence(media_type: str) -> str:
    """The media type without parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether the content is JSON, by its type."""
    plain = essence(media_type)
    return plain == "application/json" or plain.endswith("+json") or plain == "text/json"


def charset(media_type: str) -> str | None:
    """The charset that a media type names."""
    found = re.search(r"""charset\s*=\s*["']?([\w.:+-]+)""", media_type, re.I | re.A)
    return found[1] if found is not None else None


def is_xml(media_type: str) -> bool:
    """Whether the content is XML, by its type."""
    plain = essence(media_type)
    return plain in ("application/xml", "text/xml") or plain.endswith("+xml")


def suffix(media_type: str) -> str:
    """A word for a media type, for the name of a function."""
    plain = essence(media_type)
    known = _SUFFIXES.get(plain)
    if known is not None:
        return known
    if is_json(plain):
        return names.snake(plain.partition("/")[2].removesuffix("+json"), "json")
    return names.snake(plain.partition("/")[2].replace("*", "any"), "other")


def preferred(media_types: Iterable[str]) -> list[str]:
    """The media types, the one that suits Python best first."""

    def rank(media_type: str) -> int:
        word = "json" if is_json(media_type) else suffix(media_type)
        return _ORDER.index(word) if word in _ORDER else len(_ORDER)

    return sorted(media_types, key=rank)


def _is_wild(plain: str) -> bool:
    return plain in ("*/*", "application/*", "*")


def body_kind(
    media_type: str, made: ir.Type
) -> Literal["json", "form", "multipart", "text", "raw"]:
    """How a request body of this type is made."""
    plain = essence(media_type)
    if is_json(plain) or (_is_wild(plain) and made != BINARY):
        return "json"
    if plain == "application/x-www-form-urlencoded":
        return "form"
    if plain.startswith("multipart/"):
        return "multipart"
    return "text" if _is_text(plain) and made != BINARY else "raw"


def answer_kind(
    media_type: str, made: ir.Type
) -> Literal["json", "events", "lines", "parts", "text", "bytes", "empty"]:
    """How an answer of this type is read."""
    plain = essence(media_type)
    if is_json(plain) or (_is_wild(plain) and made != BINARY):
        return "json"
    if plain == "text/event-stream":
        return "events"
    if _LINES.fullmatch(plain):
        return "lines"
    if plain.startswith("multipart/") and isinstance(made, ir.ListOf):
        return "parts"
    return "text" if _is_text(plain) and made != BINARY else "bytes"


def _is_text(plain: str) -> bool:
    return plain.startswith("text/") or plain in (
        "application/xml", "application/sdp", "application/yaml", "application/graphql",
        "application/javascript",
    ) or plain.endswith("+xml")  # fmt: skip


def answer_type(kind: str, made: ir.Type) -> ir.Type:
    """The type of an answer, given that of its schema."""
    if kind == "parts":
        return made
    if kind in ("events", "lines"):
        return ir.ListOf(
            ir.Scalar("any") if made == BINARY or made == ir.Scalar("string") else made
        )
    if kind == "text":
        return ir.Scalar("string")
    return BINARY if kind == "bytes" else made


def split_answers(
    answers: Sequence[ir.Response],
) -> list[tuple[str | None, list[ir.Response]]]:
    """One list of answers for each media type that a caller may ask for, the preferred one first.

    Each with what its ``Accept`` says; None where that is JSON, or nothing comes. Statuses that
    come in one type only belong to every list.
    """
    per_status: dict[str, int] = {}
    for answer in answers:
        per_status[answer.status] = per_status.get(answer.status, 0) + 1
    offered = list(dict.fromkeys(answer.media_type for answer in answers if answer.media_type))
    if all(count == 1 for count in per_status.values()):
        wanted = ", ".join(offered)
        return [(wanted if wanted and wanted != "application/json" else None, list(answers))]
    split: list[tuple[str | None, list[ir.Response]]] = []
    for media_type in preferred(offered):
        chosen: dict[str, ir.Response] = {}
        for answer in answers:
            if answer.media_type == media_type or answer.status not in chosen:
                chosen[answer.status] = answer
        found = list(chosen.values())
        if found not in [one[1] for one in split]:
            split.append((media_type, found))
    return split


def suffixes(media_types: Iterable[str]) -> dict[str, str]:
    """A word for each media type; where several have one, their parameters tell them apart."""
    found: dict[str, str] = {}
    for media_type in media_types:
        word = suffix(media_type)
        if word in found.values():
            parameters = " ".join(re.findall(r"[\w.]+", media_type.partition(";")[2]))
            word = names.snake(f"{word} {parameters or media_type}")
        while word in found.values():
            word += "_"
        found[media_type] = word
    return found
