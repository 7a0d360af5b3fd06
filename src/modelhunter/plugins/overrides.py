"""What one plugin, or an application, changes about the models of somebody else's provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from modelhunter.errors import PluginError
from modelhunter.plugins.catalogue_validation import model_faults
from modelhunter.plugins.messages import hint, listed, nearest, shown
from modelhunter.plugins.prices import Price

if TYPE_CHECKING:
    from modelhunter.plugins.catalogue import Model, Provider


@frozen
class ModelChange:
    """A change of one model: further aliases for it, or another price.

    ``model`` is its id or an alias that its own plugin gives it.
    """

    model: str
    aliases: tuple[str, ...] = ()
    price: Price | None = None


@frozen
class Changed:
    """A provider with changes. ``notes`` say of each model what was changed and by whom.

    ``priced`` are the models whose price was changed, by id.
    """

    provider: Provider
    notes: Mapping[str, tuple[str, ...]]
    priced: frozenset[str] = frozenset()


def changes_in(answer: object, who: str) -> list[ModelChange]:
    """The changes that a hook has returned.

    Raises:
        PluginError: they are none.
    """
    odd = isinstance(answer, (str, bytes, Mapping)) or not isinstance(answer, Iterable)
    found: list[object] = [answer] if odd else list(answer)  # type: ignore[call-overload]
    changes = [one for one in found if isinstance(one, ModelChange)]
    if len(changes) < len(found):
        kind = next(type(one).__name__ for one in found if not isinstance(one, ModelChange))
        raise PluginError(
            f"{who}: the hook modelhunter_changes returned {kind} where ModelChanges belong"
        )
    for one in changes:
        model: object = one.model
        price: object = one.price
        if not isinstance(model, str) or not _are_names(one.aliases):
            raise PluginError(f"{who}: a change of {shown(model)} has no model, or odd aliases")
        if price is not None and not isinstance(price, Price):
            raise PluginError(f"{who}: its price of {model} is {shown(price)}, not a Price")
    return changes


def _are_names(given: object) -> bool:
    return isinstance(given, (tuple, list)) and all(isinstance(one, str) and one for one in given)


def with_changes(
    before: Changed, changes: Iterable[ModelChange], who: str, *, is_last_word: bool
) -> Changed:
    """The provider with some more changes, all by one plugin.

    Of two plugins that change one price the first counts, unless this ``is_last_word``, as what the
    application says.

    Raises:
        PluginError: they are not of this provider's models, or can't be right.
    """
    provider, notes, priced = before.provider, dict(before.notes), set(before.priced)
    for change in changes:
        model = provider.model(change.model)
        if model is None:
            known = [name for one in provider.models for name in (one.id, *one.aliases)]
            raise PluginError(
                f"{who} changes {change.model!r}, which is no model of {provider.name}"
                + hint(nearest(change.model, known))
            )
        if change.price is not None and model.id in priced and not is_last_word:
            raise PluginError(f"{who} changes the price of {model.id}, which is changed already")
        new = evolve(
            model,
            aliases=(*model.aliases, *change.aliases),
            price=model.price if change.price is None else change.price,
        )
        models = tuple(new if one is model else one for one in provider.models)
        provider = evolve(provider, models=models)
        told = [] if not change.aliases else [f"called {listed(change.aliases, 'and')} by {who}"]
        kept = notes.get(model.id, ())
        if change.price is not None:
            priced.add(model.id)
            told.append(f"{_PRICED}{who}")
            kept = tuple(one for one in kept if not one.startswith(_PRICED))
        notes[model.id] = (*kept, *told)
    faults = model_faults(provider.models)
    if faults:
        lines = "".join(f"\n  - {fault}" for fault in faults)
        raise PluginError(f"{who} changes {provider.name} so that it can't be right:{lines}")
    return Changed(provider, notes, frozenset(priced))


_PRICED = "priced by "


def of_model(provider: Provider, model: Model) -> bool:
    """Whether a model is the provider's own, and not brought by another plugin."""
    return any(model is one for one in provider.models)
