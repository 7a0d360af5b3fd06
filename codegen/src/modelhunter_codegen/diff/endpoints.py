"""Changes of endpoint functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from modelhunter_codegen import ir
from modelhunter_codegen.arguments import flat_model
from modelhunter_codegen.deprecated_names import former_names
from modelhunter_codegen.diff.facts import plain_changes
from modelhunter_codegen.diff.limits import facts_of, same_facts
from modelhunter_codegen.diff.reading import location
from modelhunter_codegen.diff.renames import Rename, find_renames
from modelhunter_codegen.lock_names import without_parameters
from modelhunter_codegen.names import snake
from modelhunter_codegen.source import Map

if TYPE_CHECKING:
    from modelhunter_codegen.client.security import Needs
    from modelhunter_codegen.diff.changes import Impact
    from modelhunter_codegen.diff.models import ModelComparison, Places
    from modelhunter_codegen.diff.reading import Description
    from modelhunter_codegen.proven import Name

_SAFETY = ("safe", "idempotent", "unsafe")
_USUAL = "that of the API"


def functions(description: Description) -> dict[str, ir.Endpoint]:
    """The endpoint functions by the name that users write."""
    return {
        f"{module}.{endpoint.python}": endpoint
        for module, endpoints in description.package.endpoints.items()
        for endpoint in endpoints
    }


@define(eq=False)
class EndpointComparison:
    """Compares the functions of an old and a new description."""

    models: ModelComparison

    def compare(self) -> None:
        """Record how the functions changed."""
        before, after = functions(self.models.old), functions(self.models.new)
        gone = {name: one for name, one in before.items() if name not in after}
        come = {name: one for name, one in after.items() if name not in before}
        for rename in endpoint_renames(gone, come):
            old, new = gone.pop(rename.old), come.pop(rename.new)
            words = f"the function is called {rename.new} now"
            if rename.declared:
                words += "; the old name works for one release and warns"
            impact: Impact = "possibly" if rename.declared else "breaking"
            self._add(impact, "function-renamed", rename.old, words, old, new)
            self._function(rename.new, old, new)
        for name, endpoint in gone.items():
            self._add("breaking", "function-removed", name, "the function is gone", endpoint, None)
        for name, endpoint in come.items():
            words = f"the function is new ({endpoint.method} {endpoint.path})"
            self._add("safe", "function-added", name, words, None, endpoint, adds=True)
        for name, endpoint in before.items():
            if name in after:
                self._function(name, endpoint, after[name])

    def _add(
        self,
        impact: Impact,
        kind: str,
        about: str,
        words: str,
        old: ir.Endpoint | ir.Parameter | None,
        new: ir.Endpoint | ir.Parameter | None,
        *,
        adds: bool = False,
    ) -> None:
        at: Places = (location(old.node) if old else None, location(new.node) if new else None)
        self.models.changes.add(impact, kind, about, words, at, adds=adds)

    # ------------------------------------------------------------------------ one function

    def _function(self, name: str, old: ir.Endpoint, new: ir.Endpoint) -> None:
        if old.method != new.method:
            words = f"it is sent by {new.method}, was {old.method}"
            self._add("possibly", "method-changed", name, words, old, new)
        if old.operation_id != new.operation_id and old.python == new.python:
            words = f"its operationId is {new.operation_id} now; the function keeps its name"
            self._add("safe", "operation-id-changed", name, words, old, new)
        if _template(old) != _template(new):
            words = f"it goes to {new.path}, was {old.path}"
            self._add("safe", "path-changed", name, words, old, new)
        if old.server != new.server:
            words = f"its server is {new.server or _USUAL}, was {old.server or _USUAL}"
            self._add("possibly", "server-changed", name, words, old, new)
        if old.safety != new.safety:
            again = _SAFETY.index(new.safety) < _SAFETY.index(old.safety)
            how = "more often" if again else "less often"
            words = f"it is {new.safety}, was {old.safety}: sent again {how} after a failure"
            self._add("possibly", "safety-changed", name, words, old, new)
        if new.deprecated and not old.deprecated:
            self._add("safe", "deprecated", name, "it is deprecated", old, new)
        elif old.deprecated and not new.deprecated:
            words = "it is not deprecated any more"
            self._add("safe", "no-longer-deprecated", name, words, old, new)
        for impact, kind, words in plain_changes(old, new):
            self._add(impact, kind, name, words, old, new)
        self._needs(name, old, new)
        self._parameters(name, old, new)
        self._body(name, old, new)
        self._answers(name, old, new)

    def _needs(self, name: str, old: ir.Endpoint, new: ir.Endpoint) -> None:
        before = self._shown(old, self.models.old)
        after = self._shown(new, self.models.new)
        if before == after:
            return
        enough = all(any(set(one) <= set(had) for one in after or ((),)) for had in before or ((),))
        words = f"it needs {_credentials(after)}, was {_credentials(before)}"
        at: Places = (location(old.node, "security"), location(new.node, "security"))
        self.models.changes.add(
            "safe" if enough else "breaking", "security-changed", name, words, at
        )

    def _shown(self, endpoint: ir.Endpoint, description: Description) -> Needs:
        needs = description.security.default if endpoint.security is None else endpoint.security
        return needs or ()

    def _parameters(self, name: str, old: ir.Endpoint, new: ir.Endpoint) -> None:
        before: dict[Name, ir.Parameter] = {one.python: one for one in old.parameters}
        after: dict[Name, ir.Parameter] = {one.python: one for one in new.parameters}
        gone: dict[Name, ir.Parameter] = {k: one for k, one in before.items() if k not in after}
        come: dict[Name, ir.Parameter] = {k: one for k, one in after.items() if k not in before}
        renames = find_renames(
            {one.wire: one for one in gone.values()},
            {one.wire: one for one in come.values()},
            former=lambda one: former_names(one.node),
            equal=self._equal,
            telling=lambda one: one.place == "path" or not isinstance(one.type, ir.Scalar),
        )
        for rename in renames:
            self._renamed(name, gone, come, rename)
        for key, one in gone.items():
            words = f"the argument {key} is gone"
            self._add("breaking", "parameter-removed", name, words, one, new)
        for key, one in come.items():
            if one.required:
                words = f"the new argument {key} must be given"
                self._add("breaking", "required-parameter-added", name, words, old, one)
            else:
                words = f"the argument {key} is new"
                self._add("safe", "parameter-added", name, words, old, one, adds=True)
        for key, one in before.items():
            if key in after:
                self._parameter(name, one, after[key])
        self._order(name, old, new)

    def _equal(self, old: ir.Parameter, new: ir.Parameter) -> bool:
        return (
            (old.place == new.place and old.required == new.required)
            and self.models.fitting.relation(old.type, new.type) == "same"
            and same_facts(
                facts_of(self.models.old.lowerer, _schema(old)),
                facts_of(self.models.new.lowerer, _schema(new)),
            )
        )

    def _renamed(
        self,
        name: str,
        gone: dict[Name, ir.Parameter],
        come: dict[Name, ir.Parameter],
        rename: Rename,
    ) -> None:
        old = next(one for one in gone.values() if one.wire == rename.old)
        new = next(one for one in come.values() if one.wire == rename.new)
        del gone[old.python], come[new.python]
        words = f"the argument {old.python} is called {new.python} now"
        impact: Impact = "breaking"
        if old.place == new.place == "path":
            words += "; it can still be given by its place"
            impact = "possibly"
        elif rename.declared:
            words += "; the old name works for one release and warns"
            impact = "possibly"
        self._add(impact, "parameter-renamed", name, words, old, new)
        self._parameter(name, old, new)

    def _parameter(self, name: str, old: ir.Parameter, new: ir.Parameter) -> None:
        if old.wire != new.wire and old.python == new.python:
            words = f"{new.python} is {new.wire!r} on the wire, was {old.wire!r}"
            self._add("safe", "wire-name-changed", name, words, old, new)
        if old.place != new.place:
            impact: Impact = "breaking" if "path" in (old.place, new.place) else "safe"
            words = f"{new.python} is sent in the {new.place}, was in the {old.place}"
            self._add(impact, "place-changed", name, words, old, new)
        if new.required and not old.required:
            words = f"{new.python} must be given now"
            self._add("breaking", "now-required", name, words, old, new)
        elif old.required and not new.required:
            words = f"{new.python} can be left out now"
            self._add("safe", "no-longer-required", name, words, old, new, adds=True)
        at: Places = (location(old.node), location(new.node))
        ways = {"sent": True, "received": False}
        self.models.compare_type(old.type, new.type, name, new.python, at, **ways)
        self.models.compare_limits(_schema(old), _schema(new), name, new.python, at, **ways)
        if old.place != new.place:
            return  # where it goes now says how it is written there
        for impact, kind, words in plain_changes(old, new, new.python):
            self._add(impact, kind, name, words, old, new)

    def _order(self, name: str, old: ir.Endpoint, new: ir.Endpoint) -> None:
        before = [one.python for one in old.parameters if one.place == "path"]
        after = [one.python for one in new.parameters if one.place == "path"]
        if before != after and sorted(before) == sorted(after):
            words = f"its arguments come in another order: {', '.join(after)}"
            self._add("breaking", "order-changed", name, words, old, new)

    # ------------------------------------------------------------------------ bodies

    def _body(self, name: str, old: ir.Endpoint, new: ir.Endpoint) -> None:
        before, after = old.body, new.body
        if before is None and after is None:
            return
        if old.input_class is not None or new.input_class is not None:
            return  # its typed input is a matter of the catalogue
        if before is None or after is None:
            gone = after is None
            must = after is not None and after.required
            impact: Impact = "breaking" if gone or must else "safe"
            words = "it takes no body any more" if gone else "it takes a body now"
            kind = "body-removed" if gone else "body-added"
            self._add(impact, kind, name, words, old, new, adds=not gone)
            return
        at: Places = (location(old.node, "requestBody"), location(new.node, "requestBody"))
        if before.kind != after.kind or before.media_type != after.media_type:
            words = f"the body is sent as {after.media_type}, was {before.media_type}"
            self.models.changes.add("possibly", "body-kind-changed", name, words, at)
        flat_before = flat_model(old, self.models.old.package.definitions) is not None
        flat_after = flat_model(new, self.models.new.package.definitions) is not None
        if flat_before != flat_after:
            how = ("as one argument", "field by field")
            words = f"the body is given {how[flat_after]}, was {how[flat_before]}"
            self.models.changes.add("breaking", "body-given-otherwise", name, words, at)
        if after.required and not before.required:
            self.models.changes.add(
                "breaking", "now-required", name, "the body must be given now", at
            )
        elif before.required and not after.required:
            words = "the body can be left out now"
            self.models.changes.add("safe", "no-longer-required", name, words, at, adds=True)
        ways = {"sent": True, "received": False}
        self.models.compare_type(before.type, after.type, name, "the body", at, **ways)
        self.models.compare_limits(before.node, after.node, name, "the body", at, **ways)
        self._encodings(name, before, after, at)

    def _encodings(self, name: str, old: ir.RequestBody, new: ir.RequestBody, at: Places) -> None:
        before, after = dict(old.encoding), dict(new.encoding)
        usual = ir.PartEncoding()
        for wire in dict.fromkeys((*before, *after)):
            one, other = before.get(wire, usual), after.get(wire, usual)
            for impact, kind, words in plain_changes(one, other, wire):
                self.models.changes.add(impact, kind, name, words, at)

    # ------------------------------------------------------------------------ answers

    def _answers(self, name: str, old: ir.Endpoint, new: ir.Endpoint) -> None:
        at: Places = (location(old.node, "responses"), location(new.node, "responses"))
        before = ir.Union(tuple(answer.type for answer in old.answers))
        after = ir.Union(tuple(answer.type for answer in new.answers))
        kinds = {answer.kind for answer in new.answers} != {answer.kind for answer in old.answers}
        if kinds and self.models.fitting.relation(before, after) == "same":
            words = f"it answers {_listed(new)}, was {_listed(old)}"
            self.models.changes.add("breaking", "answer-kind-changed", name, words, at)
        ways = {"sent": False, "received": True}
        self.models.compare_type(before, after, name, "the answer", at, **ways)
        self._same_answers(name, old.answers, new.answers, "the answer", at)
        self._same_answers(name, old.errors, new.errors, "the error", at)
        for status in sorted(_statuses(old.errors) & _statuses(new.errors)):
            failed, fails = (
                ir.Union(tuple(one.type for one in found if one.status == status))
                for found in (old.errors, new.errors)
            )
            self.models.compare_type(failed, fails, name, f"the error {status}", at, **ways)
        for status in _statuses(old.answers) - _statuses(new.answers):
            self._status("safe", "status-removed", name, f"it never answers {status} any more", at)
        for status in _statuses(new.answers) - _statuses(old.answers):
            self._status("safe", "status-added", name, f"it may answer {status} now", at)
        for status in _statuses(old.errors) - _statuses(new.errors):
            words = f"the error {status} is not documented any more"
            self._status("safe", "error-removed", name, words, at)
        for status in _statuses(new.errors) - _statuses(old.errors):
            self._status("safe", "error-added", name, f"it may fail with {status} now", at)

    def _same_answers(
        self,
        name: str,
        old: tuple[ir.Response, ...],
        new: tuple[ir.Response, ...],
        what: str,
        at: Places,
    ) -> None:
        """What changed in answers that have one status and one media type."""
        before = {(one.status, one.media_type): one for one in old}
        for one in new:
            earlier = before.pop((one.status, one.media_type), None)
            if earlier is None:
                continue
            about = f"{what} {one.status}"
            self.models.compare_limits(
                earlier.node, one.node, name, about, at, sent=False, received=True
            )
            for impact, kind, words in plain_changes(earlier, one, one.status):
                self.models.changes.add(impact, kind, name, words, at)
        fresh = {(one.status, one.media_type) for one in new} - {
            (one.status, one.media_type) for one in old
        }
        for status in sorted({status for status, _ in before} & {status for status, _ in fresh}):
            kinds = [kind for found, kind in sorted(fresh) if found == status]
            lost = [kind for found, kind in sorted(before) if found == status]
            if "" in (*kinds, *lost):
                continue  # the type says that nothing comes any more, or something now
            words = f"{what} {status} comes as {_listing(kinds)}, was {_listing(lost)}"
            self.models.changes.add("safe", "media-type-changed", name, words, at)

    def _status(self, impact: Impact, kind: str, name: str, words: str, at: Places) -> None:
        self.models.changes.add(impact, kind, name, words, at)


def endpoint_renames(gone: dict[str, ir.Endpoint], come: dict[str, ir.Endpoint]) -> list[Rename]:
    """Functions that went by another name: declared, or with the same method and path."""

    def former(one: ir.Endpoint) -> list[str]:
        own = former_function_names(one)
        return [name for name, old in gone.items() if old.python in own and _alike(old, one)]

    return find_renames(gone, come, former=former, equal=_alike_in_place, telling=lambda one: True)


def former_function_names(endpoint: ir.Endpoint) -> tuple[str, ...]:
    """The Python names that a function had, by the operation's ``x-renamed-from``."""
    return tuple(snake(name) for name in former_names(endpoint.node))


