"""What an agent may do, whatever it asks for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import Factory, frozen

from modelhunter.errors import ModelHunterError
from modelhunter.flows.media_inputs import media_in
from modelhunter.plugins.media import classify_media

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from modelhunter.plugins.catalogue import Model


class NotAllowed(ModelHunterError):
    """Whoever started the server does not allow this; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


@frozen(kw_only=True)
class Limits:
    """What a server was started with; the budget is the client's own.

    ``max_cost`` is in USD for each job; ``models`` are ids or patterns such as ``name-*``, none:
    all; ``folders`` are those whose files may be read.
    """

    max_cost: Decimal | None = None
    models: tuple[str, ...] = ()
    read_only: bool = False
    folders: tuple[Path, ...] = Factory(tuple)

    def allows_model(self, model: Model) -> bool:
        """Whether jobs of a model may be started."""
        return not self.models or any(fnmatchcase(model.id, each) for each in self.models)

    def check_model(self, model: Model) -> None:
        """Refuse a model that is not among those that are allowed.

        Raises:
            NotAllowed: it is not.
        """
        if not self.allows_model(model):
            raise NotAllowed(
                f"this server does not allow the model {model.id}; it allows "
                f"{', '.join(self.models)} (list_models lists them)"
            )

    def check_writing(self, what: str) -> None:
        """Refuse what changes the account.

        Raises:
            NotAllowed: the server is read-only.
        """
        if self.read_only:
            raise NotAllowed(f"this server was started with --read-only: {what} is not allowed")

    def lower(self, max_cost: Decimal | None) -> Decimal | None:
        """The lower of a call's own limit and the server's."""
        both = [each for each in (max_cost, self.max_cost) if each is not None]
        return min(both, default=None)

    def check_file(self, path: str) -> Path:
        """The file that a path leads to.

        Raises:
            NotAllowed: it is in none of the folders that may be read.
        """
        found = Path(path).expanduser().resolve()
        if any(found.is_relative_to(folder.resolve()) for folder in self.folders):
            return found
        raise NotAllowed(
            f"{path} is outside of the folders that this server may read: "
            f"{', '.join(map(str, self.folders))}; --files DIR allows another"
        )

    def check_files(self, model: Model, inputs: Mapping[str, Any]) -> list[Path]:
        """The local files among a model's inputs, none of which was opened yet.

        Raises:
            NotAllowed: one is in none of the folders that may be read.
        """
        return [self.check_file(path) for path in dict.fromkeys(_paths(model, inputs))]


def _paths(model: Model, inputs: Mapping[str, Any]) -> Iterator[str]:
    for capability in model.capabilities:
        for field in capability.fields:
            for name in {field.name, field.keyword, *field.former} & inputs.keys():
                for _, value, _ in media_in(field, inputs[name], name):
                    if isinstance(value, str) and classify_media(value) == "path":
                        yield value
