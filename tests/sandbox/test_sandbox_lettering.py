"""What is written on pictures can be read: letters of most languages, lines that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter.sandbox.media import lettering
from modelhunter.sandbox.media.lettering import font_of, wrapped
from modelhunter.sandbox.media.picture import draw
from modelhunter.sandbox.media.shape import Shape


def glyph(letter):
    return bytes(font_of(40).getmask(letter))


@pytest.mark.parametrize(
    "letter", "üéßñçœłøžőğ" + "ЖжыѣӓΩάλ" + "日本中简體鱼" + "あアー。、" + "한글" + "…–„“€×²"
)
def test_letters_are_there(letter):
    assert glyph(letter) != glyph("\uffff")
    assert any(glyph(letter))


def shape(prompt):
    return Shape(
        kind="image", format="png", model="m", prompt=prompt, seed="1", width=320, height=240
    )


def test_a_letter_and_its_parts_look_alike():
    gradient = draw(shape("\u00e9")), draw(shape("e\u0301"))
    rows = [
        image.crop((0, 60, 320, 120)).convert("L").point(lambda v: 255 * (v > 240))
        for image in gradient
    ]
    assert rows[0].tobytes() == rows[1].tobytes()


def test_without_the_package_there_are_english_letters(monkeypatch):
    monkeypatch.setattr(lettering, "_font_file", lambda: None)
    assert any(glyph("A"))
    assert draw(shape("A sunset")).size == (320, 240)


LETTERS = st.text("ab ü日本、。()\n\t한…", max_size=80)


@given(LETTERS, st.integers(3, 30), st.integers(1, 6))
def test_lines_fit_and_say_what_was_given(text, width, most):
    lines = wrapped(text, width, most, len)
    assert len(lines) <= most
    assert all(len(line) <= width for line in lines)
    assert all(line == line.strip() != "" for line in lines)
    given_ = "".join(text.split())
    said = "".join("".join(lines).split())
    if lines and lines[-1].endswith(" …"):
        assert given_.startswith(said.removesuffix("…")) or given_ == said
    else:
        assert said == given_


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("日本の夕日", 3, ["日本の", "夕日"]),
        ("日本。夕日", 2, ["日", "本。", "夕日"]),
        ("ab日本", 3, ["ab日", "本"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("", 5, []),
    ],
)
def test_where_lines_are_broken(text, width, lines):
    assert wrapped(text, width, 9, len) == lines


def test_what_is_left_out_is_marked():
    assert wrapped("one two three four", 9, 1, len) == ["one two …"]
