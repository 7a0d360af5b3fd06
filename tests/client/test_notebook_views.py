"""What objects show of themselves in a notebook and as text, and the rows they make of a table."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import pprint
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter import ModelHunter, Task
from modelhunter.api.models import ResultItem, TaskError
from modelhunter.api.models import Task as TaskState
from modelhunter.estimates import Estimate
from modelhunter.html_views import bar, facts, media, table
from modelhunter.jobs.listings import MOST_ROWS, TaskListing
from modelhunter.plugins.catalogue import Model, Provider
from modelhunter.plugins.model_list import ModelList


class Seen(HTMLParser):
    """The tags, the addresses and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.addresses: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.addresses |= {value for name, value in attrs if name in ("src", "href")}

    def handle_data(self, data: str) -> None:
        self.text += data


def task(name: str = "task_1", **facts: Any) -> Task:
    """A task that no client has."""
    known = {"type": "video", "status": "succeeded", "provider": "acme", "model": "acme-1"}
    state = TaskState(id=name, created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC), **known | facts)
    return Task(state, None)


def models(count: int) -> ModelList:
    """That many models without anything that they can do."""
    made = tuple(Model(id=f"acme-{n}", capabilities=()) for n in range(count))
    return ModelList((Provider(name="acme", models=made), model) for model in made)


@given(st.text())
def test_text_from_elsewhere_is_only_text(text: str) -> None:
    pieces = [table((text,), [(text,)], note=text), facts(text, [(text, text)]), bar(text, 5)]
    known = {"table", "thead", "tbody", "tr", "th", "td", "div", "b", "progress"}
    for html in pieces:
        seen = Seen(html)
        assert {*seen.tags} <= known
        assert seen.names <= {"style", "max", "value"}


@given(st.text(), st.none() | st.text(), st.text())
def test_only_web_addresses_become_links(url: str, ending: str | None, kind: str) -> None:
    seen = Seen(media(url, ending, kind))
    assert all(address.lower().startswith(("http:", "https:")) for address in seen.addresses)
    assert {*seen.tags} <= {"div", "img", "video", "audio", "br", "a"}
    assert not {name for name in seen.names if name.startswith("on")}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x/y", "file:///x"])
def test_other_addresses_are_text(url: str) -> None:
    assert Seen(media(url, "mp4", "video")).tags == []


@pytest.mark.parametrize(
    ("ending", "kind", "tag"),
    [
        ("png", "image", "img"),
        ("mp4", "video", "video"),
        ("mp3", "music", "audio"),
        (None, "image", "img"),
        ("zip", "image", None),
        (None, "hologram", None),
    ],
)
def test_media_are_shown_as_link_and_player(ending: str, kind: str, tag: str | None) -> None:
    seen = Seen(media("https://x.example/a?b=1&c=2", ending, kind))
    assert [found for found in seen.tags if found not in ("div", "br")] == [
        *([tag] if tag else []),
        "a",
    ]
    assert seen.addresses == {"https://x.example/a?b=1&c=2"}


def test_a_task_shows_its_files_and_why_it_failed() -> None:
    files = [ResultItem(url="https://x.example/1.mp4", format="mp4")]
    seen = Seen(task(result=files, cost=Decimal("0.5"))._repr_html_())
    assert "video" in seen.tags
    assert "$0.50" in seen.text
    failed = task(status="failed", error=TaskError(code="X", message="<b>no</b>"))
    assert "<b>no</b>" in Seen(failed._repr_html_()).text


def test_an_estimate_shows_its_range_and_notes() -> None:
    made = Estimate(low=Decimal(1), high=Decimal(2), as_of=date(2026, 3, 1), notes=("<size>",))
    assert repr(made) == "<Estimate $1.00 to $2.00>"
    assert {"$1.00 to $2.00", "2026-03-01"} <= {*made._repr_html_().replace("<", ">").split(">")}
    assert "<size>" in Seen(made._repr_html_()).text
    assert made.to_dict()["high"] == 2


def test_a_long_list_of_models_is_short() -> None:
    many = models(50)
    assert repr(many) == "<50 models: acme-0, acme-1, acme-2, …>"
    html = many._repr_html_()
    assert Seen(html).tags.count("tr") == 21
    assert "50 models, 30 of them not shown" in html
    assert (repr(models(1)), repr(models(0))) == ("<1 model: acme-0>", "<no models>")


def test_a_list_of_models_is_a_list() -> None:
    few = models(2)
    assert few == [*few]
    assert [row["provider"] for row in few.to_dicts()] == ["acme", "acme"]
    for again in (copy.copy(few), pickle.loads(pickle.dumps(few))):
        assert (again, again.to_dicts()) == (few, few.to_dicts())


def test_every_installed_model_shows_itself() -> None:
    with ModelHunter(api_key="river_test_x") as client:
        found = client.models()
    assert len(repr(found)) < 200
    assert len(found._repr_html_()) < 10_000
    for model in found:
        assert len(repr(model)) < 200
        assert model.id in Seen(model._repr_html_()).text


def test_a_page_of_tasks_shows_itself_and_loses_none() -> None:
    listing = TaskListing(task(f"task_{n}") for n in range(MOST_ROWS + 5))
    assert len(repr(listing)) < 100
    assert next(listing).id == "task_0"
    for _ in range(2):
        html = listing._repr_html_()
        assert Seen(html).tags.count("tr") == MOST_ROWS + 1
        assert "there are more" in html
    assert [row["id"] for row in listing.to_dicts()][::10] == ["task_1", "task_11", "task_21"]


def test_a_listing_that_is_closed_is_at_its_end() -> None:
    listing = TaskListing(task(f"task_{n}") for n in range(3))
    listing._repr_html_()
    listing.close()
    assert [*listing] == []


def test_a_task_is_a_row() -> None:
    row = task().to_dict()
    assert (row["id"], row["status"]) == ("task_1", "succeeded")
    assert dataclasses.is_dataclass(task())
    assert dataclasses.asdict(task()) == row
    assert pprint.pformat([task()]) == "[<Task task_1 acme-1: succeeded>]"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_tasks_are_rows_of_data_frames(library: str) -> None:
    frames = pytest.importorskip(library)
    listing = TaskListing(task(f"task_{n}") for n in range(3))
    frame = frames.DataFrame(listing if library == "pandas" else listing.to_dicts())
    assert [*frame.columns] == [*task().to_dict()]
    assert frame.shape == (3, 10)
    assert frames.DataFrame(models(2).to_dicts()).shape == (2, 8)