def _alike(old: ir.Endpoint, new: ir.Endpoint) -> bool:
    bodies = [one.body.media_type if one.body else None for one in (old, new)]
    return (old.module, old.accept, bodies[0]) == (new.module, new.accept, bodies[1])


def _template(endpoint: ir.Endpoint) -> str:
    """A path without the names of its parameters, which are no part of an address."""
    return without_parameters(endpoint.path)


def _alike_in_place(old: ir.Endpoint, new: ir.Endpoint) -> bool:
    kinds = [(one.body.kind if one.body else None, one.accept) for one in (old, new)]
    places = [(one.method, _template(one)) for one in (old, new)]
    return places[0] == places[1] and kinds[0] == kinds[1]


def _schema(parameter: ir.Parameter) -> object:
    node = parameter.node
    content = node.get("content")
    if isinstance(content, Map) and content:
        held = next(iter(content.values()))
        return held.get("schema") if isinstance(held, Map) else None
    return node.get("schema")


def _listing(kinds: list[str]) -> str:
    return " or ".join(kind or "nothing" for kind in kinds)


def _credentials(needs: Needs) -> str:
    return " or ".join(" and ".join(names) or "nothing" for names in needs) or "no credentials"


def _statuses(responses: tuple[ir.Response, ...]) -> set[str]:
    return {response.status for response in responses}


def _listed(endpoint: ir.Endpoint) -> str:
    return " or ".join(dict.fromkeys(answer.kind for answer in endpoint.answers))
