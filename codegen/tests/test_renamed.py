"""Names that a description gave up go on working, and warn."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample_package import Generated, Make

WAS = "x-renamed-from"
STRING = {"type": "string"}
SCHEMAS: dict[str, Any] = {
    "Film": {
        WAS: ["movie", "Picture"],
        "type": "object",
        "required": ["runTime"],
        "properties": {
            "runTime": {"type": "integer", WAS: ["length", "duration-s"]},
            "note": {**STRING, WAS: ["comment"]},
            "rating": {"$ref": "#/components/schemas/Rating", WAS: ["grade"]},
        },
    },
    "Rating": {**STRING, "enum": ["good", "bad"], "x-renamed-values": {"bad": ["poor", "so-so"]}},
}


def body(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


PATHS: dict[str, Any] = {
    "/films/{filmId}": {
        "put": {
            "operationId": "putFilm",
            WAS: ["saveMovie"],
            "tags": ["films"],
            "parameters": [
                {"name": "filmId", "in": "path", "required": True, "schema": STRING, WAS: ["id"]},
                {"name": "dryRun", "in": "query", "schema": {"type": "boolean"}, WAS: ["test"]},
            ],
            "requestBody": {"required": True, **body("Film")},
            "responses": {"200": {"description": "", **body("Film")}},
        }
    }
}


@pytest.fixture
def made(make: Make) -> Generated:
    return make(SCHEMAS, PATHS)


def deprecated(old: str, new: str) -> Any:
    return pytest.warns(DeprecationWarning, match=f"'{old}' is called '{new}' now")


def test_a_field_by_its_old_name(made: Generated) -> None:
    with deprecated("length", "run_time"):
        film = made.Film(length=90)
    with deprecated("duration_s", "run_time"):
        assert film.duration_s == 90
    with deprecated("comment", "note"):
        film.comment = "long"
    assert film == made.Film(run_time=90, note="long")
    assert made.encode("Film", film) == {"runTime": 90, "note": "long"}
    assert made.decode("Film", {"runTime": 90, "note": "long"}) == film


def test_arguments_and_the_function_by_their_old_names(made: Generated) -> None:
    films = made.module("films")
    call = films.put_film("7", run_time=1, dry_run=True)
    with deprecated("save_movie", "put_film"):
        old = films.save_movie
    with pytest.warns(DeprecationWarning, match="the argument of put_film") as caught:
        assert old(id="7", length=1, test=True) == call
    assert len(caught) == 3
    assert {warning.filename for warning in caught} == {__file__}
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = films.other


def test_a_class_by_its_old_name(made: Generated) -> None:
    models = made.module("models")
    for old in ("Movie", "Picture"):
        with deprecated(old, "Film"):
            assert getattr(models, old) is models.Film
    with pytest.raises(AttributeError, match="no attribute 'Other'"):
        _ = models.Other


def test_a_value_by_its_old_name(made: Generated) -> None:
    with deprecated("so-so", "bad"):
        assert made.Rating("so-so") is made.Rating.BAD
    assert made.Rating.POOR is made.Rating.SO_SO is made.Rating.BAD
    assert made.decode("Rating", "poor") == "poor"
    with pytest.raises(ValueError, match="awful"):
        made.Rating("awful")


def test_the_old_name_and_the_new_one_do_not_go_gather(made: Generated) -> None:
    with pytest.raises(TypeError, match="got 'run_time' and 'length', its old name"):
        made.Film(run_time=1, length=2)


def test_what_has_no_old_names_is_made_as_ever(make: Make) -> None:
    made = make({"A": {"type": "object", "properties": {"a": STRING}}}, {})
    assert not [path for path, text in made.built.files.items() if "renamed" in text]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda s, p: s["Film"]["properties"]["note"].update({WAS: ["runTime"]}),
         "/components/schemas/Film/properties/note/x-renamed-from"),
        (lambda s, p: s["Film"].update({WAS: ["Rating"]}),
         "/components/schemas/Film/x-renamed-from"),
        (lambda s, p: p["/films/{filmId}"]["put"]["parameters"][1].update({WAS: ["filmId"]}),
         "/paths/~1films~1{filmId}/put/parameters/1/x-renamed-from"),
    ],
)  # fmt: skip
def test_an_old_name_that_something_else_has_is_refused(
    problems: Callable[..., list[str]], change: Callable[..., None], pointer: str
) -> None:
    import copy

    from sample_package import description

    schemas, paths = copy.deepcopy(SCHEMAS), copy.deepcopy(PATHS)
    change(schemas, paths)
    assert problems(description(schemas, paths)) == [f"taken-name {pointer}"]


def test_the_package_is_clean_and_checkers_know_only_the_new_names(made: Generated) -> None:
    use = made.folder / "use.py"
    use.write_text(f"from {made.name}.films import save_movie\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", made.name]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=made.folder.parent
    )
    assert "Found 1 error in 1 file" in done.stdout, done.stdout
    assert 'has no attribute "save_movie"' in done.stdout
