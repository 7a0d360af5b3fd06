"""What a plugin offers: providers, their models, and what each model can do.

All of it is plain data, so that it can be listed, checked, priced and simulated without asking
the plugin anything. Capabilities are derived from typed input classes
(:func:`modelhunter.plugins.capability_from`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from attrs import Factory, evolve, field, frozen

from modelhunter.plugins.rules import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from modelhunter.plugins.backend import Backend
    from modelhunter.plugins.by_model import OnlyFor
    from modelhunter.plugins.class_source import Docstring
    from modelhunter.plugins.inputs import Input
    from modelhunter.plugins.limits import Pixels
    from modelhunter.plugins.media import MediaRule
    from modelhunter.plugins.prices import Price
    from modelhunter.problem import Problem
    from modelhunter.runtime.call import Call

FieldType = Literal["string", "integer", "number", "boolean", "array", "object"]


@frozen(kw_only=True)
class Field:
    """One input of a capability, with the limits it has for one model.

    ``name`` is the name on the wire, ``keyword`` the Python argument (the same unless the wire
    name is no Python name). ``other_types`` are simple types that it takes beside its own, with no
    limits. ``default`` is what the API does where the field is not given; it is
    not sent. ``unverified`` lists which of the attributes below were inferred rather than
    documented (``"field"`` for the field as such); where ``"choices"`` is among them, other values
    are let through with a warning. ``former`` are keywords that it had before: they are taken for
    one more release, with a warning.
    """

    name: str
    type: FieldType
    keyword: str = Factory(lambda self: self.name, takes_self=True)
    other_types: tuple[FieldType, ...] = ()
    _description: str | Docstring = field(default="", eq=str)
    required: bool = False
    default: Any = None
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    item: Field | None = None
    properties: tuple[Field, ...] = ()
    media: MediaRule | None = None
    pixels: Pixels | None = None
    unverified: frozenset[str] = frozenset()
    former: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """What it is, in one line; read from the source where it is the docstring of a class."""
        return str(self._description)

    def is_inferred(self, *attributes: str) -> bool:
        """Whether one of these attributes, or the field as such, was inferred."""
        return not self.unverified.isdisjoint(("field", *attributes))


@frozen(kw_only=True)
class Rule:
    """A rule across fields: the inputs must satisfy ``schema`` (JSON Schema), else ``message``."""

    schema: Mapping[str, Any]
    message: str
    unverified: bool = False


@frozen(kw_only=True)
class Role:
    """Where one property of the result comes from: an input, perhaps translated, or a constant."""

    field: str | None = None
    values: Mapping[Any, Any] | None = None
    value: Any = None

    def read(self, inputs: Mapping[str, Any]) -> Any:
        """The value for these inputs; None where they don't say."""
        if self.field is None:
            return self.value
        given = inputs.get(self.field)
        if self.values is None:
            return given
        return next((to for wire, to in self.values.items() if same(wire, given)), given)


_NOTHING = Role()


@frozen(kw_only=True)
class Output:
    """What the result looks like and which inputs decide it: seconds for time, pixels for size.

    ``count`` is how many there are (one where nothing says), ``last_frame`` whether the last
    picture of a video is an output of its own beside it.
    """

    media: str
    format: Role = _NOTHING
    duration: Role = _NOTHING
    resolution: Role = _NOTHING
    aspect_ratio: Role = _NOTHING
    size: Role = _NOTHING
    width: Role = _NOTHING
    height: Role = _NOTHING
    audio: Role = _NOTHING
    seed: Role = _NOTHING
    count: Role = _NOTHING
    last_frame: Role = _NOTHING
    prompt: Role = Role(field="prompt")


@frozen(kw_only=True)
class Submission:
    """A checked request for one generation, ready to become a call.

    ``input`` holds wire names and wire values: media are URLs by now. ``marker`` is text that no
    other submission has; for ModelHunter's API it stands in ``metadata`` already.
    """

    model: str
    input: Mapping[str, Any]
    webhook_url: str | None = None
    metadata: Mapping[str, Any] | None = None
    marker: str = ""


