from __future__ import annotations

import ast
import keyword
import math
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from modelhunter_codegen import names, source_literals

nasty = st.text(
    st.one_of(st.characters(), st.sampled_from("\"'\\\n\r\t\0{}%#\u2028\u2029\u202e\ufeff\x85`"))
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | nasty,
    lambda inner: st.lists(inner) | st.dictionaries(nasty, inner),
    max_leaves=15,
)


@given(values)
def test_a_literal_means_the_value_and_can_not_break_out(value: Any) -> None:
    source = source_literals.literal(value)
    assert eval(source, {"__builtins__": {"float": float}}) == value
    assert not any(char in source for char in "\n\r\0\u2028\u2029\u202e\ufeff\x85")
    ast.parse(source, mode="eval")


def test_numbers_that_have_no_literal() -> None:
    assert eval(source_literals.literal(float("inf"))) == math.inf
    assert math.isnan(eval(source_literals.literal(float("nan"))))


@given(st.lists(nasty, min_size=1, max_size=4), st.sampled_from(["", "    "]))
@example(['"""'], "")
@example(['x"'], "    ")
@example(["\\"], "")
@example(['""""'], "")
@example(['"'], "")
def test_a_docstring_is_one_string_with_the_words_in_it(lines: list[str], indent: str) -> None:
    found = [part for line in lines for part in source_literals.paragraphs(line)] or [""]
    source = source_literals.docstring(found, indent)
    function = (
        f"def f():\n    x = 1\n{source if indent else source_literals.docstring(found, '    ')}\n"
    )
    tree = ast.parse(function)
    body = tree.body[0].body  # type: ignore[attr-defined]
    assert len(body) == 2
    value = body[1].value
    assert isinstance(value, ast.Constant)
    assert isinstance(value.value, str)
    assert value.value.split() == " ".join(found).split()
    assert not any(char in source for char in "\0\u2028\u2029\u202e\ufeff\x85")


@given(nasty)
def test_names_are_always_names(word: str) -> None:
    for made in (names.snake(word), names.pascal(word), names.constant(word)):
        assert made.isidentifier()
        assert not keyword.iskeyword(made)
        assert not made.startswith("_")
    assert names.pascal(word) not in names.CLASS_RESERVED


@given(st.lists(nasty, unique=True), st.randoms(use_true_random=False))
def test_names_are_unique_and_do_not_depend_on_order(words: list[str], random: Any) -> None:
    first = names.resolve(words, names.snake)
    assert len(set(first.values())) == len(words)
    shuffled = list(words)
    random.shuffle(shuffled)
    assert names.resolve(shuffled, names.snake) == first


def test_names_read_well() -> None:
    assert names.snake("hasMore") == "has_more"
    assert names.snake("HTTPError") == "http_error"
    assert names.snake("createAPIKey") == "create_api_key"
    assert names.snake("class") == "class_"
    assert names.snake("3d-model") == "n3d_model"
    assert names.pascal("task_status") == "TaskStatus"
    assert names.pascal("OAuth2Token") == "OAuth2Token"
    assert names.constant("16:9") == "VALUE_16_9"
    assert names.constant("task.completed") == "TASK_COMPLETED"
    assert names.constant("<=") == "LESS_EQUALS"


def test_words_that_look_the_same_are_spelled_out() -> None:
    assert names.resolve(["foo-bar", "foo_bar", "x"], names.snake) == {
        "foo-bar": "foo_dash_bar",
        "foo_bar": "foo_bar",
        "x": "x",
    }
