"""From paths, webhooks and callbacks to endpoints."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from attrs import define, field

from modelhunter_codegen import ir, media, names
from modelhunter_codegen.client.security import Security
from modelhunter_codegen.contents import Contents
from modelhunter_codegen.describe import field_doc
from modelhunter_codegen.flatten import seq_of
from modelhunter_codegen.problems import quoted
from modelhunter_codegen.servers import own_server
from modelhunter_codegen.source import Map, Seq, Value
from modelhunter_codegen.source_literals import one_line, paragraphs
from modelhunter_codegen.streamed import streamed_beside

if TYPE_CHECKING:
    from modelhunter_codegen.documents import Workspace
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.module_placement import Scope
    from modelhunter_codegen.proven import Name

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SAFETY: dict[str, Literal["safe", "idempotent", "unsafe"]] = {
    **dict.fromkeys(("get", "head", "options", "trace"), "safe"),
    **dict.fromkeys(("put", "delete"), "idempotent"),
}
_SAFETIES: tuple[Literal["safe", "idempotent", "unsafe"], ...] = ("safe", "idempotent", "unsafe")
_PLACES = ("path", "query", "header", "cookie")
_STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
_ANY_NAME = re.compile(r"(?s).*").fullmatch
_NAMES = {
    "header": re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch,
    "cookie": re.compile(r"[^\s;=,\x00-\x1f\x7f]+").fullmatch,
}
"""The names that headers (RFC 9110) and cookies may have; another would be part of a value."""
_IN_URLS = "/?%:@!$&'()*+,;=~"
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_VERSION = re.compile(r"v\d+([a-z]+\d*)?|api")


def _as_sent(path: str) -> str:
    """A path template as it goes into a URL: absolute, escaped, without a fragment."""
    path = path.partition("#")[0]
    parts = re.split(r"(\{[^{}]*\})", path if path.startswith("/") else f"/{path}")
    escaped = (quote(part, safe=_IN_URLS) for part in parts[::2])
    return "".join(a + b for a, b in zip_longest(escaped, parts[1::2], fillvalue=""))


@define(eq=False)
class Operations:
    """Reads the operations of a description."""

    workspace: Workspace
    lowerer: Lowerer
    contents: Contents = field(init=False)
    security: Security = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.contents = Contents(self.workspace, self.lowerer)
        self.security = Security.read(self.workspace)

    def endpoints(self) -> dict[Name, list[ir.Endpoint]]:
        """The endpoints by module."""
        found: list[ir.Endpoint] = []
        for path, item in self._items("paths"):
            for method, operation in self._methods(item):
                try:
                    found += self._operation(path, method, item, operation)
                except RecursionError:
                    self.lowerer.too_deep(operation.where())
        for _, item in self._items("webhooks"):
            for _, operation in self._methods(item):
                self._payload(operation, "Webhook")
        self.lowerer.finish()
        return self._by_module(found)

    # ------------------------------------------------------------------------ walking

    def _items(self, keyword: str) -> list[tuple[str, Map]]:
        root = self.workspace.root.root
        paths = self.contents.held(root, keyword) if root.get(keyword) is not None else None
        found: list[tuple[str, Map]] = []
        if paths is None:
            return found
        for path in paths:
            if path.startswith("x-"):
                continue
            given = paths.mapping(path)
            if self.contents.held(paths, path) is not None and given is not None:
                found.append((path, self._item(given)))
        return found

    def _item(self, given: Map) -> Map:
        """A path item with all that references lead to; what stands beside them counts first."""
        if "$ref" not in given:
            return given
        target = self.workspace.target(given)
        item = self._item(target) if isinstance(target, Map) else given.like({})
        own = {key: value for key, value in given.items() if key != "$ref"}
        before, after = item.get("parameters"), given.get("parameters")
        if isinstance(before, Seq) and isinstance(after, Seq):
            own["parameters"] = seq_of(item, [*before, *after])
        return item.like({**item, **own}) if own else item

    def _methods(self, item: Map) -> list[tuple[str, Map]]:
        found = []
        for method in METHODS:
            operation = self.contents.held(item, method) if method in item else None
            if operation is not None:
                found.append((method, operation))
        return found

    def _by_module(self, found: list[ir.Endpoint]) -> dict[Name, list[ir.Endpoint]]:
        modules: dict[Name, list[ir.Endpoint]] = {}
        for endpoint in found:
            modules.setdefault(endpoint.module, []).append(endpoint)
        return dict(sorted(modules.items()))

    # ------------------------------------------------------------------------ operations

    def _operation(self, path: str, method: str, item: Map, node: Map) -> list[ir.Endpoint]:
        operation_id = node.get("operationId")
        if not isinstance(operation_id, str) or not operation_id.strip():
            operation_id = f"{method} {path}"
        python = names.snake(operation_id)
        where = f"{method.upper()} {path}"
        scope = self.lowerer.homes.module(where, operation_id, operation_id)
        parameters = self._parameters(path, item, node, scope)
        bodies = self.contents.bodies(node, scope)
        answers, errors = self.contents.responses(node, scope)
        if method == "head":  # RFC 9110: it has the headers of an answer and no content
            answers = [
                ir.Response(a.status, "empty", ir.NULL, None, a.doc, a.headers) for a in answers
            ]
        accepts = media.split_answers(answers)
        sent = media.suffixes(body.media_type for body in bodies if body is not None)
        asked = media.suffixes(accept for accept, _ in accepts if accept is not None)
        self._callbacks(node)
        root = self.workspace.root.root
        server = own_server(root, item, node, self.workspace.report)
        found = []
        for body_index, body in enumerate(bodies):
            for answer_index, (accept, chosen) in enumerate(accepts):
                if body_index and answer_index:
                    continue
                suffix = ""
                if body_index and body is not None:
                    suffix = f"_{sent[body.media_type]}"
                if answer_index and accept is not None:
                    suffix = f"_as_{asked[accept]}"
                found.append(
                    ir.Endpoint(
                        operation_id,
                        names.longer(python, suffix),
                        self._module(path, node),
                        method.upper(),
                        _as_sent(path),
                        self._safety(method, node),
                        tuple(parameters),
                        body,
                        tuple(chosen),
                        tuple(errors),
                        accept if accept != "application/json" or len(accepts) > 1 else None,
                        self._doc(node),
                        node.get("deprecated") is True,
                        self.security.of(node),
                        server,
                        suffix,
                        _place(where, body, accept),
                        stream=streamed_beside(chosen, answers),
                        node=node,
                    )
                )
        return found

    def _module(self, path: str, node: Map) -> Name:
        tags = node.get("tags")
        if isinstance(tags, Seq) and tags and isinstance(tags[0], str):
            return names.snake(tags[0], "default")
        steps = [step for step in path.partition("?")[0].split("/") if step and "{" not in step]
        telling = [step for step in steps if not _VERSION.fullmatch(step)]
        return names.snake(telling[0] if telling else "", "default")

    def _safety(self, method: str, node: Map) -> Literal["safe", "idempotent", "unsafe"]:
        given = node.get("x-retry")
        for known in _SAFETIES:
            if given == known:
                return known
        if given is not None:
            self.workspace.report.add(
                "malformed", node.where("x-retry"), "x-retry is safe, idempotent or unsafe"
            )
        return _SAFETY.get(method, "unsafe")

    def _doc(self, node: Map) -> tuple[str, ...]:
        lines: list[str] = []
        for keyword in ("summary", "description"):
            text = node.get(keyword)
            if isinstance(text, str) and text.strip():
                found = paragraphs(text)
                if len(found) == 1 and found[0][-1] not in ".!?:":
                    found[0] += "."
                lines += ["", *found] if lines else found
        if node.get("deprecated") is True:
            lines += ["", "Deprecated."]
        mark = node.get("x-unverified")
        if mark is True:
            lines += ["", "Inferred, not documented."]
        elif isinstance(mark, Seq) and mark:
            lines += ["", f"Inferred, not documented: {', '.join(map(str, mark))}."]
        link = node.mapping("externalDocs")
        address = link.text("url") if link is not None else None
        if address is not None:
            lines += ["", f"Documentation: {one_line(address)}"]
        return tuple(lines)

    # ------------------------------------------------------------------------ parameters

    def _parameters(self, path: str, item: Map, node: Map, scope: Scope) -> list[ir.Parameter]:
        merged: dict[tuple[str, str], Map] = {}
        for owner in (item, node):
            given = owner.get("parameters")
            if given is None:
                continue
            if not isinstance(given, Seq) or len(list(given.maps())) < len(given):
                self.workspace.report.add(
                    "malformed", owner.where("parameters"), "parameters are a list of mappings"
                )
                continue
            for reference in given.maps():
                parameter = self.workspace.follow(reference)
                if parameter is None:
                    continue
                name, place = parameter.get("name"), parameter.get("in")
                if not isinstance(name, str) or place not in _PLACES:
                    self.workspace.report.add(
                        "malformed",
                        parameter.where(),
                        "a parameter needs a name and an `in` of path, query, header or cookie",
                    )
                    continue
                if not _NAMES.get(place, _ANY_NAME)(name):
                    words = f"{one_line(name)!r} can't be the name of a {place}"
                    self.workspace.report.add("malformed", parameter.where("name"), words)
                    continue
                merged[place, name] = parameter
        self._check_template(path, item, node, merged)
        order = {name: index for index, name in enumerate(_TEMPLATE.findall(path))}
        chosen = [
            (place, name, parameter)
            for (place, name), parameter in merged.items()
            if place != "header" or name.lower() not in ("accept", "content-type", "authorization")
        ]
        chosen.sort(key=lambda one: (0, order.get(one[1], 0)) if one[0] == "path" else (1, 0))
        return [self._parameter(place, name, parameter, scope) for place, name, parameter in chosen]

    def _check_template(
        self, path: str, item: Map, node: Map, merged: dict[tuple[str, str], Map]
    ) -> None:
        template = _TEMPLATE.findall(path)
        for name in template:
            if ("path", name) not in merged:
                self.workspace.report.add(
                    "undeclared-path-parameter",
                    node.where(),
                    f"the path has {{{name}}}, which no parameter declares; it is taken for text",
                    f"add a parameter with name {name} and in: path",
                )
                schema = node.like({"type": "string"})
                merged["path", name] = node.like({"name": name, "in": "path", "schema": schema})
        for (place, name), parameter in list(merged.items()):
            if place == "path" and name not in template:
                self.workspace.report.add(
                    "unused-path-parameter",
                    parameter.where(),
                    f"no {{{name}}} in the path {one_line(path)}",
                )
                del merged[place, name]

    def _parameter(self, place: Any, name: str, node: Map, scope: Scope) -> ir.Parameter:
        schema: Value = node.get("schema", True)
        as_json = False
        content = node.get("content")
        if isinstance(content, Map) and content:
            media_type, holder = next(iter(content.items()))
            schema = holder.get("schema", True) if isinstance(holder, Map) else True
            as_json = media.is_json(media_type)
        default = "form" if place in ("query", "cookie") else "simple"
        style = node.text("style") or default
        if style not in _STYLES[place] or not isinstance(node.get("style", default), str):
            self.workspace.report.add(
                "malformed",
                node.where("style"),
                f"{quoted(node['style'])} is no style for a {place} parameter",
                f"it can be {', '.join(_STYLES[place])}",
            )
            style = default
        explode = node.get("explode")
        if not isinstance(explode, bool):
            explode = style in ("form", "deepObject")
        made = self.lowerer.lower(schema, scope.child(name, f"{place} {name}"))
        if isinstance(made, ir.Nullable):
            made = made.inner
        shape = self.lowerer.shape(schema) if isinstance(schema, Map) else None
        described = node if isinstance(node.get("description"), str) else schema
        doc = field_doc(described, shape)
        default_value = schema.get("default") if isinstance(schema, Map) else None
        if default_value is not None and described is node:
            doc = field_doc(node.like({**node, "default": default_value}), shape)
        return ir.Parameter(
            name,
            names.snake(name),
            place,
            made,
            place == "path" or node.get("required") is True,
            style,
            explode,
            as_json,
            node.get("allowReserved") is True,
            doc,
            node=node,
        )

    # ------------------------------------------------------------------------ what the API sends

    def _payload(self, operation: Map, word: str) -> None:
        """Types of what a webhook or callback brings, even where its schema has no name."""
        operation_id = operation.get("operationId")
        name = operation_id if isinstance(operation_id, str) else operation.pointer
        place = f"{word} {operation.pointer}"
        if self.lowerer.homes.has_module(place):
            return  # several operations share a callback
        scope = self.lowerer.homes.module(place, f"{name} {word}", name)
        self.contents.bodies(operation, scope)

    def _callbacks(self, node: Map) -> None:
        callbacks = node.get("callbacks")
        for reference in callbacks.values() if isinstance(callbacks, Map) else ():
            callback = self.workspace.follow(reference) if isinstance(reference, Map) else None
            for item in callback.values() if callback is not None else ():
                if isinstance(item, Map) and self.workspace.follow(item) is not None:
                    for _, operation in self._methods(self._item(item)):
                        self._payload(operation, "Callback")


def _place(operation: str, body: ir.RequestBody | None, accept: str | None) -> str:
    """What a function stands for; JSON goes without saying, so that more kinds change nothing."""
    sent = "" if body is None or body.media_type == "application/json" else f" {body.media_type}"
    asked = "" if accept in (None, "application/json") else f" -> {accept}"
    return f"{operation}{sent}{asked}"
