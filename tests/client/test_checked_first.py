"""Everything that a call is given is checked before anything is sent or uploaded."""

from __future__ import annotations

import asyncio
import json
import math
from collections import OrderedDict
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelhunter import (
    AsyncModelHunter,
    ConfigurationError,
    InvalidInput,
    ModelHunter,
    Polling,
    Retry,
    Timeouts,
)
from modelhunter.api.billing import get_balance
from modelhunter.jobs.metadata import metadata_problems, plain_metadata
from modelhunter.plugins.hookspecs import hookimpl

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
NO_SECONDS = [-1, -0.001, math.nan, math.inf, -math.inf, "2", b"2", True, None, [1], 10**400]

# ------------------------------------------------------------------- settings


@pytest.mark.parametrize("wrong", NO_SECONDS, ids=repr)
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Polling, "first"),
        (Polling, "then"),
        (Polling, "after"),
        (Retry, "base"),
        (Retry, "ceiling"),
    ],
)
def test_pauses_that_can_not_be_kept(kind, name, wrong):
    with pytest.raises(ConfigurationError, match=f"{name} takes"):
        kind(**{name: wrong})


@pytest.mark.parametrize("wrong", [0, -1, 1.0, math.nan, True, "3", None])
def test_attempts_are_a_whole_number(wrong):
    with pytest.raises(ConfigurationError, match="attempts takes"):
        Retry(attempts=wrong)


@pytest.mark.parametrize("wrong", ["5", b"5", True, [5], {}])
@pytest.mark.parametrize("name", ["connect", "read", "total"])
def test_limits_that_are_no_numbers(name, wrong):
    with pytest.raises(ConfigurationError, match=f"{name} takes seconds"):
        Timeouts(**{name: wrong})


def test_seconds_of_every_kind():
    assert Polling(0, 3600, Fraction(1, 2)).pause(0) == 0
    assert Retry(attempts=1, base=0, ceiling=0.5).attempts == 1
    assert Timeouts(connect=5, read=0.1, total=None).total is None


@pytest.mark.parametrize("kind", [ModelHunter, AsyncModelHunter])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("timeout", "5"),
        ("timeout", True),
        ("timeout", -1),
        ("retries", 3),
        ("polling", 2.0),
        ("budget", True),
        ("api_key", 5),
        ("sandbox", "http://127.0.0.1:1"),
    ],
)
def test_a_client_refuses_what_it_can_not_work_with(kind, name, wrong):
    with pytest.raises(ConfigurationError, match=name):
        kind(**{name: wrong})


# ------------------------------------------------------------------- one call


def refused(mh, router, error, words, **given):
    with pytest.raises(error, match=words):
        mh.generate("acme-1", image=PNG, **given)
    assert not router.calls
    assert mh.spent == 0


@pytest.mark.parametrize(
    ("argument", "wrong", "words"),
    [
        ("timeout", "60", "timeout takes"),
        ("timeout", -1, "timeout takes"),
        ("timeout", math.nan, "timeout takes"),
        ("on_update", "print", "on_update takes"),
        ("on_token", [], "on_token takes"),
        ("webhook", "https://me.example/", "webhook_url"),
        ("look_for", -1, "look_for takes"),
        ("look_for", math.inf, "look_for takes"),
        ("look_for", None, "look_for takes"),
        ("max_cost", math.nan, "max_cost=nan"),
    ],
)
def test_arguments_of_a_job(registry, clock, modelhunter_mock, argument, wrong, words):
    mh = ModelHunter("river_test_x", registry=registry, clock=clock, budget=5)
    refused(mh, modelhunter_mock, ConfigurationError, words, **{argument: wrong})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("ftp://me.example", "webhook_url='ftp://me.example'"),
        ("me.example/hook", "webhook_url="),
        ("https://", "webhook_url="),
        ("http://[::1", "webhook_url="),
        ("https://me.example/a b", "webhook_url="),
        ("https://me.example/\ud83d", "webhook_url="),
        (7, "webhook_url=7"),
    ],
)
def test_an_address_that_nobody_can_be_told_at(registry, clock, modelhunter_mock, wrong, words):
    mh = ModelHunter("river_test_x", registry=registry, clock=clock, budget=5)
    refused(mh, modelhunter_mock, InvalidInput, words, webhook_url=wrong)


@pytest.mark.parametrize("argument", ["timeout", "polling", "on_update"])
def test_arguments_of_waiting(mh, modelhunter_mock, api, argument):
    modelhunter_mock.get("/api/v1/tasks/task_1").respond(json=api.task())
    task = mh.tasks.get("task_1")
    asked = len(modelhunter_mock.calls)
    for wait in (task.wait, lambda **how: mh.tasks.wait("task_1", **how)):
        with pytest.raises(ConfigurationError, match=f"{argument} takes"):
            wait(**{argument: "x"})
    with pytest.raises(ConfigurationError, match=f"{argument} takes"):
        list(mh.tasks.watch(["task_1"], **{argument: "x"}))
    assert len(modelhunter_mock.calls) == asked


