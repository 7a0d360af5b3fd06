"""Modules of endpoint functions: typed arguments in, an unsent Call out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, evolve, frozen

from modelhunter_codegen import ir, media, names, proven
from modelhunter_codegen.arguments import flat_model
from modelhunter_codegen.deprecated_names import renamed_arguments, renamed_functions
from modelhunter_codegen.render.models import field_annotation
from modelhunter_codegen.render.module import RENAMED, Module
from modelhunter_codegen.render.types import WRITE, Types, function_name
from modelhunter_codegen.source_literals import docstring, literal, one_line
from modelhunter_codegen.streamed import is_event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from modelhunter_codegen.proven import Code, ModuleName, Name

CALL: Code = "modelhunter.runtime.call"
PLUGINS: Code = "modelhunter.plugins"
_INPUTS = ir.Home(proven.module("inputs"))
_JOB = (proven.name("given"), proven.name("webhook_url"), proven.name("metadata"))
_JOB_WORDS = (
    "The inputs, or a checked submission of them.",
    "Address that is told when the task ends.",
    "Anything of your own, given back with the task.",
)
"""The arguments of a function that starts a job."""
_ANSWER_KINDS: dict[str, Code] = {
    "json": "json",
    "events": "text",
    "lines": "text",
    "parts": "bytes",
    "text": "text",
    "bytes": "bytes",
    "empty": "empty",
}
_ITEMS: dict[str, Code] = {"events": "events", "lines": "json_lines", "parts": "parts"}
"""What reads answers that are items one after another."""


@frozen
class _Argument:
    """One argument of an endpoint function."""

    name: Name
    annotation: Code
    default: Code | None
    doc: str
    positional: bool = False


def render_endpoints(
    package: ModuleName,
    path: Name,
    doc: tuple[str, ...],
    endpoints: Sequence[ir.Endpoint],
    definitions: Mapping[str, ir.Definition],
) -> Code:
    """The module of one tag."""
    functions: set[Code] = {endpoint.python for endpoint in endpoints}
    module = Module(package, proven.module(path), doc, frozenset(functions & names.TYPES))
    module.define_names(functions | _argument_names(endpoints))
    module.use(CALL, "ResponseDecoder")
    module.use(CALL, "Call")
    module.use(CALL, "Operation")
    for endpoint in endpoints:
        _Function(module, Types(module, definitions, qualified=True), endpoint).render()
    module.add_last(*_former_functions(module, renamed_functions(endpoints)))
    return module.source()


def _former_functions(module: Module, renamed: Mapping[Name, Name]) -> list[Code]:
    """Access by old names; type checkers don't see it, or they would let any name pass."""
    if not renamed:
        return []
    module.use_module(RENAMED, "_renamed")
    module.use("typing", "TYPE_CHECKING")
    return [
        "",
        "if not TYPE_CHECKING:",
        "    def __getattr__(name):",
        f"        return _renamed.member(globals(), name, {literal(dict(renamed))})",
    ]


def _argument_names(endpoints: Sequence[ir.Endpoint]) -> set[Name]:
    """The names of all arguments, so that nothing is imported under a name that one hides."""
    found: set[Name] = set()
    for endpoint in endpoints:
        found.update(parameter.python for parameter in endpoint.parameters)
        if endpoint.input_class is None:
            found.update((endpoint.fields or {}).values())
        else:
            found.update(_JOB)
    return found


def answer_annotation(types: Types, answers: Sequence[ir.Response]) -> Code:
    """The type of what a call returns."""
    parts: list[Code] = [types.annotation(answer.type) for answer in answers]
    if "[" not in "".join(parts):
        parts = " | ".join(parts).split(" | ")
    return " | ".join(dict.fromkeys(parts))


def operation_name(endpoint: ir.Endpoint) -> Name:
    """The constant that has an endpoint's ``Operation``."""
    name = proven.name(f"_{endpoint.python.upper()}")
    if name.lower() != f"_{endpoint.python}":  # some letters have no capital of their own
        return proven.name(f"_{endpoint.python}_operation")
    return name


