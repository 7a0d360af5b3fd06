"""What a price counts, as a description says it.

``duration`` is the name of an input that is a number. A mapping names the kind of quantity:
``{characters: [prompt, shots.prompt], per: 1000, rounded_up: true}``, ``{items: images}``,
``{megapixels: size}``, ``{megapixels: [width, height]}``, ``{number: steps, per: 10}``. What is in
a list is multiplied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelhunter_codegen.proven import Code

CLASSES: Mapping[str, Code] = {
    "characters": "Characters",
    "items": "Items",
    "megapixels": "Megapixels",
    "number": "Number",
}

FORMS = (
    "it is the name of an input, or one of characters, items, megapixels and number with inputs, "
    "perhaps `per` and `rounded_up`, or a list of such"
)


@frozen
class Counted:
    """One quantity: what kind, of which inputs (paths), and how many make a unit.

    ``wrong`` says why it is none.
    """

    kind: str = "number"
    paths: tuple[str, ...] = ()
    per: int = 1
    rounded_up: bool = False
    wrong: str | None = None

    @property
    def inputs(self) -> list[str]:
        """The inputs that are counted."""
        return [path.partition(".")[0] for path in self.paths]

    def __str__(self) -> str:
        of = " and ".join(self.paths)
        words = of if self.kind == "number" else f"{self.kind} of {of}"
        per = "" if self.per == 1 else f"{self.per:,} "
        return f"{per}{words}" + (", rounded up" if self.rounded_up else "")


def quantities(price: Mapping[str, Any]) -> Iterator[Counted]:
    """The quantities of a price; none where it is for the job."""
    given = price.get("quantity")
    if given is None:
        return
    several = isinstance(given, Sequence) and not isinstance(given, str)
    for one in given if several else (given,):
        yield _counted(one)


def in_words(price: Mapping[str, Any], renamed: Mapping[str, str] | None = None) -> str:
    """What a price is by; ``renamed`` has the inputs that go by another name now."""
    return " times ".join(_renamed(str(one), one, renamed or {}) for one in quantities(price))


def _renamed(words: str, one: Counted, renamed: Mapping[str, str]) -> str:
    if not any(name in renamed for name in one.inputs):
        return words
    paths = []
    for path in one.paths:
        first, dot, rest = path.partition(".")
        paths.append(f"{renamed.get(first, first)}{dot}{rest}")
    return str(Counted(one.kind, tuple(paths), one.per, one.rounded_up))


def _counted(given: Any) -> Counted:
    if isinstance(given, str):
        return Counted(paths=(given,))
    if not isinstance(given, Mapping):
        return Counted(wrong="is neither a name nor a mapping")
    kinds = [kind for kind in CLASSES if kind in given]
    odd = [str(key) for key in given if key not in (*CLASSES, "per", "rounded_up")]
    if len(kinds) != 1 or odd:
        return Counted(wrong=f"has {', '.join(odd) or 'no kind, or several'}")
    kind = kinds[0]
    named = given[kind]
    several = isinstance(named, Sequence) and not isinstance(named, str)
    paths: tuple[Any, ...] = tuple(named) if several else (named,)
    if not paths or not all(isinstance(path, str) and path for path in paths):
        return Counted(wrong=f"has no names of inputs in {kind}")
    most = {"number": 1, "megapixels": 2}.get(kind)
    if most is not None and len(paths) > most:
        return Counted(wrong=f"has too many inputs in {kind}")
    per = given.get("per", 1)
    if not isinstance(per, int) or isinstance(per, bool) or per < 1:
        return Counted(wrong="has a `per` that is no whole number from 1")
    rounded_up = given.get("rounded_up", False)
    if not isinstance(rounded_up, bool):
        return Counted(wrong="has a `rounded_up` that is neither true nor false")
    return Counted(kind, paths, per, rounded_up)