def test_another_providers_model(modelhunter_mock, clock, registry, mh):
    provider, _ = registry.model("acme-1")
    models = tuple(attrs.evolve(one, id=f"other-{one.id}") for one in provider.models)
    other = attrs.evolve(provider, name="other", models=models)
    registry.register(
        SimpleNamespace(modelhunter_provider=hookimpl(lambda: other)), name="other-plugin"
    )
    with pytest.raises(InvalidInput, match=r"'acme-1'.*of acme, not of other; use client\.acme"):
        mh.other.text_to_video("acme-1", prompt="hi")
    assert not modelhunter_mock.calls


def test_what_is_neither_a_model_nor_an_input(mh, modelhunter_mock):
    for model in (None, 5, {"prompt": "x"}):
        with pytest.raises(TypeError, match="model takes the id of one"):
            mh.submit(model, prompt="x")
    with pytest.raises(TypeError, match="by keyword"):
        mh.submit("acme-1", {"prompt": "x"})
    with pytest.raises(InvalidInput, match="inputs, as prompt, go by keyword"):
        mh.submit("acme-1", "A sunset over the ocean")
    assert not modelhunter_mock.calls


def test_the_async_client_checks_the_same(registry, clock):
    async def run():
        async with AsyncModelHunter("river_test_x", registry=registry, clock=clock) as mh:
            for wrong in ({"metadata": {1: 2}}, {"timeout": "60"}, {"webhook_url": "x"}):
                with pytest.raises((InvalidInput, ConfigurationError)):
                    await mh.generate("acme-1", prompt="hi", **wrong)
            with pytest.raises(ConfigurationError):
                await mh.send(get_balance(), timeout="x")

    asyncio.run(run())


# ------------------------------------------------------------------- metadata


def circle():
    one: dict = {}
    one["again"] = one
    return one


def many():
    return {str(n): math.nan for n in range(1000)}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"a": math.nan}, r"metadata\.a=nan"),
        ({"a": [1, math.inf]}, r"metadata\.a\[1\]=inf"),
        ({"a": "\ud83d"}, r"metadata\.a='\\ud83d'.*surrogate"),
        ({"\ud83d": 1}, "surrogate"),
        (circle(), "holds itself"),
        (["a"], "metadata=.*must be a mapping"),
        ("a", "metadata='a'"),
        (0, "metadata=0"),
        ({1: "a", "1": "b"}, "metadata=1: names must be text"),
        ({1: "a"}, "names must be text"),
        ({"a": {None: 1}}, r"metadata\.a=None: names"),
        ({"a": object()}, r"metadata\.a=an object of type object"),
        ({"a": Decimal("1.5")}, r"metadata\.a=1\.5"),
        ({"a": datetime(2026, 1, 1, tzinfo=UTC)}, r"metadata\.a"),
        ({"a": {1}}, r"metadata\.a"),
        ({"a": b"x"}, r"metadata\.a=1 bytes"),
        ({"a": 10**5000}, r"metadata\.a=a number of over"),
        ({"_modelhunter": "x"}, "_modelhunter.*marked"),
        (many(), r"metadata\.19"),
    ],
    ids=range(19),
)
def test_metadata_that_would_not_arrive(registry, clock, modelhunter_mock, wrong, words):
    mh = ModelHunter("river_test_x", registry=registry, clock=clock, budget=5)
    refused(mh, modelhunter_mock, InvalidInput, words, metadata=wrong)
    with pytest.raises(InvalidInput, match=words) as caught:
        mh.prepare("acme-1", image=PNG, metadata=wrong)
    assert len(str(caught.value)) < 5000
    assert not modelhunter_mock.calls


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters()), json_values))
def test_metadata_arrive_as_they_were_given_or_are_refused(given):
    if metadata_problems(given):
        with pytest.raises(ValueError, match=r"JSON|surrogates"):
            json.dumps(given, allow_nan=False, ensure_ascii=False).encode()
        return
    text = json.dumps(plain_metadata(given), allow_nan=False, ensure_ascii=False)
    assert json.loads(text.encode()) == given


def test_metadata_are_copied(mh, modelhunter_mock, api):
    start = modelhunter_mock.post("/api/v1/acme/text-to-video").respond(202, json=api.accepted())
    mine = OrderedDict(order=7, nested={"list": (1, None, True, 2.5, "é 🎬")}, empty={})
    mh.submit("acme-1", prompt="hi", metadata=mine, on_token=lambda _: mine.clear())
    body = json.loads(start.calls.last.request.content)["metadata"]
    del body["_modelhunter"]
    assert body == {"order": 7, "nested": {"list": [1, None, True, 2.5, "é 🎬"]}, "empty": {}}
