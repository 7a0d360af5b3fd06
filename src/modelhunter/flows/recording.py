"""The record of how a file was made, written with a download."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from modelhunter.errors import ConfigurationError, PluginError, UnknownModel
from modelhunter.flows.destinations import discard
from modelhunter.flows.disk import on_disk
from modelhunter.flows.open_files import Unfit
from modelhunter.provenance.carriers import digest_of, layout_of, with_record
from modelhunter.provenance.record import LONGEST, record_of
from modelhunter.runtime.flow import RunInThread
from modelhunter.runtime.message import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelhunter.flows.context import Context
    from modelhunter.flows.destinations import Place
    from modelhunter.flows.ranged_get import Part
    from modelhunter.jobs.task_base import TaskView
    from modelhunter.provenance.layout import Layout
    from modelhunter.runtime.flow import Flow

Provenance = Literal["sidecar", "embedded"] | None
"""Where records go: beside each file; or also in it, where its format has room; or nowhere."""

_SHORTEST_SECRET = 8


def check_provenance(provenance: Provenance, places: Sequence[Place]) -> None:
    """See that records can be written.

    Raises:
        ConfigurationError: there is no such word. Unfit: there is no place beside the target.
    """
    if provenance not in (None, "sidecar", "embedded"):
        raise ConfigurationError(
            f"provenance={provenance!r} is not known; give 'sidecar' or 'embedded'"
        )
    if provenance == "sidecar" and any(place.beside is None for place in places):
        raise Unfit(
            "there is no place for a record beside this; give a path, or provenance='embedded'"
        )


def with_its_record(
    context: Context,
    task: TaskView,
    n: int,
    place: Place,
    part: Part,
    provenance: Provenance,
) -> Flow[Part]:
    """Write the record of a file that came whole; returns the file with what is in it then.

    The record beside a file is there before the file is.
    """
    if provenance is None:
        return part
    layout: Layout = yield RunInThread(lambda: layout_of(part.file))
    sha256, size = yield RunInThread(lambda: digest_of(part.file, layout))
    record = record_of(
        task,
        n,
        sha256=sha256,
        size_bytes=size,
        seed=_name_of_seed(context, task),
        secrets=_secrets(context, task),
    )
    if place.beside is not None:
        yield from place.beside(f"{record.to_text(indent=2)}\n".encode())
    text = record.to_text()
    if provenance == "sidecar" or layout.place is None or len(text) > LONGEST // 2:
        return part
    if layout.place == size and not layout.records:
        yield from on_disk(lambda: _append(part, layout.wrap(text.encode("ascii"))))
        return part
    copy: Part = yield from on_disk(place.open)
    try:
        yield from on_disk(lambda: with_record(part.file, layout, text, copy.file))
    except BaseException:
        discard(copy)
        raise
    discard(part)
    return copy


def _append(part: Part, record: bytes) -> None:
    part.file.seek(0, 2)
    part.file.write(record)


def _name_of_seed(context: Context, task: TaskView) -> str:
    """What the model calls its seed."""
    if task.submission is None:
        return "seed"
    try:
        model = context.registry().model(task.model)[1]
    except (UnknownModel, PluginError):
        return "seed"
    capability = model.capability(task.submission.capability)
    return (capability.output.seed.field if capability else None) or "seed"


def _secrets(context: Context, task: TaskView) -> list[str]:
    """The keys that calls are sent with here."""
    headers = [value for value in context.session.headers.values() if isinstance(value, Secret)]
    if task.via is not None:
        variable = context.route(task.via).backend.key_variable
        headers.append(Secret(os.environ.get(variable or "", "")))
    words = [word for value in headers for word in value.split()]
    return [word for word in words if len(word) >= _SHORTEST_SECRET]
