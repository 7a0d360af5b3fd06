"""Small descriptions that say little take little work, however they say it: nothing doubles.

Work is counted in calls of Python functions, so that the tests know no clock.
"""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sample_package import description, save

from modelhunter_codegen import unions
from modelhunter_codegen.build import build
from modelhunter_codegen.diff import compare
from modelhunter_codegen.problems import DescriptionError, Report
from modelhunter_codegen.proven import module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Link = Callable[[int], Any]

LAST = {"type": "object", "properties": {"a": {"type": "string"}}}


def ref(number: int) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/S{number}"}


def listed(item: Any) -> dict[str, Any]:
    return {"type": "array", "items": item}


def owner(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


CHAINS: dict[str, Link] = {
    "allOf twice": lambda n: {"allOf": [ref(n), ref(n)]},
    "allOf with more": lambda n: {"allOf": [ref(n), ref(n)], **owner(**{f"p{n}": {}})},
    "allOf in allOf": lambda n: {"allOf": [ref(n), {"allOf": [ref(n)]}]},
    "allOf beside $ref": lambda n: {**ref(n), "allOf": [ref(n)]},
    "oneOf twice": lambda n: {"oneOf": [ref(n), ref(n)]},
    "anyOf of allOf": lambda n: {"anyOf": [{"allOf": [ref(n)]}, {"allOf": [ref(n)], "title": "x"}]},
    "oneOf of objects": lambda n: {"oneOf": [owner(x=ref(n)), owner(y=ref(n))]},
    "lists": lambda n: {"oneOf": [listed(ref(n)), listed(listed(ref(n)))]},
    "members": lambda n: owner(a=listed(ref(n)), b=listed(ref(n))),
    "tuples": lambda n: {"type": "array", "prefixItems": [ref(n), ref(n)], "items": False},
    "maps": lambda n: {"additionalProperties": ref(n), "patternProperties": {"a": ref(n)}},
    "not": lambda n: {"allOf": [ref(n), {"not": {"required": [f"p{n}", "a"]}}, ref(n)]},
}


def chain(link: Link, links: int, last: Any = LAST) -> dict[str, Any]:
    """Schemas each of which leads to the next, and an operation that sends and reads the first."""
    schemas = {f"S{n}": link(n + 1) for n in range(links)} | {f"S{links}": last}
    content = {"application/json": {"schema": ref(0)}}
    operation = {
        "operationId": "x",
        "requestBody": {"content": content},
        "responses": {"200": {"description": "", "content": content}},
    }
    return description(schemas, {"/x": {"post": operation}})


def work(folder: Path, spec: dict[str, Any], allowed: set[str] | None = None) -> int:
    """How many functions are called to generate from a description, or to refuse it."""
    path = save(folder, json.dumps(spec))
    return calls_of(lambda: build(path, module("made"), Report(allowed=allowed or set())))


def work_of_diff(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> int:
    """The same of comparing two descriptions."""
    paths = [
        save(folder, json.dumps(spec), f"{name}.json") for name, spec in (("a", old), ("b", new))
    ]
    return calls_of(lambda: compare(*paths))


def calls_of(act: Callable[[], object]) -> int:
    """How many functions are called; a description may be refused meanwhile."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    gc.disable()
    sys.setprofile(count)
    try:
        act()
    except DescriptionError:
        pass
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


@pytest.mark.parametrize("kind", CHAINS)
def test_a_chain_costs_no_more_than_its_links_squared(tmp_path: Path, kind: str) -> None:
    short, long = (work(tmp_path, chain(CHAINS[kind], links)) for links in (8, 24))
    assert long < 9 * short


@pytest.mark.parametrize("kind", CHAINS)
def test_a_change_at_the_end_of_a_chain_is_found_as_cheaply(tmp_path: Path, kind: str) -> None:
    after = {"type": "object", "properties": {"a": {"type": "integer"}}}
    short, long = (
        work_of_diff(tmp_path, chain(CHAINS[kind], n), chain(CHAINS[kind], n, after))
        for n in (8, 24)
    )
    assert long < 9 * short


def test_what_combines_without_end_is_told(
    tmp_path: Path,
    problems: Callable[[dict[str, Any]], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def link(number: int) -> dict[str, Any]:
        others = [ref(number), {"allOf": [ref(number)], **owner(z={})}]
        return {**owner(q={"type": "string"}), "oneOf": others}

    monkeypatch.setattr(unions, "_MOST_IN_ALL", 200)
    assert problems(chain(link, 4)) == []
    assert {one.partition(" ")[0] for one in problems(chain(link, 12))} == {"too-many-combinations"}
    assert work(tmp_path, chain(link, 24)) < 6 * work(tmp_path, chain(link, 8))


@pytest.mark.parametrize(
    "link",
    [ref, lambda n: {"allOf": [ref(n)]}, lambda n: {"allOf": [ref(n)], **owner(b={})}, listed],
)
def test_a_chain_that_is_too_long_is_told(
    tmp_path: Path, problems: Callable[[dict[str, Any]], list[str]], link: Link
) -> None:
    given = link if link is not listed else lambda n: listed(ref(n))
    found = problems(chain(given, 400))
    assert {one.partition(" ")[0] for one in found} == {"too-deep"}


@pytest.mark.parametrize(
    ("what", "spec"),
    [
        (
            "an enum and its like",
            lambda n: {"allOf": [{"enum": [*range(n)]}, {"enum": [*range(n)]}]},
        ),
        (
            "members of one name",
            lambda n: owner(**{f"a{'-' * (m % 30)}b{'_' * (m // 30)}": {} for m in range(n)}),
        ),
        ("alternatives", lambda n: {"oneOf": [owner(**{f"p{m}": {}}) for m in range(n)]}),
        ("words", lambda n: {"enum": [f"a{'-' * (m % 30)}b{'_' * (m // 30)}" for m in range(n)]}),
        (
            "members that nobody declares",
            lambda n: {"required": [f"p{m}" for m in range(n)], **LAST},
        ),
    ],
)
def test_what_is_long_costs_as_it_is_long(tmp_path: Path, what: str, spec: Any) -> None:
    short, long = (work(tmp_path, description({"S": spec(n)})) for n in (200, 800))
    assert long < 6 * short


def test_a_family_costs_as_it_is_large(tmp_path: Path) -> None:
    def family(number: int) -> dict[str, Any]:
        base = {"discriminator": {"propertyName": "k"}, **owner(k={"type": "string"})}
        kinds = {f"K{n}": {"allOf": [ref(0), owner(**{f"p{n}": {}})]} for n in range(number)}
        return description({"S0": base, **kinds})

    short, long = (work(tmp_path, family(number)) for number in (50, 200))
    assert long < 6 * short


def test_variables_of_servers_are_filled_in_once(tmp_path: Path, make: Callable[..., Any]) -> None:
    letters = "abcdefghijkl"
    variables = {
        one: {"default": f"{{{following}}}" * 10}
        for one, following in zip(letters, letters[1:] + "z", strict=True)
    }
    servers = [{"url": "https://x/" + "{a}" * 10, "variables": variables}]
    assert make({"A": LAST}, servers=servers).module().SERVERS == ("https://x/" + "{b}" * 100,)


def nested(depth: int, around: Callable[[Any], Any]) -> Any:
    found: Any = {"type": "string"}
    for _ in range(depth):
        found = around(found)
    return found


@pytest.mark.parametrize("around", [listed, lambda x: {"additionalProperties": x}])
def test_what_is_nested_too_deep_for_python_is_told(
    make: Callable[..., Any], problems: Callable[..., list[str]], around: Callable[[Any], Any]
) -> None:
    made = make({"S": owner(a=nested(39, around)), "T": nested(39, around)})
    for name in ("models.s", "models.t"):
        made.module(name)
    for depth in (41, 150, 350):
        assert problems(description({"T": nested(depth, around)})) in (
            ["too-deep /components/schemas/T"],
            ["unreadable "],
        )
        assert problems(description({"S": owner(a=nested(depth, around))})) in (
            ["too-deep /components/schemas/S"],
            ["unreadable "],
        )
