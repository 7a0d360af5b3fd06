"""The typed form between a description and Python source.

Everything here is resolved: names are Python names, references are :class:`Named`, nothing is
merged or looked up any more. The renderers read only this.

``node`` is where something stands in the description (a ``source.Map``, or None where the generator
made it up): for messages and for comparing descriptions, not for rendering.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import define, field, frozen

from modelhunter_codegen import proven
from modelhunter_codegen.lock_names import Kept

if TYPE_CHECKING:
    from modelhunter_codegen.proven import ModuleName, Name
    from modelhunter_codegen.secrecy import Secrecy

_EXTRA, _BODY = proven.name("extra"), proven.name("body")

ScalarKind = Literal[
    "any",
    "null",
    "string",
    "integer",
    "number",
    "boolean",
    "datetime",
    "date",
    "decimal",
    "decimal-text",
    "base64",
    "base64url",
    "binary",
]


@frozen
class Scalar:
    """A value without parts."""

    kind: ScalarKind


@frozen
class Literals:
    """One of some constants. Where ``closed`` is false other values of the same type pass."""

    values: tuple[Any, ...]
    closed: bool


@frozen
class Named:
    """A reference to a definition that has a name of its own."""

    key: str


@frozen
class ListOf:
    """An array."""

    item: Type


@frozen
class TupleOf:
    """An array of fixed length whose places have their own types."""

    items: tuple[Type, ...]


@frozen
class MapOf:
    """An object used as a dictionary."""

    value: Type


@frozen
class Nullable:
    """The type, or null."""

    inner: Type


@frozen
class Union:
    """One of several types.

    ``tag`` names the property that tells objects apart, ``tagged`` pairs its values with indexes
    into ``variants``; ``keys`` has the known property names of each variant that is an object.
    """

    variants: tuple[Type, ...]
    tag: str | None = None
    tagged: tuple[tuple[Any, int], ...] = ()
    keys: tuple[frozenset[str] | None, ...] = ()


Type: TypeAlias = Scalar | Literals | Named | ListOf | TupleOf | MapOf | Nullable | Union


ANY = Scalar("any")
NULL = Scalar("null")


def nullable(made: Type) -> Type:
    """The type, or null; a type that takes null already stays as it is."""
    return made if isinstance(made, Nullable) or made in (ANY, NULL) else Nullable(made)


def bare(made: Type) -> Type:
    """The type without null."""
    return made.inner if isinstance(made, Nullable) else made


@frozen
class Home:
    """Where a definition lives: a module of this package (``models.task``) or another package."""

    module: ModuleName
    package: ModuleName | None = None


@define
class Property:
    """A field of a model."""

    wire: str
    python: Name
    type: Type
    required: bool
    nullable: bool
    doc: tuple[str, ...] = ()
    default: Any = None
    has_default: bool = False
    read_only: bool = False
    write_only: bool = False
    secrecy: Secrecy = ""
    node: Any = field(default=None, eq=False, repr=False, kw_only=True)


@define
class _Defined:
    """What all definitions have: a name, a home, and the ways that their values travel."""

    key: str
    name: Name
    home: Home
    doc: tuple[str, ...]
    in_request: bool = field(default=False, kw_only=True)
    in_response: bool = field(default=False, kw_only=True)
    in_multipart: bool = field(default=False, kw_only=True)
    exact: bool = field(default=False, kw_only=True)
    """Whether it comes in answers whose numbers are read with every digit."""
    node: Any = field(default=None, eq=False, repr=False, kw_only=True)


@define
class Model(_Defined):
    """An object with properties: becomes an attrs class."""

    properties: list[Property] = field(factory=list)
    extra: Type | None = None
    extra_name: Name = _EXTRA
    parts: bool = False
    tag: str | None = None
    """Set on a base whose subtypes the value of this property tells apart."""
    subtypes: tuple[tuple[Any, Named], ...] = ()
    whole: bool = False
    """Whether members that it does not name are kept, and sent where an object goes back."""


@define
class Enumeration(_Defined):
    """A string enum: becomes an open ``StrEnum``."""

    members: tuple[tuple[Name, str], ...]


@define
class Alias(_Defined):
    """A name for any other type."""

    type: Type


Definition: TypeAlias = Model | Enumeration | Alias


@frozen
class Parameter:
    """An argument of an endpoint function that is not the body."""

    wire: str
    python: Name
    place: Literal["path", "query", "header", "cookie"]
    type: Type
    required: bool
    style: str
    explode: bool
    as_json: bool
    allow_reserved: bool
    doc: tuple[str, ...]
    node: Any = field(default=None, eq=False, repr=False, kw_only=True)


@frozen
class PartEncoding:
    """How one property of a form or a multipart body is written.

    ``style`` is None where ``content_type`` decides; ``headers`` are those that never change.
    """

    style: str | None = None
    explode: bool = True
    reserved: bool = False
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@frozen
class RequestBody:
    """The body of a request in one media type."""

    kind: Literal["json", "form", "multipart", "text", "raw"]
    media_type: str
    type: Type
    required: bool
    doc: tuple[str, ...]
    encoding: tuple[tuple[str, PartEncoding], ...] = ()
    """By wire name, the properties that are not written in the usual way."""
    node: Any = field(default=None, eq=False, repr=False, kw_only=True)
    """The schema of what is sent."""


@define
class Response:
    """One response of an operation; ``unwrap`` names the property that holds the value.

    ``media_type`` is empty where it has no content; with ``exact`` its numbers are read with every
    digit, as there are decimals among them.
    """

    status: str
    kind: Literal["json", "events", "lines", "parts", "text", "bytes", "empty"]
    type: Type
    unwrap: str | None
    doc: tuple[str, ...]
    headers: tuple[str, ...] = ()
    media_type: str = ""
    exact: bool = False
    node: Any = field(default=None, eq=False, repr=False, kw_only=True)
    """The schema of what comes."""


@define
class Endpoint:
    """One function: an operation with one kind of body and one kind of answer."""

    operation_id: str
    python: Name
    module: Name
    method: str
    path: str
    safety: Literal["safe", "idempotent", "unsafe"]
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    answers: tuple[Response, ...]
    errors: tuple[Response, ...]
    accept: str | None
    doc: tuple[str, ...]
    deprecated: bool = False
    security: tuple[tuple[str, ...], ...] | None = None
    """The schemes that it needs, as alternatives; None where that is the API's default."""
    server: str | None = None
    """The address of its own server; None where that is the API's."""
    suffix: str = ""
    """What its name has beside the operation's, where one operation becomes several functions."""
    place: str = ""
    """What it stands for in the description, for the record of names."""
    body_name: Name = _BODY
    fields: dict[Name, Name] | None = None
    """Where the fields of the body are arguments: those, by the names that the model has."""
    stream: Response | None = None
    """The answer that comes item by item, where the request decides whether this one does."""
    input_class: Name | None = None
    """Where it starts jobs: the typed input that is its argument."""
    node: Any = field(default=None, eq=False, repr=False, kw_only=True)


@define
class Package:
    """All that is generated from one description."""

    name: ModuleName
    title: str
    version: str
    doc: tuple[str, ...]
    servers: tuple[str, ...]
    definitions: dict[str, Definition]
    endpoints: dict[Name, list[Endpoint]]
    module_docs: dict[Name, tuple[str, ...]]
    kept: Kept = field(factory=Kept)
    """The names of all this, for the lock."""
