"""Request bodies and responses: what is sent and what comes back, by media type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import define

from modelhunter_codegen import ir, media
from modelhunter_codegen.ir import ANY
from modelhunter_codegen.source import Map, Seq
from modelhunter_codegen.source_literals import one_line, paragraphs

if TYPE_CHECKING:
    from modelhunter_codegen.documents import Workspace
    from modelhunter_codegen.lower import Lowerer
    from modelhunter_codegen.module_placement import Scope
    from modelhunter_codegen.problems import Location
    from modelhunter_codegen.source import Value


_STYLES = ("form", "spaceDelimited", "pipeDelimited", "deepObject")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
_MEDIA = re.compile(r"[\w.+*!#$&^-]+/[\w.+*!#$&^-]+(\s*;[^\r\n,]*)?", re.A)


def _is_media(text: str) -> bool:
    """Whether a text is a media type or a list of some, ranges included."""
    return all(_MEDIA.fullmatch(part.strip()) for part in text.split(","))


@define(eq=False)
class Contents:
    """Reads request bodies and responses."""

    workspace: Workspace
    lowerer: Lowerer

    def held(self, node: Map, key: str) -> Map | None:
        """The mapping under a key, references followed; None and a problem where there is none."""
        value = node.get(key)
        if isinstance(value, Map):
            return self.workspace.follow(value)
        self.workspace.report.add(
            "malformed", node.where(key), f"{key!r} must be a mapping", "correct the description"
        )
        return None

    def bodies(self, node: Map, scope: Scope) -> list[ir.RequestBody | None]:
        """The request bodies of an operation, one for each media type; [None] where it has none."""
        reference = node.get("requestBody")
        holder = self.held(node, "requestBody") if reference is not None else None
        content = holder.get("content") if holder is not None else None
        if holder is None or not isinstance(content, Map) or not content:
            return [None]
        required = holder.get("required") is True
        doc = tuple(paragraphs(str(holder["description"]))) if "description" in holder else ()
        found: list[ir.RequestBody | None] = []
        for media_type in media.preferred(content):
            held = content[media_type]
            schema: Value = held.get("schema") if isinstance(held, Map) else None
            made = self._content(media_type, schema, scope, ("Body", "body"), len(content))
            kind = media.body_kind(media_type, made)
            if kind in ("text", "raw"):
                made = ir.Scalar("string" if kind == "text" else "binary")
            encoding = self._encoding(held) if isinstance(held, Map) else ()
            found.append(
                ir.RequestBody(kind, media_type, made, required, doc, encoding, node=schema)
            )
        return found

    def _content(
        self, media_type: str, schema: Value, scope: Scope, words: tuple[str, str], number: int
    ) -> ir.Type:
        """The type of a content; ``words`` are those for its name and for its place."""
        if schema is None:
            return ANY if media.is_json(media_type) else ir.Scalar("binary")
        word, step = words
        if number > 1 and not media.is_json(media_type):
            word = f"{media.suffix(media_type)} {word}"
        return self.lowerer.lower(schema, scope.child(word, f"{step} {media_type}"))

    def _encoding(self, held: Map) -> tuple[tuple[str, ir.PartEncoding], ...]:
        encoding = held.get("encoding")
        found = []
        for name, how in encoding.items() if isinstance(encoding, Map) else ():
            if isinstance(how, Map):
                found.append((name, self._part_encoding(name, how, held.get("schema"))))
        return tuple(found)

    def _part_encoding(self, name: str, how: Map, schema: Value) -> ir.PartEncoding:
        kind = how.get("contentType")
        content_type = kind if isinstance(kind, str) and _is_media(kind) else None
        if kind is not None and content_type is None:
            words = f"{one_line(str(kind))!r} is no media type"
            hint = "the type is chosen by what the property is"
            self.workspace.report.add("unknown-media-type", how.where("contentType"), words, hint)
        headers = self._constant_headers(how)
        if any(keyword in how for keyword in ("style", "explode", "allowReserved")):
            style = str(how.get("style", "form"))
            if style not in _STYLES:
                words = f"{one_line(style)!r} is no style for a property of a body"
                hint = f"it can be {', '.join(_STYLES)}"
                self.workspace.report.add("unknown-style", how.where("style"), words, hint)
                style = "form"
            explode = how.get("explode", style in ("form", "deepObject"))
            reserved = how.get("allowReserved") is True
            return ir.PartEncoding(style, explode is True, reserved, None, headers)
        if content_type is not None and media.is_xml(content_type):
            self._xml_part(name, how, schema)
        return ir.PartEncoding(content_type=content_type, headers=headers)

    def _xml_part(self, name: str, how: Map, schema: Value) -> None:
        """Tell that an object can't be written as XML; a text that is XML already can."""
        properties = self.lowerer.shape(schema).properties if isinstance(schema, Map) else {}
        shapes = [self.lowerer.shape(p) for p in properties.get(name, ()) if isinstance(p, Map)]
        if any(shape.is_object or shape.types == {"array"} for shape in shapes):
            self.workspace.report.add(
                "unsupported-xml",
                how.where("contentType"),
                f"the property {one_line(name)!r} is to be written as XML, which is not supported",
                "describe it as a string, which then is XML that the caller writes",
            )

    def _constant_headers(self, how: Map) -> tuple[tuple[str, str], ...]:
        """The headers of a part that have one value only; others are given with the file."""
        headers = how.get("headers")
        found = []
        for name, reference in headers.items() if isinstance(headers, Map) else ():
            header = self.workspace.follow(reference) if isinstance(reference, Map) else None
            schema = header.get("schema") if header is not None else None
            schema = self.workspace.follow(schema) if isinstance(schema, Map) else None
            if schema is None or name.lower() == "content-type" or not _TOKEN(name):
                continue
            values = schema.get("enum")
            value = values[0] if isinstance(values, Seq) and len(values) == 1 else None
            value = schema.get("const", schema.get("default", value))
            if isinstance(value, (str, int, float)) and not _BREAKS(str(value)):
                shown = str(value).lower() if isinstance(value, bool) else str(value)
                found.append((name, shown))
        return tuple(found)

    def responses(self, node: Map, scope: Scope) -> tuple[list[ir.Response], list[ir.Response]]:
        """The answers and the documented failures of an operation."""
        given = node.get("responses")
        if not isinstance(given, Map):
            if given is not None:
                self.held(node, "responses")
            given = node.like({})
        answers: list[ir.Response] = []
        errors: list[ir.Response] = []
        statuses = [s for s in given if not s.startswith("x-")]
        success = [s for s in statuses if s.startswith("2")]
        if not success:
            success = [s for s in statuses if s == "default" or s[:1] in ("1", "3")]
        for status in statuses:
            if not re.fullmatch(r"default|[1-5](\d\d|XX|xx)", status):
                self.workspace.report.add(
                    "malformed",
                    given.where(status),
                    f"{status!r} is no status",
                    "it can be a number such as 404, a range such as 4XX, or default",
                )
                continue
            response = self.held(given, status)
            if response is None:
                continue
            is_answer = status in success
            word = "Response" if is_answer and len(success) == 1 else f"Response {status}"
            found = self._response(
                status.upper() if status != "default" else status, response, scope, word
            )
            (answers if is_answer else errors).extend(found)
        if not answers:
            answers.append(ir.Response("2XX", "empty", ir.Scalar("null"), None, ()))
        return answers, errors

    def _response(self, status: str, node: Map, scope: Scope, word: str) -> list[ir.Response]:
        text = node.get("description")
        doc = tuple(paragraphs(text)) if isinstance(text, str) else ()
        headers = self._header_docs(node)
        content = node.get("content")
        if not isinstance(content, Map) or not content:
            return [ir.Response(status, "empty", ir.Scalar("null"), None, doc, headers)]
        unwrap = node.get("x-unwrap")
        found = []
        for media_type in media.preferred(content):
            held = content[media_type]
            schema = held.get("schema") if isinstance(held, Map) else None
            made = self._content(media_type, schema, scope, (word, status), len(content))
            kind = media.answer_kind(media_type, made)
            if isinstance(unwrap, str) and kind == "json":
                made = self._unwrapped(made, unwrap, node.where("x-unwrap"))
            found.append(
                ir.Response(
                    status,
                    kind,
                    media.answer_type(kind, made),
                    unwrap if isinstance(unwrap, str) and kind == "json" else None,
                    doc,
                    headers,
                    media_type,
                    node=schema,
                )
            )
        return list(found)

    def _unwrapped(self, made: ir.Type, name: str, at: Location) -> ir.Type:
        self.lowerer.finish()
        definition = self.lowerer.definitions.get(made.key) if isinstance(made, ir.Named) else None
        if isinstance(definition, ir.Model):
            for prop in definition.properties:
                if prop.wire == name:
                    return ir.Nullable(prop.type) if prop.nullable else prop.type
        if made != ANY or not self.workspace.report.problems:  # or else references lead nowhere
            self.workspace.report.add(
                "malformed", at, f"the response's schema is no object with a property {name!r}"
            )
        return ANY

    def _header_docs(self, node: Map) -> tuple[str, ...]:
        headers = node.get("headers")
        found = []
        for name, reference in headers.items() if isinstance(headers, Map) else ():
            header = self.workspace.follow(reference) if isinstance(reference, Map) else None
            text = header.get("description") if header is not None else None
            found.append(one_line(f"{name}: {text}" if isinstance(text, str) else name))
        return tuple(found)
