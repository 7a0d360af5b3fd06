"""Patterns mean what they mean to Python, and no text makes them take without end."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelhunter.plugins import patterns
from modelhunter.plugins.patterns import BadPattern, TextTooLong, compiled

USUAL = [
    *("^[a-z]+$", "^https?://[^/]", "^(image/(png|jpeg)|video/mp4)$", "^sha256=[0-9a-f]{64}$", "x"),
    *(r"^\d{4}-\d\d$", "", "^.{1,2000}$", "[^,]", "a|b|cd"),
]
CATASTROPHIC = [
    *(r"^(a+)+$", r"^(\w+\s?)+$", "(a|aa)+$", "^(a|a)*$", "^(.*a){20}$", "a*a*a*a*a*b", r"\s+$"),
    *("^(([a-z])+.)+[A-Z]([a-z])+$", "(?:a?){30}a{30}", "^((a*)*)*$", "(x+x+)+y", r"^(\d+,?)*;"),
    *("(?=(a+)+b)a", "(?i)^(a+)+$", "(a+)+$(?<=b)", "^(a{1,9}){1,9}$"),
]

ATOMS = r"\d \w \s \W [ab] [^a] [a-c1] [\d_] \. \b \B \A \Z \n a b c . ^ $"
atoms = st.sampled_from([*ATOMS.split(" "), " "])
quantifiers = st.sampled_from(
    ["", "", "", "*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{2,}", "{0}"]
)


def _extended(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = st.builds("{}{}".format, inner.map("({})".format), quantifiers)
    joined = st.lists(inner, min_size=1, max_size=3).map("".join)
    either = st.lists(inner, min_size=2, max_size=3).map("|".join).map("(?:{})".format)
    looked = st.builds("{}{})".format, st.sampled_from(["(?=", "(?!"]), inner)
    return grouped | joined | either | looked


simple = st.builds(
    lambda atom, many: atom if atom in ("^", "$") or atom[-1] in "bBAZ" else atom + many,
    atoms,
    quantifiers,
)
wholes = st.recursive(simple, _extended, max_leaves=8)


@settings(max_examples=400, deadline=None)
@given(wholes, st.lists(st.text("abcd1 .\n_é", max_size=9), min_size=1, max_size=6))
def test_a_pattern_finds_what_python_finds(source: str, texts: list[str]) -> None:
    expected = re.compile(source)
    own = patterns._Writer(re.UNICODE).whole(patterns._parser.parse(source))
    for text in texts:
        found = expected.search(text) is not None
        assert compiled(source).finds(text) is found
        assert patterns.Pattern(source, None, own).finds(text) is found


@pytest.mark.parametrize(
    "source", ["(?i)stra[sS]e|É", "(?s)a.b", "(?m)^b$", "a(?i:B)c", "(?x) a b"]
)
@pytest.mark.parametrize("text", ["STRASE", "é", "a\nb", "b\nc", "aBc", "ABC", "ab", ""])
def test_flags_are_kept(source: str, text: str) -> None:
    own = patterns._Writer(re.UNICODE | patterns._parser.parse(source).state.flags)
    program = own.whole(patterns._parser.parse(source))
    expected = re.search(source, text) is not None
    assert compiled(source).finds(text) is expected
    assert patterns.Pattern(source, None, program).finds(text) is expected


@pytest.mark.parametrize("source", USUAL)
def test_what_is_usual_goes_to_python(source: str) -> None:
    assert compiled(source)._plain is not None


@pytest.mark.parametrize("source", CATASTROPHIC)
def test_what_takes_python_without_end_is_bounded(source: str) -> None:
    for text in ("a" * 5000 + "!", "a " * 3000, "x" * 5000, "1," * 3000, " " * 20_000 + "!"):
        try:
            compiled(source).finds(text)
        except TextTooLong:
            assert len(text) > 2000


def test_a_text_that_would_take_too_many_steps_is_told() -> None:
    with pytest.raises(TextTooLong):
        compiled("^(a+)+$").finds("a" * 1_000_000)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (r"(a)\1", "groupref"),
        ("(a)(?(1)b|c)", "groupref exists"),
        ("(?>a+)b*", "atomic group"),
        ("a++b*", "possessive repeat"),
        ("(?a)\\w*\\w*", "flags"),
        ("(((a{100}){100}){100})*", "too long"),
        ("(" * 3000 + ")" * 3000, "nested too deeply"),
        ("a" * 10_001, "10,001 characters"),
        ("a{99999999999}b*c*", "repeats too often"),
        ("[", "does not understand"),
        ("*", "does not understand"),
    ],
)
def test_what_can_not_be_bounded_is_refused(source: str, why: str) -> None:
    with pytest.raises(BadPattern, match=why):
        compiled(source)
