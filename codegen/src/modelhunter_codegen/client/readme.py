"""``README.md`` of a generated package: how it is called, and every operation that it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelhunter_codegen.render.module import MARKDOWN_HEADER
from modelhunter_codegen.source_literals import markdown, markdown_code, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from modelhunter_codegen import ir
    from modelhunter_codegen.client.overlay import Overlay
    from modelhunter_codegen.client.security import Needs, Scheme, Security
    from modelhunter_codegen.proven import Code, Name

_RETRY: dict[str, Code] = {
    "safe": "sent again after any failure of the way or the server: it changes nothing",
    "idempotent": "sent again after any failure of the way or the server: it does the same once",
    "unsafe": "sent again only where it was certainly not carried out",
}
_SENTENCE = re.compile(r".*?[.!?](?=\s|$)", re.DOTALL).match


def render_readme(
    package: ir.Package, security: Security, overlay: Overlay, groups: Mapping[Name, Name]
) -> Code:
    """The text, in Markdown."""
    paged = {one.operation: one.style for one in overlay.listings}
    lines: list[Code] = [
        MARKDOWN_HEADER,
        "",
        f"# {markdown(package.title)}",
        "",
        f"Version {markdown(package.version)} of the API, as the package `{package.name}`.",
        "",
        *_usage(package, security.schemes, groups),
        *_credentials(security.schemes),
    ]
    for name, module in groups.items():
        lines.extend((f"## {markdown(name)}", ""))
        for endpoint in package.endpoints[module]:
            lines.extend(_operation(endpoint, security, paged))
    return "\n".join(lines).rstrip() + "\n"


def _usage(
    package: ir.Package, schemes: Sequence[Scheme], groups: Mapping[Name, Name]
) -> list[Code]:
    shown: list[Code] = []
    for one in schemes:
        shown.append(f'{one.python}=("…", "…")' if one.kind == "basic" else f'{one.python}="…"')
    del shown[1:]
    if not package.servers:
        shown.insert(0, '"https://…"')
    calls: list[Code] = [
        f"    client.{name}.{endpoint.python}(…)"
        for name, module in groups.items()
        for endpoint in package.endpoints[module][:1]
    ]
    return [
        "```",
        f"from {package.name}.client import Client",
        "",
        f"with Client({', '.join(shown)}) as client:",
        *(calls[:1] or ["    …"]),
        "```",
        "",
        "`AsyncClient` has the same operations, to be awaited. The functions in the modules of the",
        "package make calls that are not sent yet, for `client.send`, `client.exchange` (the whole",
        "answer), `client.stream`, `client.pages` and `client.items`.",
        "",
    ]


def _credentials(schemes: Iterable[Scheme]) -> list[Code]:
    rows: list[Code] = [f"| `{one.python}` | {markdown(one.doc)} |" for one in schemes]
    if not rows:
        return []
    return ["| credential | |", "|---|---|", *rows, ""]


def _operation(endpoint: ir.Endpoint, security: Security, paged: Mapping[str, str]) -> list[Code]:
    about = one_line(" ".join(endpoint.doc))
    first = _SENTENCE(about)
    lines: list[Code] = [f"### {markdown(endpoint.python)}", ""]
    lines.append(f"{markdown_code(f'{endpoint.method} {endpoint.path}')}")
    if about:
        lines[-1] += f" – {markdown(first[0] if first else about)}"
    lines.append("")
    for one in endpoint.parameters:
        need: Code = "needed" if one.required else "optional"
        lines.append(_item(f"`{one.python}` ({one.place}, {need})", one.doc))
    if endpoint.body is not None:
        need = "needed" if endpoint.body.required else "optional"
        fields: list[Code] = [f"`{name}`" for name in (endpoint.fields or {}).values()]
        what = f"by fields: {', '.join(fields)}" if fields else f"`{endpoint.body_name}`"
        kind = markdown_code(endpoint.body.media_type)
        lines.append(f"- body ({kind}, {need}): {what}")
    for answer in endpoint.answers:
        lines.append(_item(f"answers {markdown(answer.status)}{_kind(answer)}", answer.doc))
    for error in endpoint.errors:
        lines.append(_item(f"error {markdown(error.status)}{_kind(error)}", error.doc))
    lines.append(f"- credentials: {_needs(security, endpoint.security)}")
    if endpoint.operation_id in paged:
        lines.append(f"- pages: by {markdown(paged[endpoint.operation_id])}")
    lines.extend((f"- retries: {_RETRY[endpoint.safety]}", ""))
    return lines


def _item(head: Code, doc: Sequence[str]) -> Code:
    text = one_line(" ".join(doc))
    return f"- {head}: {markdown(text)}" if text else f"- {head}"


def _kind(answer: ir.Response) -> Code:
    return f" ({markdown_code(answer.media_type)})" if answer.media_type else ""


def _needs(security: Security, own: Needs | None) -> Code:
    needs = security.default if own is None else own
    if not needs:
        return "none"
    known: dict[str, Name] = {scheme.name: scheme.python for scheme in security.schemes}
    ways: list[Code] = []
    for way in needs:
        used: list[Code] = []
        for name in way:
            if name in known:
                used.append(f"`{known[name]}`")
        ways.append(" and ".join(used) or "none")
    return ", or ".join(dict.fromkeys(ways))
