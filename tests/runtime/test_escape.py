"""Every place, style and kind of value against what RFC 6570 and OpenAPI make of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.runtime import params
from modelhunter.runtime.call import Call, Operation, query_text
from modelhunter.runtime.escape import component, reserved_in_path, reserved_in_query

LIST, OBJECT = ["a b", "c&d"], {"R": 100, "G": "x=y"}
texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("style", "explode", "value", "sent"),
    [
        ("form", True, "a b", "q=a%20b"),
        ("form", True, LIST, "q=a%20b&q=c%26d"),
        ("form", True, OBJECT, "R=100&G=x%3Dy"),
        ("form", False, "a,b", "q=a%2Cb"),
        ("form", False, LIST, "q=a%20b,c%26d"),
        ("form", False, OBJECT, "q=R,100,G,x%3Dy"),
        ("spaceDelimited", True, LIST, "q=a%20b&q=c%26d"),
        ("spaceDelimited", False, LIST, "q=a%20b%20c%26d"),
        ("pipeDelimited", True, LIST, "q=a%20b&q=c%26d"),
        ("pipeDelimited", False, LIST, "q=a%20b%7Cc%26d"),
        ("pipeDelimited", False, OBJECT, "q=R%7C100%7CG%7Cx%3Dy"),
        ("deepObject", True, OBJECT, "q%5BR%5D=100&q%5BG%5D=x%3Dy"),
        ("form", True, Decimal("12345678901234567890.120"), "q=12345678901234567890.120"),
        ("form", False, [Decimal("1.50"), True, None], "q=1.50,true,"),
    ],
)
def test_query(style: str, explode: bool, value: Any, sent: str) -> None:
    assert query_text(params.query("q", value, style, explode)) == sent


@pytest.mark.parametrize(
    ("style", "explode", "value", "sent"),
    [
        ("simple", False, "a/b", "a%2Fb"),
        ("simple", False, LIST, "a%20b,c%26d"),
        ("simple", False, OBJECT, "R,100,G,x%3Dy"),
        ("simple", True, OBJECT, "R=100,G=x%3Dy"),
        ("label", False, LIST, ".a%20b,c%26d"),
        ("label", True, LIST, ".a%20b.c%26d"),
        ("label", True, OBJECT, ".R=100.G=x%3Dy"),
        ("matrix", False, LIST, ";p=a%20b,c%26d"),
        ("matrix", True, LIST, ";p=a%20b;p=c%26d"),
        ("matrix", True, OBJECT, ";R=100;G=x%3Dy"),
        ("simple", False, Decimal("1.50"), "1.50"),
    ],
)
def test_path(style: str, explode: bool, value: Any, sent: str) -> None:
    operation = Operation[None]("x", "GET", "/{p}", "safe")
    call = Call(operation, path_params={"p": params.path("p", value, style, explode)})
    assert call.target == f"/{sent}"


@pytest.mark.parametrize(
    ("given", "query", "path"),
    [
        ("a/b:c d", "a/b:c%20d", "a%2Fb:c%20d"),
        ("a#b", "a%23b", "a%23b"),
        ("a?b", "a?b", "a%3Fb"),
        ("a&b+c", "a%26b%2Bc", "a&b+c"),
        ("a%20b", "a%20b", "a%20b"),
        ("100%", "100%25", "100%25"),
        ("%zz%4", "%25zz%254", "%25zz%254"),
        ("[é]", "%5B%C3%A9%5D", "%5B%C3%A9%5D"),
    ],
)
def test_reserved_characters_stay_where_they_end_nothing(given: str, query: str, path: str) -> None:
    assert (reserved_in_query(given), reserved_in_path(given)) == (query, path)
    assert query_text(params.query("q", given, reserved=True)) == f"q={query}"
    assert query_text(params.query("q", {"k": given}, "deepObject", True, True)) == (
        f"q%5Bk%5D={query}"
    )


@given(st.dictionaries(texts.filter(bool), texts), texts)
def test_what_a_server_reads_is_what_was_given(pairs: dict[str, str], last: str) -> None:
    made = [pair for name, value in pairs.items() for pair in params.query(name, value)]
    sent = query_text([*made, *params.query("last", last)])
    assert parse_qsl(sent, keep_blank_values=True) == [*pairs.items(), ("last", last)]


@given(texts)
def test_reserved_text_without_triples_reaches_the_server_whole(text: str) -> None:
    plain = text.replace("%", "")
    sent = query_text([("q", reserved_in_query(plain)), ("z", "1")])
    assert parse_qsl(sent, keep_blank_values=True) == [("q", plain), ("z", "1")]
    assert unquote(component(text)) == text
