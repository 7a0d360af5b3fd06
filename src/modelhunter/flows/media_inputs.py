"""The media of a job: everything that is local is opened and looked at, then uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelhunter.errors import InvalidInput
from modelhunter.flows.backend_upload import address_of
from modelhunter.flows.local_media import LocalFile, opened
from modelhunter.flows.open_files import Unfit
from modelhunter.plugins.media import classify_media
from modelhunter.plugins.media_check import collected_problems
from modelhunter.problem import Problem
from modelhunter.runtime.flow import RunInThread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter.flows.context import Context
    from modelhunter.plugins.catalogue import Capability, Field
    from modelhunter.plugins.media import MediaRule
    from modelhunter.runtime.flow import Flow


def with_uploads(
    context: Context,
    model: str,
    capability: Capability,
    inputs: Mapping[str, Any],
    via: str | None = None,
) -> Flow[dict[str, Any]]:
    """The inputs with every local file replaced by the address it was uploaded to.

    ``via`` names the provider on whose own API the job will run.

    Raises:
        InvalidInput: something is no media after all, or could be read only once and does not
            suit. Nothing was uploaded then.
        UploadFailed: a file can't be read, or not be uploaded.
    """
    found: dict[str, Any] = dict(inputs)
    fields = [field for field in capability.fields if field.name in inputs]
    local: dict[int, LocalFile] = {}
    try:
        problems: list[Problem] = []
        for field in fields:
            for rule, value, path in media_in(field, inputs[field.name], field.name):
                if id(value) in local or not _is_local(value):
                    continue
                try:
                    local[id(value)] = file = yield from opened(value)
                except Unfit as error:
                    problems.append(Problem(path, str(error)))
                    continue
                if file.was_collected:
                    problems += yield from _looked_at(rule, file, path, model)
        if problems:
            raise InvalidInput(problems, model=model, capability=capability.name)
        addresses: dict[int, str] = {}
        for key, file in local.items():
            addresses[key] = yield from address_of(context, via, file)
        for field in fields:
            found[field.name] = _replaced(field, inputs[field.name], addresses)
        return found
    finally:
        for file in local.values():
            file.close()


def _looked_at(rule: MediaRule, file: LocalFile, path: str, model: str) -> Flow[list[Problem]]:
    found: list[Problem] = yield RunInThread(
        lambda: list(collected_problems(rule, file.file, file.name, path, model))
    )
    return found


def _is_local(value: Any) -> bool:
    return classify_media(value) not in ("url", "data", "uploaded")


def media_in(field: Field, value: Any, path: str) -> Iterator[tuple[MediaRule, Any, str]]:
    """The media in an input, each with its rule and its place."""
    if field.media is not None and not isinstance(value, (list, tuple)):
        yield field.media, value, path
    elif field.item is not None and isinstance(value, (list, tuple)):
        for place, entry in enumerate(value):
            yield from media_in(field.item, entry, f"{path}[{place}]")
    elif field.properties and isinstance(value, Mapping):
        for member in field.properties:
            if member.name in value:
                yield from media_in(member, value[member.name], f"{path}.{member.name}")


def _replaced(field: Field, value: Any, addresses: Mapping[int, str]) -> Any:
    if field.media is not None and not isinstance(value, (list, tuple)):
        return value.url if classify_media(value) == "uploaded" else addresses.get(id(value), value)
    if field.item is not None and isinstance(value, (list, tuple)):
        return [_replaced(field.item, entry, addresses) for entry in value]
    if field.properties and isinstance(value, Mapping):
        members = dict(value)
        for member in field.properties:
            if member.name in members:
                members[member.name] = _replaced(member, members[member.name], addresses)
        return members
    return value
