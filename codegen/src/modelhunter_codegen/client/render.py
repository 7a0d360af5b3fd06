"""The module ``client``: the API's own pair of clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelhunter_codegen import ir, proven
from modelhunter_codegen.client.groups import group_classes, groups_of, properties
from modelhunter_codegen.render.endpoints import CALL, answer_annotation
from modelhunter_codegen.render.module import Module
from modelhunter_codegen.render.types import Types
from modelhunter_codegen.servers import is_address
from modelhunter_codegen.source_literals import docstring, literal, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from modelhunter_codegen.client.overlay import Listing, Overlay
    from modelhunter_codegen.client.security import Scheme, Security
    from modelhunter_codegen.proven import Code

_STYLES: dict[str, Code] = {"cursor": "Cursor", "offset": "Offset", "page": "Page", "link": "Link"}


def render_client(package: ir.Package, security: Security, overlay: Overlay) -> Code:
    """The module's source."""
    schemes = security.schemes
    server = next((one for one in package.servers[:1] if is_address(one)), None)
    described = _described(package)
    title = one_line(package.title)
    passed = f"auth=_credentials({', '.join(f'{one.python}={one.python}' for one in schemes)})"
    passed += f", paging=_PAGING{', described=_DESCRIBED' if described else ''}, **options"
    module = Module(
        package.name,
        proven.module("client"),
        (f"Clients of {title}: they send what endpoint functions return.",),
    )
    module.define_names(("AsyncClient", "Client", "AsyncIterator", "Iterator", "Unpack"))
    runtime: tuple[Code, ...] = ("auth", "client", "paging")
    for name in runtime:
        module.use_module(f"modelhunter.runtime.{name}", f"_{name}")
    module.use_typing("typing", "Unpack")
    types = Types(module, package.definitions)
    parts: list[Code] = ['__all__ = ["AsyncClient", "Client"]', ""]
    if server is not None:
        parts.extend(
            (
                f"BASE_URL = {literal(server)}",
                docstring(("Where the API is served, by its description.",)),
                "",
            )
        )
    if described:
        parts.append(f"_DESCRIBED = {literal(described)}")
    parts.extend(
        (
            f"_PAGING: dict[str, _paging.Paging] = {_paging(overlay.listings)}",
            "",
            "",
            f"def _credentials({_parameters(schemes)}) -> _auth.Auth:",
            "    _given: dict[str, _auth.Credential] = {}",
        )
    )
    for one in schemes:
        parts.extend(
            (
                f"    if {one.python} is not None:",
                f"        _given[{literal(one.name)}] = {_credential(one)}",
            )
        )
    parts.extend((f"    return _auth.Auth(_given, {literal(security.default)})", ""))
    groups = groups_of(package)
    parts.extend(group_classes(module, package, groups))
    clients: dict[Code, str] = {"Client": "A blocking", "AsyncClient": "The async"}
    for name, world in clients.items():
        default = "" if server is None else " = BASE_URL"
        options = "Options" if name == "Client" else "AsyncOptions"
        keywords: Code = f", {_parameters(schemes)}" if schemes else ""
        parts.extend(
            (
                "",
                f"class {name}(_client.{name}):",
                docstring((f"{world} client of {title}.",), "    "),
                "",
                f"    def __init__(self, base_url: str{default}{keywords}, "
                f"**options: Unpack[_client.{options}]) -> None:",
                docstring(_doc(schemes, server), "        "),
                *(f"        {one.python} = _auth.unseen({one.python})" for one in schemes),
                f"        super().__init__(base_url, {passed})",
                "",
                *_items(
                    types, overlay.listings, "Iterator" if name == "Client" else "AsyncIterator"
                ),
                *properties(groups, "Blocking" if name == "Client" else "Awaited"),
            )
        )
    module.body = parts
    return module.source()


def _items(types: Types, listings: Iterable[Listing], iterator: Code) -> list[Code]:
    """The method ``items`` with what each list has in it; nothing where that is not known."""
    pairs: dict[Code, Code] = {
        answer_annotation(types, one.answer): types.annotation(one.item)
        for one in listings
        if one.item != ir.ANY
    }
    if not pairs:
        return []
    types.module.use("typing", "overload")
    types.module.use_typing("typing", "Any")
    types.module.use_typing("collections.abc", iterator)
    types.module.use_typing(CALL, "Call")
    pairs["Any"] = "Any"
    lines: list[Code] = []
    for answer, item in pairs.items():
        lines.append("    @overload")
        lines.append(f"    def items(self, call: Call[{answer}]) -> {iterator}[{item}]: ...")
    return [
        *lines,
        f"    def items(self, call: Call[Any]) -> {iterator}[Any]:",
        docstring(("The items of a list, page by page.",), "        "),
        "        return super().items(call)",
        "",
    ]


def _described(package: ir.Package) -> tuple[str, ...]:
    """The API's addresses, where that matters: where operations have servers of their own."""
    found = (one for endpoints in package.endpoints.values() for one in endpoints)
    if all(one.server is None for one in found):
        return ()
    return tuple(one for one in package.servers if is_address(one))


def _parameters(schemes: Iterable[Scheme]) -> Code:
    shown: list[Code] = []
    for one in schemes:
        kind = "tuple[str, str]" if one.kind == "basic" else "str"
        shown.append(f"{one.python}: {kind} | None = None")
    listed = ", ".join(shown)
    return f"*, {listed}" if listed else ""


def _credential(one: Scheme) -> Code:
    if one.kind == "bearer":
        return f"_auth.bearer({one.python})"
    if one.kind == "basic":
        return f"_auth.basic(*{one.python})"
    return f"_auth.api_key({literal(one.place)}, {literal(one.wire)}, {one.python})"


def _paging(listings: Iterable[Listing]) -> Code:
    shown: list[Code] = []
    for one in listings:
        arguments = ", ".join(f"{key}={literal(value)}" for key, value in one.arguments.items())
        shown.append(f"{literal(one.operation)}: _paging.{_STYLES[one.style]}({arguments})")
    return "{" + "".join(f"{one}, " for one in shown) + "}"


def _doc(schemes: Iterable[Scheme], server: str | None) -> list[str]:
    default = "" if server is None else f" By default {one_line(server)}."
    return [
        "Set up a client; nothing is sent yet.",
        "",
        "Args:",
        f"    base_url: Where the API is.{default}",
        *(f"    {one.python}: {one.doc}" for one in schemes),
        "    **options: Timeout, retries and more, as in :mod:`modelhunter.runtime.client`.",
    ]