@frozen(kw_only=True)
class Capability:
    """One thing that a model can do, such as ``text-to-video``.

    ``differences`` are what is otherwise for some models: a :class:`Model` has them applied for
    itself, and then ``general`` is the capability before that, with the widest limits.
    ``documentation`` is the address of its page. ``call``
    turns a submission into the call that starts the job. ``input_class`` is the typed input class,
    or names it (``"package.module:Class"``), ``request_schema`` returns the JSON Schema of the
    request body (where it is None, fields and rules are the schema). ``prepare`` may rewrite the
    inputs before they are checked (accept ``True`` where the wire wants ``"true"``): it gets a
    dictionary of its own, and is called once for each job. ``check`` finds problems that neither
    fields nor rules can state. Both see wire names and plain values, not yet known to be of the
    right type.
    """

    name: str
    fields: tuple[Field, ...]
    output: Output
    call: Callable[[Submission], Call[Any]]
    title: str = ""
    rules: tuple[Rule, ...] = ()
    typical_seconds: float | None = None
    documentation: str | None = None
    input_class: type[Input] | str | None = None
    request_schema: Callable[[], Mapping[str, Any]] | None = None
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    check: Callable[[Mapping[str, Any]], Iterable[Problem]] | None = None
    differences: tuple[OnlyFor, ...] = ()
    general: Capability | None = field(default=None, eq=False, repr=False)

    def field(self, name: str) -> Field | None:
        """The field with this wire name or keyword."""
        return next((f for f in self.fields if name in (f.name, f.keyword)), None)

    def load_input_class(self) -> type[Input] | None:
        """The typed input class, imported now if it is named; None where the plugin has none."""
        if not isinstance(self.input_class, str):
            return self.input_class
        module, _, name = self.input_class.partition(":")
        return cast("type[Input]", getattr(import_module(module), name))


@frozen(kw_only=True, repr=False)
class Model:
    """A model: its id on the wire, what it can do and what it costs.

    Capabilities are taken as they are for this model (:func:`modelhunter.plugins.only_for`).
    ``status`` is ``"current"`` or ``"legacy"`` (still accepted, no longer documented).
    """

    id: str
    capabilities: tuple[Capability, ...]
    title: str = Factory(lambda self: self.id, takes_self=True)
    description: str = ""
    status: Literal["current", "legacy"] = "current"
    aliases: tuple[str, ...] = ()
    price: Price | None = None

    def __attrs_post_init__(self) -> None:
        if any(getattr(one, "differences", ()) for one in self.capabilities):
            from modelhunter.plugins.by_model import narrowed  # here, as few have differences

            own = tuple(narrowed(one, self.id) for one in self.capabilities)
            object.__setattr__(self, "capabilities", own)

    def capability(self, name: str) -> Capability | None:
        """The capability of this name, if the model has it."""
        return next((c for c in self.capabilities if c.name == name), None)

    def __repr__(self) -> str:
        return f"<Model {self.id}: {', '.join(one.name for one in self.capabilities)}>"

    def _repr_html_(self) -> str:
        from modelhunter.html_views import facts, table

        rows: list[tuple[str, object]] = [
            ("", self.description),
            ("price", "not known" if self.price is None else self.price),
            ("status", None if self.status == "current" else self.status),
        ]
        inputs = (
            table((f"inputs of {one.name}", "type", ""), [_in_short(f) for f in one.fields])
            for one in self.capabilities
        )
        return facts(self.id, rows, below=inputs)


def _in_short(field: Field) -> tuple[str, str, str]:
    need = "required" if field.required else ""
    choices = ", ".join(str(choice) for choice in field.choices)
    return field.keyword, field.type, "; ".join(filter(None, (need, choices, field.description)))


@frozen(kw_only=True, repr=False)
class Provider:
    """A provider and its models.

    ``backend`` is the HTTP API on which they run, where that is not ModelHunter's.
    """

    name: str
    models: tuple[Model, ...]
    title: str = Factory(lambda self: self.name, takes_self=True)
    description: str = ""
    documentation: str | None = None
    backend: Backend | None = None

    def __repr__(self) -> str:
        return f"<Provider {self.name}: {', '.join(model.id for model in self.models)}>"

    def model(self, name: str) -> Model | None:
        """The model with this id or alias."""
        return next((m for m in self.models if name == m.id or name in m.aliases), None)

    def refine(self, capability: str, *, model: str | None = None, **changes: Any) -> Provider:
        """The same provider with attributes of one capability changed.

        The change holds for every model that has the capability, or for the one that ``model``
        names. This is how a plugin adds by hand what its description can't say::

            PROVIDER.refine("text-to-video", check=check_segments, prepare=prepare_shots)

        Raises:
            LookupError: no such model has this capability.
        """
        meant = [
            candidate
            for candidate in self.models
            if candidate.capability(capability) and model in (None, candidate.id)
        ]
        if not meant:
            who = f"model {model}" if model else f"provider {self.name}"
            raise LookupError(f"{who} has no capability {capability!r}")
        models = tuple(
            evolve(
                candidate,
                capabilities=tuple(
                    evolve(c, **changes) if c.name == capability else c
                    for c in candidate.capabilities
                ),
            )
            if candidate in meant
            else candidate
            for candidate in self.models
        )
        return evolve(self, models=models)
