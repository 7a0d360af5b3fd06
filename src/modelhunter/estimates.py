"""What a job will cost, as data and as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


@frozen(kw_only=True, repr=False)
class Estimate:
    """What a job will cost, in USD: between ``low`` and ``high``, ``likely`` where it is known.

    ``as_of`` is the date the prices were read, ``notes`` say what the range hangs on.
    """

    low: Decimal
    high: Decimal
    as_of: date
    likely: Decimal | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Estimate {self}>"

    def __str__(self) -> str:
        if self.low == self.high:
            return in_usd(self.low)
        if not self.high.is_finite():
            return f"{in_usd(self.low)} or more"
        span = f"{in_usd(self.low)} to {in_usd(self.high)}"
        return f"{span}, likely {in_usd(self.likely)}" if self.likely is not None else span

    def _repr_html_(self) -> str:
        from modelhunter.html_views import facts

        notes = [("", note) for note in self.notes]
        return facts(str(self), [("prices of", self.as_of.isoformat()), *notes])

    def to_dict(self) -> dict[str, Any]:
        """The same as a row of a table: amounts in USD."""
        return {
            "low": self.low,
            "high": self.high,
            "likely": self.likely,
            "as_of": self.as_of,
            "notes": "; ".join(self.notes),
        }


def in_usd(amount: Decimal) -> str:
    """An amount as messages show it: two places, or as many more as it has (``$0.10``)."""
    text = f"{amount:f}"
    if "." not in text:
        return f"${text}.00"
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"
