"""The models that are installed, as a list that shows itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelhunter.html_views import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelhunter.plugins.catalogue import Model, Provider
else:
    Model = Any

_FEW = 3
_MOST_ROWS = 20


class ModelList(list[Model]):
    """A list of models: short as text, a table in a notebook."""

    def __init__(self, found: Iterable[tuple[Provider, Model]] = ()) -> None:
        pairs = [*found]
        self._providers = {model.id: provider.name for provider, model in pairs}
        super().__init__(model for _, model in pairs)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each model, for pandas, polars and tables of any kind.

        Prices are in USD for one ``price_unit``; None where they are not known.
        """
        return [
            {
                "model": model.id,
                "provider": self._providers.get(model.id),
                "title": model.title,
                "status": model.status,
                "capabilities": ", ".join(c.name for c in model.capabilities),
                "price_low": model.price and model.price.low,
                "price_high": model.price and model.price.high,
                "price_unit": model.price and model.price.unit,
            }
            for model in self
        ]

    def __repr__(self) -> str:
        names = [model.id for model in self[:_FEW]]
        more = ["…"] if len(self) > _FEW else []
        return f"<{_counted(len(self))}: {', '.join([*names, *more])}>" if self else "<no models>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, ([*self], self._providers)

    def _repr_html_(self) -> str:
        rows = [
            (
                model.id,
                self._providers.get(model.id),
                ", ".join(c.name for c in model.capabilities),
                price_in_short(model),
            )
            for model in self[:_MOST_ROWS]
        ]
        left = len(self) - len(rows)
        note = _counted(len(self)) + (f", {left} of them not shown" if left else "")
        return table(("model", "provider", "capabilities", "price"), rows, note=note)


def price_in_short(model: Model) -> str:
    """The price of a unit, in a few words."""
    return "not known" if model.price is None else str(model.price)


def _again(models: list[Model], providers: dict[str, str]) -> ModelList:
    made = ModelList()
    made.extend(models)
    made._providers = providers
    return made


def _counted(count: int) -> str:
    return "1 model" if count == 1 else f"{count} models"