@define
class _Function:
    """Renders one endpoint: its Operation and its function."""

    module: Module
    types: Types
    endpoint: ir.Endpoint

    def render(self) -> None:
        endpoint = self.endpoint
        constant = operation_name(endpoint)
        result = answer_annotation(self.types, endpoint.answers)
        model = None
        if endpoint.input_class is None:
            model = flat_model(endpoint, self.types.definitions)
        arguments = self._arguments(model)
        self.module.add_last("", f"{constant}: Operation[{result}] = {self._operation()}")
        signature = self._signature(arguments)
        body = self._body(model)
        call: list[Code] = [constant, *self._call_arguments(body)]
        renamed = renamed_arguments(endpoint, model)
        decorators: list[Code] = []
        if renamed:
            self.module.use_module(RENAMED, "_renamed")
            decorators.append(f"@_renamed.arguments({literal(renamed)})")
        self.module.add(
            "",
            "",
            *decorators,
            f"def {endpoint.python}({signature}) -> Call[{result}]:",
            docstring(self._doc(arguments), "    "),
            *self._before(model),
            f"    return Call({', '.join(call)})",
        )

    # ------------------------------------------------------------------------ answers

    def _operation(self) -> Code:
        endpoint = self.endpoint
        answers = "".join(f"{literal(a.status)}: {self._answer(a)}, " for a in endpoint.answers)
        merged: dict[str, Code] = {}
        for error in endpoint.errors:
            merged.setdefault(error.status, self._answer(error))
        errors = "".join(f"{literal(status)}: {answer}, " for status, answer in merged.items())
        fields: list[Code] = [
            literal(endpoint.operation_id),
            literal(endpoint.method),
            literal(endpoint.path),
            literal(endpoint.safety),
            f"answers={{{answers}}}",
        ]
        if errors:
            fields.append(f"errors={{{errors}}}")
        if endpoint.security is not None:
            fields.append(f"security={literal(endpoint.security)}")
        if endpoint.server is not None:
            fields.append(f"server={literal(endpoint.server)}")
        if endpoint.stream is not None and isinstance(endpoint.stream.type, ir.ListOf):
            types = evolve(self.types, exact=endpoint.stream.exact)
            reader = self._items(types, endpoint.stream, endpoint.stream.type.item)
            fields.append(f"stream=({literal(endpoint.stream.media_type)}, {reader})")
        return f"Operation({', '.join(fields)})"

    def _answer(self, answer: ir.Response) -> Code:
        hint = names.longer(self.endpoint.python, "_", answer.status.lower())
        types = evolve(self.types, exact=answer.exact)
        made = answer.type
        if answer.kind in _ITEMS and isinstance(made, ir.ListOf):
            reader = self._items(types, answer, made.item)
        elif answer.kind == "bytes":
            reader = types.helper("anything")
        else:
            reader = types.reader(made, hint)
        if answer.unwrap is not None:
            reader = f"{types.helper('member')}({literal(answer.unwrap)}, {reader})"
        charset = media.charset(answer.media_type)
        more = ", exact=True" if answer.exact else ""
        more += f", charset={literal(charset)}" if charset else ""
        return f"ResponseDecoder({literal(_ANSWER_KINDS[answer.kind])}, {reader}{more})"

    def _items(self, types: Types, answer: ir.Response, item: ir.Type) -> Code:
        """What reads an answer that is made of items."""
        hint = names.longer(self.endpoint.python, "_", answer.status.lower())
        whole = answer.kind == "events" and is_event(item, self.types.definitions)
        how: Code = ", whole=True" if whole else ""
        how += ", exact=True" if answer.exact else ""
        return f"{types.helper(_ITEMS[answer.kind])}({types.reader(item, hint)}{how})"

    # ------------------------------------------------------------------------ arguments

    def _arguments(self, model: ir.Model | None) -> list[_Argument]:
        arguments = [self._parameter(parameter) for parameter in self.endpoint.parameters]
        body = self.endpoint.body
        if self.endpoint.input_class is not None:
            arguments += self._of_a_job(self.endpoint.input_class)
        elif model is not None:
            files = Types(self.module, self.types.definitions, model.in_multipart, qualified=True)
            for prop in model.properties:
                if prop.read_only:
                    continue
                annotation, default = field_annotation(files, prop, model)
                doc = "\n".join(prop.doc)
                arguments.append(_Argument(self._field(prop.python), annotation, default, doc))
            if model.extra is not None:
                value = files.annotation(model.extra, given=True)
                dict_, str_ = self.module.type_name("dict"), self.module.type_name("str")
                arguments.append(
                    _Argument(
                        self._field(model.extra_name),
                        f"{dict_}[{str_}, {value}] | None",
                        "None",
                        "Members that the description does not name.",
                    )
                )
        elif body is not None:
            arguments.append(self._body_argument(body))
        return arguments

    def _parameter(self, parameter: ir.Parameter) -> _Argument:
        annotation = self.types.annotation(parameter.type, given=True)
        if not parameter.required:
            if annotation not in ("Any", "None"):
                annotation += " | None"
            return _Argument(parameter.python, annotation, "None", "\n".join(parameter.doc))
        return _Argument(
            parameter.python,
            annotation,
            None,
            "\n".join(parameter.doc),
            positional=parameter.place == "path",
        )

    def _of_a_job(self, input_class: Name) -> list[_Argument]:
        """The arguments of a function that starts a job."""
        submission = self.module.use_typing(PLUGINS, "Submission")
        given = self.module.own(_INPUTS, input_class, called=False)
        str_, any_ = self.module.type_name("str"), self.module.use_typing("typing", "Any")
        mapping = f"{self.module.use_typing('collections.abc', 'Mapping')}[{str_}, {any_}]"
        (first, hook, own), words = _JOB, _JOB_WORDS
        return [
            _Argument(first, f"{given} | {submission}", None, words[0], positional=True),
            _Argument(hook, f"{str_} | None", "None", words[1]),
            _Argument(own, f"{mapping} | None", "None", words[2]),
        ]

    def _field(self, name: Name) -> Name:
        """The argument for a field of the body."""
        return (self.endpoint.fields or {})[name]

    def _body_argument(self, body: ir.RequestBody) -> _Argument:
        files = Types(self.module, self.types.definitions, body.kind == "multipart", qualified=True)
        annotation = files.annotation(body.type, given=True)
        if body.kind == "raw":
            io = f"{self.module.use_typing('typing', 'IO')}[{self.module.type_name('bytes')}]"
            annotation = f"{self.module.type_name('bytes')} | {io}"
        doc = "\n".join(body.doc) or f"The body ({one_line(body.media_type)})."
        if body.required:
            return _Argument(self.endpoint.body_name, annotation, None, doc)
        if annotation not in ("Any", "None"):
            annotation += " | None"
        return _Argument(self.endpoint.body_name, annotation, "None", doc)

    def _signature(self, arguments: list[_Argument]) -> Code:
        positional = [a for a in arguments if a.positional]
        keywords = [a for a in arguments if not a.positional]
        parts: list[Code] = [f"{a.name}: {a.annotation}" for a in positional]
        if keywords:
            parts.append("*")
            for a in sorted(keywords, key=lambda a: a.default is not None):
                default: Code = "" if a.default is None else f" = {a.default}"
                parts.append(f"{a.name}: {a.annotation}{default}")
        return ", ".join(parts)

    # ------------------------------------------------------------------------ the call

    def _before(self, model: ir.Model | None) -> list[Code]:
        if model is None or not isinstance(self.endpoint.body, ir.RequestBody):
            return []
        cls = self.module.own(model.home, model.name, called=True)
        given: list[Code] = [
            f"{p.python}={self._field(p.python)}" for p in model.properties if not p.read_only
        ]
        if model.extra is not None:
            given.append(f"{model.extra_name}={self._field(model.extra_name)} or {{}}")
        return [f"    _body = {cls}({', '.join(given)})"]

    def _body(self, model: ir.Model | None) -> Code | None:
        body = self.endpoint.body
        if body is None:
            return None
        if self.endpoint.input_class is not None:
            self.module.use(CALL, "JsonBody")
            self.module.use_module(f"{PLUGINS}.inputs", "_inputs")
            return f"JsonBody(_inputs.request_body({', '.join(_JOB)}))"
        if model is not None:
            encode = self.module.own(model.home, function_name("encode", model.name), called=True)
            made = self._wrapped(body, f"{encode}(_body)")
            if body.required:
                return made
            absent: list[Code] = []
            for prop in model.properties:
                if not prop.read_only:
                    _, default = field_annotation(self.types, prop, model)
                    absent.append(f"{self._field(prop.python)} is {default or 'None'}")
            if model.extra is not None:
                absent.append(f"not {self._field(model.extra_name)}")
            unused = " and ".join(absent)
            return f"None if {unused} else {made}" if unused else made
        name = self.endpoint.body_name
        made = self._wrapped(body, name)
        return made if body.required else f"None if {name} is None else {made}"

    def _wrapped(self, body: ir.RequestBody, value: Code) -> Code:
        given = value == self.endpoint.body_name
        if body.kind == "text":
            self.module.use(CALL, "RawBody")
            charset = media.charset(body.media_type)
            if charset is None:
                kind = f"{body.media_type}; charset=utf-8"
                return f"RawBody({value}.encode(), {literal(kind)})"
            encoded = f"{self.types.helper('text_bytes', WRITE)}({value}, {literal(charset)})"
            return f"RawBody({encoded}, {literal(body.media_type)})"
        if body.kind == "raw":
            self.module.use(CALL, "RawBody")
            wild = "application/octet-stream" if "*" in body.media_type else body.media_type
            return f"RawBody({value}, {literal(wild)})"
        if body.kind == "json":
            self.module.use(CALL, "JsonBody")
            written = self.types.write_given(value, body.type) if given else value
            plain = body.media_type == "application/json" or "*" in body.media_type
            kind = "" if plain else f", {literal(body.media_type)}"
            return f"JsonBody({written}{kind})"
        self.module.use_module("modelhunter.runtime.forms", "_forms")
        encodings = "".join(
            f"{literal(name)}: {self._encoding(how)}, " for name, how in body.encoding
        )
        if body.kind == "form":
            self.module.use(CALL, "FormBody")
            return f"FormBody(_forms.form({value}, {{{encodings}}}))"
        self.module.use(CALL, "MultipartBody")
        items = f"_forms.members({value})" if given else f"{value}.items()"
        plain = body.media_type.partition(";")[0].strip() == "multipart/form-data"
        kind = "" if plain or "*" in body.media_type else f", {literal(body.media_type)}"
        return f"MultipartBody(_forms.parts({items}, {{{encodings}}}){kind})"

    @staticmethod
    def _encoding(how: ir.PartEncoding) -> Code:
        usual = ir.PartEncoding()
        fields: tuple[Code, ...] = ("style", "explode", "reserved", "content_type")
        given: list[Code] = [
            f"{name}={literal(getattr(how, name))}"
            for name in fields
            if getattr(how, name) != getattr(usual, name)
        ]
        if how.headers:
            pairs = ", ".join(f"{literal(name)}: {literal(value)}" for name, value in how.headers)
            given.append(f"headers={{{pairs}}}")
        return f"_forms.Encoding({', '.join(given)})"

    def _call_arguments(self, body: Code | None) -> list[Code]:
        by_place: dict[str, list[ir.Parameter]] = {}
        for parameter in self.endpoint.parameters:
            by_place.setdefault(parameter.place, []).append(parameter)
        arguments: list[Code] = []
        if by_place:
            self.module.use_module("modelhunter.runtime.params", "_params")
        if "path" in by_place:
            pairs = ", ".join(f"{literal(p.wire)}: {self._path_value(p)}" for p in by_place["path"])
            arguments.append(f"path_params={{{pairs}}}")
        if "query" in by_place:
            pairs = ", ".join(f"*{self._query_pairs(p)}" for p in by_place["query"])
            arguments.append(f"query=[{pairs}]")
        headers: list[Code] = []
        if self.endpoint.accept is not None:
            headers.append(f'"Accept": {literal(self.endpoint.accept)}')
        helpers: dict[str, Code] = {"header": "headers", "cookie": "cookies"}
        for place, helper in helpers.items():
            if place in by_place:
                items = ", ".join(
                    f"({literal(p.wire)}, {self._json_or(p)}, {literal(p.explode)})"
                    for p in by_place[place]
                )
                headers.append(f"**_params.{helper}({items})")
        if headers:
            arguments.append(f"headers={{{', '.join(headers)}}}")
        if body is not None:
            arguments.append(f"body={body}")
        return arguments

    def _json_or(self, parameter: ir.Parameter) -> Code:
        if not parameter.as_json:
            writers = self.types.leaf_writers(parameter.type)
            if not writers or writers.endswith(".DECIMAL_TEXTS"):  # those any parameter has
                return parameter.python
            return f"{self.types.helper('plain', WRITE)}({parameter.python}, {writers})"
        text = f"_params.json_text({parameter.python})"
        return text if parameter.required else f"None if {parameter.python} is None else {text}"

    def _path_value(self, parameter: ir.Parameter) -> Code:
        arguments = f"{literal(parameter.wire)}, {self._json_or(parameter)}"
        if parameter.style != "simple" or parameter.explode:
            arguments += f", {literal(parameter.style)}, {literal(parameter.explode)}"
        if parameter.allow_reserved:
            arguments += ", reserved=True"
        return f"_params.path({arguments})"

    def _query_pairs(self, parameter: ir.Parameter) -> Code:
        arguments = f"{literal(parameter.wire)}, {self._json_or(parameter)}"
        if parameter.style != "form" or not parameter.explode or parameter.allow_reserved:
            arguments += f", {literal(parameter.style)}, {literal(parameter.explode)}"
        if parameter.allow_reserved:
            arguments += ", reserved=True"
        return f"_params.query({arguments})"

    # ------------------------------------------------------------------------ documentation

    def _doc(self, arguments: list[_Argument]) -> list[str]:
        endpoint = self.endpoint
        lines = list(endpoint.doc) or [f"{endpoint.method} {one_line(endpoint.path)}"]
        told = [argument for argument in arguments if argument.doc]
        if told:
            lines += ["", "Args:"]
            for argument in told:
                lines.append(f"    {argument.name}: {one_line(argument.doc)}")
        returned = [answer for answer in endpoint.answers if answer.doc]
        if returned:
            lines += ["", "Returns:"]
            for answer in returned:
                text = one_line(" ".join(answer.doc))
                status = f"{answer.status}: " if len(endpoint.answers) > 1 else ""
                lines.append(f"    {status}{text}")
                lines += [f"    Header {header}" for header in answer.headers]
        if endpoint.errors:
            lines += ["", "Errors:"]
            seen: dict[str, str] = {}
            for error in endpoint.errors:
                seen.setdefault(error.status, one_line(" ".join(error.doc)))
            lines += [f"    {status}: {text}" for status, text in seen.items()]
        return lines
